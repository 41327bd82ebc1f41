import type { Job } from '../../core/job.js';
import { refused } from '../../errors.js';
import { forEachLimited } from '../concurrency.js';
import { done, poll, targetLedger, type OperationContext, type Step } from '../operation-context.js';

/** Outputs committed before this long ago are as old as any replication can be late and still be called working. */
const outputLookbackMs = 24 * 3_600_000;
const newestOutputs = 5000;
/** A refusal names the first of them: an operator looks for one object, not for a number. */
const namedObjects = 10;

/**
 * Proves object by object that the target holds what the move needs: every open job's input, and every output committed
 * in the epoch being left. Metrics may be late or missing, so they only add a warning; a HEAD decides.
 */
export const waitForReplication: Step = {
  name: 'wait-for-replication',
  async run(context) {
    const { plan, policy } = context;
    const ledger = targetLedger(context);
    const confirmed = new Set<string>();
    let missing: string[] = [];
    let finished = await finishedInSource(context);
    const complete = await poll(context, { everyMs: 1000, deadlineMs: policy.replicationDeadlineSeconds * 1000 - context.spentMs('wait-for-replication') }, async () => {
      const open = await ledger.listOpenJobs();
      missing = await absentFrom(context, [...inputsOf(context, open), ...finished], confirmed);
      // A job may have finished while replication was waited for. History is long to read: it is asked again only in the end.
      if (missing.length === 0) missing = await absentFrom(context, finished = await finishedInSource(context), confirmed);
      const wanted = [...inputsOf(context, open), ...finished];
      context.progress('wait-for-replication', missing.length === 0 ? `all ${wanted.length} objects are in ${plan.to}` : `${missing.length} of ${wanted.length} objects are not in ${plan.to} yet`, { done: wanted.length - missing.length, total: wanted.length });
      return missing.length === 0 ? true : undefined;
    });
    if (complete) return done({ objects: confirmed.size });
    const more = missing.length > namedObjects ? ` and ${missing.length - namedObjects} more` : '';
    throw refused('REPLICATION_INCOMPLETE', `${missing.length} of ${confirmed.size + missing.length} objects had not reached ${plan.to} after ${policy.replicationDeadlineSeconds} s: ${missing.sort().slice(0, namedObjects).join(', ')}${more}.`, [
      'See what replication does: batchctl status',
    ], { missing: missing.slice(0, 100) });
  },
};

interface Wanted {
  key: string;
  versionId: string;
}

function inputsOf({ plan }: OperationContext, open: Job[]): Wanted[] {
  return open.filter((job) => !job.presentIn[plan.to]).map(({ key, versionId }) => ({ key, versionId }));
}

/** Outputs and rejects that the Region being left committed not long ago. */
async function finishedInSource(context: OperationContext): Promise<Wanted[]> {
  const since = context.read.clock.now().getTime() - outputLookbackMs;
  const finished = await targetLedger(context).listJobs({ states: ['SUCCEEDED'], limit: newestOutputs });
  return finished
    .filter((job) => job.outputRegion === context.plan.from && Date.parse(job.finishedAt ?? job.acceptedAt) > since)
    .flatMap((job) => [
      ...(job.outputKey && job.outputVersionId ? [{ key: job.outputKey, versionId: job.outputVersionId }] : []),
      ...(job.rejectsKey && job.rejectsVersionId ? [{ key: job.rejectsKey, versionId: job.rejectsVersionId }] : []),
    ]);
}

async function absentFrom(context: OperationContext, wanted: Wanted[], confirmed: Set<string>): Promise<string[]> {
  const objects = context.read.objects[context.plan.to];
  const absent: string[] = [];
  await forEachLimited(wanted.filter((each) => !confirmed.has(`${each.key}\n${each.versionId}`)), 32, async ({ key, versionId }) => {
    // An unanswered HEAD is as good as absent here: it is asked again until the deadline.
    const found = await objects?.head(key, versionId).catch(() => undefined);
    if (found) confirmed.add(`${key}\n${versionId}`);
    else absent.push(key);
  });
  return absent;
}
