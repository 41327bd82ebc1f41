import { assess } from '../core/assess.js';
import type { Plan } from '../core/operation.js';
import { planMove, type Planned } from '../core/plan.js';
import type { ExtensionPoint, Policy } from '../core/policy.js';
import type { MoveMode } from '../core/recommendation-types.js';
import type { Snapshot } from '../core/snapshot.js';
import { controlOf, otherRegion } from '../core/view.js';
import { refused, usage } from '../errors.js';

export type MoveKind = 'failover' | 'failback';

export interface PlanWish {
  kind: MoveKind;
  mode: MoveMode | 'auto';
  /** Left out: home for a failback, the Region that is not active for a failover. */
  to?: string;
}

/** What the operators chose, as the deployment file says. */
export interface Chosen {
  policy: Policy;
  extensionPoints: readonly ExtensionPoint[];
}

export type Plannable = Exclude<Planned, { kind: 'no-plan' }>;

/** Assesses and plans what one look has shown. Throws a refusal where no plan can be made. */
export function planFromLook(snapshot: Snapshot, { policy, extensionPoints }: Chosen, wish: PlanWish): Plannable {
  const to = wish.to ?? defaultTarget(snapshot, wish.kind);
  const assessment = assess(snapshot, policy, { to, ...(wish.mode === 'auto' ? {} : { mode: wish.mode }) });
  const planned = planMove(snapshot, assessment, { kind: wish.kind, to, mode: wish.mode, policy, extensionPoints });
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

function defaultTarget(snapshot: Snapshot, kind: MoveKind): string {
  if (kind === 'failback') return snapshot.homeRegion;
  const control = controlOf(snapshot);
  if (control.known && control.value) return otherRegion(snapshot, control.value.activeRegion);
  throw usage('USAGE', 'Which Region? It is not known which one is active.', [`Name it: --to ${otherRegion(snapshot, snapshot.homeRegion)}`]);
}

/**
 * Repairs of a move that has passed its fence have no way back, so no verdict stops them. A planned move that only waits
 * for inputs to arrive is left to the runner, which gives them a moment before it refuses.
 *
 * @throws OperatorError with the verdict as its code
 */
export function refuseUnlessFit(plan: Plan): void {
  const { verdict, blockers, reasons, rpo } = plan.recommendation;
  if (plan.epochAfter === plan.epochBefore || verdict === 'GO' || verdict === 'GO_WITH_DATA_RISK') return;
  if (plan.mode === 'graceful' && verdict === 'NO_GO' && (rpo.objects ?? 0) > 0) return;
  const steps = [`See the evidence: batchctl assess --to ${plan.to}`];
  if (plan.mode === 'graceful' && plan.kind === 'failover') steps.push(`If ${plan.from} cannot be saved: batchctl failover --to ${plan.to} --mode ungraceful`);
  if (verdict === 'INSUFFICIENT_DATA') steps.push(`If ${plan.from} answers, a planned move needs no evidence against it: --mode graceful`);
  const why = blockers.length > 1 ? `${plan.to} cannot take over now:\n${blockers.map((blocker) => `  ${blocker}`).join('\n')}\n` : `${reasons.join('; ')}. `;
  throw refused(verdict, `${verdict === 'NO_GO' ? 'No go' : 'Not enough evidence'}: ${why}Nothing was touched.`, steps, { verdict, blockers, reasons });
}

/** What changed between a plan that somebody has seen and one that was made since, fact by fact. */
export function changedFacts(before: Plan['facts'], after: Plan['facts']): string[] {
  return Object.keys({ ...before, ...after })
    .filter((name) => JSON.stringify(before[name]) !== JSON.stringify(after[name]))
    .map((name) => `${name} was ${JSON.stringify(before[name])} and is now ${JSON.stringify(after[name])}`);
}
