import os from 'node:os';
import type { ReadPorts } from '../workflow/ports.js';
import { lockHeld } from '../workflow/steps/lock.js';
import { askAnyLedger } from '../workflow/ask-any-ledger.js';
import { callOptions } from './connect.js';
import type { CommandContext } from './context.js';

/**
 * Refuses, before anything is asked, while another process drives an operation. With `operationId` it is about resuming
 * that one: its own lock is no hindrance when its lease has lapsed or its process ended on this machine. The runner takes
 * the lock in any case; this only tells sooner, and more.
 *
 * @throws OperatorError `LOCK_HELD`
 */
export async function refuseWhileHeld(context: CommandContext, read: ReadPorts, operationId?: string): Promise<void> {
  const holder = await askAnyLedger(read.ledgers, (ledger) => ledger.readLock(callOptions(context))).catch(() => undefined);
  const now = context.clock.now().toISOString();
  if (!holder || holder.leaseEndsAt < now) return;
  const ended = hasEnded(holder.owner);
  if (ended && holder.operationId === operationId) return;
  const held = lockHeld(holder, now);
  if (ended) held.nextSteps.unshift(`Its process has ended, so you need not wait: batchctl ${holder.kind === 'failback' ? 'failback' : 'failover'} --resume ${holder.operationId}`);
  throw held;
}

/** Whether the process that `operatorName` named ended on this very machine. Of another machine nobody can tell from here. */
function hasEnded(owner: string): boolean {
  const named = /@(?<host>\S+) \(process (?<pid>\d+)\)$/.exec(owner)?.groups;
  if (!named || named['host'] !== os.hostname()) return false;
  try {
    process.kill(Number(named['pid']), 0);
    return false;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ESRCH';
  }
}
