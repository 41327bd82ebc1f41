import type { Observed } from '../../../src/core/observation.js';
import type { OperationSummary } from '../../../src/core/operation.js';
import type { Assessment, Recommendation, RegionAssessment, RegionHealth, Signal } from '../../../src/core/recommendation-types.js';
import type { Snapshot } from '../../../src/core/snapshot.js';
import type { WatchData } from '../../../src/ui/screen/model/watch-model.js';
import { createSignalHistory, type SignalHistory } from '../../../src/ui/screen/model/signal-history.js';
import { control, dark, east, healthy, job, now, policy, seen, west } from '../../core/situation.js';

export const nowMs = Date.parse(now);

/** The assessments are written out here: these frames show how a verdict is drawn, whatever the rules make of it. */
function lookOf(snapshot: Snapshot, assessment: Assessment, lastOperation: OperationSummary | null = null): WatchData {
  snapshot.deployment = 'orders';
  return { snapshot, assessment, policy, lastOperation: seen(lastOperation, 'ledger') };
}

const other = (region: string): string => (region === east ? west : east);

function signal(name: string, kind: Signal['kind'], more: Partial<Signal> & { why: string }): Signal {
  return { name, kind, level: 'ok', value: 0, unit: '', seenFrom: 'operator', ageSeconds: 0, ...more };
}

function probes(region: string, from: string, why: string | null): Signal[] {
  return [['s3', 'S3'], ['states', 'Step Functions'], ['dynamodb', 'DynamoDB']].map(([name, service]) => signal(`probe.${name}`, 'probe', {
    seenFrom: from, unit: 'ms', value: why ? 3000 : 40, level: why ? 'bad' : 'ok',
    why: `${service} in ${region} ${why ? `did not answer ${from === 'operator' ? 'this host' : from}: ${why}` : `answered in 40 ms`}`,
  }));
}

/** The evidence of a Region that is well, or of one that answers nobody. */
function signalsOf(region: string, silent: boolean, otherSilent: boolean): Signal[] {
  const why = silent ? 'timed out (no answer within 3 s)' : null;
  return [
    ...probes(region, 'operator', why),
    ...(otherSilent ? [signal('probe.remote', 'probe', { level: 'unknown', value: null, seenFrom: other(region), why: `${other(region)} could not be asked how it sees ${region}: timed out` })] : probes(region, other(region), why)),
    signal('observer.minutes', 'history', { level: silent ? 'bad' : 'ok', value: silent ? 4 : 0, unit: 'bad of last 5', seenFrom: other(region), ageSeconds: 60, why: `${other(region)} found ${region} bad in ${silent ? 4 : 0} of its last 5 one-minute looks` }),
    signal('canary', 'canary', { value: 0, unit: 'failed of last 5', seenFrom: region, ageSeconds: 60, why: `5 of the last 5 synthetic jobs in ${region} succeeded` }),
    signal('ledger.strong-read', 'ledger', { level: silent ? 'bad' : 'ok', value: silent ? null : 1, unit: 'epoch', seenFrom: region, why: `the ledger's replica in ${region} ${silent ? 'did not answer a strong read: timed out' : 'answers strong reads'}` }),
    signal('activity.failures', 'activity', { level: silent ? 'unknown' : 'ok', value: silent ? null : 0, unit: '% of executions', seenFrom: region, why: silent ? `metrics of ${region}: timed out` : '0 of 40 executions failed in 10 min' }),
    signal('headroom.lambda-concurrency', 'headroom', { level: silent ? 'unknown' : 'ok', value: silent ? null : 5, unit: '% of quota', seenFrom: region, why: silent ? `quotas of ${region} could not be read: timed out` : `5 % of lambda-concurrency is in use in ${region}` }),
    signal('version', 'version', { value: 'v1', seenFrom: 'ledger', why: 'both Regions run the same code' }),
  ];
}

function regionsOf(health: Record<string, RegionHealth>, active: string | null = east): Record<string, RegionAssessment> {
  return Object.fromEntries([east, west].map((region) => [region, {
    region, role: region === active ? 'active' as const : 'standby' as const, health: health[region] ?? 'healthy',
    signals: signalsOf(region, health[region] === 'impaired', health[other(region)] === 'impaired'),
  }]));
}

function advice(more: Partial<Recommendation>): Recommendation {
  return {
    action: 'stay', to: null, verdict: 'NO_GO', reasons: [`${east} is healthy: there is nothing to move away from`], blockers: [], warnings: [], acknowledge: [],
    rpo: { objects: 0, bytes: 0, seconds: 0, keys: [] }, rtoSeconds: { p50: 6, p95: 16 }, ...more,
  };
}

const calm: Assessment = { regions: regionsOf({}), drift: [], recommendation: advice({}) };

export const lastFailover: OperationSummary = {
  operationId: '20261120T180000Z-5eed01', kind: 'failover', mode: 'ungraceful', from: west, to: east, epoch: 1, operator: 'ops@console (process 7)',
  startedAt: '2026-11-20T18:00:00.000Z', finishedAt: '2026-11-20T18:00:41.000Z', outcome: 'done', rtoSeconds: 35,
};

/** A healthy pair with ordinary work in flight. */
export function quietLook(): WatchData {
  const snapshot = healthy();
  snapshot.work = seen({
    open: ['orders-0412', 'orders-0413', 'returns-0077'].map((id, index) => job(id, { claimedAt: `2026-11-21T05:59:${48 - index * 9}.000Z` })),
    failed: [], unsettledNotifications: [], presence: {},
  }, 'ledger');
  return lookOf(snapshot, calm, lastFailover);
}

