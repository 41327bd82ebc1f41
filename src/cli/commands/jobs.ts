import type { Command } from 'commander';
import type { RawGlobalFlags } from '../global-flags.js';
import type { Start } from '../start.js';
import { withExamples } from './examples.js';

export interface JobsFlags extends RawGlobalFlags {
  state?: string[];
  region?: string;
  limit: string;
}

export function addJobs(program: Command, start: Start): void {
  withExamples(program.command('jobs'), ['jobs', 'jobs --state FAILED PARKED', 'jobs --region us-west-2 --limit 20 -o json'])
    .summary('list jobs, newest first')
    .option('--state <state...>', 'only these: ACCEPTED, RUNNING, PARKED, SUCCEEDED, FAILED')
    .option('--region <region>', 'only jobs that this Region claimed')
    .option('--limit <n>', 'at most this many', '50')
    .action((_flags, command: Command) => {
      const flags = command.optsWithGlobals<JobsFlags>();
      return start(flags, async (context) => (await import('../actions/jobs.js')).showJobs(context, flags));
    });

  withExamples(program.command('job'), ['job 4f1c2a…', 'job 4f1c2a… -o json'])
    .summary('one job: parts, attempts, rejects, output')
    .argument('<id>', 'job id')
    .action((id: string, _flags, command: Command) => {
      const flags = command.optsWithGlobals<RawGlobalFlags>();
      return start(flags, async (context) => (await import('../actions/job.js')).showJob(context, id));
    });
}
