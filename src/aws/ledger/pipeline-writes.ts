import type { Claim, Job } from '../../core/job.js';
import { claimLabel } from '../../core/layout.js';
import type { CallOptions } from '../../workflow/call-options.js';
import type { CommitResult, LedgerPipelineWriter } from '../../workflow/ledger-ports.js';
import type { Clock } from '../../workflow/ports.js';
import { type Attributes, encodeMembers, type Plain } from './attributes.js';
import { holds } from './claims.js';
import { isSynthetic, jobOf } from './job-item.js';
import { canaryKey, dayOf, hourOf, jobKey, keyOf, observerKey, openShard, refusalKey, tallyPartition, tallySort, versionKey } from './keys.js';
import { membersOf, readJob } from './reads.js';
import type { Change, Table } from './table.js';
import { underClaim } from './under-claim.js';

/** An hour, which a failback asks for, and some more for minutes that were missed. */
const observerVerdicts = 75;
const canaryRuns = 5;

/** What only the pipeline's functions change. */
export function createLedgerPipelineWrites(table: Table, clock: Clock): LedgerPipelineWriter {
  return {
    commitJob: (jobId, claim, result, options) => commitJob(table, jobId, claim, result, options),
    async recordRefusedCommit(refused, options) {
      const key = refusalKey(refused.at, refused.jobId, claimLabel(refused.attempted));
      await table.put({ ...key, ...encodeMembers({ ...refused } as { [name: string]: Plain }) }, undefined, options);
    },
    beginNotification: (jobId, sender, at, options) => beginNotification(table, jobId, sender, at, options),
    settleNotification: (jobId, sender, state, at, options) => settleNotification(table, jobId, sender, state, at, options),
    async countSuccess(region, at, options) {
      await table.update({ key: keyOf(tallyPartition(dayOf(at)), tallySort(hourOf(at), region)), add: { succeeded: 1 } }, options);
    },
    async stampVersion(region, version, at, options) {
      await table.put({ ...versionKey(region), ...encodeMembers({ version, at }) }, undefined, options);
    },
    stampObservation: (region, seenFrom, minute, options) => appendBounded(table, clock, observerKey(region, seenFrom), 'verdicts', { ...minute } as { at: string } & Record<string, Plain>, observerVerdicts, options),
    stampCanary: (region, at, ok, seconds, options) => appendBounded(table, clock, canaryKey(region), 'results', { at, ok, seconds }, canaryRuns, options),
  };
}

/**
 * The one write that makes an output count. A synthetic job's output interests nobody, so it has no e-mail to settle.
 * A row that this very claim has already committed is a success: the first answer was lost, or the step runs again.
 */
async function commitJob(table: Table, jobId: string, claim: Claim, result: CommitResult, options?: CallOptions): Promise<{ committed: true; job: Job } | { committed: false; job: Job | undefined }> {
  const before = await readJob(table, jobId, options);
  if (!before) return { committed: false, job: undefined };
  const synthetic = isSynthetic(before.key);
  const { at, ...facts } = result;
  const written = await table.update({
    key: jobKey(jobId),
    set: {
      ...facts,
      rows: { ...facts.rows },
      status: 'SUCCEEDED',
      finishedAt: at,
      outputRegion: claim.region,
      notification: synthetic ? 'NONE' : 'PENDING',
      openShard: openShard('notify', jobId),
    },
    remove: ['error', 'parkedReason'],
    ...underClaim(claim),
  }, options);
  if (written.written) return { committed: true, job: jobOf(written.item!) };
  const job = await readJob(table, jobId, options);
  return job?.status === 'SUCCEEDED' && holds(job, claim) ? { committed: true, job } : { committed: false, job };
}

async function beginNotification(table: Table, jobId: string, sender: string, at: string, options?: CallOptions): Promise<boolean> {
  const written = await table.update({
    key: jobKey(jobId),
    set: { notification: 'SENDING', notificationSender: sender, notificationAt: at },
    condition: '#status = :succeeded AND #notification = :pending',
    names: ['status'],
    values: { succeeded: 'SUCCEEDED', pending: 'PENDING' },
  }, options);
  if (written.written) return true;
  const job = await readJob(table, jobId, options);
  return job?.notification === 'SENDING' && job.notificationSender === sender;
}

/** Who sent knows best: SENT replaces an UNCERTAIN that was written about the same sender meanwhile. */
async function settleNotification(table: Table, jobId: string, sender: string, state: 'SENT' | 'UNCERTAIN' | 'FAILED' | 'PENDING', at: string, options?: CallOptions): Promise<void> {
  const settled = state === 'SENT';
  const change: Change = {
    key: jobKey(jobId),
    set: { notification: state, notificationAt: at, ...(settled ? { notifiedAt: at } : {}) },
    remove: [...(settled ? ['openShard', 'openSort'] : []), ...(state === 'PENDING' ? ['notificationSender'] : [])],
    condition: `#notificationSender = :sender AND (#notification = :sending${settled ? ' OR #notification = :uncertain' : ''})`,
    names: ['notificationSender'],
    values: { sender, sending: 'SENDING', ...(settled ? { uncertain: 'UNCERTAIN' } : {}) },
  };
  await table.update(change, options);
}

/**
 * Adds to a short list that one item holds: one read tells a whole history. Two writers at once are told apart by a
 * revision, and a minute that was stamped already is stamped over.
 */
async function appendBounded(table: Table, clock: Clock, key: Attributes, list: string, entry: { at: string } & Record<string, Plain>, keep: number, options?: CallOptions): Promise<void> {
  for (let attempt = 1; attempt <= 5; attempt += 1) {
    const item = await table.get(key, options);
    const members = item ? membersOf<Record<string, Plain>>(item) : {};
    const earlier = (members[list] as ({ at: string } & Record<string, Plain>)[] | undefined ?? []).filter((other) => other.at.slice(0, 16) !== entry.at.slice(0, 16));
    const entries = [...earlier, entry].sort((left, right) => (left.at < right.at ? -1 : 1)).slice(-keep);
    const revision = Number(members.revision ?? 0);
    const written = await table.put({ ...key, ...encodeMembers({ [list]: entries, revision: revision + 1 }) }, item
      ? { condition: '#revision = :revision', names: ['revision'], values: { revision } }
      : { condition: 'attribute_not_exists(pk)' }, options);
    if (written.written) return;
    await clock.sleep(attempt * 20, options?.signal);
  }
}

