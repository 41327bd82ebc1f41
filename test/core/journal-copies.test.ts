import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { journalVersion, mergeJournals, newerJournalVersion } from '../../src/core/journal-copies.js';
import { foldOperation } from '../../src/core/operation-fold.js';
import type { OperationEvent } from '../../src/core/operation.js';

const events = (...messages: string[]): OperationEvent[] => messages.map((message) => ({ type: 'note', at: '2026-11-21T06:00:00Z', level: 'info', message }));

describe('mergeJournals', () => {
  it.each<[string, string[], string[], string[], { here: number; inLedger: number }]>([
    ['both are whole', ['a', 'b'], ['a', 'b'], ['a', 'b'], { here: 2, inLedger: 2 }],
    ['the ledger misses the last events', ['a', 'b', 'c'], ['a'], ['a', 'b', 'c'], { here: 3, inLedger: 1 }],
    ['this machine misses the last events', ['a'], ['a', 'b', 'c'], ['a', 'b', 'c'], { here: 1, inLedger: 3 }],
    ['this machine has none', [], ['a', 'b'], ['a', 'b'], { here: 0, inLedger: 2 }],
    ['the ledger has none', ['a', 'b'], [], ['a', 'b'], { here: 2, inLedger: 0 }],
    ['it was resumed elsewhere from fewer events', ['a', 'b', 'c'], ['a', 'b', 'x', 'y'], ['a', 'b', 'x', 'y'], { here: 2, inLedger: 4 }],
    ['it was resumed elsewhere, and this machine still has more events', ['a', 'b', 'c', 'd', 'e'], ['a', 'x'], ['a', 'x'], { here: 1, inLedger: 2 }],
  ])('when %s', (_when, here, inLedger, whole, held) => {
    expect(mergeJournals(events(...here), events(...inLedger))).toEqual({ events: events(...whole), held });
  });
});

describe('journals of every version that was ever written', () => {
  const folder = new URL('journals/', import.meta.url);
  const fixture = (version: number): OperationEvent[] => readFileSync(new URL(`version-${version}.ndjson`, folder), 'utf8').trimEnd().split('\n').map((line) => (JSON.parse(line) as { event: OperationEvent }).event);

  it('have a fixture each', () => {
    expect(readdirSync(folder).sort()).toEqual(Array.from({ length: journalVersion }, (_, index) => `version-${index + 1}.ndjson`));
  });

  // Killed behind its fence and resumed, as a sandbox of that version left it.
  it('replay from version 1', () => {
    const journal = fixture(1);
    expect(newerJournalVersion(journal)).toBeUndefined();
    const view = foldOperation(journal);
    expect(view).toMatchObject({ operationId: '20261121T074406Z-b726ec', operator: 'ann@operations (process 4711)', plan: { from: 'us-east-1', to: 'us-west-2', mode: 'graceful', epochAfter: 2 } });
    expect(view?.steps.map(({ name, state }) => `${name} ${state}`)).toEqual([
      'acquire-lock done', 'verify-preconditions done', 'drain skipped', 'shift-uploads skipped', 'wait-for-running-jobs skipped', 'wait-for-replication skipped', 'fence skipped',
      'stop-old-executions done', 'flip-routing-controls done', 'flip-traffic-dials skipped', 're-drive done', 'adopt-unknown-inputs done', 'settle-notifications done', 'prove done',
      'verify-traffic-dials done', 'release-lock done',
    ]);
    expect(view?.result).toMatchObject({ outcome: 'done', epoch: 2, redriven: [], parked: [] });
    const interrupted = foldOperation(journal.slice(0, journal.findLastIndex((event) => event.type === 'operation-started')));
    expect(interrupted?.result).toBeUndefined();
    expect(interrupted?.steps.find((step) => step.name === 'fence')).toMatchObject({ state: 'done', detail: { epoch: 2 } });
  });

  it('are told from those of a newer batchctl, whose unknown events hide nothing of the rest', () => {
    const [started, ...rest] = fixture(1);
    const newer = [{ ...started, journalVersion: journalVersion + 1 }, { type: 'from-the-future', at: '2030-01-01T00:00:00Z' }, ...rest] as OperationEvent[];
    expect(newerJournalVersion(newer)).toBe(journalVersion + 1);
    expect(foldOperation(newer)?.result?.outcome).toBe('done');
  });

  it('count as version 1 when they were made before versions were written', () => {
    const { journalVersion: _journalVersion, ...started } = fixture(1)[0] as Extract<OperationEvent, { type: 'operation-started' }>;
    expect(newerJournalVersion([started])).toBeUndefined();
  });
});
