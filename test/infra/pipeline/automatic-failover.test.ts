import { beforeEach, describe, expect, it } from 'vitest';
import { automaticFailover, type AutomaticFailoverEvent } from '../../../infra/pipeline/automatic-failover.js';
import { newGuardRecord, type GuardEntry, type GuardRecord } from '../../../src/core/automatic-failover.js';
import type { OperationResult } from '../../../src/core/operation.js';
import type { Snapshot } from '../../../src/core/snapshot.js';
import { refused } from '../../../src/errors.js';
import { dark, east, healthy, policy, seen, unseen, west } from '../../core/situation.js';

let seconds: number;
let record: GuardRecord;
let alarm: boolean;
let snapshot: () => Snapshot;
let driven: string[];
let outcome: () => 'running' | OperationResult;
let alerts: string[];

const at = (): string => new Date(Date.parse('2026-11-21T06:00:00Z') + seconds * 1000).toISOString();
const ended = (more: Partial<OperationResult> = {}): OperationResult => ({ kind: 'failover', from: east, to: west, epoch: 2, outcome: 'done', operationId: 'op-1', redriven: [], alreadyDone: [], adopted: [], parked: [], failed: [], steps: [], rtoSeconds: 9, error: null, nextSteps: [], ...more } as unknown as OperationResult);

beforeEach(() => {
  seconds = 0;
  record = newGuardRecord();
  alarm = true;
  snapshot = () => dark(healthy(), east);
  driven = [];
  outcome = () => ended();
  alerts = [];
});

/** A minute later; what was remembered went through the ledger meanwhile. */
async function minute(event?: AutomaticFailoverEvent): Promise<GuardEntry> {
  const entry = await automaticFailover(event, {
    deployment: { name: 'd', policy: { ...policy, guardHoldSeconds: 60 } } as never, region: west,
    clock: { now: () => new Date(at()), sleep: async () => {} },
    telemetry: { info: () => {}, warn: () => {}, error: () => {}, count: () => {} },
    guard: { readGuard: async () => structuredClone(record), writeGuard: async (_region, next) => { record = JSON.parse(JSON.stringify(next)) as GuardRecord; } },
    otherIsImpaired: async () => alarm,
    look: async () => ({ ...snapshot(), observedAt: at() }),
    drive: async (operationId) => { driven.push(operationId); return outcome(); },
    newOperationId: () => `op-${driven.length + 1}`,
    alert: async (subject) => { alerts.push(subject); },
  });
  seconds += 60;
  return entry;
}
const kinds = (): string[] => record.entries.map((entry) => entry.kind);

