import { setMaxListeners } from 'node:events';
import type { OperationResult, Outcome } from '../../src/core/operation.js';
import { OperatorError, refused } from '../../src/errors.js';
import { HandOver, isHandedOver } from '../../src/workflow/hand-over.js';
import type { DrainChoice } from '../../src/workflow/operation-context.js';
import type { WritePorts } from '../../src/workflow/ports.js';
import { runOperation } from '../../src/workflow/runner.js';
import { findOperation, type FoundOperation } from '../../src/workflow/unfinished.js';
import { assertConsent, planMoveHere, targetHere, type LookParts, type MoveWish } from './plan-here.js';
import type { Telemetry } from './telemetry.js';

export interface DriveParts extends LookParts {
  write: WritePorts;
  /** Who acts, for the lock and the journal. */
  operator: string;
  /** How long this invocation may go on. */
  remainingMs(): number;
  telemetry: Telemetry;
}

export interface Drive {
  operationId: string;
  wish: MoveWish;
  /** The plan that was shown beforehand; another one is refused. */
  fingerprint?: string;
  onDrainDeadline: DrainChoice;
}

/** Kept for the longest thing that a step does without stopping (starting every open job again), and for the journal. */
const reserveMs = 90_000;
const lookAgainMs = 2000;

/**
 * Drives one operation for as long as the invocation lasts, and says whether it has ended. Invoking it again with the same
 * id goes on with the same operation: it never begins a second one, whatever became of the answer before. While another
 * invocation is at work it waits for it, and takes over only when that one's lease has lapsed.
 *
 * @throws OperatorError for what was refused with nothing touched
 */
export async function driveOperation(drive: Drive, parts: DriveParts): Promise<'running' | OperationResult> {
  const { clock } = parts.read;
  const handOver = new AbortController();
  // Dozens of calls run side by side, and each listens; Node would take that for a leak.
  setMaxListeners(0, handOver.signal);
  const timer = new AbortController();
  clock.sleep(Math.max(0, parts.remainingMs() - reserveMs), timer.signal).then(
    () => { handOver.abort(new HandOver('the time of this invocation is up')); },
    () => { /* The operation was faster. */ },
  );
  try {
    const found = await untilFree(drive.operationId, parts, handOver.signal);
    if (found === 'running') return 'running';
    return await run(drive, found, parts, handOver.signal);
  } catch (error) {
    if (error instanceof HandOver) return 'running';
    // Another process went on with it meanwhile. The next look tells how far it came.
    if (error instanceof OperatorError && (error.code === 'JOURNAL_CONFLICT' || error.code === 'LOCK_LOST')) return 'running';
    throw error;
  } finally {
    timer.abort();
  }
}

/** The operation's journal once nobody else writes it. */
async function untilFree(operationId: string, { read }: DriveParts, signal: AbortSignal): Promise<FoundOperation | 'running'> {
  for (;;) {
    if (signal.aborted) return 'running';
    const found = await findOperation(read.ledgers, operationId, null);
    if (!found.view || found.view.result || isHandedOver(found.events)) return found;
    const lock = await Promise.any(Object.values(read.ledgers).map((ledger) => ledger.readLock()));
    if (lock?.operationId !== operationId || lock.leaseEndsAt < read.clock.now().toISOString()) return found;
    await read.clock.sleep(lookAgainMs, signal);
  }
}

/** The others can be gone on with, and an invocation that names one asks for just that. */
const endedForGood = new Set<Outcome>(['done', 'done_with_exceptions', 'refused', 'cancelled']);

async function run(drive: Drive, found: FoundOperation, parts: DriveParts, signal: AbortSignal): Promise<OperationResult> {
  const { operationId, wish, onDrainDeadline } = drive;
  const { view, events, held } = found;
  if (view?.result && endedForGood.has(view.result.outcome)) return view.result;
  const plan = view?.plan ?? await freshPlan(drive, parts);
  const reason = view?.reason ?? wish.reason;
  return runOperation({
    operationId,
    plan,
    target: targetHere(parts),
    policy: parts.deployment.policy,
    read: parts.read,
    write: parts.write,
    operator: parts.operator,
    ...(reason === undefined ? {} : { reason }),
    onDrainDeadline,
    signal,
    onEvent: (event) => { if (event.type !== 'step-progress') parts.telemetry.info('operation', { operationId, event: event.type, ...('step' in event ? { step: event.step } : {}), ...('message' in event ? { said: event.message } : {}) }); },
    ...(view ? { earlier: events, held } : {}),
  });
}

async function freshPlan({ wish, fingerprint, operationId }: Drive, parts: DriveParts) {
  const planned = await planMoveHere(wish, parts);
  if (planned.kind === 'nothing-to-do') throw refused('STALE_PLAN', `There is nothing to do any more: ${planned.region} is active (epoch ${planned.epoch}). Operation ${operationId} was not begun.`);
  const { plan } = planned;
  if (fingerprint !== undefined && plan.fingerprint !== fingerprint) throw refused('STALE_PLAN', `What the plan rested on has changed since it was shown; now: ${Object.entries(plan.facts).map(([name, value]) => `${name} ${JSON.stringify(value)}`).join(', ')}. Nothing was touched.`, ['Start the runbook again.']);
  assertConsent(plan, wish);
  return plan;
}
