import { writePrivately } from '../../config/write.js';
import type { Deployment } from '../../config/schema.js';
import { assess } from '../../core/assess.js';
import { planMove, type Planned } from '../../core/plan.js';
import { controlOf, otherRegion } from '../../core/view.js';
import type { MoveMode } from '../../core/recommendation-types.js';
import type { Snapshot } from '../../core/snapshot.js';
import { ExitCode, refused, usage } from '../../errors.js';
import { planLines } from '../../ui/views/plan.js';
import type { ReadPorts } from '../../workflow/ports.js';
import { checkRegion, connectForReading } from '../connect.js';
import { note, type CommandContext } from '../context.js';
import { look, parseMode } from './look.js';

export type MoveKind = 'failover' | 'failback';

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

export interface PlanWish {
  kind: MoveKind;
  mode: MoveMode | 'auto';
  /** Left out: home for a failback, the Region that is not active for a failover. */
  to?: string;
}

export type Plannable = Exclude<Planned, { kind: 'no-plan' }>;

/** Observes, assesses and plans. Throws a refusal where no plan can be made. */
export async function makePlan(deployment: Deployment, ports: ReadPorts, context: CommandContext, wish: PlanWish): Promise<Plannable> {
  if (wish.to !== undefined) checkRegion(wish.to, deployment, '--to');
  const { snapshot } = await look(deployment, ports, context);
  const to = wish.to ?? defaultTarget(deployment, snapshot, wish.kind);
  const assessment = assess(snapshot, deployment.policy, { to, ...(wish.mode === 'auto' ? {} : { mode: wish.mode }) });
  const planned = planMove(snapshot, assessment, { kind: wish.kind, to, mode: wish.mode, policy: deployment.policy });
  if (planned.kind !== 'no-plan') return planned;
  throw refused(planned.code, `No plan can be made: ${planned.reason}.`, noPlanSteps[planned.code]);
}

const noPlanSteps: Record<Extract<Planned, { kind: 'no-plan' }>['code'], string[]> = {
  LEDGER_UNREADABLE: [
    'See what can still be seen: batchctl status',
    'Jobs wait and none is lost while the ledger has no quorum; try again when it answers.',
    'Until then routing alone can be moved: batchctl failover --to REGION --routing-only',
  ],
  NOT_INITIALISED: ['Set the first routing: batchctl init'],
  UNKNOWN_REGION: [],
};

function defaultTarget(deployment: Deployment, snapshot: Snapshot, kind: MoveKind): string {
  if (kind === 'failback') return deployment.home;
  const control = controlOf(snapshot);
  if (control.known && control.value) return otherRegion(snapshot, control.value.activeRegion);
  throw usage('USAGE', 'Which Region? It is not known which one is active.', [`Name it: --to ${deployment.other}`]);
}

/** Having nothing to do is a result: repeating a command that succeeded exits 0. */
export function sayNothingToDo(context: CommandContext, planned: Extract<Planned, { kind: 'nothing-to-do' }>): ExitCode {
  context.output.result(
    { outcome: 'done', nothingToDo: true, to: planned.region, epoch: planned.epoch, steps: [], redriven: [], parked: [], alreadyDone: [] },
    (document) => [`Nothing to do: ${document.to} is active (epoch ${document.epoch}), and ledger, ARC and traffic dials agree.`],
  );
  return ExitCode.done;
}
