import { describeFailure } from '../core/failure.js';
import { mergeJournals } from '../core/journal-copies.js';
import { foldOperation, summaryOf } from '../core/operation-fold.js';
import type { OperationEvent, OperationSummary } from '../core/operation.js';
import type { LedgerReader } from '../workflow/ledger-ports.js';
import { askAnyLedger } from '../workflow/ask-any-ledger.js';
import { callOptions, journalOf } from './connect.js';
import { warn, type CommandContext } from './context.js';

type Ledgers = Record<string, LedgerReader>;

/**
 * Operations, newest first: the ledger's, and those that only this machine wrote down (the ledger had no quorum). A
 * ledger that does not answer is said so, and this machine's are listed.
 */
export async function listOperations(context: CommandContext, deployment: string, ledgers: Ledgers, limit: number): Promise<OperationSummary[]> {
  const byId = new Map<string, OperationSummary>();
  const local = journalOf({ name: deployment }, context);
  for (const operationId of (await local.list()).slice(-limit)) {
    const view = foldOperation(await local.read(operationId));
    if (view) byId.set(operationId, summaryOf(view));
  }
  try {
    for (const summary of await askAnyLedger(ledgers, (ledger) => ledger.listOperations(limit, callOptions(context)))) byId.set(summary.operationId, summary);
  } catch (error) {
    context.signal.throwIfAborted();
    warn(context, `the ledger cannot be read (${describeFailure(error)}); what follows is this machine's own record`);
  }
  return [...byId.values()].sort((a, b) => (a.operationId < b.operationId ? 1 : -1)).slice(0, limit);
}

/** One journal of the two copies. Empty: neither knows the operation. */
export async function readOperation(context: CommandContext, deployment: string, ledgers: Ledgers, operationId: string): Promise<OperationEvent[]> {
  const [local, remote] = await Promise.all([
    journalOf({ name: deployment }, context).read(operationId),
    askAnyLedger(ledgers, (ledger) => ledger.readJournal(operationId, callOptions(context))).catch(() => []),
  ]);
  context.signal.throwIfAborted();
  return mergeJournals(local, remote).events;
}
