import type { Command } from 'commander';
import type { RawGlobalFlags } from '../global-flags.js';
import type { Start } from '../start.js';
import { withExamples } from './examples.js';

export interface DemoFlags extends RawGlobalFlags {
  files: string;
  rows: string;
  keep?: boolean;
}

export function addDemo(program: Command, start: Start): void {
  withExamples(program.command('demo'), ['demo', 'demo --files 60 --keep'])
    .summary('the whole story on an embedded AWS, in about a minute')
    .description('Starts two Regions on this machine, submits files, breaks a Region in the middle of the work, fails over, checks every output byte for byte, heals the Region and moves back. Needs no AWS account.')
    .option('--files <n>', 'how many files to submit (at least 4)', '40')
    .option('--rows <n>', 'rows of each file', '600')
    .option('--keep', 'leave the sandbox running, registered as the deployment sandbox')
    .action((_flags, command: Command) => {
      const flags = command.optsWithGlobals<DemoFlags>();
      return start(flags, async (context) => (await import('../actions/demo.js')).demo(context, flags));
    });
}
