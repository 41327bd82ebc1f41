import { foldOperation, summaryOf } from '../core/operation-fold.js';
import type { LedgerReader, LedgerWriter } from './ledger-ports.js';
import type { LocalJournal } from './ports.js';

/**
 * Copies into the ledger what this machine alone wrote down while the ledger had no quorum. Safe to repeat: an event that
 * stands there already is written again with the same content. Returns the operations that were copied.
 */
export async function mergeLocalJournals(local: LocalJournal, ledger: LedgerReader & LedgerWriter): Promise<string[]> {
  const merged: string[] = [];
  for (const operationId of await local.list()) {
    const events = await local.read(operationId);
    const view = foldOperation(events);
    if (!view?.plan.routingOnly) continue;
    const standing = await ledger.readJournal(operationId);
    if (standing.length >= events.length) continue;
    for (const [sequence, event] of events.entries()) {
      if (sequence >= standing.length) await ledger.appendEvent(operationId, sequence, event);
    }
    await ledger.putOperation(summaryOf(view));
    merged.push(operationId);
  }
  return merged;
}
