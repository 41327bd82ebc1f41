import { describeFailure } from '../../core/failure.js';
import type { Job } from '../../core/job.js';
import { type Background, createBackground, forEachLimited } from '../concurrency.js';
import { done, nowOf, targetLedger, warned, type OperationContext, type Step } from '../operation-context.js';
import { lookForOutputs, type OutputSearch } from './outputs-elsewhere.js';
import { tellProgress } from './re-drive-progress.js';
import { lookForParts } from './parts-here.js';
import { createTally, detailOf, isSettled, recordFinished, referenceTo, type Tally } from './re-drive-tally.js';

/**
 * So many jobs are on their way at once that the start quota, and not the time that a claim or an answer takes, is what
 * they wait for. Those that wait are claimed already; an operation that dies here leaves no more than these unstarted.
 */
const jobsAtOnce = 192;
/** What is noted about jobs that run already. */
const notesAtOnce = 128;
/** The index may be a moment behind; a second pass finds what the first could not see. */
const indexDelayMs = 1200;

/**
 * Claims every open job for the target under the new epoch and starts it there. The claim itself is the safety: a job
 * that finished meanwhile is recognised by it, one that runs already is started again under the same name, harmlessly.
 */
export const redrive: Step = {
  name: 're-drive',
  async run(context) {
    const tally = createTally();
    const began = context.read.clock.now().getTime();
    // Beside the starting, because nothing else waits for it: thousands of look-ups must not come on top.
    const outputs = lookForOutputs(context, tally);
    await redriveAll(context, tally, outputs, await listOpen(context, context.plan.redrive));
    const sinceMs = context.read.clock.now().getTime() - began;
    if (sinceMs < indexDelayMs) await context.read.clock.sleep(indexDelayMs - sinceMs);
    const [outputsPending] = await Promise.all([outputs.finish(), listOpen(context, []).then((late) => redriveAll(context, tally, outputs, late))]);
    const { waitingSince, throttled, perSecond } = context.starts;
    const detail = {
      ...detailOf(tally), outputsPending: [...outputsPending.values()],
      ...(waitingSince ? { quota: { waitedFrom: waitingSince.toISOString(), waitedUntil: tally.lastStartAt ?? nowOf(context), throttled, startsPerSecond: Math.round(perSecond) } } : {}),
    };
    if (tally.failed.size > 0) return warned(`${tally.failed.size} jobs could not be started`, detail);
    return done(detail);
  },
};

/** What the index shows, and of the planned jobs those that it does not show any more: they have finished, or failed. */
async function listOpen(context: OperationContext, planned: readonly string[]): Promise<Job[]> {
  const ledger = targetLedger(context);
  const open = await ledger.listOpenJobs();
  const listed = new Set(open.map((job) => job.jobId));
  const others = planned.filter((jobId) => !listed.has(jobId));
  return others.length === 0 ? open : [...open, ...(await ledger.readJobs(others)).values()];
}

async function redriveAll(context: OperationContext, tally: Tally, outputs: OutputSearch, jobs: Job[]): Promise<void> {
  const todo = jobs.filter((job) => !isSettled(tally, job.jobId));
  const progress = tellProgress(context, todo.length);
  const notes = createBackground(notesAtOnce);
  await forEachLimited(todo, jobsAtOnce, async (job) => {
    try {
      await redriveOne(context, job, tally, { notes, outputs });
    } catch (error) {
      tally.failed.set(job.jobId, { ...referenceTo(job), why: describeFailure(error) });
    }
    progress.finished();
  });
  await notes.drained();
}

async function redriveOne(context: OperationContext, job: Job, tally: Tally, { notes, outputs }: { notes: Background; outputs: OutputSearch }): Promise<void> {
  const { plan } = context;
  const ledger = targetLedger(context);
  const presence = await inputIsHere(context, job);
  if (presence !== true) {
    if (await ledger.parkJob(job.jobId, presence, plan.epochAfter)) tally.parked.set(job.jobId, { ...referenceTo(job), why: presence });
    else await sortOut(context, job, tally);
    return;
  }
  // Nobody ever ran an unclaimed job, so it has no parts.
  const parts = job.epoch === undefined ? undefined : lookForParts(context, job.jobId, notes);
  const outcome = await ledger.claimJob(job.jobId, { epoch: plan.epochAfter, region: plan.to, at: nowOf(context), seen: job });
  switch (outcome.kind) {
    case 'claimed': {
      // A row that names an execution under this very claim was started: by the sweep, or by an earlier run of this operation.
      if (outcome.job.executionArn === undefined) parts?.startsNow();
      const executionArn = outcome.job.executionArn ?? await start(context, outcome, tally);
      const entry = { ...referenceTo(job), executionArn, partsKept: 0 };
      tally.redriven.set(job.jobId, entry);
      // Should this be lost, the sweep finds a row without an execution and starts the same name again, harmlessly.
      if (outcome.job.executionArn === undefined) notes.add(() => ledger.recordExecution(job.jobId, outcome.claim, executionArn));
      if (parts) notes.add(async () => { entry.partsKept = await parts.keptBy(outcome.job); });
      return;
    }
    case 'finished':
      recordFinished(context.plan, outcome.job, tally);
      notes.add(() => outputs.look(outcome.job));
      return;
    case 'failed':
      tally.failed.set(job.jobId, { ...referenceTo(job), why: outcome.job.error?.message ?? 'it had failed before' });
      return;
    case 'superseded':
    case 'absent':
      throw new Error(`the ledger gave the job away meanwhile (${outcome.kind})`);
  }
}

async function start(context: OperationContext, { job, claim }: { job: Job; claim: { epoch: number; region: string; attempt: number } }, tally: Tally): Promise<string> {
  const machine = context.write.executions[context.plan.to];
  if (!machine) throw new Error(`the deployment has no Region ${context.plan.to}`);
  const { jobId, key, versionId, bytes } = job;
  const { executionArn } = await context.starts.run(() => machine.start({ jobId, key, versionId, bytes, ...claim }, { once: true }));
  tally.lastStartAt = nowOf(context);
  return executionArn;
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
  const now = await targetLedger(context).readJob(job.jobId);
  if (now?.status === 'SUCCEEDED') recordFinished(context.plan, now, tally);
  else if (now?.status === 'PARKED') tally.parked.set(job.jobId, { ...referenceTo(job), why: now.parkedReason ?? 'parked before' });
  else if (now?.status === 'FAILED') tally.failed.set(job.jobId, { ...referenceTo(job), why: now.error?.message ?? 'it had failed before' });
}
