import { bad, ok, type Check } from './finding.js';

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
        ...unseen.map((call) => ({ level: 'unknown' as const, subject: region, detail: `${call.action} could not be tried: ${call.answer.known ? '' : call.answer.reason}`, fix: 'Look again when the Region answers.' })),
      ];
    });
  },
};
