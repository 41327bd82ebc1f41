import { isSynthetic } from '../../src/aws/ledger/job-item.js';
import type { Ledger } from '../../src/aws/ledger/ledger.js';
import type { Job, JobRunInput } from '../../src/core/job.js';
import type { Clock } from './clock.js';
import type { MergeResult } from './merge.js';
import { jobFields, type Telemetry } from './telemetry.js';

export interface CommitPorts {
  ledger: Pick<Ledger, 'commitJob' | 'recordRefusedCommit' | 'countSuccess'>;
  clock: Clock;
  telemetry: Telemetry;
}

export type CommitOutcome = { committed: true } | { committed: false; reason: string };

/**
 * Asks the ledger to make the merged output the job's output. In a Region that is cut off the ledger cannot be written,
 * and the error goes to the state machine, which tries again for a day; once it can be asked, its answer is final.
 */
export async function commit(run: JobRunInput, merged: MergeResult, ports: CommitPorts): Promise<CommitOutcome> {
  const at = ports.clock.now().toISOString();
  const claim = { epoch: run.epoch, region: run.region, attempt: run.attempt };
  const outcome = await ports.ledger.commitJob(run.jobId, claim, { at, ...merged });
  if (!outcome.committed) return refusedCommit(run, merged, outcome.job, at, ports);
  const seconds = secondsSince(outcome.job.claimedAt, at);
  ports.telemetry.info('job committed', { ...jobFields(run), rows: merged.rows, parts: merged.parts, partsKept: merged.partsKept, seconds });
  // The step runs again where its answer was lost; the run that wrote the commit has counted it.
  if (outcome.job.finishedAt !== at) return { committed: true };
  // Whoever started a synthetic job waits for it and says how it went (canary.ts, the operator's proof).
  if (isSynthetic(run.key)) return { committed: true };
  ports.telemetry.count({ JobsSucceeded: 1, JobSeconds: seconds });
  await bestEffort(ports, 'the success could not be counted', () => ports.ledger.countSuccess(run.region, at));
  return { committed: true };
}

/** The fence did its work: the proof is kept, because an operator will ask what the old Region tried. */
async function refusedCommit(run: JobRunInput, merged: MergeResult, job: Job | undefined, at: string, ports: CommitPorts): Promise<CommitOutcome> {
  const reason = !job ? 'the ledger has no row of this job' : `the row is ${job.status} under epoch ${job.epoch ?? 'none'}, Region ${job.region ?? 'none'}, attempt ${job.attempt ?? 'none'}`;
  ports.telemetry.warn('commit refused', { ...jobFields(run), reason, orphanOutputKey: merged.outputKey });
  ports.telemetry.count({ CommitRefused: 1 });
  await bestEffort(ports, 'the refused commit could not be recorded', () => ports.ledger.recordRefusedCommit({
    jobId: run.jobId,
    key: run.key,
    at,
    attempted: { epoch: run.epoch, region: run.region, attempt: run.attempt },
    holder: { status: job?.status ?? 'ABSENT', ...(job?.epoch === undefined ? {} : { epoch: job.epoch, region: job.region, attempt: job.attempt }) },
    orphanOutputKey: merged.outputKey,
  }));
  return { committed: false, reason };
}

async function bestEffort(ports: CommitPorts, message: string, action: () => Promise<void>): Promise<void> {
  try {
    await action();
  } catch (error) {
    ports.telemetry.warn(message, { error: String(error) });
  }
}

function secondsSince(earlier: string | undefined, at: string): number {
  return earlier === undefined ? 0 : Math.max(0, (Date.parse(at) - Date.parse(earlier)) / 1000);
}
