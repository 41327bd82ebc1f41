import * as z from 'zod';
import type { JobDocument } from '../../ui/documents/job.js';
import type { OneJobDocument } from '../../ui/views/jobs.js';
import type { RedriveOutcome } from '../../workflow/redrive.js';
import type { SubmittedJob } from '../actions/submission-view.js';
import { count, jobError, jobReference, jobStatus, maybeCount, time } from './parts.js';

const jobMembers = {
  ...jobReference,
  bytes: count,
  status: jobStatus,
  acceptedAt: time,
  finishedAt: time.nullable(),
  region: z.string().nullable(),
  epoch: maybeCount,
  attempt: maybeCount,
  presentIn: z.array(z.string()).describe('Regions whose bucket was seen to hold the input'),
  rows: z.strictObject({ in: count, out: count, rejected: count }).nullable(),
  parts: maybeCount,
  partsKept: maybeCount,
  outputKey: z.string().nullable(),
  rejectsKey: z.string().nullable(),
  notification: z.enum(['NONE', 'PENDING', 'SENDING', 'SENT', 'UNCERTAIN', 'FAILED']),
  error: jobError.nullable(),
  parkedReason: z.string().nullable(),
};
const jobRow = z.strictObject(jobMembers) satisfies z.ZodType<JobDocument>;

export const jobs = z.strictObject({ jobs: z.array(jobRow) });

export const job = z.strictObject({
  ...jobMembers,
  partsDone: maybeCount,
  executionArn: z.string().nullable(),
  refusedCommits: z.array(z.strictObject({ at: time, epoch: count, region: z.string(), attempt: count, orphanOutputKey: z.string().nullable() })),
}) satisfies z.ZodType<OneJobDocument>;

const submitted = z.strictObject({
  ...jobReference,
  bytes: count,
  durability: z.enum(['accepted', 'replicated']),
  status: jobStatus,
  already: z.boolean().describe('the same content was there before under the same key: nothing ran because of this command'),
  outputKey: z.string().nullable(),
  rows: z.strictObject({ in: maybeCount, out: maybeCount, rejected: maybeCount }),
  badRowsFound: maybeCount,
  url: z.string().nullable().describe('with --wait: a download link, valid for 60 minutes; whoever has it can use it'),
  error: jobError.nullable(),
}) satisfies z.ZodType<SubmittedJob>;

export const submit = z.strictObject({ jobs: z.array(submitted) });

/** Only with `--out`: otherwise stdout is the output itself. */
export const output = z.strictObject({ jobId: z.string(), key: z.string(), file: z.string(), bytes: count, sha256: z.string() });

const redriven = { jobId: z.string(), key: z.string() };

export const redrive = z.strictObject({
  dryRun: z.boolean(),
  jobs: z.array(z.discriminatedUnion('how', [
    z.strictObject({ ...redriven, how: z.literal('redriven-execution'), executionArn: z.string() }),
    z.strictObject({ ...redriven, how: z.literal('new-execution'), executionArn: z.string() }),
    z.strictObject({ ...redriven, how: z.literal('would-redrive'), executionArn: z.string() }),
    z.strictObject({ ...redriven, how: z.literal('would-start'), because: z.string() }),
    z.strictObject({ ...redriven, how: z.literal('skipped'), why: z.string() }),
    z.strictObject({ ...redriven, how: z.literal('failed'), why: z.string() }),
  ]) satisfies z.ZodType<RedriveOutcome>),
});

export const reference = z.strictObject({ table: z.string(), region: z.string(), rows: count, copiedTo: z.string().nullable() });
