import { describeFailure } from '../core/failure.js';
import type { Job } from '../core/job.js';
import { startQuotaOf } from '../core/start-quota.js';
import { refused } from '../errors.js';
import { forEachLimited } from './concurrency.js';
import type { CallOptions } from './call-options.js';
import type { ReadPorts, WritePorts } from './ports.js';
import { createStartPace, type StartPace } from './start-pace.js';

const jobsAtOnce = 64;

export interface RedriveRequest {
  /** Job ids, or every FAILED and PARKED job. */
  jobs: string[] | 'all';
  dryRun: boolean;
  signal?: AbortSignal;
}

export type RedriveOutcome = { jobId: string; key: string } & (
  /** Step Functions' own redrive: finished states of the same execution are kept. */
  | { how: 'redriven-execution'; executionArn: string }
  | { how: 'new-execution'; executionArn: string }
  | { how: 'would-redrive'; executionArn: string }
  | { how: 'would-start'; because: string }
  | { how: 'skipped'; why: string }
  | { how: 'failed'; why: string });

/**
 * Starts failed and parked jobs again in the active Region: Step Functions' own redrive where the failed execution lies
 * there and is eligible (finished states are kept), else a new execution under a raised attempt (finished parts are
 * kept). `write` is null for a dry run, which therefore cannot change anything.
 */
export async function redriveJobs(read: ReadPorts, write: WritePorts | null, request: RedriveRequest): Promise<RedriveOutcome[]> {
  const call: CallOptions = request.signal ? { signal: request.signal } : {};
  const { active, epoch } = await activeRegion(read);
  const ledger = read.ledgers[active];
  if (!ledger) throw refused('REGION_UNKNOWN', `The ledger says that ${active} is active, which this deployment file does not know.`);
  const jobs = request.jobs === 'all'
    ? [...await ledger.listFailedJobs(call), ...(await ledger.listOpenJobs(call)).filter((job) => job.status === 'PARKED')]
    : await namedJobs(ledger.readJob.bind(ledger), request.jobs);
  const outcomes: RedriveOutcome[] = [];
  const attempt: Attempt = { read, write: request.dryRun ? null : write, active, epoch, paces: pacesOf(read, active) };
  await forEachLimited(jobs, jobsAtOnce, async (job) => {
    try {
      outcomes.push({ jobId: job.jobId, key: job.key, ...await redriveOne(attempt, job) });
    } catch (error) {
      outcomes.push({ jobId: job.jobId, key: job.key, how: 'failed', why: describeFailure(error) });
    }
  });
  return outcomes;
}

interface Attempt {
  read: ReadPorts;
  /** Null: nothing may be changed. */
  write: WritePorts | null;
  active: string;
  epoch: number;
  /** Step Functions counts redrives and starts against quotas of their own, of the same size. */
  paces: { start: StartPace; redrive: StartPace };
}

function pacesOf(read: ReadPorts, region: string): Attempt['paces'] {
  const quota = startQuotaOf(region);
  return { start: createStartPace(read.clock, quota), redrive: createStartPace(read.clock, quota) };
}

async function activeRegion(read: ReadPorts): Promise<{ active: string; epoch: number }> {
  const control = await Promise.any(Object.values(read.ledgers).map((ledger) => ledger.readControl()));
  if (!control) throw refused('NOT_INITIALISED', 'The deployment has no routing yet.', ['Set it: batchctl init']);
  if (control.phase !== 'active') throw refused('NOT_ACTIVE', `The pipeline is ${control.phase}; nothing is started meanwhile.`, ['See what goes on: batchctl status']);
  return { active: control.activeRegion, epoch: control.epoch };
}

async function namedJobs(readJob: (jobId: string) => Promise<Job | undefined>, jobIds: string[]): Promise<Job[]> {
  const found = await Promise.all(jobIds.map(async (jobId) => ({ jobId, job: await readJob(jobId) })));
  const unknown = found.filter((each) => !each.job).map((each) => each.jobId);
  if (unknown.length > 0) throw refused('JOB_UNKNOWN', `The ledger knows no job ${unknown.join(', ')}.`, ['List jobs: batchctl jobs']);
  return found.flatMap((each) => each.job ?? []);
}

type Way = RedriveOutcome extends infer Each ? Each extends RedriveOutcome ? Omit<Each, 'jobId' | 'key'> : never : never;

