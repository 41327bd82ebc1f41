import type { GuardState, GuardVerdict } from './guard.js';

/** What the automatic failover of one Region has decided, newest last. */
export interface GuardEntry {
  at: string;
  kind: GuardVerdict['kind'] | 'quiet' | 'refused' | 'failed' | 'moving' | 'moved' | 'armed';
  why: string;
}

/** What the automatic failover of one Region remembers from look to look. */
export interface GuardRecord {
  /** False after a move of its own, and after several tries that moved nothing, until somebody arms it again. */
  armed: boolean;
  state: GuardState;
  /** The operation that it has begun and that has not ended yet. */
  operationId?: string;
  /** How many of its tries in this outage did not end well. */
  failures?: number;
  entries: GuardEntry[];
}

/** So often it tries in one outage; whatever stands in its way then is for a person. */
export const maxFailures = 3;

/** One a minute for three hours, and more when nothing changes: only changes of mind are kept. */
const keptEntries = 200;

export function newGuardRecord(): GuardRecord {
  return { armed: true, state: {}, entries: [] };
}

/** Adds what was decided, unless it is what was decided before: ages and counts tick on without the mind having changed. */
export function withEntry(record: GuardRecord, entry: GuardEntry): GuardRecord {
  const last = record.entries.at(-1);
  if (last?.kind === entry.kind && gist(last.why) === gist(entry.why)) return record;
  return { ...record, entries: [...record.entries, entry].slice(-keptEntries) };
}

function gist(why: string): string {
  return why.replace(/\d+/g, '#');
}
