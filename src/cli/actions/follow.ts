import type { Deployment } from '../../config/schema.js';
import { describeFailure, isTransient } from '../../core/failure.js';
import type { Job } from '../../core/job.js';
import type { ReadPorts, WritePorts } from '../../workflow/ports.js';
import { forEachLimited } from '../../workflow/concurrency.js';
import { askAnyLedger } from '../../workflow/ask-any-ledger.js';
import { callOptions } from '../connect.js';
import { tell, warn, type CommandContext } from '../context.js';

const pollMs = 500;

/**
 * Follows jobs until each has succeeded or failed, and gives them as they ended. Parked and held jobs are waited for, and
 * so is a ledger that does not answer: jobs wait as well while it has no quorum.
 */
export async function followJobs(context: CommandContext, read: Pick<ReadPorts, 'ledgers'>, jobs: Job[]): Promise<Map<string, Job>> {
  const task = 'jobs finished';
  const ended = new Map<string, Job>();
  const lastStatus = new Map(jobs.map((job) => [job.jobId, job.status]));
  for (;;) {
    const open = jobs.filter((job) => !ended.has(job.jobId)).map((job) => job.jobId);
    const now = await readPatiently(context, read, open);
    for (const job of now.values()) {
      if (lastStatus.get(job.jobId) !== job.status) tell(context, { type: 'job', jobId: job.jobId, key: job.key, status: job.status, ...(job.error ? { detail: `${job.error.code}: ${job.error.message}` } : {}) });
      lastStatus.set(job.jobId, job.status);
      if (job.status === 'SUCCEEDED' || job.status === 'FAILED') ended.set(job.jobId, job);
    }
    tell(context, { type: 'progress', task, done: ended.size, total: jobs.length, unit: 'jobs' });
    if (ended.size === jobs.length) break;
    await context.clock.sleep(pollMs, context.signal);
  }
  tell(context, { type: 'progress-finished', task });
  return ended;
}

async function readPatiently(context: CommandContext, read: Pick<ReadPorts, 'ledgers'>, jobIds: string[]): Promise<Map<string, Job>> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await askAnyLedger(read.ledgers, (ledger) => ledger.readJobs(jobIds, callOptions(context)));
    } catch (error) {
      context.signal.throwIfAborted();
      if (!isTransient(error)) throw error;
      if (tries === 3) warn(context, `the ledger does not answer (${describeFailure(error)}); still waiting`);
      await context.clock.sleep(pollMs * 2, context.signal);
    }
  }
}

/** Waits until both Regions' buckets hold every job's input, and writes into the ledger which of them does. */
export async function waitUntilReplicated(context: CommandContext, deployment: Deployment, read: ReadPorts, write: WritePorts, jobs: Job[]): Promise<void> {
  const task = 'inputs in both Regions';
  const missing = new Set(jobs.flatMap((job) => [deployment.home, deployment.other].map((region) => ({ job, region }))));
  const total = missing.size;
  for (;;) {
    await forEachLimited([...missing], 16, async (wanted) => {
      const facts = await read.objects[wanted.region]?.head(wanted.job.key, wanted.job.versionId, callOptions(context)).catch(() => undefined);
      context.signal.throwIfAborted();
      if (!facts) return;
      await stampAnywhere(context, write, wanted.job.jobId, wanted.region);
      missing.delete(wanted);
    });
    tell(context, { type: 'progress', task, done: total - missing.size, total, unit: 'items' });
    if (missing.size === 0) break;
    await context.clock.sleep(pollMs, context.signal);
  }
  tell(context, { type: 'progress-finished', task });
}

/** Whichever replica takes the write: it is the same stamp everywhere. */
async function stampAnywhere(context: CommandContext, write: WritePorts, jobId: string, region: string): Promise<void> {
  const at = context.clock.now().toISOString();
  await Promise.any(Object.values(write.ledgers).map((ledger) => ledger.stampPresence(jobId, region, at, callOptions(context))));
}
