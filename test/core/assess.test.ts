import { describe, expect, it } from 'vitest';
import { assess, type AssessRequest } from '../../src/core/assess.js';
import type { Action, RegionHealth, Verdict } from '../../src/core/recommendation-types.js';
import type { Snapshot } from '../../src/core/snapshot.js';
import { arc, control, dark, east, healthy, job, now, policy, probe, probes, secondsAgo, seen, unseen, west } from './situation.js';

interface Situation {
  name: string;
  given: () => Snapshot;
  request?: AssessRequest;
  action: Action;
  verdict: Verdict;
  to?: string | null;
  east?: RegionHealth;
  west?: RegionHealth;
  /** Must appear in reasons, blockers or warnings. */
  says?: RegExp[];
}

const situations: Situation[] = [
  { name: 'healthy pair', given: () => healthy(), action: 'stay', verdict: 'NO_GO', to: null, east: 'healthy', west: 'healthy', says: [/nothing to move away from/] },
  { name: 'active Region dead, seen from two vantages', given: () => dark(healthy(), east), action: 'failover', verdict: 'GO', to: west, east: 'impaired', says: [/this host and the other Region/, /every accepted input is in us-west-2/] },
  {
    name: 'only this host cannot reach the active Region',
    given: () => { const s = healthy(); s.probes[east] = { ...s.probes[east]!, fromOperator: probes('operator', 'timed out') }; s.ledgers[east] = unseen('timed out', east); return s; },
    action: 'investigate', verdict: 'INSUFFICIENT_DATA', east: 'degraded', says: [/only one source/],
  },
  {
    name: 'this host has no network at all',
    given: () => {
      const s = dark(healthy(), east);
      s.probes[east] = { ...s.probes[east]!, fromOtherRegion: unseen('unreachable', west) };
      s.probes[west] = { fromOperator: probes('operator', 'unreachable (ENOTFOUND)'), fromOtherRegion: unseen('unreachable', east), history: unseen('unreachable') };
      s.ledgers[west] = unseen('unreachable', west);
      return s;
    },
    action: 'investigate', verdict: 'INSUFFICIENT_DATA', to: null, says: [/no replica of the ledger answered/],
  },
  {
    name: 'only DynamoDB of the active Region out, both vantages',
    given: () => {
      const s = healthy();
      s.probes[east] = {
        fromOperator: [probe('s3', 'operator'), probe('states', 'operator'), probe('dynamodb', 'operator', 'service error (InternalServerError)')],
        fromOtherRegion: seen([probe('s3', west), probe('states', west), probe('dynamodb', west, 'service error (InternalServerError)')], west),
        history: s.probes[east]!.history,
      };
      return s;
    },
    action: 'failover', verdict: 'GO', east: 'impaired', says: [/us-east-1 is impaired/],
  },
  {
    name: 'active Region dark and 7 inputs not in the standby',
    given: () => {
      const s = dark(healthy(), east);
      const open = Array.from({ length: 7 }, (_, index) => job(`j${index}`, { presentIn: { [east]: secondsAgo(30) } }));
      s.work = seen({ open, failed: [], unsettledNotifications: [], presence: { [west]: Object.fromEntries(open.map((each) => [each.jobId, seen(false)])) } }, 'ledger');
      return s;
    },
    action: 'failover', verdict: 'GO_WITH_DATA_RISK', says: [/7 accepted inputs are not in us-west-2/],
  },
  {
    name: 'active Region dark and nobody knows whether the standby holds an input',
    given: () => {
      const s = dark(healthy(), east);
      s.work = seen({ open: [job('a', { presentIn: {} })], failed: [], unsettledNotifications: [], presence: { [west]: { a: unseen('throttled (SlowDown)') } } }, 'ledger');
      return s;
    },
    action: 'failover', verdict: 'GO_WITH_DATA_RISK', says: [/could not be looked up.*SlowDown/],
  },
  {
    name: 'active Region dark and the list of open jobs unreadable',
    given: () => { const s = dark(healthy(), east); s.work = unseen('timed out', 'ledger'); return s; },
    action: 'failover', verdict: 'GO_WITH_DATA_RISK', says: [/not known which inputs are open/],
  },
  {
    name: 'both Regions dark to this host',
    given: () => { const s = dark(healthy(), east); s.probes[west] = { ...s.probes[west]!, fromOperator: probes('operator', 'timed out') }; return s; },
    action: 'investigate', verdict: 'NO_GO', says: [/S3 in us-west-2 did not answer/],
  },
  {
    name: 'standby canary failing',
    given: () => { const s = dark(healthy(), east); s.canaries[west] = seen({ results: [1, 2, 3, 4, 5].map((n) => ({ at: secondsAgo(60 * (6 - n)), ok: n !== 5, seconds: 2 })) }, west); return s; },
    action: 'investigate', verdict: 'NO_GO', says: [/4 of the last 5 synthetic jobs in us-west-2/],
  },
  {
    name: 'standby out of headroom',
    given: () => { const s = dark(healthy(), east); s.headroom[west] = seen({ used: { 'lambda-concurrency': 0.92 } }, west); return s; },
    action: 'investigate', verdict: 'NO_GO', says: [/92 % of lambda-concurrency/],
  },
  {
    name: 'standby quotas unreadable',
    given: () => { const s = dark(healthy(), east); s.headroom[west] = unseen('access denied (lambda:GetAccountSettings)', west); return s; },
    action: 'investigate', verdict: 'NO_GO', says: [/quotas of us-west-2 could not be read/],
  },
  {
    name: 'standby ledger replica does not answer',
    given: () => { const s = dark(healthy(), east); s.ledgers[east] = seen(control(), east); s.ledgers[west] = unseen('timed out', west); return s; },
    action: 'investigate', verdict: 'NO_GO', says: [/replica in us-west-2 did not answer/],
  },
  {
    name: 'standby on older code',
    given: () => { const s = dark(healthy(), east); s.versions[west] = seen('v0', 'ledger'); return s; },
    action: 'failover', verdict: 'GO', says: [/us-west-2 runs v0/],
  },
  { name: 'ARC answers on three endpoints', given: () => { const s = dark(healthy(), east); s.routing.arc = arc(east, 3); return s; }, action: 'failover', verdict: 'GO' },
  { name: 'ARC answers on two endpoints', given: () => { const s = dark(healthy(), east); s.routing.arc = arc(east, 2); return s; }, action: 'failover', verdict: 'GO', says: [/only 2 of 5 ARC endpoints/] },
  { name: 'no ARC endpoint answers', given: () => { const s = dark(healthy(), east); s.routing.arc = arc(east, 0); return s; }, action: 'investigate', verdict: 'NO_GO', says: [/no ARC endpoint answers/] },
  { name: 'deployment without ARC', given: () => { const s = dark(healthy(), east); s.routing.arc = null; return s; }, action: 'failover', verdict: 'GO' },
  { name: 'traffic dials unreadable', given: () => { const s = dark(healthy(), east); s.routing.mrap = unseen('timed out'); return s; }, action: 'failover', verdict: 'GO', says: [/traffic dials cannot be read/] },
  {
    name: 'somebody else holds the lock',
    given: () => { const s = dark(healthy(), east); s.lock = seen({ operationId: 'op1', owner: 'ann@desk', kind: 'failover', acquiredAt: secondsAgo(20), leaseEndsAt: secondsAgo(-40) }, 'ledger'); return s; },
    action: 'investigate', verdict: 'NO_GO', says: [/ann@desk is running failover op1/],
  },
  {
    name: 'a lapsed lock: an operation stopped half way',
    given: () => { const s = healthy(); s.lock = seen({ operationId: 'op1', owner: 'ann@desk', kind: 'failover', acquiredAt: secondsAgo(600), leaseEndsAt: secondsAgo(540) }, 'ledger'); return s; },
    action: 'resume', verdict: 'NO_GO', says: [/op1 of ann@desk stopped without finishing/],
  },
  {
    name: 'ARC drifted from the ledger',
    given: () => { const s = healthy(west); s.routing.arc = arc(east); return s; },
    action: 'resume', verdict: 'NO_GO', to: west, says: [/ARC routing control of us-east-1 is On/],
  },
  {
    name: 'ARC endpoints disagree just after a change: no drift',
    given: () => { const s = healthy(west); const view = arc(east); if (view.known) view.value.disagree = true; s.routing.arc = view; return s; },
    action: 'failback', verdict: 'GO', to: east,
  },
  {
    name: 'moved ten minutes ago, and the new Region goes dark',
    given: () => { const s = dark(healthy(west), west); s.lastMoveAt = seen(secondsAgo(600), 'ledger'); return s; },
    action: 'failover', verdict: 'GO', to: east, says: [/moved 10 min ago/],
  },
  { name: 'home healthy again after a failover', given: () => healthy(west), action: 'failback', verdict: 'GO', to: east, says: [/us-east-1 is healthy again/] },
  {
    name: 'home healthy again, replication back to it failing',
    given: () => { const s = healthy(west); s.replication[`${west}->${east}`]!.failedObjects = seen(3, west); return s; },
    action: 'stay', verdict: 'NO_GO', to: null, says: [/3 objects failed to replicate/],
  },
  {
    name: 'one slow probe',
    given: () => { const s = healthy(); s.probes[east]!.fromOperator[0] = probe('s3', 'operator', undefined, 1800); return s; },
    action: 'investigate', verdict: 'INSUFFICIENT_DATA', east: 'degraded',
  },
  {
    name: 'half of the executions fail, and the backlog is late',
    given: () => {
      const s = healthy();
      s.activity[east] = seen({ windowSeconds: 600, executionsStarted: 40, executionsFailed: 20, functionInvocations: 400, functionErrors: 0, functionThrottles: 0 }, east);
      s.work = seen({ open: [job('late', { claimedAt: secondsAgo(2000) })], failed: [], unsettledNotifications: [], presence: {} }, 'ledger');
      return s;
    },
    action: 'failover', verdict: 'GO', east: 'impaired', says: [/its executions and functions and its backlog/],
  },
  {
    name: 'five executions, all failed: too few to condemn a Region',
    given: () => { const s = healthy(); s.activity[east] = seen({ windowSeconds: 600, executionsStarted: 5, executionsFailed: 5, functionInvocations: 20, functionErrors: 0, functionThrottles: 0 }, east); return s; },
    action: 'investigate', verdict: 'INSUFFICIENT_DATA', east: 'degraded',
  },
  {
    name: 'metrics forbidden: unknown, and no evidence either way',
    given: () => { const s = healthy(); s.activity[east] = unseen('access denied (cloudwatch:GetMetricData)', east); return s; },
    action: 'stay', verdict: 'NO_GO', east: 'healthy',
  },
  { name: 'never initialised', given: () => { const s = healthy(); s.ledgers = { [east]: seen(null, east), [west]: seen(null, west) }; return s; }, action: 'investigate', verdict: 'NO_GO', says: [/batchctl init/] },
  { name: 'a planned move asked for, everything fit', given: () => healthy(), request: { to: west, mode: 'graceful' }, action: 'failover', verdict: 'GO', to: west },
  { name: 'an ungraceful move asked for without evidence', given: () => healthy(), request: { to: west, mode: 'ungraceful' }, action: 'investigate', verdict: 'INSUFFICIENT_DATA', to: west, says: [/nothing shows that us-east-1 fails/] },
  {
    name: 'home healthy again, and its executions of an older epoch still run',
    given: () => { const s = healthy(west); s.zombies[east] = seen([{ name: 'z-e1-a1', executionArn: 'arn', epoch: 1 }], east); return s; },
    action: 'stay', verdict: 'NO_GO', to: null, says: [/1 execution of an older epoch still run in us-east-1 \(z-e1-a1\)/],
  },
  {
    name: 'a planned move asked for while inputs are missing',
    given: () => {
      const s = healthy();
      s.work = seen({ open: [job('a', { presentIn: { [east]: now } })], failed: [], unsettledNotifications: [], presence: { [west]: { a: seen(false) } } }, 'ledger');
      return s;
    },
    request: { to: west, mode: 'graceful' }, action: 'investigate', verdict: 'NO_GO', says: [/1 accepted input is not in us-west-2/],
  },
];

