import { policySchema } from '../../src/config/schema.js';
import type { AssessRequest } from '../../src/core/assess.js';
import type { ControlItem } from '../../src/core/control.js';
import type { FailureKind } from '../../src/core/failure.js';
import type { Job } from '../../src/core/job.js';
import { known, unknown, type Observed } from '../../src/core/observation.js';
import type { Policy } from '../../src/core/policy.js';
import type { AcknowledgementName, Action, RegionHealth, SignalLevel, Verdict } from '../../src/core/recommendation-types.js';
import type { Headroom, ObserverMinute, ProbeResult, RegionActivity, RoutingState, Snapshot } from '../../src/core/snapshot.js';

/** One situation, what must be said about it, and why a careful operator would act so. */
export interface Situation {
  name: string;
  because: string;
  given: () => Snapshot;
  request?: AssessRequest;
  policy?: Policy;
  action: Action;
  verdict: Verdict;
  to?: string | null;
  east?: RegionHealth;
  west?: RegionHealth;
  /** Must appear in reasons, blockers, warnings or the signals of the Regions that need attention. */
  says?: RegExp[];
  silentAbout?: RegExp[];
  acknowledge?: AcknowledgementName[];
  /** Region → signal → its level and why. */
  signals?: Record<string, Record<string, [SignalLevel, RegExp]>>;
}

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

export function unseen(reason: string, seenFrom = 'operator', failure?: FailureKind): Observed<never> {
  return unknown(reason, now, seenFrom, failure);
}

export function probe(service: ProbeResult['service'], seenFrom: string, failure?: string, milliseconds = failure ? 3000 : 40): ProbeResult {
  return { service, seenFrom, at: now, ok: failure === undefined, milliseconds, ...(failure ? { error: failure } : {}) };
}

export function probes(seenFrom: string, failure?: string): ProbeResult[] {
  return (['s3', 'states', 'dynamodb'] as const).map((service) => probe(service, seenFrom, failure));
}

/** Some calls of every sample failed; the others were answered. */
export function grayProbes(seenFrom: string, failed: number, calls: number, failure: ProbeResult['failure'] = 'service'): ProbeResult[] {
  return probes(seenFrom).map((each) => ({ ...each, calls, failed, error: `${failure} error`, failure: failure ?? 'service' }));
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

/** The other Region's observer, oldest first: `.` a clean minute, `x` a bad one, `s` a slow one. The last is a minute old. */
export function minutes(pattern: string = '.'.repeat(70)): ObserverMinute[] {
  return [...pattern].map((each, index) => {
    const failed = each === 'x' ? 15 : 0;
    const milliseconds = each === 's' ? 1800 : 20;
    const service = { failed: failed / 3, milliseconds };
    return { at: secondsAgo((pattern.length - index) * 60), ok: failed === 0, calls: 15, failed, services: { s3: service, states: service, dynamodb: service } };
  });
}

export function canary(pattern: string, region: string, newestSecondsAgo = 60): Snapshot['canaries'][string] {
  return seen({ results: [...pattern].map((each, index) => ({ at: secondsAgo(newestSecondsAgo + (pattern.length - 1 - index) * 60), ok: each === '.', seconds: 2 })) }, region);
}

export function pendingMinutes(values: number[]): { at: string; value: number }[] {
  return values.map((value, index) => ({ at: secondsAgo(30 + (values.length - 1 - index) * 60), value }));
}

export function headroom(fraction: number, region: string, limit = 1000): Observed<Headroom> {
  return seen({ used: { 'lambda-concurrency': fraction }, limits: { 'lambda-concurrency': limit } }, region);
}

export function activity(region: string, counts: Partial<RegionActivity> = {}, ageSeconds = 60): Observed<RegionActivity> {
  return seen({ windowSeconds: 600, executionsStarted: 40, executionsFailed: 0, functionInvocations: 400, functionErrors: 0, functionThrottles: 0, ...counts }, region, ageSeconds);
}

/** A healthy pair with `active` active and nothing to do; each test changes what its name says. */
export function healthy(active: string = east): Snapshot {
  const runs = [5, 4, 3, 2, 1].map((minute) => ({ at: secondsAgo(minute * 60), ok: true }));
  const both = <T>(make: (region: string) => T): Record<string, T> => ({ [east]: make(east), [west]: make(west) });
  return {
    deployment: 'test', observedAt: now, homeRegion: east, regions: [east, west],
    ledgers: both((region) => seen(control({ activeRegion: active }), region)),
    lock: seen(null, 'ledger'),
    routing: {
      arc: arc(active), mrap: seen({ [east]: active === east ? 100 : 0, [west]: active === west ? 100 : 0 }),
      mrapControl: { asked: 5, answering: 5, silent: {} },
      safetyRules: [{ arn: 'arn:aws:route53-recovery-control::111122223333:safetyrule/never', name: 'never-both-on', regions: [east, west], type: 'ATLEAST', threshold: 2, inverted: true }],
    },
    probes: both((region) => {
      const other = region === east ? west : east;
      return { fromOperator: probes('operator'), fromOtherRegion: seen(probes(other), other), history: seen(minutes(), other) };
    }),
    work: seen({ open: [], failed: [], unsettledNotifications: [], presence: {} }, 'ledger'),
    replication: Object.fromEntries([[east, west], [west, east]].map(([from = '', to = '']) => [`${from}->${to}`, {
      from, to, pendingObjects: seen(0, to, 30), pendingMinutes: seen(pendingMinutes([0, 0, 0, 0, 0]), to, 30), oldestPendingSeconds: seen(0, to), latencySeconds: seen(2, to), failedObjects: seen(0, from),
    }])),
    headroom: both((region) => headroom(0.05, region)),
    versions: both(() => seen('v1', 'ledger')),
    canaries: both((region) => seen({ results: runs.map(({ at }) => ({ at, ok: true, seconds: 2 })) }, region)),
    activity: both((region) => activity(region)),
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
  // What another test said about the other Region's record of it stays.
  snapshot.probes[region] = { fromOperator: probes('operator', timedOut), fromOtherRegion: seen(probes(other, timedOut), other), history: snapshot.probes[region]?.history ?? unseen('not asked') };
  snapshot.probes[other] = { ...snapshot.probes[other] as Snapshot['probes'][string], fromOtherRegion: unseen(timedOut, region) };
  snapshot.ledgers[region] = unseen(timedOut, region);
  snapshot.headroom[region] = unseen(timedOut, region);
  snapshot.activity[region] = unseen(timedOut, region);
  return snapshot;
}
