import { describeFailure } from '../../core/failure.js';
import type { Job } from '../../core/job.js';
import { partsPrefix } from '../../core/layout.js';
import type { JobReference, OperationResult } from '../../core/operation.js';
import { forEachLimited } from '../concurrency.js';
import { done, nowOf, targetLedger, warned, type OperationContext, type Step } from '../operation-context.js';

const concurrentJobs = 32;
const newestFinished = 1000;
/** The index may be a moment behind; a second pass finds what the first could not see. */
const indexDelayMs = 1200;

type OutputsElsewhere = OperationResult['outputsPending'][number];

interface Tally {
  redriven: Map<string, OperationResult['redriven'][number]>;
  parked: Map<string, OperationResult['parked'][number]>;
  failed: Map<string, OperationResult['failed'][number]>;
  alreadyDone: Map<string, JobReference>;
}

/**
 * Claims every open job for the target under the new epoch and starts it there. The claim itself is the safety: a job
 * that finished meanwhile is recognised by it, one that runs already is started again under the same name, harmlessly.
 */
export const redrive: Step = {
  name: 're-drive',
  async run(context) {
    const ledger = targetLedger(context);
    const tally: Tally = { redriven: new Map(), parked: new Map(), failed: new Map(), alreadyDone: new Map() };
    const planned = await ledger.readJobs(context.plan.redrive);
    for (let pass = 0; pass < 2; pass += 1) {
      const jobs = new Map((await ledger.listOpenJobs()).map((job) => [job.jobId, job]));
      if (pass === 0) for (const [jobId, job] of planned) if (!jobs.has(jobId)) jobs.set(jobId, job);
      const todo = [...jobs.values()].filter((job) => !tally.redriven.has(job.jobId) && !tally.parked.has(job.jobId) && !tally.alreadyDone.has(job.jobId) && !tally.failed.has(job.jobId));
      let finished = 0;
      await forEachLimited(todo, concurrentJobs, async (job) => {
        await redriveOne(context, job, tally);
        finished += 1;
        context.progress('re-drive', `${finished} of ${todo.length} open jobs looked after`, { done: finished, total: todo.length });
      });
      if (pass === 0) await context.read.clock.sleep(indexDelayMs);
    }
    const outputsPending = await countFinished(context, tally);
    const detail = {
      redriven: [...tally.redriven.values()], parked: [...tally.parked.values()], failed: [...tally.failed.values()], alreadyDone: [...tally.alreadyDone.values()], outputsPending,
      partsKept: [...tally.redriven.values()].reduce((total, job) => total + job.partsKept, 0),
    };
    if (tally.failed.size > 0) return warned(`${tally.failed.size} jobs could not be started`, detail);
    return done(detail);
  },
};

async function redriveOne(context: OperationContext, job: Job, tally: Tally): Promise<void> {
  const { plan } = context;
  const ledger = targetLedger(context);
  const reference = { jobId: job.jobId, key: job.key, versionId: job.versionId };
  try {
    const presence = await inputIsHere(context, job);
    if (presence !== true) {
      if (await ledger.parkJob(job.jobId, presence, plan.epochAfter)) tally.parked.set(job.jobId, { ...reference, why: presence });
      else await sortOut(context, job, tally);
      return;
    }
    const outcome = await ledger.claimJob(job.jobId, { epoch: plan.epochAfter, region: plan.to, at: nowOf(context) });
    switch (outcome.kind) {
      case 'claimed': {
        const machine = context.write.executions[plan.to];
        if (!machine) throw new Error(`the deployment has no Region ${plan.to}`);
        const started = await machine.start({ jobId: job.jobId, key: job.key, versionId: job.versionId, bytes: job.bytes, ...outcome.claim });
        await ledger.recordExecution(job.jobId, outcome.claim, started.executionArn);
        tally.redriven.set(job.jobId, { ...reference, executionArn: started.executionArn, partsKept: await countParts(context, job.jobId) });
        return;
      }
      case 'finished':
        recordFinished(context, outcome.job, tally);
        return;
      case 'failed':
        tally.failed.set(job.jobId, { ...reference, why: outcome.job.error?.message ?? 'it had failed before' });
        return;
      case 'superseded':
      case 'absent':
        throw new Error(`the ledger gave the job away meanwhile (${outcome.kind})`);
    }
  } catch (error) {
    tally.failed.set(job.jobId, { ...reference, why: describeFailure(error) });
  }
}

