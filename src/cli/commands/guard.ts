import type { Command } from 'commander';
import type { RawGlobalFlags } from '../global-flags.js';
import type { Start } from '../start.js';
import { withExamples } from './examples.js';

interface GuardFlags extends RawGlobalFlags {
  to?: string;
  auto?: boolean;
  interval: string;
  screenReader?: boolean;
}

export function addGuard(program: Command, start: Start): void {
  withExamples(program.command('guard'), ['guard --to us-west-2', 'guard --to us-west-2 --auto -o ndjson'])
    .summary('watch, and with --auto fail over on a GO that holds')
    .description('Evaluates go / no-go continuously and says each change. With --auto it fails over by itself, once, on a GO that has held for the policy\'s guardHoldSeconds with nothing at risk, nothing unknown and nothing to acknowledge; then it ends. Every decision is journalled. Ends by Ctrl-C.')
    .option('--to <region>', 'the Region to move to')
    .option('--auto', 'move by itself; without it the guard only tells')
    .option('--interval <duration>', 'time between looks', '5s')
    .option('--screen-reader', 'plain sentences, only when something changes (env INK_SCREEN_READER=true)')
    .action((_flags, command: Command) => {
      const flags = command.optsWithGlobals<GuardFlags>();
      return start(flags, async (context) => (await import('../actions/guard.js')).guard(context, flags));
    });
}
