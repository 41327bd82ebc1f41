import * as z from 'zod';
import type { OperationReport } from '../../core/report.js';
import { byRegion, count, jobReference, jobStatus, maybeCount, maybeSeconds, moveMode, observed, operationKind, outcome, stepState, time } from './parts.js';
import { evidence, recommendation, recoveryPointMembers } from './verdict.js';

const reportedJobs = z.array(z.strictObject({ ...jobReference, statusNow: jobStatus.nullable(), finishedAt: time.nullable(), why: z.string().nullable(), partsKept: maybeCount }));

/** The waits may overlap; `ownSeconds` is what none of them covers. */
const split = z.strictObject({ awsSeconds: z.number(), ownSeconds: z.number(), waits: z.array(z.strictObject({ name: z.string(), seconds: z.number() })) });

const operationReport = z.strictObject({
  operationId: z.string(),
  deployment: z.string(),
  kind: operationKind,
  mode: moveMode,
  from: z.string(),
  to: z.string(),
  epochBefore: count,
  epochAfter: count,
  outcome: z.union([outcome, z.literal('unfinished')]),
  operator: z.string(),
  host: z.string().nullable(),
  reason: z.string().nullable(),
  resumedBy: z.array(z.strictObject({ at: time, operator: z.string() })),
  startedAt: time,
  finishedAt: time.nullable(),
  milestones: z.strictObject({ firstSignAt: time.nullable(), plannedAt: time, confirmedAt: time, movedAt: time.nullable(), provedAt: time.nullable() }),
  phases: z.array(z.strictObject({ name: z.enum(['detect', 'decide', 'move', 'verify']), from: time.nullable(), to: time.nullable(), seconds: maybeSeconds, means: z.string() })),
  rto: z.strictObject({ seconds: maybeSeconds, targetSeconds: z.number(), met: z.boolean().nullable(), sinceFirstSignSeconds: maybeSeconds, split: split.nullable() }),
  rpo: z.strictObject({ ...recoveryPointMembers, targetObjects: count, met: z.boolean().nullable() }),
  recommendation,
  evidence: evidence.nullable(),
  steps: z.array(z.strictObject({
    name: z.string(), target: z.string(), state: stepState, startedAt: time.nullable(), offsetSeconds: z.number().nullable(), seconds: maybeSeconds,
    expectedSeconds: maybeSeconds, pointOfNoReturn: z.boolean(), why: z.string().nullable(),
  })),
  timeline: z.array(z.strictObject({ at: time, offsetSeconds: z.number(), level: z.enum(['info', 'good', 'warn', 'bad']), what: z.string() })),
  jobs: z.strictObject({ redriven: reportedJobs, parked: reportedJobs, failed: reportedJobs, alreadyDone: reportedJobs, adopted: reportedJobs, partsKept: count }),
  refusedCommits: observed(z.array(z.strictObject({ jobId: z.string(), key: z.string(), at: time, region: z.string(), epoch: count, orphanOutputKey: z.string().nullable() }))),
  zombies: byRegion(observed(z.array(z.strictObject({ name: z.string(), epoch: count })))),
  missing: observed(z.array(z.strictObject({
    key: z.string(), versionId: z.string(), bytes: count, lastModified: time, kind: z.enum(['input', 'output']),
    replication: z.enum(['PENDING', 'COMPLETED', 'FAILED', 'REPLICA']).nullable(), jobStatus: jobStatus.nullable(),
  }))).describe('what the old Region held that the new one does not'),
  error: z.strictObject({ step: z.string(), code: z.string(), message: z.string() }).nullable(),
  nextSteps: z.array(z.string()),
  aftermathAt: time,
});
/** `error.step` is one of the step names, which a report of a newer version may add to. */
export type CheckedReport = z.infer<typeof operationReport> extends Omit<OperationReport, 'error'> ? true : never;

export const report = z.union([
  operationReport,
  z.strictObject({ deployment: z.string(), since: time, reports: z.array(operationReport) }).describe('with --since'),
  z.strictObject({ file: z.string(), format: z.enum(['md', 'html', 'json']), operations: count }).describe('with --out'),
]);
