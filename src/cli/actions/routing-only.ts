import { planRoutingOnly } from '../../core/plan-routing.js';
import { ExitCode, refused, usage } from '../../errors.js';
import { planLines } from '../../ui/views/plan.js';
import { checkCaller } from '../caller.js';
import { checkRegion, connectForReading } from '../connect.js';
import type { CommandContext } from '../context.js';
import { look } from './look.js';
import { confirm, execute, type MoveFlags } from './move.js';

/** `failover --routing-only`: what can be done while the ledger has no quorum. */
export async function moveRoutingOnly(context: CommandContext, flags: MoveFlags): Promise<ExitCode> {
  if (flags.to === undefined) throw usage('USAGE', 'Which Region? --routing-only needs --to.');
  for (const other of ['plan', 'resume', 'acceptDataLoss'] as const) {
    if (flags[other] !== undefined) throw usage('USAGE', `--routing-only goes with --to, --confirm, --yes, --dry-run and --reason alone, not with --${other === 'acceptDataLoss' ? 'accept-data-loss' : other}.`);
  }
  const deployment = await context.deployment();
  const to = checkRegion(flags.to, deployment, '--to');
  const read = connectForReading(deployment, context);
  const { snapshot } = await look(deployment, read, context);
  const planned = planRoutingOnly(snapshot, to);
  if (planned.kind === 'no-plan') throw refused(planned.code, `Routing is not moved alone: ${planned.reason}.`, [`Move the pipeline: batchctl failover --to ${to}`]);
  if (flags.dryRun) {
    context.output.result(planned.plan, planLines);
    return ExitCode.done;
  }
  await checkCaller(context, deployment, planned.plan.from);
  // Nothing can be left behind, because nothing is claimed or committed while this plan can be made at all.
  await confirm(context, planned.plan, { yes: flags.yes === true, acceptDataLoss: '0', ...(flags.confirm === undefined ? {} : { confirm: flags.confirm }) });
  return execute(context, deployment, read, planned.plan, { reason: flags.reason, drainDeadline: 'undo' });
}
