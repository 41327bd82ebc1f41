import { foldOperation, type OperationView } from '../core/operation-fold.js';
import { journalVersion, mergeJournals, newerJournalVersion, type MergedJournal } from '../core/journal-copies.js';
import type { OperationEvent } from '../core/operation.js';
import { refused, type OperatorError } from '../errors.js';
import { askAnyLedger } from './ask-any-ledger.js';
import type { CallOptions } from './call-options.js';
import type { LedgerReader } from './ledger-ports.js';

export interface FoundOperation extends MergedJournal {
  /** Undefined: nobody has heard of it. */
  view: OperationView | undefined;
}

/**
 * One journal of its two copies. `here` is what this machine wrote down; null for a process without a disk, which must
 * not take "unreadable" for "new": then the ledger's failure is thrown.
 *
 * @throws OperatorError `JOURNAL_NEWER` for one that this version cannot be trusted to read
 */
export async function findOperation(ledgers: Record<string, LedgerReader>, operationId: string, here: readonly OperationEvent[] | null, options: CallOptions = {}): Promise<FoundOperation> {
  const remote = await askAnyLedger(ledgers, (ledger) => ledger.readJournal(operationId, options)).catch((error: unknown) => {
    if (here === null) throw error;
    return [];
  });
  const merged = mergeJournals(here ?? [], remote);
  const newer = newerJournalVersion(merged.events);
  if (newer !== undefined) throw refused('JOURNAL_NEWER', `The journal of operation ${operationId} has version ${newer}; this batchctl reads versions up to ${journalVersion}.`, ['Go on with it where it was started, or with the newest batchctl.']);
  return { ...merged, view: foldOperation(merged.events) };
}

/**
 * The operation to go on with when nobody names one: the newest that has not ended, of those that this machine (`local`)
 * and the ledger list, or the one that the control item says is half way. Undefined: none.
 */
export async function newestUnfinished(ledgers: Record<string, LedgerReader>, local: string | undefined, options: CallOptions = {}): Promise<string | undefined> {
  const [operations, control] = await Promise.all([
    askAnyLedger(ledgers, (ledger) => ledger.listOperations(20, options)).catch(() => []),
    askAnyLedger(ledgers, (ledger) => ledger.readControl(options)).catch(() => undefined),
  ]);
  const listed = operations.find((operation) => operation.outcome === undefined || operation.outcome === 'interrupted' || operation.outcome === 'failed')?.operationId;
  // A drain whose operation is in no list: it stopped before the ledger could take its summary.
  const halfWay = control && control.phase !== 'active' ? control.operationId : undefined;
  return [local, listed, halfWay].filter((each) => each !== undefined).sort().at(-1);
}

/**
 * What to say when nobody has a journal of the operation: it is on the machine that began it. What the pipeline was left
 * in can be finished, or opened again, without it.
 */
export async function unknownOperation(ledgers: Record<string, LedgerReader>, operationId: string, options: CallOptions = {}): Promise<OperatorError> {
  const control = await askAnyLedger(ledgers, (ledger) => ledger.readControl(options)).catch(() => undefined);
  const left = control?.operationId === operationId && control.phase !== 'active' ? [
    ...(control.drainingTo === undefined ? [] : [`Or finish the move that it left half way: batchctl failover --to ${control.drainingTo}`]),
    `Or open ${control.activeRegion} again: batchctl failover --to ${control.activeRegion}`,
  ] : [];
  return refused('OPERATION_UNKNOWN', `There is no operation ${JSON.stringify(operationId)}, neither in this machine's journal nor in the ledger's.`, [
    ...(left.length === 0 ? ['See what runs: batchctl status'] : ['Go on with it on the machine that began it.', ...left]),
  ]);
}

/** Whether nothing of the operation is left to go on with: it was put back. */
export function assertResumable({ operationId, result, plan }: OperationView): void {
  if (result?.outcome !== 'cancelled' && result?.outcome !== 'refused') return;
  throw refused('NOTHING_TO_RESUME', `Operation ${operationId} was ${result.outcome} and put back; there is nothing left of it to go on with.`, [`Make the move anew: batchctl ${plan.kind === 'failback' ? 'failback' : 'failover'} --to ${plan.to}`]);
}