/** What finished under the new epoch was moved by this operation too, if by a run of it that was interrupted. */
function recordFinished({ plan }: OperationContext, job: Job, tally: Tally): void {
  const reference = { jobId: job.jobId, key: job.key, versionId: job.versionId };
  if (plan.epochAfter > plan.epochBefore && job.epoch === plan.epochAfter) {
    tally.redriven.set(job.jobId, { ...reference, executionArn: job.executionArn ?? '', partsKept: job.partsKept ?? 0 });
  } else {
    tally.alreadyDone.set(job.jobId, reference);
  }
}

/** True, or the reason for parking the job. */
async function inputIsHere(context: OperationContext, job: Job): Promise<true | string> {
  const { to } = context.plan;
  if (job.presentIn[to]) return true;
  try {
    const found = await context.read.objects[to]?.head(job.key, job.versionId);
    return found ? true : `its input is not in ${to}`;
  } catch (error) {
    return `it is not known whether ${to} holds its input (${describeFailure(error)})`;
  }
}

/** It could not be parked: it finished, or somebody claimed it since. */
async function sortOut(context: OperationContext, job: Job, tally: Tally): Promise<void> {
  const reference = { jobId: job.jobId, key: job.key, versionId: job.versionId };
  const now = await targetLedger(context).readJob(job.jobId);
  if (now?.status === 'SUCCEEDED') recordFinished(context, now, tally);
  else if (now?.status === 'PARKED') tally.parked.set(job.jobId, { ...reference, why: now.parkedReason ?? 'parked before' });
  else if (now?.status === 'FAILED') tally.failed.set(job.jobId, { ...reference, why: now.error?.message ?? 'it had failed before' });
}

/** Finished parts that the target's bucket already holds: the pipeline will not process them again. */
async function countParts(context: OperationContext, jobId: string): Promise<number> {
  let parts = 0;
  try {
    for await (const object of context.read.objects[context.plan.to]?.list(partsPrefix(jobId)) ?? []) {
      if (!object.key.endsWith('.rejects.csv')) parts += 1;
    }
  } catch {
    // Only a figure for the report; the pipeline itself looks part by part.
  }
  return parts;
}

/** Jobs that had finished under the epoch being left, newest first, so that the report can account for every file. */
async function countFinished(context: OperationContext, tally: Tally): Promise<OutputsElsewhere[]> {
  const { plan } = context;
  const finished = await targetLedger(context).listJobs({ states: ['SUCCEEDED'], limit: newestFinished }).catch(() => []);
  const elsewhere: Job[] = [];
  for (const job of finished) {
    if (job.epoch !== plan.epochBefore || tally.redriven.has(job.jobId)) continue;
    tally.alreadyDone.set(job.jobId, { jobId: job.jobId, key: job.key, versionId: job.versionId });
    if (job.outputRegion === plan.from && job.outputKey) elsewhere.push(job);
  }
  return outputsNotHere(context, elsewhere);
}

/**
 * A job that finished just before its Region was lost has an output that counts and that nobody can fetch until it has
 * replicated. Running it again would make a second output, so it is named instead.
 */
async function outputsNotHere(context: OperationContext, jobs: Job[]): Promise<OutputsElsewhere[]> {
  const pending: OutputsElsewhere[] = [];
  await forEachLimited(jobs, concurrentJobs, async (job) => {
    const found = await context.read.objects[context.plan.to]?.head(job.outputKey ?? '', job.outputVersionId).catch(() => undefined);
    if (!found) pending.push({ jobId: job.jobId, key: job.key, versionId: job.versionId, outputKey: job.outputKey ?? '' });
  });
  return pending;
}
