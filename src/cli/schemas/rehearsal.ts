import * as z from 'zod';
import { drillScenarios, type DrillResult } from '../../core/drill.js';
import type { Finding } from '../../core/doctor-finding.js';
import type { GuardVerdict } from '../../core/guard.js';
import type { DrillListDocument } from '../../ui/views/drill-list.js';
import type { GuardResult } from '../../ui/views/guard.js';
import { operationResult } from './operation.js';
import { count, maybeCount, maybeSeconds, time } from './parts.js';

const checks = z.array(z.strictObject({ name: z.string(), ok: z.boolean(), detail: z.string() }));

const drilled = z.strictObject({
  scenario: z.enum(drillScenarios),
  at: time,
  detectSeconds: maybeSeconds.describe('from the fault to a verdict that advises the move'),
  rtoSeconds: maybeSeconds,
  returnSeconds: maybeSeconds,
  leftBehind: maybeCount,
  heldBack: count.describe('inputs that the scenario itself kept from replicating'),
  jobs: z.strictObject({ total: count, redriven: count, partsKept: count }),
  operationIds: z.array(z.string()),
  checks,
  rto: z.strictObject({ seconds: maybeSeconds, targetSeconds: z.number(), met: z.boolean() }),
  rpo: z.strictObject({ objects: maybeCount, targetObjects: count, met: z.boolean() }),
  earlier: z.strictObject({ runs: count, medianRtoSeconds: maybeSeconds, worstRtoSeconds: maybeSeconds, againstMedianSeconds: z.number().nullable() }),
  ok: z.boolean(),
}) satisfies z.ZodType<DrillResult>;

/** With `--list` the second: what can be rehearsed there. */
export const drill = z.union([
  z.strictObject({ deployment: z.string(), ok: z.boolean(), seconds: count, report: z.string().describe('file'), scenarios: z.array(drilled) }),
  z.strictObject({
    deployment: z.string().nullable().describe('null: sandboxes of its own'),
    on: z.enum(['sandbox', 'deployment']),
    scenarios: z.array(z.strictObject({ scenario: z.enum(drillScenarios), summary: z.string(), offered: z.boolean() })),
    experiments: z.array(z.strictObject({ name: z.string(), summary: z.string(), minutes: z.number(), start: z.record(z.string(), z.string()).describe('shell command, by the Region that it breaks') })),
    commands: z.record(z.string(), z.strictObject({ watch: z.string(), stop: z.string() })).describe('by Region; ID stands for what the start printed'),
  }) satisfies z.ZodType<DrillListDocument>,
]);

export const doctor = z.strictObject({
  deployment: z.string(),
  lookedAt: time,
  counts: z.strictObject({ ok: count, warn: count, bad: count, unknown: count }),
  findings: z.array(z.strictObject({
    check: z.string(), level: z.enum(['ok', 'warn', 'bad', 'unknown']), subject: z.string(), detail: z.string(),
    fix: z.string().nullable().describe('what to do about it; null when it is ok'),
  }) satisfies z.ZodType<Finding>),
});

export const guardVerdicts = [
  { kind: z.literal('watching'), why: z.string() },
  { kind: z.literal('unknown'), why: z.string() },
  { kind: z.literal('needs-person'), why: z.string() },
  { kind: z.literal('holding'), heldSeconds: count, holdSeconds: z.number(), why: z.string() },
  { kind: z.literal('move'), heldSeconds: count, why: z.string() },
  { kind: z.literal('arrived'), why: z.string() },
] as const;
const guardVerdict = z.union(guardVerdicts.map((members) => z.strictObject(members))) satisfies z.ZodType<GuardVerdict>;

/** A guard that has moved the pipeline ends with the result of the move. */
export const guard = z.union([
  z.strictObject({
    deployment: z.string(), to: z.string(), because: z.enum(['stopped', 'arrived', 'moved']), looks: count, last: guardVerdict.nullable(), journal: z.string().describe('file'),
  }) satisfies z.ZodType<GuardResult>,
  operationResult,
]);

export const demo = z.strictObject({ ok: z.boolean(), seconds: count, checks, kept: z.string().nullable() });
