import { describe, expect, it } from 'vitest';
import { assess } from '../../src/core/assess.js';
import { planMove, type MoveRequest, type Planned } from '../../src/core/plan.js';
import type { Plan } from '../../src/core/operation.js';
import type { Snapshot } from '../../src/core/snapshot.js';
import { arc, control, dark, east, healthy, job, now, policy, probes, seen, unseen, west } from './situation.js';

function plan(snapshot: Snapshot, request: Partial<MoveRequest> = {}): Planned {
  const full: MoveRequest = { kind: 'failover', to: west, mode: 'auto', policy, ...request };
  const mode = full.mode === 'auto' ? {} : { mode: full.mode };
  return planMove(snapshot, assess(snapshot, policy, { to: full.to, ...mode }), full);
}

function planned(snapshot: Snapshot, request?: Partial<MoveRequest>): Plan {
  const result = plan(snapshot, request);
  if (result.kind !== 'plan') throw new Error(`no plan: ${result.kind}`);
  return result.plan;
}

const names = (made: Plan): string[] => made.steps.map((step) => step.name);

describe('planMove', () => {
  it('fences before it touches anything else when the Region being left is dark', () => {
    const made = planned(dark(healthy(), east));
    expect(made.mode).toBe('ungraceful');
    expect(names(made)).toEqual(['acquire-lock', 'verify-preconditions', 'fence', 'stop-old-executions', 'flip-routing-controls', 'flip-traffic-dials', 're-drive', 'adopt-unknown-inputs', 'settle-notifications', 'prove', 'verify-traffic-dials', 'release-lock']);
    expect(made.steps.filter((step) => step.pointOfNoReturn).map((step) => step.name)).toEqual(['fence']);
    expect([made.epochBefore, made.epochAfter]).toEqual([1, 2]);
  });

  it('drains and waits before the fence when the Region being left answers', () => {
    const made = planned(healthy());
    expect(made.mode).toBe('graceful');
    expect(names(made).slice(0, 7)).toEqual(['acquire-lock', 'verify-preconditions', 'drain', 'shift-uploads', 'wait-for-running-jobs', 'wait-for-replication', 'fence']);
  });

  it('expects the drain to take what the jobs that run are expected to take', () => {
    const expected = (snapshot: ReturnType<typeof healthy>): number | undefined => planned(snapshot).steps.find((step) => step.name === 'wait-for-running-jobs')?.expectedSeconds;
    const idle = healthy();
    idle.work = seen({ open: [job('held', { status: 'ACCEPTED' })], failed: [], unsettledNotifications: [], presence: {} }, 'ledger');
    expect(expected(idle)).toBe(1);
    const busy = healthy();
    busy.work = seen({ open: [job('a', { status: 'RUNNING', epoch: 1, region: east })], failed: [], unsettledNotifications: [], presence: {} }, 'ledger');
    const { rounds, partSeconds } = planned(busy).recommendation.rtoSeconds.of!;
    expect(expected(busy)).toBe(Math.max(1, Math.ceil(rounds * partSeconds.p50)));
    expect(expected(busy)).toBeLessThan(60);
  });

  it('does not begin by waiting for a Region that answers nothing, though no second source says so', () => {
    const snapshot = healthy();
    snapshot.probes[east] = { ...snapshot.probes[east]!, fromOperator: probes('operator', 'timed out'), fromOtherRegion: unseen('timed out', west) };
    snapshot.ledgers[east] = unseen('timed out', east);
    const made = planned(snapshot);
    expect(made.mode).toBe('ungraceful');
    expect(made.recommendation).toMatchObject({ verdict: 'INSUFFICIENT_DATA', reasons: [expect.stringMatching(/only one source.*this host/)] });
  });

  it('does nothing when the target is active and all agree', () => {
    expect(plan(healthy(west))).toEqual({ kind: 'nothing-to-do', region: west, epoch: 1 });
  });

  it('repairs the rest, without a new epoch, when the ledger already names the target', () => {
    const snapshot = dark(healthy(west), east);
    snapshot.routing.arc = arc(east);
    const made = planned(snapshot);
    expect(names(made)).not.toContain('fence');
    expect(names(made)).toContain('flip-routing-controls');
    expect([made.epochBefore, made.epochAfter]).toEqual([1, 1]);
  });

  it('opens a pipeline again that was left draining, when asked for the Region that is active', () => {
    const snapshot = healthy(east);
    const draining = control({ phase: 'draining', drainingTo: west });
    snapshot.ledgers = { [east]: seen(draining, east), [west]: seen(draining, west) };
    const made = planned(snapshot, { to: east });
    expect(names(made).slice(0, 4)).toEqual(['acquire-lock', 'verify-preconditions', 'undo', 'stop-old-executions']);
    expect([made.epochBefore, made.epochAfter]).toEqual([1, 1]);
  });

  it('repairs when jobs of an older epoch were never taken over', () => {
    const snapshot = healthy(west);
    snapshot.ledgers = { [east]: seen(control({ activeRegion: west, epoch: 2 }), east), [west]: seen(control({ activeRegion: west, epoch: 2 }), west) };
    snapshot.work = seen({ open: [job('left', { epoch: 1 })], failed: [], unsettledNotifications: [], presence: {} }, 'ledger');
    expect(planned(snapshot).redrive).toEqual(['left']);
  });

  it('parks what the target does not hold, and what nobody could look up', () => {
    const snapshot = dark(healthy(), east);
    snapshot.work = seen({
      open: [job('here'), job('gone', { presentIn: {} }), job('unsure', { presentIn: {} })], failed: [], unsettledNotifications: [],
      presence: { [west]: { gone: seen(false), unsure: unseen('throttled') } },
    }, 'ledger');
    const made = planned(snapshot);
    expect(made.redrive).toEqual(['here']);
    expect(made.park.map((each) => [each.jobId, each.why])).toEqual([['gone', 'its input is not in us-west-2'], ['unsure', 'it is not known whether us-west-2 holds its input (throttled)']]);
  });

  it('has no ARC step without an ARC cluster', () => {
    const snapshot = dark(healthy(), east);
    snapshot.routing.arc = null;
    expect(names(planned(snapshot))).not.toContain('flip-routing-controls');
  });

  it('refuses a Region that is none of the two, a deployment without routing, and a ledger that nobody can read', () => {
    expect(plan(healthy(), { to: 'eu-west-1' })).toMatchObject({ kind: 'no-plan', code: 'UNKNOWN_REGION' });
    const bare = healthy();
    bare.ledgers = { [east]: seen(null, east), [west]: seen(null, west) };
    expect(plan(bare)).toMatchObject({ kind: 'no-plan', code: 'NOT_INITIALISED' });
    const silent = healthy();
    silent.ledgers = { [east]: unseen('timed out', east), [west]: unseen('timed out', west) };
    expect(plan(silent)).toMatchObject({ kind: 'no-plan', code: 'LEDGER_UNREADABLE' });
  });

  it('has the same fingerprint for the same facts, and another when the epoch or a missing input changed', () => {
    const first = planned(dark(healthy(), east)).fingerprint;
    const later = dark(healthy(), east);
    later.observedAt = new Date(Date.parse(now) + 5000).toISOString();
    later.work = seen({ open: [job('new')], failed: [], unsettledNotifications: [], presence: {} }, 'ledger');
    expect(planned(later).fingerprint).toBe(first);
    const moved = dark(healthy(), east);
    moved.ledgers[west] = seen(control({ epoch: 3 }), west);
    expect(planned(moved).fingerprint).not.toBe(first);
    const missing = dark(healthy(), east);
    missing.work = seen({ open: [job('gone', { presentIn: {} })], failed: [], unsettledNotifications: [], presence: { [west]: { gone: seen(false) } } }, 'ledger');
    expect(planned(missing).fingerprint).not.toBe(first);
  });
});
