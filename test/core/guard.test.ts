import { describe, expect, it } from 'vitest';
import { assess } from '../../src/core/assess.js';
import { guardLook, type GuardState, type GuardVerdict } from '../../src/core/guard.js';
import type { Snapshot } from '../../src/core/snapshot.js';
import { dark, east, headroom, healthy, job, now, policy, probes, secondsAgo, seen, unseen, west } from './situation.js';

const request = { to: west, policy: { ...policy, guardHoldSeconds: 60 }, longestGapSeconds: 20 };

/** Looks as they come, each at its second; gives what the guard made of each. */
function watch(looks: [second: number, snapshot: Snapshot][]): GuardVerdict[] {
  let state: GuardState = {};
  return looks.map(([second, snapshot]) => {
    const { recommendation } = assess(snapshot, policy);
    const judged = guardLook(state, { ...snapshot, observedAt: new Date(Date.parse(now) + second * 1000).toISOString() }, recommendation, request);
    state = judged.state;
    return judged.verdict;
  });
}

const kinds = (verdicts: GuardVerdict[]): string[] => verdicts.map((verdict) => verdict.kind);
const bad = (): Snapshot => dark(healthy(), east);
const every = (seconds: number[], make: () => Snapshot): [number, Snapshot][] => seconds.map((second) => [second, make()]);

describe('guard', () => {
  it('moves on a GO that has held for as long as the policy says, and not a look earlier', () => {
    const verdicts = watch(every([0, 15, 30, 45, 59, 60], bad));
    expect(kinds(verdicts)).toEqual(['holding', 'holding', 'holding', 'holding', 'holding', 'move']);
    expect(verdicts.at(-1)).toMatchObject({ heldSeconds: 60, why: expect.stringContaining('us-east-1 is impaired') as string });
  });

  it('starts the hold anew after one look that says otherwise', () => {
    expect(kinds(watch([[0, bad()], [15, bad()], [30, healthy()], [45, bad()], [60, bad()], [75, bad()], [90, bad()], [105, bad()]])))
      .toEqual(['holding', 'holding', 'watching', 'holding', 'holding', 'holding', 'holding', 'move']);
  });

  it('takes a silence between two looks for no hold', () => {
    expect(kinds(watch(every([0, 10, 90, 100], bad)))).toEqual(['holding', 'holding', 'holding', 'holding']);
  });

  it('never moves on a single look, even when nothing has to be held', () => {
    const impatient = { ...request, policy: { ...policy, guardHoldSeconds: 0 } };
    const snapshot = bad();
    const first = guardLook({}, snapshot, assess(snapshot, policy).recommendation, impatient);
    expect(first.verdict.kind).toBe('holding');
    expect(guardLook(first.state, snapshot, assess(snapshot, policy).recommendation, impatient).verdict.kind).toBe('move');
  });

  const atRisk = (): Snapshot => {
    const snapshot = bad();
    snapshot.work = seen({ open: [job('a', { presentIn: {} })], failed: [], unsettledNotifications: [], presence: { [west]: { a: seen(false) } } }, 'ledger');
    return snapshot;
  };
  it.each<[string, () => Snapshot, string]>([
    ['nothing is known', () => { const s = healthy(); s.ledgers = { [east]: unseen('x', east), [west]: unseen('x', west) }; return s; }, 'unknown'],
    ['only one source says so', () => { const s = healthy(); s.probes[east]!.fromOperator = probes('operator', 'timed out'); return s; }, 'unknown'],
    ['an input would be left behind', atRisk, 'needs-person'],
    ['nobody knows what would be left behind', () => { const s = bad(); s.work = unseen('timed out', 'ledger'); return s; }, 'needs-person'],
    ['the target is full', () => { const s = bad(); s.headroom[west] = headroom(0.9, west); return s; }, 'needs-person'],
    ['it moved ten minutes ago', () => { const s = bad(); s.lastMoveAt = seen(secondsAgo(600), 'ledger'); return s; }, 'needs-person'],
    ['an earlier operation stopped half way', () => { const s = healthy(); s.lock = seen({ operationId: 'o', owner: 'ann', kind: 'failover', acquiredAt: secondsAgo(600), leaseEndsAt: secondsAgo(500) }, 'ledger'); return s; }, 'needs-person'],
    ['the other Region is the bad one', () => dark(healthy(), west), 'watching'],
  ])('does nothing, however long, when %s', (_, make, kind) => {
    expect(kinds(watch(every([0, 15, 30, 45, 60, 75, 90], make)))).toEqual(Array(7).fill(kind));
  });

  it('has nothing left to do once the target is active', () => {
    expect(kinds(watch([[0, healthy(west)]]))).toEqual(['arrived']);
  });
});
