import { describeFailure } from '../../core/failure.js';
import { jobIdOf } from '../../core/job.js';
import { prefixes } from '../../core/layout.js';
import type { JobReference } from '../../core/operation.js';
import { forEachLimited } from '../concurrency.js';
import type { ObjectFacts } from '../ports.js';
import { done, nowOf, targetLedger, warned, type OperationContext, type Step } from '../operation-context.js';

/** Older inputs have had a day of events and sweeps; listing's cost must not grow with a deployment's whole history. */
const lookbackMs = 24 * 3_600_000;
const batchSize = 100;
/** S3 lists about 5,000 keys a second and cannot list by time. A deployment with millions of inputs is not kept waiting. */
const patienceMs = 100_000;

/**
 * An event may be lost with a Region. Every recent input in the target's bucket that no row knows is accepted here and
 * started, so that "no row" never means "no job". Each version is a job, so one that was overwritten since is not left out.
 */
export const adoptUnknownInputs: Step = {
  name: 'adopt-unknown-inputs',
  async run(context) {
    const objects = context.read.objects[context.plan.to];
    if (!objects) return done({ adopted: [] });
    const began = context.read.clock.now().getTime();
    const since = began - lookbackMs;
    let stoppedAt: string | undefined;
    const adopted: JobReference[] = [];
    const failures: string[] = [];
    let batch: ObjectFacts[] = [];
    const flush = async (): Promise<void> => {
      const taken = batch;
      batch = [];
      const rows = await targetLedger(context).readJobs(taken.map((object) => jobIdOf(object.key, object.versionId)));
      await forEachLimited(taken.filter((object) => !rows.has(jobIdOf(object.key, object.versionId))), 16, async (object) => {
        try {
          adopted.push(await adopt(context, object));
        } catch (error) {
          failures.push(`${object.key}: ${describeFailure(error)}`);
        }
      });
    };
    for await (const object of objects.list(prefixes.input, { overwritten: true })) {
      if (context.read.clock.now().getTime() - began > patienceMs) {
        stoppedAt = object.key;
        break;
      }
      if (object.bytes === 0 && object.key.endsWith('/')) continue;
      if (Date.parse(object.lastModified) < since) continue;
      batch.push(object);
      if (batch.length >= batchSize) await flush();
    }
    await flush();
    if (stoppedAt !== undefined) return warned(`there are more inputs than could be listed in ${patienceMs / 1000} s: from ${stoppedAt} on, one whose event was lost with ${context.plan.from} would have to be submitted again`, { adopted, failures: failures.slice(0, 20) });
    if (failures.length > 0) return warned(`${failures.length} inputs without a row could not be started; the sweep will try them again`, { adopted, failures: failures.slice(0, 20) });
    return done({ adopted });
  },
};

async function adopt(context: OperationContext, object: ObjectFacts): Promise<JobReference> {
  const { to, epochAfter } = context.plan;
  const ledger = targetLedger(context);
  const at = nowOf(context);
  const jobId = jobIdOf(object.key, object.versionId);
  await ledger.acceptJob({ jobId, key: object.key, versionId: object.versionId, bytes: object.bytes, acceptedAt: at, acceptedBy: to, presentIn: { [to]: at } });
  const outcome = await ledger.claimJob(jobId, { epoch: epochAfter, region: to, at });
  if (outcome.kind === 'claimed') {
    const machine = context.write.executions[to];
    if (!machine) throw new Error(`the deployment has no Region ${to}`);
    const { claim } = outcome;
    const started = await context.starts.run(() => machine.start({ jobId, key: object.key, versionId: object.versionId, bytes: object.bytes, ...claim }, { once: true }));
    await ledger.recordExecution(jobId, claim, started.executionArn);
  }
  return { jobId, key: object.key, versionId: object.versionId };
}
