import type { TriedCall } from './doctor-facts.js';
import { bad, ok, type Check } from './doctor-finding.js';

/** The read side of everything that an operation calls was tried; what was refused would be refused at 3 a.m. too. */
export const permissions: Check = {
  name: 'permissions',
  title: 'the reads of an operation, tried',
  judge({ calls }) {
    return Object.entries(calls).flatMap(([region, tried]) => {
      const denied = tried.filter((call) => call.denied);
      const unseen = tried.filter((call) => !call.answer.known && !call.denied);
      return [
        ...(denied.length === 0 && unseen.length === 0 ? [ok(region, `${tried.length} of ${tried.length} reads allowed`)] : []),
        ...denied.map((call) => bad(region, `${call.action} is denied`, 'Use the operator role of the deployment, or add the action to what signs here (infra/README.md).')),
        ...byReason(unseen).map(([reason, actions]) => ({
          level: 'unknown' as const, subject: region, fix: 'Look again when the Region answers.',
          detail: `${actions.length === tried.length ? 'no read' : actions.join(', ')} could ${actions.length === tried.length ? '' : 'not '}be tried: ${reason}`,
        })),
      ];
    });
  },
};

function byReason(calls: TriedCall[]): [string, string[]][] {
  const reasons = new Map<string, string[]>();
  for (const { action, answer } of calls) if (!answer.known) reasons.set(answer.reason, [...reasons.get(answer.reason) ?? [], action]);
  return [...reasons];
}
