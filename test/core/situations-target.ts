import { activity, arc, canary, control, dark, east, headroom, healthy, job, minutes, probe, probes, secondsAgo, seen, unseen, west, type Situation } from './situation.js';

/** The active Region is bad: may the other one take over, and may anybody move it now? */
export const aboutTheTarget: Situation[] = [
  {
    name: 'both Regions dark to this host', because: 'moving into the dark helps nobody',
    given: (s = dark(healthy(), east)) => { s.probes[west]!.fromOperator = probes('operator', 'timed out'); return s; },
    action: 'investigate', verdict: 'NO_GO', says: [/S3 in us-west-2 did not answer/],
  },
  {
    name: 'standby canary failed once', because: 'what takes everything over must not have failed even once',
    given: (s = dark(healthy(), east)) => { s.canaries[west] = canary('....x', west); return s; },
    action: 'investigate', verdict: 'NO_GO', says: [/4 of the last 5 synthetic jobs in us-west-2/],
  },
  {
    name: 'standby canary silent for ten minutes', because: 'it ran, and then it did not: unknown about the target blocks',
    given: (s = dark(healthy(), east)) => { s.canaries[west] = canary('.....', west, 600); return s; },
    action: 'investigate', verdict: 'NO_GO', says: [/ended 600 s ago/],
  },
  {
    name: 'standby canary unreadable', because: 'unknown about the target blocks',
    given: (s = dark(healthy(), east)) => { s.canaries[west] = unseen('timed out', 'ledger'); return s; },
    action: 'investigate', verdict: 'NO_GO', says: [/record of us-west-2 could not be read/],
  },
  {
    name: 'deployed a minute ago: no canary has run yet', because: 'the proof at the end of the move runs one; a new deployment must not be stuck',
    given: (s = dark(healthy(), east)) => { s.canaries[west] = seen(null, 'ledger'); return s; },
    action: 'failover', verdict: 'GO', says: [/no synthetic job has run in us-west-2 yet/],
  },
  {
    name: 'standby found bad by the other Region before that went dark', because: 'its record is evidence about the target',
    given: (s = dark(healthy(), east)) => { s.probes[west]!.history = seen(minutes('.'.repeat(60) + 'xx.xx'), east); return s; },
    action: 'investigate', verdict: 'NO_GO', says: [/us-east-1 found us-west-2 bad in 4/],
  },
  {
    name: 'standby was bad eight minutes ago', because: 'better than a dead Region, but the operator should know what he moves into',
    given: (s = dark(healthy(), east)) => { s.probes[west]!.history = seen(minutes('.'.repeat(50) + 'xxx' + '.'.repeat(8)), east); return s; },
    action: 'failover', verdict: 'GO', says: [/us-west-2 was bad a short while ago/], acknowledge: ['unsettled-target'],
  },
  {
    name: 'a planned move to a standby that answers slowly', because: 'nothing forbids it, and it should be known before',
    given: (s = healthy()) => { s.probes[west]!.fromOperator[2] = probe('dynamodb', 'operator', undefined, 1500); return s; },
    request: { to: west, mode: 'graceful' }, action: 'failover', verdict: 'GO', says: [/1500 ms, which is slow/],
  },
  {
    name: 'standby functions fail', because: 'few calls of an idle standby: a warning, the canary decides',
    given: (s = dark(healthy(), east)) => { s.activity[west] = activity(west, { functionErrors: 100 }); return s; },
    action: 'failover', verdict: 'GO', says: [/100 errors and 0 throttles/],
  },
  {
    name: 'standby out of headroom', because: 'the work would be throttled the moment it arrives',
    given: (s = dark(healthy(), east)) => { s.headroom[west] = headroom(0.92, west); return s; },
    action: 'investigate', verdict: 'NO_GO', says: [/92 % of lambda-concurrency/],
  },
  {
    name: 'standby has half left, and the work moving in needs more than that', because: 'need counts, not only use',
    given: (s = healthy()) => { s.headroom[east] = headroom(0.6, east); s.headroom[west] = headroom(0.3, west); return s; },
    request: { to: west, mode: 'graceful' }, action: 'investigate', verdict: 'NO_GO', says: [/30 % of lambda-concurrency is in use in us-west-2, and the other Region's work would take 60 % more/],
  },
  {
    name: 'standby with a tenth of the quota', because: 'a low quota in the standby is the classic surprise of a failover',
    given: (s = healthy()) => { s.headroom[east] = headroom(0.09, east, 1000); s.headroom[west] = headroom(0.01, west, 100); return s; },
    request: { to: west, mode: 'graceful' }, action: 'investigate', verdict: 'NO_GO', says: [/would take 90 % more/],
  },
  {
    name: 'standby quotas unreadable', because: 'unknown about the target blocks',
    given: (s = dark(healthy(), east)) => { s.headroom[west] = unseen('access denied (lambda:GetAccountSettings)', west); return s; },
    action: 'investigate', verdict: 'NO_GO', says: [/quotas of us-west-2 could not be read/],
  },
  {
    name: 'a backlog of 60,000 jobs', because: 'they start within the RTO target, at the cost of most of it: say so, and move',
    given: (s = dark(healthy(), east)) => { s.work = seen({ open: Array.from({ length: 60_000 }, (_, index) => job(`j${index}`)), failed: [], unsettledNotifications: [], presence: {} }, 'ledger'); return s; },
    action: 'failover', verdict: 'GO', says: [/60000 open jobs would be started in us-west-2; 91300 can be within 300 s/],
  },
  {
    name: 'a backlog that cannot start in time', because: 'the promise would be broken by the quota alone: a person decides, with a higher target or fewer jobs',
    given: (s = dark(healthy(), east)) => { s.work = seen({ open: Array.from({ length: 80_000 }, (_, index) => job(`j${index}`)), failed: [], unsettledNotifications: [], presence: {} }, 'ledger'); return s; },
    action: 'investigate', verdict: 'NO_GO', says: [/80000 open jobs would be started/],
  },
  {
    name: 'standby ledger replica does not answer', because: 'nothing could be claimed there',
    given: (s = dark(healthy(), east)) => { s.ledgers[east] = seen(control(), east); s.ledgers[west] = unseen('timed out', west); return s; },
    action: 'investigate', verdict: 'NO_GO', says: [/replica in us-west-2 did not answer/],
  },
  {
    name: 'standby on older code', because: 'old code that runs beats new code that does not',
    given: (s = dark(healthy(), east)) => { s.versions[west] = seen('v0', 'ledger'); return s; },
    action: 'failover', verdict: 'GO', says: [/us-west-2 runs v0/],
  },
  {
    name: 'standby not fit while the active Region is fine', because: 'there is time to mend it: say it before it is needed',
    given: (s = healthy()) => { s.canaries[west] = canary('..xxx', west); s.versions[west] = seen('v0', 'ledger'); return s; },
    action: 'stay', verdict: 'NO_GO', to: null, says: [/2 of the last 5 synthetic jobs in us-west-2/, /us-west-2 runs v0/],
  },
  { name: 'ARC answers on all five endpoints', because: 'as it should', given: () => dark(healthy(), east), action: 'failover', verdict: 'GO', silentAbout: [/ARC endpoints answer/] },
  { name: 'ARC answers on three endpoints', because: 'AWS promises no more', given: (s = dark(healthy(), east)) => { s.routing.arc = arc(east, 3); return s; }, action: 'failover', verdict: 'GO', silentAbout: [/ARC endpoints answer/] },
  { name: 'ARC answers on two endpoints', because: 'one accepts the change, two confirm it: proceed, warned', given: (s = dark(healthy(), east)) => { s.routing.arc = arc(east, 2); return s; }, action: 'failover', verdict: 'GO', says: [/only 2 of 5 ARC endpoints/] },
  { name: 'no ARC endpoint answers', because: 'the flip could not be made', given: (s = dark(healthy(), east)) => { s.routing.arc = arc(east, 0); return s; }, action: 'investigate', verdict: 'NO_GO', says: [/no ARC endpoint answers/] },
  { name: 'deployment without ARC', because: 'the ledger is the authority', given: (s = dark(healthy(), east)) => { s.routing.arc = null; return s; }, action: 'failover', verdict: 'GO' },
  {
    name: 'ARC endpoints disagree', because: 'they may for 15 s; the ledger decides who works',
    given: (s = dark(healthy(), east)) => { if (s.routing.arc?.known) s.routing.arc.value.disagree = true; return s; },
    action: 'failover', verdict: 'GO', says: [/endpoints disagree/],
  },
  {
    name: 'a safety rule would refuse the flip', because: 'better to hear it now, with its name, than from ARC half way',
    given: (s = dark(healthy(), east)) => { s.routing.safetyRules.push({ arn: 'arn:aws:route53-recovery-control::111122223333:safetyrule/home', name: 'home-always-on', regions: [east], type: 'AND', threshold: 1, inverted: false }); return s; },
    action: 'investigate', verdict: 'NO_GO', says: [/the safety rule home-always-on \(arn:.*safetyrule\/home\) would refuse it/],
  },
  { name: 'traffic dials unreadable', because: 'they are retried in the background; the fence does not need them', given: (s = dark(healthy(), east)) => { s.routing.mrap = unseen('timed out'); return s; }, action: 'failover', verdict: 'GO', says: [/traffic dials cannot be read/] },
  {
    name: 'one control Region of the access point answers', because: 'one is enough, and close to none',
    given: (s = dark(healthy(), east)) => { s.routing.mrapControl = { asked: 5, answering: 1, silent: { [east]: 'timed out' } }; return s; },
    action: 'failover', verdict: 'GO', says: [/only 1 of the 5 control Regions/],
  },
  {
    name: 'somebody else holds the lock', because: 'two hands on one wheel',
    given: (s = dark(healthy(), east)) => { s.lock = seen({ operationId: 'op1', owner: 'ann@desk', kind: 'failover', acquiredAt: secondsAgo(20), leaseEndsAt: secondsAgo(-40) }, 'ledger'); return s; },
    action: 'investigate', verdict: 'NO_GO', says: [/ann@desk is running failover op1/],
  },
  {
    name: 'nobody knows who holds the lock', because: 'unknown is not free',
    given: (s = dark(healthy(), east)) => { s.lock = unseen('timed out', 'ledger'); return s; },
    action: 'investigate', verdict: 'NO_GO', says: [/not known whether another operation runs/],
  },
  {
    name: 'clock of this host 20 s behind AWS\'s', because: 'ages are off; nothing breaks',
    given: (s = dark(healthy(), east)) => { s.probes[west]!.fromOperator[0]!.clockAheadSeconds = 20; return s; },
    action: 'failover', verdict: 'GO', says: [/this host's clock is 20 s behind AWS's/],
  },
  {
    name: 'clock of this host five minutes ahead of AWS\'s', because: 'it would take over the lock of a running operation: a clock is set right in a minute',
    given: (s = dark(healthy(), east)) => { for (const each of s.probes[west]!.fromOperator) each.clockAheadSeconds = -300; return s; },
    action: 'investigate', verdict: 'NO_GO', says: [/this host's clock is 300 s ahead of AWS's/],
  },
  { name: 'never initialised', because: 'there is nothing to move', given: (s = healthy()) => { s.ledgers = { [east]: seen(null, east), [west]: seen(null, west) }; return s; }, action: 'investigate', verdict: 'NO_GO', says: [/batchctl init/] },
  { name: 'a planned move asked for, everything fit', because: 'planned moves need no evidence against the Region being left', given: () => healthy(), request: { to: west, mode: 'graceful' }, action: 'failover', verdict: 'GO', to: west },
  { name: 'an ungraceful move asked for without evidence', because: 'it would throw work away for nothing', given: () => healthy(), request: { to: west, mode: 'ungraceful' }, action: 'investigate', verdict: 'INSUFFICIENT_DATA', to: west, says: [/nothing shows that us-east-1 fails/] },
];
