import { beforeEach, describe, expect, it } from 'vitest';
import type { OperationEvent, Plan } from '../../src/core/operation.js';
import { OperatorError } from '../../src/errors.js';
import { createJournal, type Journal } from '../../src/workflow/journal.js';
import type { LedgerWriter } from '../../src/workflow/ledger-ports.js';
import type { LocalJournal } from '../../src/workflow/ports.js';

const note = (message: string): OperationEvent => ({ type: 'note', at: '2026-11-21T06:00:00Z', level: 'info', message });
const started: OperationEvent = { type: 'operation-started', at: '2026-11-21T06:00:00Z', operationId: 'op', journalVersion: 1, plan: { kind: 'failover', from: 'us-east-1', to: 'us-west-2', steps: [] } as unknown as Plan, operator: 'somebody' };
const messages = (copy: Map<number, OperationEvent>): (string | undefined)[] => Array.from({ length: Math.max(-1, ...copy.keys()) + 1 }, (_, place) => {
  const event = copy.get(place);
  return event?.type === 'note' ? event.message : undefined;
});

/** A copy with the promise of the real ones: a place is written once, and again only with the same event. */
function createCopy() {
  const events = new Map<number, OperationEvent>();
  return {
    events,
    failing: false,
    async append(sequence: number, event: OperationEvent): Promise<void> {
      if (this.failing) throw new Error('no answer');
      if (events.has(sequence) && JSON.stringify(events.get(sequence)) !== JSON.stringify(event)) throw new OperatorError('JOURNAL_CONFLICT', `event ${sequence} stands`);
      events.set(sequence, event);
    },
  };
}

describe('the journal in two copies', () => {
  let here: ReturnType<typeof createCopy>;
  let inLedger: ReturnType<typeof createCopy>;
  let told: OperationEvent[];
  let summaries: string[];

  beforeEach(() => {
    here = createCopy();
    inLedger = createCopy();
    told = [];
    summaries = [];
  });

  function open(earlier: OperationEvent[] = [], held?: { here: number; inLedger: number }): Journal {
    const local = { append: (_id: string, sequence: number, event: OperationEvent) => here.append(sequence, event) } as unknown as LocalJournal;
    const ledger = { appendEvent: (_id: string, sequence: number, event: OperationEvent) => inLedger.append(sequence, event), putOperation: async (summary: { operationId: string; outcome?: string }) => {
      if (inLedger.failing) throw new Error('no answer');
      summaries.push(summary.outcome ?? 'running');
    } } as unknown as LedgerWriter;
    return createJournal({ operationId: 'op', earlier, ...(held ? { held } : {}), local, ledger, tell: (event) => { told.push(event); } });
  }

  it('writes each event into both, in one order however many are recorded at once', async () => {
    const journal = open();
    await Promise.all(['a', 'b', 'c'].map((message) => journal.record(note(message))));
    expect([messages(here.events), messages(inLedger.events)]).toEqual([['a', 'b', 'c'], ['a', 'b', 'c']]);
  });

  it('leaves no hole in a copy that could not be written for a while', async () => {
    const journal = open();
    await journal.record(note('a'));
    inLedger.failing = true;
    await journal.record(note('b'));
    await journal.record(note('c'));
    expect(messages(inLedger.events)).toEqual(['a']);
    inLedger.failing = false;
    await journal.record(note('d'));
    expect(messages(inLedger.events)).toEqual(['a', 'b', 'c', 'd']);
    expect(told.filter((event) => event.type === 'note' && event.level === 'warn')).toHaveLength(1);
  });

  it('lists the operation in the ledger as soon as the ledger answers, for whoever resumes it elsewhere', async () => {
    const journal = open();
    inLedger.failing = true;
    await journal.record(started);
    expect(summaries).toEqual([]);
    inLedger.failing = false;
    await journal.record(note('a'));
    await journal.record(note('b'));
    expect(summaries).toEqual(['running']);
  });

  it('gives each copy what it misses of an earlier run, and writes behind that', async () => {
    const earlier = ['a', 'b', 'c'].map(note);
    await here.append(0, note('a'));
    await Promise.all(earlier.slice(0, 2).map((event, place) => inLedger.append(place, event)));
    await open(earlier, { here: 1, inLedger: 2 }).record(note('d'));
    expect([messages(here.events), messages(inLedger.events)]).toEqual([['a', 'b', 'c', 'd'], ['a', 'b', 'c', 'd']]);
  });

  it('lets stand what another run wrote before, and stops when another process writes now', async () => {
    await inLedger.append(0, note('another'));
    const journal = open([note('a')], { here: 1, inLedger: 0 });
    await journal.record(note('b'));
    expect(messages(inLedger.events)).toEqual(['another', 'b']);
    await inLedger.append(2, note('another process'));
    await expect(journal.record(note('c'))).rejects.toMatchObject({ code: 'JOURNAL_CONFLICT' });
    expect(told).toEqual([note('b')]);
  });

  it('goes on with one copy and stops with none', async () => {
    const journal = open();
    here.failing = true;
    await journal.record(note('a'));
    expect(messages(inLedger.events)).toEqual(['a']);
    inLedger.failing = true;
    await expect(journal.record(note('b'))).rejects.toThrow('neither here (no answer) nor in the ledger (no answer)');
  });
});
