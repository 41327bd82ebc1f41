import type { Claim, JobError } from '../../core/job.js';
import type { CallOptions } from '../../workflow/call-options.js';
import type { Plain } from './attributes.js';
import { holds } from './claims.js';
import { jobKey, openShard } from './keys.js';
import { readJob } from './reads.js';
import type { Change, Table } from './table.js';

/** The condition of every write that a run makes about its own end: RUNNING, under exactly its claim. */
export function underClaim(claim: Claim): Required<Pick<Change, 'condition' | 'names' | 'values'>> {
  const values: Record<string, Plain> = { running: 'RUNNING', epoch: claim.epoch, region: claim.region, attempt: claim.attempt };
  return { condition: '#status = :running AND #epoch = :epoch AND #region = :region AND #attempt = :attempt', names: ['epoch', 'region', 'attempt'], values };
}

/** True also when the row says so already: an earlier try landed and its answer was lost. */
export async function failJob(table: Table, jobId: string, claim: Claim, error: JobError, at: string, options?: CallOptions): Promise<boolean> {
  const written = await table.update({
    key: jobKey(jobId),
    set: { status: 'FAILED', error: { ...error }, finishedAt: at, openShard: openShard('failed', jobId) },
    ...underClaim(claim),
  }, options);
  if (written.written) return true;
  const job = await readJob(table, jobId, options);
  return job?.status === 'FAILED' && holds(job, claim);
}
