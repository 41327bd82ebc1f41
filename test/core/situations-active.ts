import type { FailureKind } from '../../src/core/failure.js';
import type { Job } from '../../src/core/job.js';
import { unknown } from '../../src/core/observation.js';
import type { Snapshot } from '../../src/core/snapshot.js';
import { activity, canary, control, dark, east, grayProbes, healthy, job, minutes, probe, probes, secondsAgo, seen, unseen, west, type Situation } from './situation.js';

const observerInWest = (pattern: string) => seen(minutes(pattern), west);
const gray = (failed: number, calls: number, seenFrom: string) => grayProbes(seenFrom, failed, calls);

/** Its synthetic jobs have not reported for 20 minutes. */
const silent = (s: Snapshot): Snapshot => { s.canaries[east] = canary('.....', east, 1200); return s; };
/** The observer of the active Region, asked how it sees the other one, is not run. */
const notRunBy = (s: Snapshot, failure: FailureKind): Snapshot => { s.probes[west]!.fromOtherRegion = unknown('service error (ServiceException)', s.observedAt, east, failure); return s; };
const withWork = (s: Snapshot, open: Job[]): Snapshot => { s.work = seen({ open, failed: [], unsettledNotifications: [], presence: {} }, 'ledger'); return s; };
const waiting = (id: string, seconds: number, fields: Partial<Job> = {}): Job => {
  const { claimedAt: _claimedAt, region: _region, ...accepted } = job(id, { status: 'ACCEPTED', acceptedAt: secondsAgo(seconds), presentIn: { [east]: secondsAgo(seconds), [west]: secondsAgo(seconds) } });
  return { ...accepted, ...fields };
};

