import type { Command } from 'commander';
import type { RawGlobalFlags } from '../global-flags.js';
import type { Start } from '../start.js';
import { withExamples } from './examples.js';

export interface SubmitFlags extends RawGlobalFlags {
  key?: string;
  wait?: boolean;
  durability: string;
  validate: boolean;
  again?: boolean;
}

export function addSubmit(program: Command, start: Start): void {
  withExamples(program.command('submit'), ['submit orders.csv', 'submit orders.csv --wait', 'submit *.csv --durability replicated -o json', 'sandbox sample | batchctl submit - --key orders.csv'])
    .summary('check files, upload them, and follow their jobs')
    .description('Checks each file on this machine, uploads it through the Multi-Region Access Point, and enters it in the ledger.')
    .argument('<file...>', 'CSV files; - reads standard input and needs --key')
    .option('--key <name>', 'name under input/ (default: the file\'s own); one file only')
    .option('--wait', 'follow the jobs to their end; print counts and download links')
    .option('--durability <level>', 'accepted: in a bucket and in the ledger; replicated: in both Regions\' buckets', 'accepted')
    .option('--no-validate', 'do not check the rows on this machine')
    .option('--again', 'run the same content under the same key once more')
    .action((files: string[], _flags, command: Command) => {
      const flags = command.optsWithGlobals<SubmitFlags>();
      return start(flags, async (context) => (await import('../actions/submit.js')).submit(context, files, flags));
    });
}
