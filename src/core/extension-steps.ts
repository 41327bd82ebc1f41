import { createHash } from 'node:crypto';
import type { ExtensionPoint } from './policy.js';
import type { OperationKind, Plan, PlannedStep } from './operation.js';

/** The steps of the user's own that belong into a move, in the order of the deployment file. */
export function extensionSteps(move: { kind: OperationKind; from: string; to: string; extensionPoints: readonly ExtensionPoint[] }, when: ExtensionPoint['when']): PlannedStep[] {
  return move.extensionPoints.filter((point) => point.when === when && point.on.includes(move.kind)).map((point) => {
    const region = point.region === 'target' ? move.to : move.from;
    return {
      name: `extension:${point.name}`,
      target: `${what(point)} has succeeded in ${region}`,
      expectedSeconds: point.expectedSeconds,
      deadlineSeconds: point.timeoutSeconds,
      bestEffort: point.onFailure === 'continue',
      pointOfNoReturn: false,
      withPrevious: false,
      extension: { when, region, parameters: point.parameters, ...(point.function === undefined ? {} : { function: point.function }), ...(point.document === undefined ? {} : { document: point.document }) },
    };
  });
}

function what(point: ExtensionPoint): string {
  return point.document === undefined ? `function ${point.function}` : `document ${point.document}`;
}

/**
 * The token of one step in one move: a UUID that is the same whoever drives the move and however often it is resumed or
 * repaired, because it rests on the epoch that the move makes. `attempt` counts the tries that are known to have failed.
 */
export function extensionToken(plan: Pick<Plan, 'deployment' | 'to' | 'epochAfter'>, step: string, attempt: number): string {
  const hash = createHash('sha256').update(JSON.stringify([plan.deployment, plan.to, plan.epochAfter, step, attempt])).digest('hex');
  return [hash.slice(0, 8), hash.slice(8, 12), `4${hash.slice(13, 16)}`, `8${hash.slice(17, 20)}`, hash.slice(20, 32)].join('-');
}

/** Fills `{to}` and the like into a document's parameters; what is no known name stays as it is. */
export function filledParameters(parameters: Record<string, string>, facts: Record<string, string>): Record<string, string> {
  return Object.fromEntries(Object.entries(parameters).map(([name, value]) => [name, value.replace(/\{(\w+)\}/g, (whole, fact: string) => facts[fact] ?? whole)]));
}
