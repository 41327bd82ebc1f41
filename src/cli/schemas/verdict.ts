import * as z from 'zod';
import type { DecisionEvidence } from '../../core/evidence.js';
import type { Recommendation, RecoveryPoint, Signal } from '../../core/recommendation-types.js';
import type { StatusDocument } from '../../ui/documents/status.js';
import type { AssessmentDocument } from '../actions/assess.js';
import { byRegion, count, maybeCount, maybeSeconds, time } from './parts.js';

export const signal = z.strictObject({
  name: z.string().describe('stable, such as probe.s3 or replication.pending'),
  kind: z.enum(['probe', 'canary', 'activity', 'backlog', 'headroom', 'version', 'routing', 'ledger', 'replication', 'history']),
  level: z.enum(['ok', 'warn', 'bad', 'unknown']),
  value: z.union([z.number(), z.string()]).nullable().describe('the very number that the rule used; null when unknown'),
  unit: z.string(),
  seenFrom: z.string().describe('operator, ledger, or the Region that looked'),
  ageSeconds: z.number(),
  why: z.string(),
}) satisfies z.ZodType<Signal>;

export const role = z.enum(['active', 'standby', 'unknown']);
export const health = z.enum(['healthy', 'degraded', 'impaired', 'unknown']);
const assessedRegion = z.strictObject({ role, health, signals: z.array(signal) });

/** The members of it; reports add their own to them. */
export const recoveryPointMembers = {
  objects: maybeCount.describe('accepted inputs that the target does not hold; null when that is unknown'),
  bytes: maybeCount,
  seconds: maybeSeconds.describe('age of the oldest'),
  keys: z.array(z.string()),
  crossCheck: z.strictObject({ metricPending: z.number().nullable(), ageSeconds: z.number().nullable(), agrees: z.boolean().nullable(), why: z.string() }).optional().describe('what the replication metrics say about it'),
};
export const recoveryPoint = z.strictObject(recoveryPointMembers) satisfies z.ZodType<RecoveryPoint>;

const quantiles = z.strictObject({ p50: z.number(), p95: z.number() });

export const recommendation = z.strictObject({
  action: z.enum(['stay', 'failover', 'failback', 'resume', 'investigate']),
  to: z.string().nullable(),
  verdict: z.enum(['GO', 'GO_WITH_DATA_RISK', 'NO_GO', 'INSUFFICIENT_DATA']),
  reasons: z.array(z.string()),
  blockers: z.array(z.string()),
  warnings: z.array(z.string()),
  acknowledge: z.array(z.strictObject({ name: z.enum(['recent-move', 'unsettled-target']), why: z.string() })).optional().describe('what a move has to acknowledge by name'),
  rpo: recoveryPoint,
  rtoSeconds: z.strictObject({
    p50: maybeSeconds,
    p95: maybeSeconds,
    of: z.strictObject({ moveSeconds: quantiles, startingSeconds: z.number(), openJobs: count, parts: count, rounds: count, partSeconds: quantiles, pastMoves: count }).optional().describe('what the expected time is made of'),
  }),
}) satisfies z.ZodType<Recommendation>;

export const evidence = z.strictObject({
  observedAt: time,
  regions: byRegion(assessedRegion),
  badSince: byRegion(time.nullable()),
  drift: z.array(z.string()),
}) satisfies z.ZodType<DecisionEvidence>;

const routingState = z.enum(['On', 'Off']);

export const status = z.strictObject({
  deployment: z.string(),
  observedAt: time,
  routing: z.strictObject({
    epoch: maybeCount,
    phase: z.enum(['active', 'draining', 'fenced']).nullable(),
    activeRegion: z.string().nullable(),
    homeRegion: z.string(),
    arc: z.object({ endpointsAnswering: count }).catchall(z.union([routingState, z.null(), count])).nullable().describe('state by Region; null: the deployment has no ARC'),
    mrap: byRegion(z.number().min(0).max(100).nullable()),
    drift: z.array(z.string()),
    unknownBecause: z.string().nullable(),
  }),
  operation: z.strictObject({ operationId: z.string(), kind: z.string(), owner: z.string(), since: time, leaseEndsAt: time }).nullable(),
  regions: byRegion(assessedRegion),
  jobs: z.strictObject({ running: maybeCount, held: maybeCount, parked: maybeCount, failed: maybeCount, succeededLast24h: maybeCount }),
  replication: z.record(z.string().describe('FROM->TO'), z.strictObject({ pendingObjects: maybeCount, oldestPendingSeconds: maybeSeconds, failedObjects: maybeCount, inputsMissing: maybeCount })),
  zombies: byRegion(z.array(z.string()).nullable()),
  refusedCommits: z.array(z.strictObject({ jobId: z.string(), key: z.string(), at: time, epoch: count, region: z.string(), orphanOutputKey: z.string().nullable() })).nullable(),
  recommendation,
});
// `arc` is a record with one member of another type, which no inference can follow.
export type CheckedStatus = z.infer<typeof status> extends Omit<StatusDocument, 'routing'> ? true : never;

export const assess = z.strictObject({
  deployment: z.string(),
  observedAt: time,
  regions: byRegion(assessedRegion.extend({ region: z.string() })),
  drift: z.array(z.string()),
  recommendation,
}) satisfies z.ZodType<AssessmentDocument>;