/** The active Region answers nobody while work is under way; two inputs had not been copied. */
export function darkLook(): WatchData {
  const snapshot = dark(healthy(), east);
  snapshot.probes[east] = { ...snapshot.probes[east] as Snapshot['probes'][string], history: seen([5, 4, 3, 2, 1].map((minutes) => ({ at: new Date(nowMs - minutes * 60_000).toISOString(), ok: minutes > 4 })), west) };
  const stranded = { presentIn: { [east]: '2026-11-21T05:58:00.000Z' }, acceptedAt: '2026-11-21T05:57:58.000Z' };
  snapshot.work = seen({
    open: [
      job('orders-0501'), job('orders-0502'), job('orders-0503', { status: 'ACCEPTED' }),
      job('orders-0504', stranded), job('orders-0505', { ...stranded, status: 'PARKED', parkedReason: `its input is not in ${west}` }),
    ],
    failed: [job('orders-0490', { status: 'FAILED', finishedAt: '2026-11-21T05:20:00.000Z', error: { code: 'WRONG_HEADER', message: 'the header has 7 columns, 8 are expected', step: 'Split' } })],
    unsettledNotifications: [],
    presence: { [west]: { 'orders-0504': seen(false), 'orders-0505': seen(false) } },
  }, 'ledger');
  const unseen: Observed<number> = { known: false, reason: 'timed out', at: now, seenFrom: east };
  snapshot.replication[`${east}->${west}`] = { ...snapshot.replication[`${east}->${west}`] as Snapshot['replication'][string], pendingObjects: seen(2, west), oldestPendingSeconds: seen(122, west), failedObjects: unseen };
  return lookOf(snapshot, {
    regions: regionsOf({ [east]: 'impaired' }), drift: [],
    recommendation: advice({
      action: 'failover', to: west, verdict: 'GO_WITH_DATA_RISK',
      reasons: [`${east} is impaired: this host and the other Region (${west}) say so`, `${west} is fit to take over`, `2 accepted inputs are not in ${west}`],
      rpo: { objects: 2, bytes: 2000, seconds: 122, keys: ['input/orders-0504.csv', 'input/orders-0505.csv'] },
    }),
  }, lastFailover);
}

/** The dials were moved by hand, and a thousand jobs are open. */
export function driftedLook(jobs = 1000): WatchData {
  const snapshot = healthy();
  snapshot.routing.mrap = seen({ [east]: 0, [west]: 100 });
  snapshot.work = seen({ open: Array.from({ length: jobs }, (_, index) => job(`bulk-${String(index).padStart(4, '0')}`)), failed: [], unsettledNotifications: [], presence: {} }, 'ledger');
  const drift = [[east, 0, 100], [west, 100, 0]].map(([region, dial, wanted]) => `traffic dial of ${region} is ${dial}; new uploads should go to ${east}, so it should be ${wanted}`);
  return lookOf(snapshot, { regions: regionsOf({}), drift, recommendation: advice({ action: 'resume', to: east, reasons: drift, blockers: ['an earlier operation has not been finished'] }) });
}

/** A draining pipeline that nobody drives any more. */
export function stuckLook(): WatchData {
  const snapshot = healthy();
  for (const region of snapshot.regions) snapshot.ledgers[region] = seen(control({ phase: 'draining', drainingTo: west, operationId: '20261121T050000Z-5eed02' }), region);
  snapshot.routing.mrap = seen({ [east]: 0, [west]: 100 });
  const stuck = advice({ action: 'resume', to: west, reasons: ['the pipeline is draining and no operation is running'], blockers: ['an earlier operation has not been finished'] });
  return lookOf(snapshot, { ...calm, recommendation: stuck }, { ...lastFailover, operationId: '20261121T050000Z-5eed02', kind: 'failback', to: west, from: east });
}

/** Both replicas of the ledger are silent. */
export function noLedgerLook(): WatchData {
  const snapshot = dark(healthy(), east);
  snapshot.ledgers[west] = { known: false, reason: 'ReplicatedWriteConflictException', at: now, seenFrom: west };
  snapshot.work = { known: false, reason: 'no replica answered', at: now, seenFrom: 'operator' };
  return lookOf(snapshot, {
    regions: regionsOf({ [east]: 'impaired' }, null), drift: [],
    recommendation: advice({
      action: 'investigate', verdict: 'INSUFFICIENT_DATA', reasons: [`no replica of the ledger answered (${east}: timed out; ${west}: ReplicatedWriteConflictException)`],
      warnings: ['nothing can be claimed or committed while the ledger has no quorum: jobs wait, and none is lost'], rpo: { objects: null, bytes: null, seconds: null, keys: [] },
    }),
  });
}

/** Looks over the 40 minutes before `data`: latencies that vary, one bad minute. */
export function historyBefore(data: WatchData): SignalHistory {
  const history = createSignalHistory();
  for (let minute = 40; minute > 0; minute -= 1) {
    const snapshot = healthy();
    snapshot.observedAt = new Date(nowMs - minute * 60_000).toISOString();
    const regions = regionsOf({});
    for (const assessed of Object.values(regions)) {
      assessed.signals.forEach((each, index) => {
        if (each.kind !== 'probe' || each.seenFrom !== 'operator') return;
        each.value = 40 + ((minute * 37 + index * 11) % 600);
        if (minute === 20) each.level = 'bad';
      });
    }
    history.record(snapshot, { ...calm, regions });
  }
  history.record(data.snapshot, data.assessment);
  return history;
}
