import type { Command } from 'commander';
import type { RawGlobalFlags } from '../global-flags.js';
import type { Start } from '../start.js';
import { withExamples } from './examples.js';

export interface RedriveFlags extends RawGlobalFlags {
  all?: boolean;
  dryRun?: boolean;
}

export function addRedrive(program: Command, start: Start): void {
  withExamples(program.command('redrive'), ['redrive --all', 'redrive 4f1c2a… --dry-run'])
    .summary('run failed or parked jobs again; finished parts are kept')
    .description('Runs failed and parked jobs again in the active Region. Parts that an earlier run finished are kept.')
    .argument('[id...]', 'job ids')
    .option('--all', 'every failed and parked job')
    .option('--dry-run', 'list what would be run again; nothing is changed')
    .action((ids: string[], _flags, command: Command) => {
      const flags = command.optsWithGlobals<RedriveFlags>();
      return start(flags, async (context) => (await import('../actions/redrive.js')).redrive(context, ids, flags));
    });
}
