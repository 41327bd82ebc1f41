import { openBuckets, type Buckets } from './buckets.js';
import type { JobDocument, SandboxDocument } from './documents.js';
import { createOperator, type Operator } from './operator.js';
import { setPolicy } from './policy.js';
import { orderFile, referenceFile, type OrderFile } from './orders.js';
import { connectSandbox } from '../../src/sandbox/index.js';

export const home = 'us-east-1';
export const standby = 'us-west-2';

/** Asks again until there is an answer; throws what it waited for when `deadlineMs` has passed. */
export async function eventually<Answer>(waitingFor: string, ask: () => Promise<Answer | undefined>, deadlineMs = 60_000, everyMs = 100): Promise<Answer> {
  const end = Date.now() + deadlineMs;
  for (;;) {
    const answer = await ask();
    if (answer !== undefined) return answer;
    if (Date.now() > end) throw new Error(`waited ${deadlineMs / 1000} s in vain for ${waitingFor}`);
    await new Promise((resolve) => setTimeout(resolve, everyMs));
  }
}

/** Where a story plays: a sandbox with its reference table, and a look into its buckets. */
export interface Stage {
  operator: Operator;
  buckets: Buckets;
  leave(): Promise<void>;
}

/** `assembly` gives the folder of other templates than the default ones. */
export async function openStage(assembly?: (operator: Operator) => Promise<string>): Promise<Stage> {
  const operator = await createOperator();
  await operator.startSandbox(assembly ? { assembly: await assembly(operator) } : {});
  await loadReferences(operator);
  const buckets = await openBuckets(operator);
  return {
    operator, buckets,
    leave: () => {
      buckets.close();
      return operator.leave();
    },
  };
}

export async function loadReferences(operator: Operator): Promise<void> {
  await operator.write('reference.csv', referenceFile());
  await operator.document(['reference', 'load', 'reference.csv']);
}

/** Submits `count` files of `rows` rows each, without waiting; gives what must come out, by job id. */
export async function submitMany(operator: Operator, count: number, rows: number, prefix = 'orders'): Promise<Map<string, OrderFile>> {
  const files = Array.from({ length: count }, (_, serial) => ({ name: `${prefix}-${serial}.csv`, ...orderFile(rows, serial) }));
  for (const file of files) await operator.write(file.name, file.text);
  const { jobs } = await operator.document<{ jobs: JobDocument[] }>(['submit', ...files.map((file) => file.name)]);
  return new Map(jobs.map((job, index) => [job.jobId, files[index] as OrderFile]));
}

export async function readJobs(operator: Operator, jobIds: Iterable<string>): Promise<JobDocument[]> {
  const wanted = new Set(jobIds);
  if (wanted.size === 0) return [];
  const list = async (limit: number): Promise<JobDocument[]> => (await operator.document<{ jobs: JobDocument[] }>(['jobs', '--limit', String(limit)])).jobs.filter((job) => wanted.has(job.jobId));
  // The newest are mostly the ones that are asked for, and listing a month of days takes hundreds of queries.
  const newest = await list(wanted.size);
  return newest.length === wanted.size ? newest : list(1000);
}

/**
 * Resolves when a good part of the parts is finished in the home Region, some of them of jobs that are not, and the
 * standby holds every input. Asks the buckets alone: the moment would be gone by the time that a command has started.
 */
export async function untilHalfDone(buckets: Buckets, jobIds: string[]): Promise<void> {
  await eventually('half of the parts', async () => {
    const [planned, parts, outputs, replicated, inputs] = await Promise.all([
      buckets.planned(home), buckets.parts(home), buckets.keys(home, 'output/'), buckets.parts(standby), buckets.keys(standby, 'input/'),
    ]);
    const total = jobIds.reduce((sum, jobId) => sum + (planned.get(jobId) ?? 0), 0);
    const half = jobIds.every((jobId) => planned.has(jobId)) && parts.length >= total * 0.4;
    const merged = new Set(outputs.map((key) => key.split('/')[1] ?? ''));
    return (half && inputs.length >= jobIds.length && replicated.filter((part) => !merged.has(part.jobId)).length >= 2) || undefined;
  }, 150_000);
}

/**
 * The opening of every story in which a Region breaks while jobs are half done: gives what must come out, by job id. The
 * Region counts as broken when a second vantage says so too, which on a busy machine is not at the first look.
 */
export async function breakHomeWhileHalfDone(operator: Operator, buckets: Buckets, scene: { files: number; rowsEach: number; how: 'down' | 'isolated' }): Promise<Map<string, OrderFile>> {
  await setPolicy(operator, patience);
  const expected = await submitMany(operator, scene.files, scene.rowsEach);
  // Not by a command: until one has started, the jobs that were half done are done.
  const sandbox = await connectSandbox(operator.sandbox);
  await untilHalfDone(buckets, [...expected.keys()]);
  await sandbox.setFault({ kind: 'region', region: home, state: scene.how });
  await eventually('a second vantage to see it', async () => (await operator.run(['assess', '--to', standby, '--mode', 'ungraceful'])).exitCode === 0 || undefined);
  return expected;
}

/** How slow a loaded test machine answers is not what is looked at in a story. */
export const patience = { probeSlowMs: 60_000, probeTimeoutSeconds: 6 };

export async function untilSucceeded(operator: Operator, jobIds: string[]): Promise<JobDocument[]> {
  return eventually('every job to end', async () => {
    // Somebody who looks from a busy machine and gets no answer in time looks again.
    const jobs = await readJobs(operator, jobIds).catch((error: Error) => {
      if (!error.message.includes('"UNREACHABLE"')) throw error;
      return [];
    });
    return jobs.length === jobIds.length && jobs.every((job) => job.status === 'SUCCEEDED' || job.status === 'FAILED') ? jobs : undefined;
  }, 90_000, 500);
}

/** How many e-mails of the pipeline speak of each job; jobs that none speaks of are absent. */
export async function emailsByJob(operator: Operator, jobIds: string[]): Promise<Map<string, number>> {
  const { outbox } = await operator.document<SandboxDocument>(['sandbox', 'status', '--dir', operator.sandbox]);
  const counts = new Map<string, number>();
  for (const email of outbox.filter((each) => each.via === 'ses')) {
    for (const jobId of jobIds) if (`${email.subject} ${email.text ?? ''} ${email.raw ?? ''}`.includes(jobId)) counts.set(jobId, (counts.get(jobId) ?? 0) + 1);
  }
  return counts;
}
