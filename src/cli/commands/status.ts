import type { Command } from 'commander';
import type { RawGlobalFlags } from '../global-flags.js';
import type { Start } from '../start.js';
import { withExamples } from './examples.js';

interface StatusFlags extends RawGlobalFlags {
  watch?: boolean;
  interval: string;
  exitCode?: boolean;
  screenReader?: boolean;
}

export function addStatus(program: Command, start: Start): void {
  withExamples(program.command('status'), ['status', 'status --watch', 'status --exit-code -o json', '-d sandbox status'])
    .summary('active Region, health, jobs, replication, and what to do')
    .description('Shows where the pipeline runs, how both Regions are, what is in flight, and what to do about it. Changes nothing.')
    .option('--watch', 'the live screen: follows both Regions until q or Ctrl-C')
    .option('--interval <duration>', 'time between looks with --watch', '5s')
    .option('--screen-reader', 'with --watch: plain sentences, only when something changes (env INK_SCREEN_READER=true)')
    .option('--exit-code', 'exit 10 when degraded, 11 when a failover is advised')
    .action((_flags, command: Command) => {
      const flags = command.optsWithGlobals<StatusFlags>();
      return start(flags, async (context) => (await import('../actions/status.js')).showStatus(context, flags));
    });

  withExamples(program.command('assess'), ['assess', 'assess --to us-west-2', 'assess --to us-west-2 -o json'])
    .summary('may the pipeline move? verdict, blockers, what would be lost')
    .description('The go / no-go alone: verdict with its evidence, blockers, warnings, and which inputs a move would leave behind. Changes nothing.')
    .option('--to <region>', 'judge a move to this Region (default: what status advises)')
    .option('--mode <mode>', 'auto, graceful or ungraceful', 'auto')
    .action((_flags, command: Command) => {
      const flags = command.optsWithGlobals<RawGlobalFlags & { to?: string; mode: string }>();
      return start(flags, async (context) => (await import('../actions/assess.js')).showAssessment(context, flags));
    });
}
