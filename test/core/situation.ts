import { policySchema } from '../../src/config/schema.js';
import type { ControlItem } from '../../src/core/control.js';
import type { Job } from '../../src/core/job.js';
import { known, unknown, type Observed } from '../../src/core/observation.js';
import type { ProbeResult, RoutingState, Snapshot } from '../../src/core/snapshot.js';

export const east = 'us-east-1';
export const west = 'us-west-2';
export const now = '2026-11-21T06:00:00.000Z';
export const policy = policySchema.parse({});

export function secondsAgo(seconds: number): string {
  return new Date(Date.parse(now) - seconds * 1000).toISOString();
}

export function seen<T>(value: T, seenFrom = 'operator', ageSeconds = 0): Observed<T> {
  return known(value, secondsAgo(ageSeconds), seenFrom);
}

export function unseen(reason: string, seenFrom = 'operator'): Observed<never> {
  return unknown(reason, now, seenFrom);
}

export function probe(service: ProbeResult['service'], seenFrom: string, failure?: string, milliseconds = failure ? 3000 : 40): ProbeResult {
  return { service, seenFrom, at: now, ok: failure === undefined, milliseconds, ...(failure ? { error: failure } : {}) };
}

export function probes(seenFrom: string, failure?: string): ProbeResult[] {
  return (['s3', 'states', 'dynamodb'] as const).map((service) => probe(service, seenFrom, failure));
}

export function job(id: string, fields: Partial<Job> = {}): Job {
  return {
    jobId: id, key: `input/${id}.csv`, versionId: `v-${id}`, bytes: 1000, acceptedAt: secondsAgo(30), acceptedBy: east, status: 'RUNNING',
    presentIn: { [east]: secondsAgo(30), [west]: secondsAgo(28) }, epoch: 1, region: east, attempt: 1, claimedAt: secondsAgo(29), notification: 'NONE', ...fields,
  };
}

export function control(fields: Partial<ControlItem> = {}): ControlItem {
  return { epoch: 1, activeRegion: east, phase: 'active', changedAt: secondsAgo(86_400), changedBy: 'init', ...fields };
}

function arcStates(on: string): Record<string, RoutingState> {
  return { [east]: on === east ? 'On' : 'Off', [west]: on === west ? 'On' : 'Off' };
}

export function arc(on: string, answering = 5): NonNullable<Snapshot['routing']['arc']> {
  const regions = ['us-east-1', 'eu-west-1', 'us-west-2', 'ap-northeast-1', 'ap-southeast-2'];
  if (answering === 0) return unseen('none of 5 endpoints answered');
  return seen({
    endpoints: Object.fromEntries(regions.map((region, index) => [region, index < answering ? seen(arcStates(on), region) : unseen('timed out', region)])),
    states: arcStates(on), answering, disagree: false,
  });
}

/** A healthy pair with `active` active and nothing to do; each test changes what its name says. */
export function healthy(active: string = east): Snapshot {
  const minutes = [5, 4, 3, 2, 1].map((minute) => ({ at: secondsAgo(minute * 60), ok: true }));
  const both = <T>(make: (region: string) => T): Record<string, T> => ({ [east]: make(east), [west]: make(west) });
  return {
    deployment: 'test', observedAt: now, homeRegion: east, regions: [east, west],
    ledgers: both((region) => seen(control({ activeRegion: active }), region)),
    lock: seen(null, 'ledger'),
    routing: { arc: arc(active), mrap: seen({ [east]: active === east ? 100 : 0, [west]: active === west ? 100 : 0 }) },
    probes: both((region) => {
      const other = region === east ? west : east;
      return { fromOperator: probes('operator'), fromOtherRegion: seen(probes(other), other), history: seen(minutes, other) };
    }),
    work: seen({ open: [], failed: [], unsettledNotifications: [], presence: {} }, 'ledger'),
    replication: Object.fromEntries([[east, west], [west, east]].map(([from = '', to = '']) => [`${from}->${to}`, {
      from, to, pendingObjects: seen(0, to), oldestPendingSeconds: seen(0, to), latencySeconds: seen(2, to), failedObjects: seen(0, from),
    }])),
    headroom: both((region) => seen({ used: { 'lambda-concurrency': 0.05 } }, region)),
    versions: both(() => seen('v1', 'ledger')),
    canaries: both((region) => seen({ results: minutes.map(({ at }) => ({ at, ok: true, seconds: 2 })) }, region)),
    activity: both((region) => seen({ windowSeconds: 600, executionsStarted: 40, executionsFailed: 0, functionInvocations: 400, functionErrors: 0, functionThrottles: 0 }, region)),
    succeededLast24h: seen(120, 'ledger'),
    zombies: both((region) => seen([], region)),
    refusedCommits: seen([], 'ledger'),
    lastMoveAt: seen(null, 'ledger'),
    pastMoveSeconds: seen([], 'ledger'),
  };
}

/** The Region answers nobody: neither this host nor the other Region. */
export function dark(snapshot: Snapshot, region: string): Snapshot {
  const other = region === east ? west : east;
  const timedOut = 'timed out (no answer within 3 s)';
  snapshot.probes[region] = { fromOperator: probes('operator', timedOut), fromOtherRegion: seen(probes(other, timedOut), other), history: snapshot.probes[region]?.history ?? unseen('not asked') };
  snapshot.probes[other] = { ...snapshot.probes[other] as Snapshot['probes'][string], fromOtherRegion: unseen(timedOut, region) };
  snapshot.ledgers[region] = unseen(timedOut, region);
  snapshot.headroom[region] = unseen(timedOut, region);
  snapshot.activity[region] = unseen(timedOut, region);
  return snapshot;
}