describe('assess', () => {
  it.each(situations)('$name', ({ given, request, action, verdict, to, says = [], ...health }) => {
    const assessment = assess(given(), policy, request);
    const { recommendation } = assessment;
    const said = [...recommendation.reasons, ...recommendation.blockers, ...recommendation.warnings].join('\n');
    expect({ action: recommendation.action, verdict: recommendation.verdict }, said).toEqual({ action, verdict });
    if (to !== undefined) expect(recommendation.to).toBe(to);
    if (health.east) expect(assessment.regions[east]?.health).toBe(health.east);
    if (health.west) expect(assessment.regions[west]?.health).toBe(health.west);
    for (const pattern of says) expect(said).toMatch(pattern);
  });

  it('names exactly the missing keys, with bytes and the age of the oldest', () => {
    const snapshot = dark(healthy(), east);
    const open = [job('b', { presentIn: {}, acceptedAt: secondsAgo(90), bytes: 10 }), job('a', { presentIn: {}, bytes: 20 }), job('c')];
    snapshot.work = seen({ open, failed: [], unsettledNotifications: [], presence: { [west]: { a: seen(false), b: seen(false) } } }, 'ledger');
    expect(assess(snapshot, policy).recommendation.rpo).toEqual({ objects: 2, bytes: 30, seconds: 90, keys: ['input/a.csv', 'input/b.csv'] });
  });

  it('gives the printed evidence the very number that the rule used', () => {
    const snapshot = healthy();
    snapshot.headroom[west] = seen({ used: { 'lambda-concurrency': 0.61 } }, west);
    const signal = assess(snapshot, policy).regions[west]?.signals.find((each) => each.name === 'headroom.lambda-concurrency');
    expect(signal).toMatchObject({ value: 61, unit: '% of quota', level: 'warn', seenFrom: west });
  });
});
