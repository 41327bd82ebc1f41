import { foldOperation, type OperationView } from '../core/operation-fold.js';
import { journalVersion, mergeJournals, newerJournalVersion, type MergedJournal } from '../core/journal-copies.js';
import type { OperationEvent } from '../core/operation.js';
import { refused } from '../errors.js';
import { askAnyLedger } from './ask-any-ledger.js';
import type { CallOptions, LedgerReader } from './ports.js';

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

/** Whether nothing of the operation is left to go on with: it was put back. */
export function assertResumable({ operationId, result, plan }: OperationView): void {
  if (result?.outcome !== 'cancelled' && result?.outcome !== 'refused') return;
  throw refused('NOTHING_TO_RESUME', `Operation ${operationId} was ${result.outcome} and put back; there is nothing left of it to go on with.`, [`Make the move anew: batchctl ${plan.kind === 'failback' ? 'failback' : 'failover'} --to ${plan.to}`]);
}
