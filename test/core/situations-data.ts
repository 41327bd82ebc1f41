import type { Job } from '../../src/core/job.js';
import type { Observed } from '../../src/core/observation.js';
import { dark, east, healthy, job, now, pendingMinutes, policy, secondsAgo, seen, unseen, west, type Situation } from './situation.js';

const eastToWest = `${east}->${west}`;

function work(open: Job[], presence: Record<string, Observed<boolean>> = {}) {
  return seen({ open, failed: [], unsettledNotifications: [], presence: { [west]: presence } }, 'ledger');
}

function notInWest(count: number, ageSeconds = 30) {
  const open = Array.from({ length: count }, (_, index) => job(`j${index}`, { acceptedAt: secondsAgo(ageSeconds), presentIn: { [east]: secondsAgo(ageSeconds) } }));
  return work(open, Object.fromEntries(open.map((each) => [each.jobId, seen(false)])));
}

/** What would be left behind, and how sure is that? */
export const aboutTheData: Situation[] = [
  {
    name: 'active Region dark and 7 inputs not in the standby', because: 'moving is right, and somebody has to accept the seven',
    given: (s = dark(healthy(), east)) => { s.work = notInWest(7); return s; },
    action: 'failover', verdict: 'GO_WITH_DATA_RISK', says: [/7 accepted inputs are not in us-west-2/],
  },
  {
    name: 'two inputs missing, and the policy allows three', because: 'whoever set the policy has accepted them',
    given: (s = dark(healthy(), east)) => { s.work = notInWest(2); return s; },
    policy: { ...policy, maxMissingInputs: 3 }, action: 'failover', verdict: 'GO', says: [/2 accepted inputs are not in us-west-2, which the policy allows/],
  },
  {
    name: 'active Region dark and nobody knows whether the standby holds an input', because: 'unknown is not present',
    given: (s = dark(healthy(), east)) => { s.work = work([job('a', { presentIn: {} })], { a: unseen('throttled (SlowDown)') }); return s; },
    action: 'failover', verdict: 'GO_WITH_DATA_RISK', says: [/could not be looked up.*SlowDown/],
  },
  {
    name: 'active Region dark and the list of open jobs unreadable', because: 'an unknown number is a risk, not a zero',
    given: (s = dark(healthy(), east)) => { s.work = unseen('timed out', 'ledger'); return s; },
    action: 'failover', verdict: 'GO_WITH_DATA_RISK', says: [/not known which inputs are open/],
  },
  {
    name: 'replication paused: pending grows for a quarter of an hour', because: 'no input is missing yet, so moving loses nothing; what was written lately stays behind until the Region is back',
    given: (s = dark(healthy(), east)) => { s.replication[eastToWest]!.pendingObjects = seen(30, west, 30); s.replication[eastToWest]!.pendingMinutes = seen(pendingMinutes([0, 2, 4, 6, 8, 10, 12, 14, 16, 18, 20, 22, 24, 27, 30]), west, 30); return s; },
    action: 'failover', verdict: 'GO', says: [/30 objects wait for replication.*paused or cannot keep up/],
  },
  {
    name: 'replication paused while all is well', because: 'nothing to flee from; but the standby is losing its worth, and that is said',
    given: (s = healthy()) => { s.replication[eastToWest]!.pendingObjects = seen(30, west, 30); s.replication[eastToWest]!.pendingMinutes = seen(pendingMinutes([0, 2, 4, 6, 8, 10, 12, 14, 16, 18, 20, 30]), west, 30); return s; },
    action: 'stay', verdict: 'NO_GO', to: null, says: [/their number has only grown/],
  },
  {
    name: 'pending objects rise and fall', because: 'that is what traffic looks like',
    given: (s = healthy()) => { s.replication[eastToWest]!.pendingObjects = seen(30, west, 30); s.replication[eastToWest]!.pendingMinutes = seen(pendingMinutes([20, 25, 30, 35, 3, 8, 12, 16, 20, 24, 27, 30]), west, 30); return s; },
    action: 'stay', verdict: 'NO_GO', silentAbout: [/only grown/],
  },
  {
    name: 'replication lagging 20 minutes', because: 'the inputs are there, so the pipeline can go; the lag is said because outputs follow late',
    given: (s = dark(healthy(), east)) => { s.replication[eastToWest]!.latencySeconds = seen(1200, west, 30); return s; },
    action: 'failover', verdict: 'GO', says: [/1200 s behind/],
  },
  {
    name: 'replication lagging 20 minutes, and inputs are on the way', because: 'they would be parked until the Region is back',
    given: (s = dark(healthy(), east)) => { s.replication[eastToWest]!.latencySeconds = seen(1200, west, 30); s.replication[eastToWest]!.pendingObjects = seen(9, west, 30); s.work = notInWest(4, 900); return s; },
    action: 'failover', verdict: 'GO_WITH_DATA_RISK', says: [/4 accepted inputs are not in us-west-2/, /1200 s behind/],
  },
  {
    name: 'replication failing: three objects for good', because: 'if they were inputs the ledger would name them as missing',
    given: (s = dark(healthy(), east)) => { s.replication[eastToWest]!.failedObjects = seen(3, east, 30); return s; },
    action: 'failover', verdict: 'GO', says: [/3 objects failed to replicate/],
  },
  {
    name: 'a planned move while replication has failed', because: 'there is time to repair it',
    given: (s = healthy()) => { s.replication[eastToWest]!.failedObjects = seen(1, east, 30); return s; },
    request: { to: west, mode: 'graceful' }, action: 'investigate', verdict: 'NO_GO', says: [/1 object failed to replicate/],
  },
  {
    name: 'failed objects ten minutes ago, none since', because: 'S3 never tries them again, so they have failed still',
    given: (s = healthy()) => { s.replication[eastToWest]!.failedObjects = seen(2, east, 600); return s; },
    request: { to: west, mode: 'graceful' }, action: 'investigate', verdict: 'NO_GO', says: [/2 objects failed/],
  },
  {
    name: 'replication metrics missing', because: 'the ledger and HEAD know; the metrics are only a second opinion',
    given: (s = dark(healthy(), east)) => {
      const missing = unseen('OperationsPendingReplication: no datapoints', west);
      s.replication[eastToWest] = { from: east, to: west, pendingObjects: missing, pendingMinutes: missing, oldestPendingSeconds: missing, latencySeconds: missing, failedObjects: missing };
      return s;
    },
    action: 'failover', verdict: 'GO', says: [/every accepted input is in us-west-2/], signals: { [west]: { 'replication.pending': ['unknown', /no datapoints/] } },
  },
  {
    name: 'replication metrics twenty minutes late', because: 'they tell of another moment',
    given: (s = healthy()) => { s.replication[eastToWest]!.pendingObjects = seen(0, west, 1200); s.replication[eastToWest]!.latencySeconds = seen(5000, west, 1200); return s; },
    action: 'stay', verdict: 'NO_GO', silentAbout: [/5000/], signals: { [west]: { 'replication.latency': ['unknown', /1200 s old/], 'replication.pending': ['unknown', /1200 s old/] } },
  },
  {
    name: 'ledger and metrics disagree about what is missing', because: 'the ledger was confirmed by a HEAD of each key; the disagreement is shown',
    given: (s = dark(healthy(), east)) => { s.work = notInWest(7, 600); return s; },
    action: 'failover', verdict: 'GO_WITH_DATA_RISK', says: [/7 inputs are missing, and S3's metrics of 30 s ago say that 0 objects were pending: believe the ledger/],
  },
  {
    name: 'a planned move asked for while inputs are missing', because: 'a planned move leaves nothing behind',
    given: (s = healthy()) => { s.work = work([job('a', { presentIn: { [east]: now } })], { a: seen(false) }); return s; },
    request: { to: west, mode: 'graceful' }, action: 'investigate', verdict: 'NO_GO', says: [/1 accepted input is not in us-west-2/],
  },
  {
    name: 'a planned move with inputs missing that the policy would allow in an emergency', because: 'this is no emergency',
    given: (s = healthy()) => { s.work = work([job('a', { presentIn: { [east]: now } })], { a: seen(false) }); return s; },
    policy: { ...policy, maxMissingInputs: 5 }, request: { to: west, mode: 'graceful' }, action: 'investigate', verdict: 'NO_GO', says: [/1 accepted input is not in us-west-2/],
  },
];
