import type { Policy } from './policy.js';
import type { Recommendation } from './recommendation-types.js';
import type { Snapshot } from './snapshot.js';
import { controlOf } from './view.js';

/** What the guard makes of one look. `needs-person`: a move is advised, and not one that a machine may decide. */
export type GuardVerdict =
  | { kind: 'watching'; why: string }
  | { kind: 'unknown'; why: string }
  | { kind: 'needs-person'; why: string }
  | { kind: 'holding'; heldSeconds: number; holdSeconds: number; why: string }
  | { kind: 'move'; heldSeconds: number; why: string }
  | { kind: 'arrived'; why: string };

export interface GuardState {
  /** The first look of the GO that holds at present. */
  goSince?: string;
  lastLookAt?: string;
}

export interface GuardRequest {
  to: string;
  policy: Policy;
  /** A longer silence between two looks breaks a hold: nobody knows what happened meanwhile. */
  longestGapSeconds: number;
}

/**
 * One more look. A machine may only do what nobody would argue about: an ungraceful GO to the guarded target, with nothing
 * at risk, nothing to acknowledge and nothing unknown, at every look for as long as the policy says. Everything else
 * starts the hold anew.
 */
export function guardLook(state: GuardState, snapshot: Snapshot, recommendation: Recommendation, request: GuardRequest): { state: GuardState; verdict: GuardVerdict } {
  const at = snapshot.observedAt;
  const refusal = whyNot(snapshot, recommendation, request.to);
  if (refusal) return { state: { lastLookAt: at }, verdict: refusal };
  const unbroken = state.goSince !== undefined && state.lastLookAt !== undefined && secondsBetween(state.lastLookAt, at) <= request.longestGapSeconds;
  const goSince = unbroken && state.goSince !== undefined ? state.goSince : at;
  const heldSeconds = secondsBetween(goSince, at);
  const why = recommendation.reasons.join('; ');
  const { guardHoldSeconds } = request.policy;
  // One look is a moment and no hold, whatever the policy says.
  const held = unbroken && heldSeconds >= guardHoldSeconds;
  return {
    state: { goSince, lastLookAt: at },
    verdict: held ? { kind: 'move', heldSeconds, why } : { kind: 'holding', heldSeconds, holdSeconds: guardHoldSeconds, why },
  };
}

function whyNot(snapshot: Snapshot, recommendation: Recommendation, to: string): GuardVerdict | undefined {
  const { action, verdict, reasons, blockers, acknowledge = [] } = recommendation;
  const control = controlOf(snapshot);
  if (!control.known) return { kind: 'unknown', why: control.reason };
  if (control.value?.activeRegion === to && action !== 'failover') return { kind: 'arrived', why: `${to} is active already: there is nothing to guard` };
  if (verdict === 'INSUFFICIENT_DATA') return { kind: 'unknown', why: reasons.join('; ') };
  if (verdict === 'GO_WITH_DATA_RISK') return { kind: 'needs-person', why: `somebody has to accept what would be left behind: ${reasons.join('; ')}` };
  if (action !== 'failover' || verdict !== 'GO') return action === 'investigate' || action === 'resume' ? { kind: 'needs-person', why: (blockers.length > 0 ? blockers : reasons).join('; ') } : { kind: 'watching', why: reasons.join('; ') };
  if (recommendation.to !== to) return { kind: 'needs-person', why: `the advice is to move to ${recommendation.to}, and ${to} is what is guarded` };
  if (acknowledge.length > 0) return { kind: 'needs-person', why: `somebody has to acknowledge: ${acknowledge.map((each) => each.why).join('; ')}` };
  if ((recommendation.rpo.objects ?? 1) > 0) return { kind: 'needs-person', why: 'inputs would be left behind' };
  return undefined;
}

function secondsBetween(from: string, to: string): number {
  return Math.round((Date.parse(to) - Date.parse(from)) / 1000);
}
