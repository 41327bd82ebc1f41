import type { OperationEvent } from './operation.js';

/**
 * What a journal looks like that this build writes. Raised when a reader of before could misread it; every version that
 * was ever written stays readable, each with a fixture in test/core/journals.
 */
export const journalVersion = 1;

/** The version of a journal that a newer batchctl wrote; undefined for all that this one can read. */
export function newerJournalVersion(events: readonly OperationEvent[]): number | undefined {
  const newest = Math.max(0, ...events.map((event) => (event.type === 'operation-started' ? event.journalVersion ?? 1 : 0)));
  return newest > journalVersion ? newest : undefined;
}

export interface MergedJournal {
  events: OperationEvent[];
  /** How many of `events`, counted from the first, this machine's copy and the ledger's hold already. */
  held: { here: number; inLedger: number };
}

/**
 * One journal from its two copies. Each holds the events from the first up to where its writing stopped, so one normally
 * begins with the other and the longer one counts. Where they differ the operation was resumed elsewhere, and the
 * ledger's copy counts: what is written here alone was never seen by the run that went on.
 */
export function mergeJournals(here: readonly OperationEvent[], inLedger: readonly OperationEvent[]): MergedJournal {
  let common = 0;
  while (common < here.length && common < inLedger.length && JSON.stringify(here[common]) === JSON.stringify(inLedger[common])) common += 1;
  if (common === inLedger.length) return { events: [...here], held: { here: here.length, inLedger: common } };
  return { events: [...inLedger], held: { here: common, inLedger: inLedger.length } };
}
