import type { Job } from '../../core/job.js';
import type { JobReference, OperationResult, Plan, StepDetail } from '../../core/operation.js';

/** What became of each open job; every job is in one of them in the end. */
export interface Tally {
  redriven: Map<string, OperationResult['redriven'][number]>;
  parked: Map<string, OperationResult['parked'][number]>;
  failed: Map<string, OperationResult['failed'][number]>;
  alreadyDone: Map<string, JobReference>;
  /** When the last of the executions was accepted. */
  lastStartAt: string | undefined;
}

export function createTally(): Tally {
  return { redriven: new Map(), parked: new Map(), failed: new Map(), alreadyDone: new Map(), lastStartAt: undefined };
}

export function isSettled(tally: Tally, jobId: string): boolean {
  return tally.redriven.has(jobId) || tally.parked.has(jobId) || tally.alreadyDone.has(jobId) || tally.failed.has(jobId);
}

/** What finished under the new epoch was moved by this operation too, if by a run of it that was interrupted. */
export function recordFinished(plan: Plan, job: Job, tally: Tally): void {
  if (plan.epochAfter > plan.epochBefore && job.epoch === plan.epochAfter) {
    tally.redriven.set(job.jobId, { ...referenceTo(job), executionArn: job.executionArn ?? '', partsKept: job.partsKept ?? 0 });
  } else {
    tally.alreadyDone.set(job.jobId, referenceTo(job));
  }
}

export function referenceTo(job: Job): JobReference {
  return { jobId: job.jobId, key: job.key, versionId: job.versionId };
}

export function detailOf(tally: Tally): StepDetail {
  return {
    redriven: [...tally.redriven.values()], parked: [...tally.parked.values()], failed: [...tally.failed.values()], alreadyDone: [...tally.alreadyDone.values()],
    partsKept: [...tally.redriven.values()].reduce((total, job) => total + job.partsKept, 0),
  };
}
