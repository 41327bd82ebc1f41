import type { Plan, PlannedStep } from './operation.js';
import { fingerprintOf } from './plan.js';
import type { Recommendation } from './recommendation-types.js';
import type { Snapshot } from './snapshot.js';
import { controlOf } from './view.js';

export type RoutingPlanned = { kind: 'plan'; plan: Plan } | { kind: 'no-plan'; code: 'UNKNOWN_REGION' | 'LEDGER_ANSWERS'; reason: string };

/**
 * What can be done while the ledger has no quorum: point ARC and the traffic dials at `to`, so that new uploads and
 * whoever follows ARC go there. Nothing can be claimed or committed anywhere meanwhile, so no job is at risk; the move
 * itself follows once the ledger answers.
 */
export function planRoutingOnly(snapshot: Snapshot, to: string): RoutingPlanned {
  const from = snapshot.regions.find((region) => region !== to);
  if (!from || !snapshot.regions.includes(to)) return { kind: 'no-plan', code: 'UNKNOWN_REGION', reason: `${to} is not one of this deployment's Regions (${snapshot.regions.join(', ')})` };
  const control = controlOf(snapshot);
  if (control.known) return { kind: 'no-plan', code: 'LEDGER_ANSWERS', reason: 'the ledger answers, so the pipeline can be moved whole' };
  const step = (name: PlannedStep['name'], target: string, expectedSeconds: number, deadlineSeconds: number, bestEffort = false): PlannedStep => (
    { name, target, expectedSeconds, deadlineSeconds, bestEffort, pointOfNoReturn: false, withPrevious: false });
  const recommendation: Recommendation = {
    action: 'investigate', to, verdict: 'INSUFFICIENT_DATA', reasons: [control.reason], blockers: [],
    warnings: ['nothing is claimed or committed anywhere until the ledger answers: jobs wait, and none is lost'],
    rpo: { objects: null, bytes: null, seconds: null, keys: [] }, rtoSeconds: { p50: null, p95: null },
  };
  const facts = { routingOnly: true, from, to };
  return {
    kind: 'plan',
    plan: {
      schemaVersion: 1, kind: 'failover', mode: 'ungraceful', routingOnly: true, deployment: snapshot.deployment, from, to, epochBefore: 0, epochAfter: 0, madeAt: snapshot.observedAt,
      steps: [
        ...(snapshot.routing.arc === null ? [] : [step('flip-routing-controls', `ARC says ${to} On, ${from} Off, on at least two endpoints`, 5, 30)]),
        step('flip-traffic-dials', `traffic dials ask for ${to} 100, ${from} 0`, 2, 30),
        step('verify-traffic-dials', `the access point reports ${to} 100, ${from} 0`, 5, 125, true),
      ],
      redrive: [], park: [], rpo: recommendation.rpo, recommendation, warnings: recommendation.warnings, fingerprint: fingerprintOf(facts), facts,
    },
  };
}
