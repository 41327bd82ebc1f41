import type { Deployment } from '../../src/config/schema.js';
import type { Plan } from '../../src/core/operation.js';
import type { Snapshot } from '../../src/core/snapshot.js';
import type { MoveMode } from '../../src/core/recommendation-types.js';
import { openQuestions, refuseUnasked, type Consent, type ConsentWords } from '../../src/workflow/consent.js';
import { observe, type ObservationTarget } from '../../src/workflow/observe.js';
import { planFromLook, refuseUnlessFit, type MoveKind, type Plannable } from '../../src/workflow/plan-move.js';
import type { ReadPorts } from '../../src/workflow/ports.js';

/** What a runbook asks for and what its starter has said to it. */
export interface MoveWish {
  kind: MoveKind;
  to: string;
  mode: MoveMode | 'auto';
  consent: Consent;
  reason?: string;
}

export interface LookParts {
  deployment: Deployment;
  /** The Region that this function runs in. */
  region: string;
  read: ReadPorts;
}

/** The parameters of the documents (`infra/constructs/runbook-document.ts`). */
const parameterWords: ConsentWords = {
  yes: 'Confirm', confirm: 'Confirm', acceptDataLoss: 'AcceptDataLoss', acknowledge: 'Acknowledge',
  unasked: 'whoever started this has not confirmed it', look: 'Look at the plan (DryRun=yes), then set the parameters',
};

/** The function and this Region's observer look from the same place, and count as one. */
export function targetHere({ deployment, region }: Pick<LookParts, 'deployment' | 'region'>): ObservationTarget {
  return { name: deployment.name, home: deployment.home, other: deployment.other, arc: deployment.arc, standsIn: region };
}

export function lookHere(parts: LookParts): Promise<Snapshot> {
  return observe(parts.read, targetHere(parts), { probeTimeoutMs: parts.deployment.policy.probeTimeoutSeconds * 1000 });
}

export async function planMoveHere(wish: MoveWish, parts: LookParts): Promise<Plannable> {
  return planFromLook(await lookHere(parts), parts.deployment, wish);
}

/** @throws OperatorError when the plan is unfit, or what its starter has said does not cover it */
export function assertConsent(plan: Plan, { consent }: MoveWish): void {
  refuseUnlessFit(plan);
  const questions = openQuestions(plan, consent, parameterWords);
  if (questions.region || questions.loss || questions.acknowledge.length > 0) refuseUnasked(plan, consent, parameterWords);
}
