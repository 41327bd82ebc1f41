import type { Plan } from './operation.js';

const namedKeys = 5;

/** A plan in a few plain lines, for whoever approves it where there is no terminal: a console, an e-mail, a chat. */
export function planSummary(plan: Plan): string {
  const { recommendation, park, rpo } = plan;
  const expected = plan.steps.reduce((total, step) => total + step.expectedSeconds, 0);
  const left = plan.mode === 'graceful' ? '0' : rpo.objects === null ? 'unknown' : String(park.length);
  const keys = park.slice(0, namedKeys).map((each) => each.key).join(', ');
  return [
    `${plan.kind} of ${plan.deployment}: ${plan.from} -> ${plan.to}, ${plan.mode}, epoch ${plan.epochBefore} -> ${plan.epochAfter}.`,
    `Verdict ${recommendation.verdict}: ${recommendation.reasons.join('; ')}.`,
    ...(recommendation.blockers.length > 0 ? [`In the way: ${recommendation.blockers.join('; ')}.`] : []),
    ...(recommendation.warnings.length > 0 ? [`Warnings: ${recommendation.warnings.join('; ')}.`] : []),
    `Jobs started again: ${plan.redrive.length}. Inputs left behind: ${left}${keys === '' ? '' : ` (${keys}${park.length > namedKeys ? ', and more' : ''})`}.`,
    `Steps: ${plan.steps.map((step) => step.name).join(', ')}; about ${Math.ceil(expected)} s in all.`,
  ].join('\n');
}
