import { ExitCode, usage } from '../../errors.js';
import type { Page } from '../../ui/output.js';
import { printable } from '../../ui/printable.js';
import { redriveJobs, type RedriveOutcome } from '../../workflow/redrive.js';
import { checkCaller } from '../caller.js';
import { connectForReading, connectForWriting } from '../connect.js';
import type { CommandContext } from '../context.js';

export interface RedriveRequest {
  all?: boolean;
  dryRun?: boolean;
}

export async function redrive(context: CommandContext, ids: string[], request: RedriveRequest): Promise<ExitCode> {
  if (ids.length === 0 && !request.all) throw usage('USAGE', 'Which jobs? Name their ids, or give --all.', ['See which ones failed or are parked: batchctl jobs --state FAILED PARKED']);
  if (ids.length > 0 && request.all) throw usage('USAGE', 'Give job ids or --all, not both.');
  const deployment = await context.deployment();
  const dryRun = request.dryRun === true;
  if (!dryRun) await checkCaller(context, deployment);
  const jobs = await redriveJobs(connectForReading(deployment, context), dryRun ? null : connectForWriting(deployment, context), {
    jobs: request.all ? 'all' : ids, dryRun, signal: context.signal,
  });
  context.output.result({ dryRun, jobs }, redriveLines);
  const left = jobs.filter((job) => job.how === 'failed');
  if (left.length === 0) return ExitCode.done;
  return left.length === jobs.length ? ExitCode.failed : ExitCode.doneWithExceptions;
}

function redriveLines({ jobs }: { jobs: RedriveOutcome[] }, page: Page): string[] {
  if (jobs.length === 0) return ['Nothing to run again.'];
  return jobs.map((job) => `${outcomeText(job, page)}  ${page.theme.faint(job.jobId)}  ${printable(job.key)}`);
}

function outcomeText(job: RedriveOutcome, { theme }: Page): string {
  switch (job.how) {
    case 'redriven-execution': return theme.good('✔ redriven');
    case 'new-execution': return theme.good('✔ started anew');
    case 'would-redrive': return '· would redrive its execution';
    case 'would-start': return `· would start anew: ${printable(job.because)}`;
    case 'skipped': return theme.faint(`– skipped: ${printable(job.why)}`);
    case 'failed': return theme.bad(`✖ failed: ${printable(job.why)}`);
  }
}
