import type { Claim, Job } from '../../core/job.js';
import type { CallOptions } from '../../workflow/call-options.js';
import type { ClaimOutcome } from '../../workflow/ledger-ports.js';
import { jobKey, openShard } from './keys.js';
import { jobOf } from './job-item.js';
import { readJob } from './reads.js';
import type { Change, Table } from './table.js';

/**
 * A claim is one conditional write on what a read just saw. When the row changed in between it is looked at again, so a
 * few rounds are enough: each lost round means that somebody else made progress.
 */
const rounds = 8;

export interface Claimant {
  epoch: number;
  region: string;
  at: string;
  /** The row as some read showed it. Only a write is ever decided on it: that carries its own condition. */
  seen?: Job;
}

/** The rule of the pipeline: no claim, an older epoch, or this same epoch and Region. A newer epoch's attempts start at 1. */
export async function claimJob(table: Table, jobId: string, claimant: Claimant, options?: CallOptions): Promise<ClaimOutcome> {
  return claiming(table, jobId, options, (job) => {
    const claim = { epoch: claimant.epoch, region: claimant.region, attempt: job.epoch === claimant.epoch ? job.attempt ?? 1 : 1 };
    if (job.status === 'SUCCEEDED') return { kind: 'finished', job };
    if (job.status === 'FAILED') return { kind: 'failed', job };
    if (!mayClaim(job, claimant)) return { kind: 'superseded', job };
    // Claimed already, perhaps by an earlier call whose answer was lost.
    if (job.status === 'RUNNING' && holds(job, claim)) return { kind: 'claimed', job, claim };
    return { change: claimChange(job, claim, claimant.at), claim };
  }, claimant.seen);
}

/** FAILED → RUNNING with the attempt raised. Of two operators who saw the same attempt, both end with the same claim. */
export async function retryJob(table: Table, jobId: string, claimant: Claimant & { expectedAttempt: number }, options?: CallOptions): Promise<ClaimOutcome> {
  const claim = { epoch: claimant.epoch, region: claimant.region, attempt: claimant.expectedAttempt + 1 };
  return claiming(table, jobId, options, (job) => {
    if (job.status === 'SUCCEEDED') return { kind: 'finished', job };
    if (job.status === 'RUNNING' && holds(job, claim)) return { kind: 'claimed', job, claim };
    if (job.status !== 'FAILED') return { kind: 'superseded', job };
    if ((job.epoch ?? 0) > claimant.epoch) return { kind: 'superseded', job };
    if ((job.attempt ?? 0) !== claimant.expectedAttempt) return { kind: 'failed', job };
    return { change: claimChange(job, claim, claimant.at), claim };
  });
}

/** FAILED → RUNNING under the very same claim: the failed execution itself is about to go on (Step Functions' redrive). */
export async function reopenJob(table: Table, jobId: string, claim: Claim, at: string, options?: CallOptions): Promise<ClaimOutcome> {
  return claiming(table, jobId, options, (job) => {
    if (job.status === 'SUCCEEDED') return { kind: 'finished', job };
    if (!holds(job, claim)) return { kind: 'superseded', job };
    if (job.status === 'RUNNING') return { kind: 'claimed', job, claim };
    if (job.status !== 'FAILED') return { kind: 'superseded', job };
    const change = claimChange(job, claim, at);
    return { change: { ...change, remove: (change.remove ?? []).filter((name) => name !== 'executionArn') }, claim };
  });
}

type Decision = ClaimOutcome | { change: Change; claim: Claim };

async function claiming(table: Table, jobId: string, options: CallOptions | undefined, decide: (job: Job) => Decision, seen?: Job): Promise<ClaimOutcome> {
  let stale = seen;
  for (let round = 0; round < rounds; round += 1) {
    let decision = stale && decide(stale);
    if (!decision || 'kind' in decision) {
      const job = await readJob(table, jobId, options);
      if (!job) return { kind: 'absent' };
      decision = decide(job);
      if ('kind' in decision) return decision;
    }
    const written = await table.update(decision.change, options);
    if (written.written) return { kind: 'claimed', job: jobOf(written.item!), claim: decision.claim };
    stale = undefined;
  }
  throw new Error(`the row of job ${jobId} kept changing while it was claimed`);
}

function mayClaim(job: Job, claimant: Claimant): boolean {
  return job.epoch === undefined || job.epoch < claimant.epoch || (job.epoch === claimant.epoch && job.region === claimant.region);
}

export function holds(job: Job, claim: Claim): boolean {
  return job.epoch === claim.epoch && job.region === claim.region && job.attempt === claim.attempt;
}

/** Takes the row from exactly the state and claim that were read; whatever an earlier run left on it goes. */
function claimChange(seen: Job, claim: Claim, at: string): Change {
  const unclaimed = seen.epoch === undefined;
  return {
    key: jobKey(seen.jobId),
    set: {
      ...claim,
      status: 'RUNNING',
      claimedAt: at,
      openShard: openShard('open', seen.jobId),
    },
    remove: ['executionArn', 'finishedAt', 'error', 'parkedReason'],
    condition: unclaimed
      ? '#status = :seenStatus AND attribute_not_exists(#epoch)'
      : '#status = :seenStatus AND #epoch = :seenEpoch AND #region = :seenRegion AND #attempt = :seenAttempt',
    values: {
      seenStatus: seen.status,
      ...(unclaimed ? {} : { seenEpoch: seen.epoch!, seenRegion: seen.region!, seenAttempt: seen.attempt! }),
    },
  };
}