describe('the automatic failover of a Region', () => {
  it('does nothing while the alarm is off, whatever it might see', async () => {
    alarm = false;
    expect(await minute()).toMatchObject({ kind: 'quiet' });
    expect(await minute()).toMatchObject({ kind: 'quiet' });
    expect(kinds()).toEqual(['quiet']);
  });

  it('moves on a GO that held for as long as the policy says, tells of it, and is disarmed', async () => {
    expect(await minute()).toMatchObject({ kind: 'holding' });
    expect(driven).toEqual([]);
    expect(await minute()).toMatchObject({ kind: 'moved' });
    expect(driven).toEqual(['op-1']);
    expect(kinds()).toEqual(['holding', 'moving', 'moved']);
    expect(alerts).toEqual([`Automatic failover to ${west} has begun`, `Automatic failover to ${west}: done`]);
    expect(record).toMatchObject({ armed: false });
    expect(record.operationId).toBeUndefined();
    // Once is once, until somebody arms it again.
    for (let look = 0; look < 3; look += 1) expect(await minute()).toMatchObject({ kind: 'quiet', why: expect.stringContaining('disarmed') as string });
    expect(driven).toHaveLength(1);
    expect(await minute({ action: 'arm' })).toMatchObject({ kind: 'armed' });
    expect(record).toMatchObject({ armed: true, state: {} });
  });

  it('goes on with an operation that is longer than an invocation, under the same id', async () => {
    outcome = () => 'running';
    await minute();
    expect(await minute()).toMatchObject({ kind: 'moving' });
    expect(record).toMatchObject({ armed: true, operationId: 'op-1' });
    alarm = false;
    outcome = () => ended();
    expect(await minute()).toMatchObject({ kind: 'moved' });
    expect(driven).toEqual(['op-1', 'op-1']);
  });

  it('holds anew when a look was missed', async () => {
    await minute();
    seconds += 91;
    expect(await minute()).toMatchObject({ kind: 'holding' });
    expect(driven).toEqual([]);
  });

  it('holds anew when a look showed anything that a person has to decide', async () => {
    await minute();
    const gone = snapshot;
    snapshot = () => ({ ...gone(), work: unseen('the index does not answer') });
    expect((await minute()).kind).not.toBe('moved');
    snapshot = gone;
    expect(await minute()).toMatchObject({ kind: 'holding' });
    expect(driven).toEqual([]);
  });

  it('never moves on one vantage: what this Region and its observer see is one', async () => {
    snapshot = () => ({ ...dark(healthy(), east), standsIn: west, canaries: { ...healthy().canaries, [east]: seen(null) } });
    for (let look = 0; look < 4; look += 1) expect(await minute()).toMatchObject({ kind: 'unknown' });
    expect(driven).toEqual([]);
  });

  it('takes a refusal for no move: it stays armed, and holds anew', async () => {
    outcome = () => { throw refused('LOCK_HELD', 'somebody else moves it'); };
    await minute();
    expect(await minute()).toMatchObject({ kind: 'refused', why: 'LOCK_HELD: somebody else moves it' });
    expect(record).toMatchObject({ armed: true, state: {} });
    expect(record.operationId).toBeUndefined();
    expect(await minute()).toMatchObject({ kind: 'holding' });
  });

  const fenced = [{ name: 'fence', state: 'done' }] as OperationResult['steps'];

  it('goes on with a move that stopped behind its fence, under the same id', async () => {
    outcome = () => ended({ outcome: 'interrupted', steps: fenced, error: { step: 'flip-routing-controls', code: 'ARC_NOT_VERIFIED', message: 'no endpoint agrees' } });
    await minute();
    expect(await minute()).toMatchObject({ kind: 'failed', why: 'operation op-1: interrupted, ARC_NOT_VERIFIED: no endpoint agrees' });
    expect(record).toMatchObject({ armed: true, operationId: 'op-1', failures: 1 });
    outcome = () => ended({ outcome: 'failed', steps: fenced, error: { step: 'prove', code: 'NOT_PROVEN', message: 'no job succeeds' } });
    expect(await minute()).toMatchObject({ kind: 'failed' });
    outcome = () => ended();
    expect(await minute()).toMatchObject({ kind: 'moved' });
    expect(driven).toEqual(['op-1', 'op-1', 'op-1']);
    expect(record).toMatchObject({ armed: false, failures: 0 });
    expect(alerts.slice(1)).toEqual([`Automatic failover to ${west}: interrupted`, `Automatic failover to ${west}: failed`, `Automatic failover to ${west}: done`]);
  });

  it('does not say that it moved what it did not: it tries again when a GO has held anew, and gives up after three times', async () => {
    outcome = () => ended({ outcome: 'failed', epoch: 1, error: { step: 'verify-preconditions', code: 'STEP_FAILED', message: 'the ledger timed out' } });
    for (let tries = 1; tries <= 3; tries += 1) {
      // The example's synthetic jobs would grow too old.
      seconds = 0;
      expect(await minute()).toMatchObject({ kind: 'holding' });
      expect(await minute()).toMatchObject({ kind: 'failed', why: expect.stringContaining('the ledger timed out') as string });
      expect(record.operationId).toBeUndefined();
      expect(record).toMatchObject({ armed: tries < 3, failures: tries });
    }
    expect(driven).toEqual(['op-1', 'op-2', 'op-3']);
    expect(kinds()).not.toContain('moved');
    expect(await minute()).toMatchObject({ kind: 'quiet', why: expect.stringContaining('disarmed') as string });
    expect(await minute({ action: 'arm' })).toMatchObject({ kind: 'armed' });
    expect(record).toMatchObject({ armed: true, failures: 0 });
  });

  it('forgets its failures with the outage', async () => {
    outcome = () => ended({ outcome: 'failed', epoch: 1 });
    await minute();
    await minute();
    alarm = false;
    await minute();
    expect(record).toMatchObject({ armed: true, failures: 0 });
  });

  it('does nothing where it is active already', async () => {
    snapshot = () => dark(healthy(west), east);
    for (let look = 0; look < 3; look += 1) expect(['arrived', 'needs-person', 'watching']).toContain((await minute()).kind);
    expect(driven).toEqual([]);
  });
});
