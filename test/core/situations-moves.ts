import { arc, canary, control, dark, east, headroom, healthy, minutes, now, probes, secondsAgo, seen, unseen, west, type Situation } from './situation.js';

const lapsed = () => seen({ operationId: 'op1', owner: 'ann@desk', kind: 'failover', acquiredAt: secondsAgo(600), leaseEndsAt: secondsAgo(540) }, 'ledger');
const homeAsSeen = (pattern: string) => seen(minutes(pattern), west);

/** Moves before this one, and the way back. */
export const aboutMoves: Situation[] = [
  {
    name: 'a lapsed lock: an operation stopped half way', because: 'finish what was begun',
    given: (s = healthy()) => { s.lock = lapsed(); return s; },
    action: 'resume', verdict: 'NO_GO', says: [/op1 of ann@desk stopped without finishing/],
  },
  {
    name: 'a lapsed lock, and the active Region is dead', because: 'the new move repairs the old one, too',
    given: (s = dark(healthy(), east)) => { s.lock = lapsed(); return s; },
    action: 'failover', verdict: 'GO', to: west, says: [/op1 of ann@desk stopped without finishing/],
  },
  {
    name: 'draining, and nobody drives it', because: 'jobs are held: finish or undo',
    given: (s = healthy()) => { const draining = control({ phase: 'draining', drainingTo: west }); s.ledgers = { [east]: seen(draining, east), [west]: seen(draining, west) }; s.routing.mrap = seen({ [east]: 0, [west]: 100 }); return s; },
    action: 'resume', verdict: 'NO_GO', to: west, says: [/draining and no operation is running/],
  },
  {
    name: 'an operation is under way and routing differs meanwhile', because: 'that is what an operation does; watch it',
    given: (s = healthy(west)) => { s.routing.arc = arc(east); s.lock = seen({ operationId: 'op2', owner: 'ann@desk', kind: 'failover', acquiredAt: secondsAgo(5), leaseEndsAt: secondsAgo(-55) }, 'ledger'); return s; },
    action: 'stay', verdict: 'NO_GO', to: null, says: [/failover op2 of ann@desk is under way/],
  },
  {
    name: 'ARC drifted from the ledger', because: 'other systems follow ARC',
    given: (s = healthy(west)) => { s.routing.arc = arc(east); return s; },
    action: 'resume', verdict: 'NO_GO', to: west, says: [/ARC routing control of us-east-1 is On/],
  },
  {
    name: 'traffic dials drifted from the ledger', because: 'uploads land where nothing starts them',
    given: (s = healthy()) => { s.routing.mrap = seen({ [east]: 0, [west]: 100 }); return s; },
    action: 'resume', verdict: 'NO_GO', to: east, says: [/traffic dial of us-east-1 is 0/],
  },
  {
    name: 'drift, and the active Region is dead', because: 'repairing the routing to a dead Region would be absurd',
    given: (s = dark(healthy(), east)) => { s.routing.mrap = seen({ [east]: 0, [west]: 100 }); return s; },
    action: 'failover', verdict: 'GO', to: west, says: [/traffic dial of us-east-1 is 0/],
  },
  {
    name: 'ARC endpoints disagree just after a change: no drift', because: 'they may for 15 s',
    given: (s = healthy(west)) => { const view = arc(east); if (view.known) view.value.disagree = true; s.routing.arc = view; return s; },
    action: 'failback', verdict: 'GO', to: east,
  },
  {
    name: 'moved ten minutes ago, and the new Region goes dark', because: 'right, and worth a second thought: two Regions in ten minutes may be our own doing',
    given: (s = dark(healthy(west), west)) => { s.lastMoveAt = seen(secondsAgo(600), 'ledger'); return s; },
    action: 'failover', verdict: 'GO', to: east, says: [/moved 10 min ago/], acknowledge: ['recent-move'],
  },
  {
    name: 'nobody knows when the pipeline last moved', because: 'worth a word, not worth an outage',
    given: (s = dark(healthy(), east)) => { s.lastMoveAt = unseen('timed out', 'ledger'); return s; },
    action: 'failover', verdict: 'GO', says: [/not known when the pipeline last moved/],
  },
  { name: 'home clean for an hour after a failover', because: 'now is the time to go home', given: () => healthy(west), action: 'failback', verdict: 'GO', to: east, says: [/us-east-1 is healthy again/], acknowledge: [] },
  {
    name: 'home came back 20 minutes ago', because: 'it is good again, but not yet good enough for a voluntary move',
    given: (s = healthy(west)) => { s.probes[east]!.history = homeAsSeen('.'.repeat(30) + 'x'.repeat(20) + '.'.repeat(20)); return s; },
    action: 'stay', verdict: 'NO_GO', to: null, east: 'healthy', says: [/not yet: us-east-1 has been clean for 20 min.*a failback waits for 60/],
  },
  {
    name: 'home came back 5 minutes ago', because: 'it may go again as it came',
    given: (s = healthy(west)) => { s.probes[east]!.history = homeAsSeen('.'.repeat(30) + 'x'.repeat(20) + '.....'); return s; },
    action: 'stay', verdict: 'NO_GO', to: null, east: 'degraded', says: [/clean for 5 of 15 min|the standby us-east-1 is degraded/],
  },
  {
    name: 'home flapping: good now, bad twice in the hour', because: 'the last bad minute starts the wait anew',
    given: (s = healthy(west)) => { s.probes[east]!.history = homeAsSeen('.'.repeat(10) + 'xxx' + '.'.repeat(20) + 'xxx' + '.'.repeat(30)); return s; },
    action: 'stay', verdict: 'NO_GO', to: null, says: [/clean for 30 min/],
  },
  {
    name: 'the active Region flaps: bad again after six good minutes', because: 'what was bad is not good after six minutes',
    given: (s = healthy()) => { s.probes[east]!.history = homeAsSeen('.'.repeat(40) + 'xxxx' + '......'); return s; },
    action: 'investigate', verdict: 'INSUFFICIENT_DATA', east: 'degraded', says: [/nothing shows that us-east-1 fails: degraded/],
  },
  {
    name: 'the active Region was bad and has been clean for 16 minutes', because: 'good again after 15',
    given: (s = healthy()) => { s.probes[east]!.history = homeAsSeen('.'.repeat(40) + 'xxxx' + '.'.repeat(16)); return s; },
    action: 'stay', verdict: 'NO_GO', east: 'healthy',
  },
  {
    name: 'a failback asked for although home came back 20 minutes ago', because: 'the operator may, having said that he knows',
    given: (s = healthy(west)) => { s.probes[east]!.history = homeAsSeen('x'.repeat(20) + '.'.repeat(20)); s.lastMoveAt = seen(secondsAgo(1800), 'ledger'); return s; },
    request: { to: east, mode: 'graceful' }, action: 'failback', verdict: 'GO', to: east, says: [/clean for 20 min/, /moved 30 min ago/], acknowledge: ['recent-move', 'unsettled-target'],
  },
  {
    name: 'a failback asked for, and nobody recorded how home was', because: 'no record is no clean record',
    given: (s = healthy(west)) => { s.probes[east]!.history = unseen('timed out', 'ledger'); return s; },
    request: { to: east, mode: 'graceful' }, action: 'failback', verdict: 'GO', says: [/nobody has recorded how us-east-1 was/], acknowledge: ['unsettled-target'],
  },
  {
    name: 'home clean, replication back to it failing', because: 'a planned move leaves nothing behind',
    given: (s = healthy(west)) => { s.replication[`${west}->${east}`]!.failedObjects = seen(3, west); return s; },
    action: 'stay', verdict: 'NO_GO', to: null, says: [/3 objects failed to replicate/],
  },
  {
    name: 'home clean, and its executions of an older epoch still run', because: 'zombies cannot commit, and would still burn the quota',
    given: (s = healthy(west)) => { s.zombies[east] = seen([{ name: 'z-e1-a1', executionArn: 'arn', epoch: 1 }], east); return s; },
    action: 'stay', verdict: 'NO_GO', to: null, says: [/1 execution of an older epoch still run in us-east-1 \(z-e1-a1\)/],
  },
  {
    name: 'home clean by its record, dark at this moment', because: 'the record is an hour, the probes are now',
    given: () => dark(healthy(west), east), action: 'stay', verdict: 'NO_GO', to: null, east: 'impaired', says: [/the standby us-east-1 is impaired/],
  },
  {
    name: 'the other Region dies while home is the one that came back 5 minutes ago', because: 'a Region that works beats one that does not; it has to be named',
    given: (s = dark(healthy(west), west)) => { s.probes[east]!.history = homeAsSeen('.'.repeat(30) + 'x'.repeat(20) + '.....'); return s; },
    action: 'failover', verdict: 'GO', to: east, acknowledge: ['unsettled-target'],
  },
  {
    name: 'ledger without quorum', because: 'nothing can be claimed anywhere: jobs wait',
    given: (s = healthy()) => { s.ledgers = { [east]: unseen('timed out', east), [west]: unseen('timed out', west) }; s.lock = unseen('timed out', 'ledger'); s.work = unseen('timed out', 'ledger'); return s; },
    action: 'investigate', verdict: 'INSUFFICIENT_DATA', to: null, says: [/no replica of the ledger answered/, /--routing-only/],
  },
  {
    name: 'everything at once: dark, canary failing, quota full, lock held', because: 'each is named, none hides another',
    given: (s = dark(healthy(), east)) => {
      s.canaries[west] = canary('...xx', west);
      s.headroom[west] = headroom(0.95, west);
      s.lock = seen({ operationId: 'op1', owner: 'ann@desk', kind: 'drill', acquiredAt: now, leaseEndsAt: secondsAgo(-60) }, 'ledger');
      s.probes[west]!.fromOperator = probes('operator');
      return s;
    },
    action: 'investigate', verdict: 'NO_GO', says: [/3 things are in the way/, /3 of the last 5/, /95 %/, /ann@desk is running drill/],
  },
];
