import type { Job } from '../../core/job.js';
import type { OperationResult } from '../../core/operation.js';
import { forEachLimited } from '../concurrency.js';
import { targetLedger, type OperationContext } from '../operation-context.js';
import { referenceTo, type Tally } from './re-drive-tally.js';

type OutputElsewhere = OperationResult['outputsPending'][number];

const newestFinished = 1000;
/** Few, because the open jobs that are being started meanwhile matter more. */
const headsAtOnce = 16;

export interface OutputSearch {
  /** Looks for the output of one job that has finished. */
  look(job: Job): Promise<void>;
  /** Looks once more, for the jobs that finished at the last moment, and names the outputs that are not in the target. */
  finish(): Promise<ReadonlyMap<string, OutputElsewhere>>;
}

/**
 * Accounts for the jobs that had finished under the epoch being left, newest first. One that finished just before its
 * Region was lost has an output that counts and that nobody can fetch until it has replicated. Running it again would
 * make a second output, so it is named instead.
 */
export function lookForOutputs(context: OperationContext, tally: Tally): OutputSearch {
  const { plan } = context;
  const looked = new Set<string>();
  const pending = new Map<string, OutputElsewhere>();

  async function look(job: Job): Promise<void> {
    if (job.epoch !== plan.epochBefore || tally.redriven.has(job.jobId) || looked.has(job.jobId)) return;
    looked.add(job.jobId);
    tally.alreadyDone.set(job.jobId, referenceTo(job));
    if (job.outputRegion !== plan.from || !job.outputKey) return;
    const found = await context.read.objects[plan.to]?.head(job.outputKey, job.outputVersionId).catch(() => undefined);
    if (!found) pending.set(job.jobId, { ...referenceTo(job), outputKey: job.outputKey });
  }

  async function lookAtAll(): Promise<void> {
    const finished = await targetLedger(context).listJobs({ states: ['SUCCEEDED'], limit: newestFinished }).catch(() => []);
    await forEachLimited(finished, headsAtOnce, look);
  }

  const first = lookAtAll();
  return {
    look,
    async finish() {
      await Promise.all([first, lookAtAll()]);
      return pending;
    },
  };
}
