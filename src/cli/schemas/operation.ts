import * as z from 'zod';
import type { OperationResult, Plan } from '../../core/operation.js';
import { anything, count, jobReference, maybeSeconds, moveMode, operationKind, outcome, stepState, time } from './parts.js';
import { evidence, recommendation, recoveryPoint } from './verdict.js';

export const stepName = z.union([z.enum([
  'acquire-lock', 'verify-preconditions', 'drain', 'shift-uploads', 'wait-for-running-jobs', 'wait-for-replication', 'fence', 'stop-old-executions',
  'flip-routing-controls', 'flip-traffic-dials', 're-drive', 'adopt-unknown-inputs', 'settle-notifications', 'prove', 'verify-traffic-dials', 'release-lock', 'undo',
]), z.templateLiteral(['extension:', z.string()])]).describe('may be added to');

const withWhy = z.strictObject({ ...jobReference, why: z.string() });

/** What `plan` and `--dry-run` print, and what `plan --save` writes. */
export const planned = z.strictObject({
  kind: operationKind,
  mode: moveMode,
  deployment: z.string(),
  account: z.string().optional(),
  from: z.string(),
  to: z.string(),
  routingOnly: z.literal(true).optional(),
  epochBefore: count,
  epochAfter: count,
  madeAt: time,
  steps: z.array(z.strictObject({
    name: stepName,
    target: z.string().describe('what will be true afterwards, in words'),
    expectedSeconds: z.number(),
    deadlineSeconds: z.number(),
    bestEffort: z.boolean(),
    pointOfNoReturn: z.boolean().describe('from this step on there is no undo'),
    withPrevious: z.boolean(),
    extension: z.strictObject({
      when: z.enum(['before', 'after']), region: z.string(), function: z.string().optional(), document: z.string().optional(), parameters: z.record(z.string(), z.string()),
    }).optional().describe('what a step of the user\'s own calls'),
  })),
  redrive: z.array(z.string()).describe('job ids'),
  park: z.array(withWhy),
  rpo: recoveryPoint,
  recommendation,
  warnings: z.array(z.string()),
  fingerprint: z.string(),
  facts: anything,
  evidence: evidence.optional(),
}) satisfies z.ZodType<Omit<Plan, 'schemaVersion'>>;

const none = z.array(z.never());
/** Repeating a command that has succeeded is a success. */
const nothingToDo = z.strictObject({
  outcome: z.literal('done'), nothingToDo: z.literal(true), to: z.string(), epoch: count,
  steps: none, redriven: none, parked: none, alreadyDone: none,
});
export const plan = z.union([planned, nothingToDo]);

export const operationResult = z.strictObject({
  operationId: z.string(),
  kind: operationKind,
  mode: moveMode,
  deployment: z.string(),
  from: z.string(),
  to: z.string(),
  epoch: count,
  outcome,
  startedAt: time,
  finishedAt: time,
  steps: z.array(z.strictObject({ name: stepName, state: stepState, startedAt: time.nullable(), seconds: maybeSeconds, detail: anything })),
  redriven: z.array(z.strictObject({ ...jobReference, partsKept: count, executionArn: z.string() })),
  parked: z.array(withWhy),
  failed: z.array(withWhy),
  alreadyDone: z.array(z.strictObject(jobReference)),
  outputsPending: z.array(z.strictObject({ ...jobReference, outputKey: z.string() })),
  adopted: z.array(z.strictObject(jobReference)),
  refusedCommits: z.array(z.strictObject({ jobId: z.string(), key: z.string(), at: time, epoch: count, region: z.string(), orphanOutputKey: z.string().nullable() })),
  rtoSeconds: maybeSeconds,
  rpo: recoveryPoint,
  error: z.strictObject({ step: stepName, code: z.string(), message: z.string() }).nullable(),
  nextSteps: z.array(z.string()),
}) satisfies z.ZodType<Omit<OperationResult, 'schemaVersion'>>;

/** With `--dry-run` a move prints its plan. */
export const move = z.union([operationResult, planned, nothingToDo]);

export const history = z.strictObject({
  deployment: z.string(),
  operations: z.array(z.strictObject({
    operationId: z.string(), kind: operationKind, mode: moveMode, from: z.string(), to: z.string(), epoch: count, operator: z.string(),
    startedAt: time, finishedAt: time.nullable(), outcome: z.union([outcome, z.literal('unfinished')]), rtoSeconds: maybeSeconds, reason: z.string().nullable(),
  })),
});
