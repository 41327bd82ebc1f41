import { assess } from '../../core/assess.js';
import { planMove } from '../../core/plan.js';
import { refused } from '../../errors.js';
import { observe } from '../observe.js';
import { done, poll, type Step } from '../operation-context.js';

/** Inputs uploaded a moment ago are still on their way; a planned move gives them this long before it refuses. */
const replicationGraceMs = 15_000;

/**
 * Looks again, with the lock held, at what the plan rests on. A plan made before somebody else moved the pipeline is
 * stale, and a target that has become unfit since is no target.
 */
export const verifyPreconditions: Step = {
  name: 'verify-preconditions',
  async run(context) {
    const { plan, policy } = context;
    const look = async (): Promise<{ fingerprint: string | null; changed: string; verdict: string; blockers: string[]; missing: number | null }> => {
      const snapshot = await observe(context.read, context.target, { probeTimeoutMs: policy.probeTimeoutSeconds * 1000 });
      // Our own lock is no reason to refuse.
      const lock = snapshot.lock.known && snapshot.lock.value?.operationId === context.operationId ? { ...snapshot.lock, value: null } : snapshot.lock;
      const assessment = assess({ ...snapshot, lock }, policy, { to: plan.to, mode: plan.mode });
      const planned = planMove({ ...snapshot, lock }, assessment, { kind: plan.kind, to: plan.to, mode: plan.mode, policy });
      return {
        fingerprint: planned.kind === 'plan' ? planned.plan.fingerprint : null,
        changed: planned.kind === 'plan' ? changedFacts(plan.facts, planned.plan.facts) : planned.kind === 'no-plan' ? planned.reason : 'there is nothing left to do',
        verdict: assessment.recommendation.verdict,
        blockers: assessment.recommendation.blockers,
        missing: assessment.recommendation.rpo.objects,
      };
    };
    // A repair or a resumed move is behind its point of no return: the only way is forward, whatever the evidence.
    if (plan.epochAfter === plan.epochBefore || context.passedPointOfNoReturn) return done({ repair: true });
    let now = await look();
    if (plan.mode === 'graceful' && now.verdict === 'NO_GO' && (now.missing ?? 0) > 0) {
      context.progress('verify-preconditions', `waiting for ${now.missing} inputs to reach ${plan.to}`);
      await poll(context, { everyMs: 1000, deadlineMs: replicationGraceMs }, async () => {
        now = await look();
        return now.verdict === 'NO_GO' ? undefined : true;
      });
    }
    if (now.fingerprint !== plan.fingerprint && plan.mode === 'ungraceful') {
      throw refused('STALE_PLAN', `The plan is stale: ${now.changed}.`, ['Look at the present state: batchctl status', 'Make a new plan by running the command again.']);
    }
    if (now.verdict === 'NO_GO' || now.verdict === 'INSUFFICIENT_DATA') {
      throw refused(now.verdict, `${plan.to} cannot take over now: ${now.blockers.join('; ') || now.verdict}.`, ['See the evidence: batchctl assess'], { blockers: now.blockers });
    }
    return done({ verdict: now.verdict });
  },
};

function changedFacts(before: Record<string, unknown>, after: Record<string, unknown>): string {
  const changes = Object.keys(before)
    .filter((name) => JSON.stringify(before[name]) !== JSON.stringify(after[name]))
    .map((name) => `${name} was ${JSON.stringify(before[name])} and is now ${JSON.stringify(after[name])}`);
  return changes.join('; ') || 'nothing that the plan rests on changed';
}
