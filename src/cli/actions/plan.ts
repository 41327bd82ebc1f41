import { writePrivately } from '../../config/write.js';
import type { Deployment } from '../../config/schema.js';
import type { NothingToDo } from '../../core/plan.js';
import { ExitCode } from '../../errors.js';
import { planLines } from '../../ui/views/plan.js';
import { planFromLook, type MoveKind, type Plannable, type PlanWish } from '../../workflow/plan-move.js';
import type { ReadPorts } from '../../workflow/ports.js';
import { checkRegion, connectForReading } from '../connect.js';
import { note, type CommandContext } from '../context.js';
import { look, parseMode } from './look.js';

export interface PlanRequest {
  to?: string;
  mode: string;
  save?: string;
}

export async function showPlan(context: CommandContext, kind: MoveKind, request: PlanRequest): Promise<ExitCode> {
  const mode = parseMode(request.mode);
  const deployment = await context.deployment();
  const planned = await makePlan(deployment, connectForReading(deployment, context), context, { kind, mode, ...(request.to === undefined ? {} : { to: request.to }) });
  if (planned.kind === 'nothing-to-do') return sayNothingToDo(context, planned);
  if (request.save !== undefined) {
    await writePrivately(request.save, `${JSON.stringify(planned.plan, null, 2)}\n`);
    note(context, `Saved. Run it with: batchctl ${kind} --plan ${request.save}`);
  }
  context.output.result(planned.plan, planLines);
  return ExitCode.done;
}

/** Observes, assesses and plans. Throws a refusal where no plan can be made. */
export async function makePlan(deployment: Deployment, ports: ReadPorts, context: CommandContext, wish: PlanWish): Promise<Plannable> {
  if (wish.to !== undefined) checkRegion(wish.to, deployment, '--to');
  const { snapshot } = await look(deployment, ports, context);
  const planned = planFromLook(snapshot, deployment, wish);
  return planned.kind === 'plan' ? { ...planned, plan: { ...planned.plan, account: deployment.account } } : planned;
}

/** Having nothing to do is a result: repeating a command that succeeded exits 0. */
export function sayNothingToDo(context: CommandContext, planned: NothingToDo): ExitCode {
  context.output.result(
    { outcome: 'done', nothingToDo: true, to: planned.region, epoch: planned.epoch, steps: [], redriven: [], parked: [], alreadyDone: [] },
    (document) => [`Nothing to do: ${document.to} is active (epoch ${document.epoch}), and ledger, ARC and traffic dials agree.`],
  );
  return ExitCode.done;
}