async function redriveOne({ read, write, active, epoch, paces }: Attempt, job: Job): Promise<Way> {
  if (job.status === 'SUCCEEDED') return { how: 'skipped', why: 'it succeeded' };
  if (job.status === 'RUNNING' && job.epoch === epoch && job.region === active) return { how: 'skipped', why: `it is running in ${active}` };
  if (!job.presentIn[active] && !await read.objects[active]?.head(job.key, job.versionId)) return { how: 'skipped', why: `its input is not in ${active}; it starts when it arrives` };
  const own = await ownExecution(read, job, active, epoch);
  if (!write) return own.redrivable ? { how: 'would-redrive', executionArn: own.executionArn } : { how: 'would-start', because: own.why };
  if (own.redrivable) {
    const redriven = await redriveExecution(write, paces.redrive, job, active, own.executionArn, read.clock.now().toISOString());
    if (redriven) return redriven;
  }
  return startAgain(write, paces.start, job, active, epoch, read.clock.now().toISOString());
}

type OwnExecution = { redrivable: true; executionArn: string } | { redrivable: false; why: string };

/** Whether the job's failed execution can itself go on: same Region and epoch, and eligible in Step Functions' eyes. */
async function ownExecution(read: ReadPorts, job: Job, active: string, epoch: number): Promise<OwnExecution> {
  if (job.status !== 'FAILED') return { redrivable: false, why: `it is ${job.status.toLowerCase()}, so there is no failed execution to go on with` };
  if (!job.executionArn || job.region !== active || job.epoch !== epoch) return { redrivable: false, why: `its execution belongs to ${job.region ?? 'no Region'}, epoch ${job.epoch ?? 'none'}` };
  // Going on would merge the same parts again, whatever is wrong with them; a new execution makes what is missing.
  if (job.error?.step === 'Merge') return { redrivable: false, why: 'it failed when its parts were merged, and only a new execution makes missing parts' };
  const execution = await read.executions[active]?.describe(job.executionArn).catch(() => undefined);
  if (!execution) return { redrivable: false, why: 'its execution is not to be found any more' };
  return execution.redrivable ? { redrivable: true, executionArn: job.executionArn } : { redrivable: false, why: execution.notRedrivableBecause ?? `its execution is ${execution.status}` };
}

/** Undefined: it could not be redriven after all, and the row is FAILED again, so that a new execution may be started. */
async function redriveExecution(write: WritePorts, pace: StartPace, job: Job, active: string, executionArn: string, at: string): Promise<Way | undefined> {
  const ledger = write.ledgers[active];
  const machine = write.executions[active];
  const { epoch, region, attempt } = job;
  if (!ledger || !machine || epoch === undefined || region === undefined || attempt === undefined) return undefined;
  // The row first: an execution that runs on while its row says FAILED would have its commit refused.
  const reopened = await ledger.reopenJob(job.jobId, { epoch, region, attempt }, at);
  if (reopened.kind !== 'claimed') return { how: 'skipped', why: `the ledger says ${reopened.kind}` };
  try {
    await pace.run(() => machine.redrive(executionArn, at, { once: true }));
    return { how: 'redriven-execution', executionArn };
  } catch (error) {
    await ledger.failJob(job.jobId, { epoch, region, attempt }, job.error ?? { code: 'REDRIVE_FAILED', message: describeFailure(error), step: 'Execution' }, at);
    return undefined;
  }
}

async function startAgain(write: WritePorts, pace: StartPace, job: Job, active: string, epoch: number, at: string): Promise<Way> {
  const ledger = write.ledgers[active];
  const machine = write.executions[active];
  if (!ledger || !machine) throw new Error(`the deployment has no Region ${active}`);
  const outcome = job.status === 'FAILED'
    ? await ledger.retryJob(job.jobId, { epoch, region: active, expectedAttempt: job.attempt ?? 0, at })
    : await ledger.claimJob(job.jobId, { epoch, region: active, at });
  if (outcome.kind !== 'claimed') return { how: 'skipped', why: `the ledger says ${outcome.kind}` };
  const { claim } = outcome;
  const started = await pace.run(() => machine.start({ jobId: job.jobId, key: job.key, versionId: job.versionId, bytes: job.bytes, ...claim }, { once: true }));
  await ledger.recordExecution(job.jobId, claim, started.executionArn);
  return { how: 'new-execution', executionArn: started.executionArn };
}
