import type { Command } from 'commander';
import type { RawGlobalFlags } from '../global-flags.js';
import type { Start } from '../start.js';
import { withExamples } from './examples.js';

/** Flags that `failover` and `failback` share, as typed. */
export interface MoveFlags extends RawGlobalFlags {
  to?: string;
  mode: string;
  dryRun?: boolean;
  yes?: boolean;
  confirm?: string;
  acceptDataLoss?: string;
  reason?: string;
  plan?: string;
  resume?: string | true;
  routingOnly?: boolean;
  onDrainDeadline?: string;
  acknowledge?: string;
}

export interface PlanFlags extends RawGlobalFlags {
  to?: string;
  mode: string;
  save?: string;
}

export function addMoves(program: Command, start: Start): void {
  const plan = withExamples(program.command('plan'), ['plan failover', 'plan failback -o json'])
    .summary('the steps of a move, with their times and the point of no return')
    .description('Makes the plan of a move and shows it. Changes nothing, and cannot.');
  addPlan(plan, start, 'failover', ['plan failover', 'plan failover --to us-west-2 --save plan.json']);
  addPlan(plan, start, 'failback', ['plan failback', 'plan failback -o json']);
  addMove(program, start, 'failover', {
    summary: 'move the pipeline to the other Region',
    description: 'Moves the pipeline: fences the old Region, flips ARC routing controls and traffic dials, and re-drives what is unfinished. Running it again repairs what an interrupted run left undone.',
    examples: [
      'failover --to us-west-2',
      'failover --to us-west-2 --dry-run',
      'failover --to us-west-2 --yes --confirm us-west-2 --accept-data-loss 0 -o json',
    ],
    defaultMode: 'auto',
  });
  addMove(program, start, 'failback', {
    summary: 'move the pipeline back to its home Region, gracefully',
    description: 'Drains, waits until everything is replicated, and moves the pipeline to its home Region. Refuses while anything would be left behind.',
    examples: ['failback', 'failback --dry-run', 'failback --yes -o json', 'failback --yes --acknowledge recent-move,unsettled-target'],
    defaultMode: 'graceful',
  });
}

function addPlan(parent: Command, start: Start, kind: 'failover' | 'failback', examples: string[]): void {
  withExamples(parent.command(kind), examples)
    .summary(kind === 'failover' ? 'plan a move to the other Region' : 'plan the way back to the home Region')
    .option('--to <region>', kind === 'failover' ? 'target Region (default: the one that is not active)' : 'target Region (default: the home Region)')
    .option('--mode <mode>', 'auto, graceful or ungraceful', kind === 'failover' ? 'auto' : 'graceful')
    .option('--save <file>', 'write the plan to a file, to run it later with --plan')
    .action((_flags, command: Command) => {
      const flags = command.optsWithGlobals<PlanFlags>();
      return start(flags, async (context) => (await import('../actions/plan.js')).showPlan(context, kind, flags));
    });
}

interface MoveText {
  summary: string;
  description: string;
  examples: string[];
  defaultMode: string;
}

function addMove(program: Command, start: Start, kind: 'failover' | 'failback', text: MoveText): void {
  const move = withExamples(program.command(kind), text.examples)
    .summary(text.summary)
    .description(text.description)
    .option('--to <region>', kind === 'failover' ? 'target Region' : 'target Region (default: the home Region)')
    .option('--mode <mode>', 'auto, graceful or ungraceful', text.defaultMode)
    .option('--dry-run', 'show the plan and stop; nothing is changed')
    .option('--yes', 'do not ask; enough for a graceful move with nothing at risk')
    .option('--confirm <region>', 'the target Region once more, for an ungraceful move without a terminal')
    .option('--accept-data-loss <n>', 'the number of inputs that may be left behind, exactly as the plan counts them')
    .option('--acknowledge <names>', 'what you know and go on with: recent-move (the last one is less than an hour ago), unsettled-target (it has not been clean for long)')
    .option('--reason <text>', 'why, for the journal and the report')
    .option('--resume [id]', 'go on with an interrupted operation (default: the newest)')
    .option('--on-drain-deadline <choice>', 'redrive, undo or ask, when jobs still run at the deadline of a graceful move (default: ask on a terminal, else undo)')
    .option('--plan <file>', 'run this saved plan; refused when the facts that it rests on have changed')
    .action((_flags, command: Command) => {
      const flags = command.optsWithGlobals<MoveFlags>();
      return start(flags, async (context) => (flags.routingOnly
        ? (await import('../actions/routing-only.js')).moveRoutingOnly(context, flags)
        : (await import('../actions/move.js')).move(context, kind, flags)));
    });
  if (kind === 'failover') move.option('--routing-only', 'move ARC and the traffic dials alone, while the ledger has no quorum');
}
