import { Option, type Command } from 'commander';
import { drillScenarios } from '../../core/drill.js';
import type { RawGlobalFlags } from '../global-flags.js';
import type { Start } from '../start.js';
import { withExamples } from './examples.js';

export interface DrillFlags extends RawGlobalFlags {
  scenario?: string[];
  all?: boolean;
  list?: boolean;
  to?: string;
  dir?: string;
  confirm?: string;
  report?: string;
}

export function addDrill(program: Command, start: Start): void {
  withExamples(program.command('drill'), ['drill', 'drill --scenario region-dead replication-behind', 'drill --all -o json', '-d production drill --scenario planned-move', '-d production drill --list'])
    .summary('rehearse a move there and back, measured against the targets')
    .description('Rehearses moves there and back, measures RTO and RPO, holds them against the targets in the policy, compares them with earlier drills, and exits 1 when one was missed. Without -d it plays on sandboxes of its own; a real deployment is only ever moved as planned, after its name was typed. Routing ends as it was.')
    .addOption(new Option('--scenario <name...>', 'what to rehearse (default: planned-move)').choices(drillScenarios))
    .option('--all', 'every scenario')
    .addOption(new Option('--list', 'only say what can be rehearsed there; for a real deployment also the AWS FIS experiments that it has, with the commands that start them').conflicts(['scenario', 'all', 'to', 'confirm', 'report']))
    .option('--to <region>', 'target Region (default: the one that is not active)')
    .option('--dir <dir>', 'state folder of the sandbox that -d names (default: the user\'s state folder)')
    .option('--confirm <deployment>', 'the name of a real deployment, where there is no terminal to type it on')
    .option('--report <file>', 'write the report (HTML) there (default: the user\'s state folder)')
    .action((_flags, command: Command) => {
      const flags = command.optsWithGlobals<DrillFlags>();
      if (flags.list) return start(flags, async (context) => (await import('../actions/drill-list.js')).listDrills(context));
      return start(flags, async (context) => (await import('../actions/drill.js')).drill(context, flags));
    });
}
