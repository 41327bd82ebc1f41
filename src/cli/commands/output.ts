import type { Command } from 'commander';
import type { RawGlobalFlags } from '../global-flags.js';
import type { Start } from '../start.js';
import { withExamples } from './examples.js';

export interface OutputFlags extends RawGlobalFlags {
  out?: string;
  rejects?: boolean;
  overwrite?: boolean;
}

export function addOutput(program: Command, start: Start): void {
  withExamples(program.command('output'), ['output 4f1c2a… --out result.csv', 'output 4f1c2a… | head', 'output 4f1c2a… --rejects'])
    .summary('download what a job committed')
    .argument('<id>', 'job id')
    .option('--out <file>', 'write to this file, or to a new one in this folder, instead of standard output')
    .option('--overwrite', 'replace the file of --out if it is there already')
    .option('--rejects', 'the rejected rows with their reasons, instead of the output')
    .action((id: string, _flags, command: Command) => {
      const flags = command.optsWithGlobals<OutputFlags>();
      return start(flags, async (context) => (await import('../actions/output.js')).downloadOutput(context, id, flags));
    });
}