/** Is the active Region bad, and who says so? */
export const aboutTheActiveRegion: Situation[] = [
  { name: 'healthy pair', because: 'nothing to gain', given: () => healthy(), action: 'stay', verdict: 'NO_GO', to: null, east: 'healthy', west: 'healthy', says: [/nothing to move away from/] },
  { name: 'active Region dead, seen from two vantages', because: 'two independent vantages, a fit standby', given: () => dark(healthy(), east), action: 'failover', verdict: 'GO', to: west, east: 'impaired', says: [/this host and the other Region/, /every accepted input is in us-west-2/] },
  {
    name: 'active Region dead, and the observer recorded it too', because: 'the record must not count as a third vantage',
    given: (s = dark(healthy(), east)) => { s.probes[east]!.history = observerInWest('.'.repeat(60) + 'xxxxx'); return s; },
    action: 'failover', verdict: 'GO', east: 'impaired', says: [/this host and the other Region \(us-west-2\) say so/],
  },
  {
    name: 'only this host cannot reach the active Region', because: 'a laptop\'s network fails more often than a Region: ask from elsewhere first',
    given: (s = healthy()) => { s.probes[east]!.fromOperator = probes('operator', 'timed out'); s.ledgers[east] = unseen('timed out', east); return s; },
    action: 'investigate', verdict: 'INSUFFICIENT_DATA', east: 'degraded', says: [/only one source.*this host/],
  },
  {
    name: 'this host cannot reach it, and its synthetic jobs have gone silent', because: 'the silence stands in the ledger, whatever this host\'s network does',
    given: (s = healthy()) => {
      s.probes[east] = { ...s.probes[east]!, fromOperator: probes('operator', 'timed out'), fromOtherRegion: unseen('no answer', west), history: unseen('no answer', 'ledger') };
      s.ledgers[east] = unseen('timed out', east);
      s.canaries[east] = canary('.....', east, 420);
      return s;
    },
    action: 'failover', verdict: 'GO', east: 'impaired', says: [/this host and its silent synthetic jobs/],
  },
  {
    name: 'synthetic jobs silent, and nothing else says anything', because: 'the schedule may have stopped: look, do not run, and do not call it healthy',
    given: () => silent(healthy()),
    action: 'investigate', verdict: 'INSUFFICIENT_DATA', to: west, east: 'degraded', says: [/only one source.*its silent synthetic jobs/],
  },
  {
    name: 'a new deployment, whose synthetic jobs have not run yet', because: 'who has never spoken has not fallen silent',
    given: (s = healthy()) => { for (const region of [east, west]) s.canaries[region] = seen(null, 'ledger'); return s; },
    action: 'stay', verdict: 'NO_GO', east: 'healthy',
  },
  {
    name: 'synthetic jobs silent in both Regions, and the active one fails its executions', because: 'what is broken is common to both: a move would carry it along',
    given: (s = silent(healthy())) => { s.canaries[west] = canary('.....', west, 1200); s.activity[east] = activity(east, { executionsFailed: 20 }); return s; },
    action: 'investigate', verdict: 'NO_GO', east: 'impaired', says: [/the last synthetic job in us-west-2 ended 1200 s ago/],
  },
  {
    name: 'Lambda fails every call for 20 minutes in an idle pipeline', because: 'nothing runs there: this host cannot run a function, and its synthetic jobs do not report',
    given: (s = silent(healthy())) => { s.activity[east] = unseen('ExecutionsStarted: no datapoints', east); return notRunBy(s, 'service'); },
    action: 'failover', verdict: 'GO', to: west, east: 'impaired', says: [/this host and its silent synthetic jobs/, /Lambda in us-east-1 ran no function for this host/],
  },
  {
    name: 'Lambda fails a call of this host, and synthetic jobs still succeed', because: 'one call of one host is no outage',
    given: () => notRunBy(healthy(), 'service'),
    action: 'investigate', verdict: 'INSUFFICIENT_DATA', east: 'degraded', says: [/only one source.*this host/],
  },
  {
    name: 'Lambda lets every call of this host time out, and synthetic jobs are silent', because: 'no answer in time is an answer once nothing else works either',
    given: () => notRunBy(silent(healthy()), 'timeout'),
    action: 'failover', verdict: 'GO', east: 'impaired', says: [/this host and its silent synthetic jobs/],
  },
  {
    name: 'one late answer of the observer', because: 'the function may have been cold',
    given: () => notRunBy(healthy(), 'timeout'), action: 'stay', verdict: 'NO_GO', east: 'healthy',
  },
  {
    name: 'this host may not run functions, and synthetic jobs are silent', because: 'a missing permission is a finding about us',
    given: () => notRunBy(silent(healthy()), 'permission'), action: 'investigate', verdict: 'INSUFFICIENT_DATA', east: 'degraded',
  },
  {
    name: 'synthetic jobs silent, and functions fail', because: 'the ledger and the Region\'s own metrics tell the same, independently',
    given: (s = silent(healthy())) => { s.activity[east] = activity(east, { functionErrors: 300 }); return s; },
    action: 'failover', verdict: 'GO', east: 'impaired', says: [/its silent synthetic jobs and its executions and functions/],
  },
  {
    name: 'synthetic jobs silent, and every function call is throttled', because: 'Lambda counts a throttled call as no invocation: nothing of 400 is everything',
    given: (s = silent(healthy())) => { s.activity[east] = activity(east, { functionInvocations: 0, functionThrottles: 400 }); return s; },
    action: 'failover', verdict: 'GO', east: 'impaired', signals: { [east]: { 'activity.functions': ['bad', /400 throttles in 400 function calls/] } },
  },
  {
    name: 'executions fail that were started before the window began', because: 'a share of nothing started is no reason to look away from forty failures',
    given: (s = silent(healthy())) => { s.activity[east] = activity(east, { executionsStarted: 0, executionsFailed: 40 }); return s; },
    action: 'failover', verdict: 'GO', east: 'impaired', says: [/40 of 40 executions failed/],
  },
  {
    name: 'synthetic jobs silent, and executions do not end', because: 'our own work is the second source',
    given: () => withWork(silent(healthy()), [job('late', { claimedAt: secondsAgo(2000) })]),
    action: 'failover', verdict: 'GO', east: 'impaired', says: [/its silent synthetic jobs and its backlog/],
  },
  {
    name: 'synthetic jobs silent, and accepted inputs are not started', because: 'a queue that nobody works off is the second source',
    given: (s = withWork(silent(healthy()), [waiting('first', 1000, { presentIn: { [west]: secondsAgo(990) } })])) => {
      // The function that would have stamped its arrival does not run: a HEAD says that it lies there.
      if (s.work.known) s.work.value.presence = { [east]: { first: seen(true) } };
      return s;
    },
    action: 'failover', verdict: 'GO', east: 'impaired', says: [/has waited 1000 s to be started/],
  },
  {
    name: 'accepted inputs are not started, everything else is fine', because: 'somebody may have stopped the trigger: look',
    given: () => withWork(healthy(), [waiting('first', 1000)]),
    action: 'investigate', verdict: 'INSUFFICIENT_DATA', east: 'degraded', says: [/only one source.*its backlog/],
  },
  {
    name: 'accepted inputs wait that have not come over yet', because: 'a Region cannot start what it does not hold',
    given: () => withWork(healthy(), [waiting('elsewhere', 1000, { presentIn: { [west]: secondsAgo(1000) } })]),
    action: 'stay', verdict: 'NO_GO', east: 'healthy',
  },
  {
    name: 'accepted inputs waited for the move that has just ended', because: 'they could not start earlier',
    given: (s = withWork(healthy(), [waiting('first', 5000)])) => { for (const region of [east, west]) s.ledgers[region] = seen(control({ changedAt: secondsAgo(20) }), region); return s; },
    action: 'stay', verdict: 'NO_GO', east: 'healthy',
  },
  {
    name: 'this host has no network at all', because: 'nothing was seen, so nothing is known',
    given: (s = dark(healthy(), east)) => {
      s.probes[east]!.fromOtherRegion = unseen('unreachable', west);
      s.probes[west] = { fromOperator: probes('operator', 'unreachable (ENOTFOUND)'), fromOtherRegion: unseen('unreachable', east), history: unseen('unreachable') };
      s.ledgers[west] = unseen('unreachable', west);
      return s;
    },
    action: 'investigate', verdict: 'INSUFFICIENT_DATA', to: null, says: [/no replica of the ledger answered/],
  },
  {
    name: 'credentials of this host have expired', because: 'being refused says that the Region answers',
    given: (s = healthy()) => {
      for (const region of [east, west]) s.probes[region]!.fromOperator = probes('operator', 'credentials refused').map((each) => ({ ...each, failure: 'credentials' as const }));
      return s;
    },
    action: 'stay', verdict: 'NO_GO', east: 'healthy', says: [/did not let this host in/],
  },
  {
    name: 'what this host signs is refused for its clock', because: 'being refused says that the Region answers',
    given: (s = healthy()) => {
      for (const region of [east, west]) s.probes[region]!.fromOperator = probes('operator', 'this host\'s clock is wrong').map((each) => ({ ...each, failure: 'clock' as const }));
      return s;
    },
    action: 'stay', verdict: 'NO_GO', east: 'healthy', says: [/did not let this host in.*clock is wrong/],
  },
  {
    name: 'credentials refused, and the active Region is bad from two other sources', because: 'its targets could not be looked at from here either: mend the credentials first',
    given: (s = healthy()) => {
      for (const region of [east, west]) s.probes[region]!.fromOperator = probes('operator', 'access denied').map((each) => ({ ...each, failure: 'permission' as const }));
      s.probes[east]!.fromOtherRegion = seen(probes(west, 'timed out'), west);
      s.canaries[east] = canary('.xxxx', east);
      return s;
    },
    action: 'investigate', verdict: 'NO_GO', east: 'impaired', says: [/S3 in us-west-2 did not let this host in/],
  },
  {
    name: 'only DynamoDB of the active Region out, both vantages', because: 'no job can run without it',
    given: (s = healthy()) => {
      const failing = 'service error (InternalServerError)';
      s.probes[east]!.fromOperator = [probe('s3', 'operator'), probe('states', 'operator'), probe('dynamodb', 'operator', failing)];
      s.probes[east]!.fromOtherRegion = seen([probe('s3', west), probe('states', west), probe('dynamodb', west, failing)], west);
      return s;
    },
    action: 'failover', verdict: 'GO', east: 'impaired', says: [/us-east-1 is impaired/],
  },
  {
    name: 'only Step Functions throttled, jobs still succeed', because: 'a quota is no outage, and the work gets done',
    given: (s = healthy()) => {
      s.probes[east]!.fromOperator[1] = { ...probe('states', 'operator', 'throttled (ThrottlingException)'), failure: 'throttled' };
      s.probes[east]!.fromOtherRegion = seen([probe('s3', west), { ...probe('states', west, 'throttled (ThrottlingException)'), failure: 'throttled' }, probe('dynamodb', west)], west);
      return s;
    },
    action: 'investigate', verdict: 'INSUFFICIENT_DATA', east: 'degraded', says: [/nothing shows that us-east-1 fails/],
  },
  {
    name: 'Step Functions throttled, and synthetic jobs fail for it', because: 'whatever the cause, no work gets done here, and the quota is the Region\'s own',
    given: (s = healthy()) => {
      s.probes[east]!.fromOperator[1] = { ...probe('states', 'operator', 'throttled (ThrottlingException)'), failure: 'throttled' };
      s.canaries[east] = canary('.xxxx', east);
      return s;
    },
    action: 'failover', verdict: 'GO', east: 'impaired', says: [/this host and its synthetic jobs/],
  },
  {
    name: 'gray: a tenth of the calls fails, this moment only', because: 'a hiccup: look again in a minute',
    given: (s = healthy()) => { s.probes[east]!.fromOperator = gray(1, 10, 'operator'); s.probes[east]!.fromOtherRegion = seen(gray(1, 10, west), west); return s; },
    action: 'investigate', verdict: 'INSUFFICIENT_DATA', east: 'degraded', says: [/nothing shows that us-east-1 fails: degraded/],
  },
  {
    name: 'gray: a tenth of the calls fails for minutes, seen from both', because: 'the go / no-go table: 5 % in 3 of 5 minutes from both vantages',
    given: (s = healthy()) => {
      s.probes[east]!.fromOperator = gray(1, 10, 'operator');
      s.probes[east]!.fromOtherRegion = seen(gray(1, 10, west), west);
      s.probes[east]!.history = seen(minutes().map((minute, index, all) => (index < all.length - 4 ? minute : { ...minute, ok: false, calls: 20, failed: 2 })), west);
      return s;
    },
    action: 'failover', verdict: 'GO', east: 'impaired', says: [/this host and the other Region/],
  },
  {
    name: 'gray for minutes as the other Region sees it, clean from here', because: 'it may be the way between the Regions',
    given: (s = healthy()) => { s.probes[east]!.history = observerInWest('.'.repeat(60) + 'x.xxx'); return s; },
    action: 'investigate', verdict: 'INSUFFICIENT_DATA', east: 'degraded', says: [/only one source.*the other Region/],
  },
  {
    name: 'gray for minutes, and half of the synthetic jobs fail', because: 'two kinds of evidence',
    given: (s = healthy()) => { s.probes[east]!.history = observerInWest('.'.repeat(60) + 'x.xxx'); s.canaries[east] = canary('.x.xx', east); return s; },
    action: 'failover', verdict: 'GO', east: 'impaired', says: [/its synthetic jobs/],
  },
  {
    name: 'errors below a twentieth for minutes', because: 'AWS has such minutes every week',
    given: (s = healthy()) => { s.probes[east]!.history = seen(minutes().map((minute) => ({ ...minute, ok: false, calls: 100, failed: 4 })), west); return s; },
    action: 'stay', verdict: 'NO_GO', east: 'healthy',
  },
  {
    name: 'one bad minute of five', because: 'one bad minute is no outage',
    given: (s = healthy()) => { s.probes[east]!.history = observerInWest('.'.repeat(60) + '..x..'); return s; },
    action: 'investigate', verdict: 'INSUFFICIENT_DATA', east: 'degraded', says: [/nothing shows/],
  },
  {
    name: 'one slow probe', because: 'slow is a reason to look, not to move',
    given: (s = healthy()) => { s.probes[east]!.fromOperator[0] = probe('s3', 'operator', undefined, 1800); return s; },
    action: 'investigate', verdict: 'INSUFFICIENT_DATA', east: 'degraded',
  },
  {
    name: 'this host finds both Regions slow', because: 'two Regions do not turn slow together: the laptop or its line is busy',
    given: (s = healthy()) => { for (const region of [east, west]) s.probes[region]!.fromOperator = probes('operator').map((each) => ({ ...each, milliseconds: 2200 })); return s; },
    action: 'stay', verdict: 'NO_GO', east: 'healthy', west: 'healthy',
  },
  {
    name: 'slow for minutes, from both vantages, and the work is on time', because: 'customers notice nothing yet',
    given: (s = healthy()) => {
      s.probes[east]!.fromOperator = probes('operator').map((each) => ({ ...each, milliseconds: 2200 }));
      s.probes[east]!.history = observerInWest('.'.repeat(60) + 'sssss');
      return s;
    },
    action: 'investigate', verdict: 'INSUFFICIENT_DATA', east: 'degraded',
  },
  {
    name: 'slow beyond every deadline, from both vantages', because: 'an answer that nobody waits for is no answer',
    given: (s = healthy()) => {
      s.probes[east]!.fromOperator = probes('operator', 'timed out (no answer within 3 s)');
      s.probes[east]!.fromOtherRegion = seen(probes(west, 'timed out (no answer within 3 s)'), west);
      return s;
    },
    action: 'failover', verdict: 'GO', east: 'impaired',
  },
  {
    name: 'half of the executions fail, and the backlog is late', because: 'our own work is the best probe: two kinds of it say so',
    given: (s = healthy()) => {
      s.activity[east] = activity(east, { executionsFailed: 20 });
      s.work = seen({ open: [job('late', { claimedAt: secondsAgo(2000) })], failed: [], unsettledNotifications: [], presence: {} }, 'ledger');
      return s;
    },
    action: 'failover', verdict: 'GO', east: 'impaired', says: [/its executions and functions and its backlog/],
  },
  {
    name: 'half of the executions fail, everything else is fine', because: 'bad input files would look the same',
    given: (s = healthy()) => { s.activity[east] = activity(east, { executionsFailed: 20 }); return s; },
    action: 'investigate', verdict: 'INSUFFICIENT_DATA', east: 'degraded', says: [/only one source/],
  },
  {
    name: 'five executions, all failed: too few to condemn a Region', because: 'five failures are one bad upload',
    given: (s = healthy()) => { s.activity[east] = activity(east, { executionsStarted: 5, executionsFailed: 5, functionInvocations: 20 }); return s; },
    action: 'investigate', verdict: 'INSUFFICIENT_DATA', east: 'degraded', says: [/nothing shows/],
  },
  {
    name: 'backlog late, everything else is fine', because: 'a giant file would look the same',
    given: (s = healthy()) => { s.work = seen({ open: [job('late', { claimedAt: secondsAgo(2000) })], failed: [], unsettledNotifications: [], presence: {} }, 'ledger'); return s; },
    action: 'investigate', verdict: 'INSUFFICIENT_DATA', east: 'degraded', says: [/its backlog/],
  },
  {
    name: 'idle pipeline with no traffic', because: 'no traffic is no failure, and synthetic jobs vouch for the rest',
    given: (s = healthy()) => { for (const region of [east, west]) s.activity[region] = activity(region, { executionsStarted: 0, functionInvocations: 0 }); return s; },
    action: 'stay', verdict: 'NO_GO', east: 'healthy', west: 'healthy',
  },
  {
    name: 'idle pipeline, and the active Region dies', because: 'nothing is lost, and the next upload must find a place',
    given: (s = dark(healthy(), east)) => { s.activity[west] = activity(west, { executionsStarted: 0, functionInvocations: 0 }); return s; },
    action: 'failover', verdict: 'GO', to: west,
  },
  {
    name: 'metrics forbidden', because: 'a missing permission is a finding about us',
    given: (s = healthy()) => { s.activity[east] = unseen('access denied (cloudwatch:GetMetricData)', east); return s; },
    action: 'stay', verdict: 'NO_GO', east: 'healthy', signals: { [east]: { 'activity.failures': ['unknown', /access denied/] } },
  },
  {
    name: 'metrics missing', because: 'no datapoint is not zero',
    given: (s = healthy()) => { s.activity[east] = unseen('ExecutionsStarted: no datapoints', east); return s; },
    action: 'stay', verdict: 'NO_GO', east: 'healthy', signals: { [east]: { 'activity.failures': ['unknown', /no datapoints/] } },
  },
  {
    name: 'metrics partial', because: 'a part of a count is not the count',
    given: (s = healthy()) => { s.activity[east] = unseen('ExecutionsFailed: CloudWatch says PartialData', east); return s; },
    action: 'stay', verdict: 'NO_GO', east: 'healthy', signals: { [east]: { 'activity.failures': ['unknown', /PartialData/] } },
  },
  {
    name: 'metrics ten minutes late, and they look terrible', because: 'they tell of another moment; the probes tell of this one',
    given: (s = healthy()) => { s.activity[east] = activity(east, { executionsFailed: 40 }, 600); return s; },
    action: 'stay', verdict: 'NO_GO', east: 'healthy', signals: { [east]: { 'activity.failures': ['unknown', /600 s old/] } },
  },
  {
    name: 'the observer stopped recording ten minutes ago', because: 'its last word is no evidence of now',
    given: (s = healthy()) => { s.probes[east]!.history = seen(minutes('xxxxx').map((minute) => ({ ...minute, at: secondsAgo(600) })), west); return s; },
    action: 'stay', verdict: 'NO_GO', east: 'healthy', signals: { [east]: { 'observer.minutes': ['unknown', /600 s ago/] } },
  },
];
