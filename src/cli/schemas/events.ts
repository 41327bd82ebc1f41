import * as z from 'zod';
import type { OutputEvent } from '../../ui/output.js';
import { operationResult, planned, stepName } from './operation.js';
import { anything, count, maybeCount, outcome, time } from './parts.js';
import { guardVerdicts } from './rehearsal.js';
import { status } from './verdict.js';

const version = { schemaVersion: z.literal(1) };

/** The lines of `-o ndjson` before the last one, which is of type `result` or `error`. */
export const events = [
  z.strictObject({ type: z.literal('operation-started'), at: time, operationId: z.string(), plan: planned.extend(version), operator: z.string(), reason: z.string().optional(), resumed: z.boolean().optional(), journalVersion: count.optional() }),
  z.strictObject({ type: z.literal('step-started'), at: time, step: stepName, target: z.string() }),
  z.strictObject({ type: z.literal('step-progress'), at: time, step: stepName, message: z.string(), done: count.optional(), total: count.optional() }),
  z.strictObject({ type: z.literal('step-finished'), at: time, step: stepName, state: z.enum(['done', 'skipped', 'warned']), seconds: z.number(), detail: anything }),
  z.strictObject({ type: z.literal('step-failed'), at: time, step: stepName, seconds: z.number(), code: z.string(), message: z.string(), nextSteps: z.array(z.string()) }),
  z.strictObject({ type: z.literal('operation-suspended'), at: time, why: z.string() }),
  z.strictObject({ type: z.literal('note'), at: time, level: z.enum(['info', 'warn']), message: z.string() }),
  z.strictObject({ type: z.literal('operation-finished'), at: time, operationId: z.string(), outcome, result: operationResult.extend(version) }),
  z.strictObject({ type: z.literal('progress'), at: time, task: z.string(), done: count, total: maybeCount, unit: z.enum(['bytes', 'rows', 'jobs', 'items']) }),
  z.strictObject({ type: z.literal('progress-finished'), at: time, task: z.string() }),
  z.strictObject({ type: z.literal('job'), at: time, jobId: z.string(), key: z.string(), status: z.string(), detail: z.string().optional() }),
] as const;
const event = z.discriminatedUnion('type', events) satisfies z.ZodType<OutputEvent>;

/** What is shown before an answer: the plan above a question, each look of a watch, each change of a guard's mind. */
const asides = [
  planned.extend({ type: z.literal('plan') }),
  status.extend({ type: z.literal('status') }),
  ...guardVerdicts.map((members) => z.strictObject({ ...members, type: z.literal('guard'), at: time, to: z.string(), auto: z.boolean() })),
];

export const line = z.union([...event.options, ...asides].map((each) => each.extend(version)));
