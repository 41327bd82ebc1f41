import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Ledger } from '../../../src/aws/ledger/ledger.js';
import type { ControlItem } from '../../../src/core/control.js';
import type { OperationEvent } from '../../../src/core/operation.js';
import { type LedgerTable, openLedgerTable } from './ledger-table.js';

let table: LedgerTable;
let east: Ledger;
let west: Ledger;

beforeAll(async () => {
  table = await openLedgerTable();
  east = table.ledger('us-east-1');
  west = table.ledger('us-west-2');
});
afterAll(() => table.close());

const first: ControlItem = { epoch: 1, activeRegion: 'us-east-1', phase: 'active', changedAt: '2026-11-21T06:00:00.000Z', changedBy: 'init' };
const fence = (operationId: string): ControlItem => ({ ...first, epoch: 2, activeRegion: 'us-west-2', operationId, changedBy: operationId });

describe('control', () => {
  it('is created once, and the second who creates the same is told so', async () => {
    expect(await west.readControl()).toBeUndefined();
    expect(await east.createControl(first)).toBe(true);
    expect(await east.createControl(first)).toBe(true);
    expect(await west.createControl({ ...first, activeRegion: 'us-west-2' })).toBe(false);
    expect(await west.readControl()).toEqual(first);
  });

  it('lets one of two operations fence, and recognises a fence whose answer was lost', async () => {
    table.loseNextAnswer();
    await expect(west.replaceControl(first, fence('a'))).rejects.toThrow('lost');
    expect(await west.replaceControl(first, fence('a'))).toBe(true);
    expect(await east.replaceControl(first, fence('b'))).toBe(false);
    expect(await east.readControl()).toEqual(fence('a'));
  });

  it('compares the phase as well as the epoch', async () => {
    expect(await east.replaceControl({ epoch: 2, phase: 'draining' }, { ...fence('c'), epoch: 3 })).toBe(false);
  });
});

describe('lock', () => {
  const lock = (operationId: string, leaseEndsAt: string) => ({ operationId, owner: 'me', kind: 'failover', acquiredAt: '2026-11-21T06:00:00.000Z', leaseEndsAt });

  it('is held by one operation until it is released or lapses', async () => {
    expect(await east.acquireLock(lock('a', '2026-11-21T06:01:00.000Z'), '2026-11-21T06:00:00.000Z')).toEqual({ acquired: true });
    expect(await west.acquireLock(lock('b', '2026-11-21T06:01:30.000Z'), '2026-11-21T06:00:30.000Z')).toMatchObject({ acquired: false, holder: { operationId: 'a' } });
    expect(await east.acquireLock(lock('a', '2026-11-21T06:01:30.000Z'), '2026-11-21T06:00:30.000Z')).toEqual({ acquired: true });
    expect(await west.renewLock('b', '2026-11-21T06:09:00.000Z')).toBe(false);
    expect(await east.renewLock('a', '2026-11-21T06:02:00.000Z')).toBe(true);
    expect(await west.acquireLock(lock('b', '2026-11-21T06:04:00.000Z'), '2026-11-21T06:02:01.000Z')).toEqual({ acquired: true });
    expect(await east.renewLock('a', '2026-11-21T06:05:00.000Z')).toBe(false);
    await east.releaseLock('a');
    expect(await east.readLock()).toMatchObject({ operationId: 'b' });
    await west.releaseLock('b');
    expect(await east.readLock()).toBeUndefined();
  });
});

describe('journal', () => {
  const note = (message: string): OperationEvent => ({ type: 'note', at: '2026-11-21T06:00:00.000Z', level: 'info', message });

  it('gives the events back in order, beyond ten', async () => {
    const events = Array.from({ length: 23 }, (_, place) => note(`event ${place}`));
    await Promise.all(events.map((event, place) => east.appendEvent('op', place, event)));
    expect(await west.readJournal('op')).toEqual(events);
  });

  it('takes the same event twice and refuses another at its place', async () => {
    await east.appendEvent('op', 3, note('event 3'));
    await expect(west.appendEvent('op', 3, note('something else'))).rejects.toMatchObject({ code: 'JOURNAL_CONFLICT' });
  });

  it('stores an event that is larger than an item may be, and keeps it from a second writer', async () => {
    const large = note(randomBytes(600_000).toString('base64'));
    await east.appendEvent('large', 0, large);
    await east.appendEvent('large', 1, note('after'));
    expect(await west.readJournal('large')).toEqual([large, note('after')]);
    await expect(west.appendEvent('large', 0, note(randomBytes(600_000).toString('base64')))).rejects.toMatchObject({ code: 'JOURNAL_CONFLICT' });
    expect((await west.readJournal('large'))[0]).toEqual(large);
  });

  it('lists operations newest first', async () => {
    for (const [operationId, epoch] of [['2026-11-20', 1], ['2026-11-21', 2], ['2026-11-19', 0]] as const) {
      await east.putOperation({ operationId, kind: 'failover', mode: 'graceful', from: 'a', to: 'b', epoch, operator: 'me', startedAt: operationId });
    }
    expect((await west.listOperations(2)).map((summary) => summary.operationId)).toEqual(['2026-11-21', '2026-11-20']);
  });
});
