import type { OperationEvent, Plan, StepName } from './operation.js';

export type PhaseName = 'detect' | 'decide' | 'move' | 'verify';

/** One part of the time to recover. Null times: the phase did not happen, or nobody could tell. */
export interface Phase {
  name: PhaseName;
  from: string | null;
  to: string | null;
  seconds: number | null;
  /** What begins and ends it, in words. */
  means: string;
}

export interface Milestones {
  /** The first bad minute of the Region being left, where that was why it was left. */
  firstSignAt: string | null;
  /** When the evidence was looked at and the plan was made. */
  plannedAt: string;
  confirmedAt: string;
  /** When every open job had been started again in the target. */
  movedAt: string | null;
  /** When a synthetic job had succeeded in the target. */
  provedAt: string | null;
}

export function milestonesOf(plan: Plan, events: readonly OperationEvent[]): Milestones {
  const started = events.find((event) => event.type === 'operation-started');
  return {
    firstSignAt: plan.mode === 'ungraceful' ? plan.evidence?.badSince[plan.from] ?? null : null,
    plannedAt: plan.madeAt,
    confirmedAt: started?.at ?? plan.madeAt,
    movedAt: finishedAt(events, 're-drive'),
    provedAt: finishedAt(events, 'prove', ['done']),
  };
}

/** The last time that a step ended well: of a resumed operation the run that got there counts. */
function finishedAt(events: readonly OperationEvent[], step: StepName, states: readonly string[] = ['done', 'warned', 'skipped']): string | null {
  const end = events.findLast((event) => event.type === 'step-finished' && event.step === step && states.includes(event.state));
  return end?.at ?? null;
}

/**
 * Splits the time to recover: detect (first bad minute until somebody looked), decide (until the operator confirmed),
 * move (until the last open job was started in the target), verify (until a synthetic job succeeded there).
 */
export function phasesOf(milestones: Milestones): Phase[] {
  const { firstSignAt, plannedAt, confirmedAt, movedAt, provedAt } = milestones;
  return [
    phase('detect', firstSignAt, plannedAt, 'from the first bad minute to the look at the evidence'),
    phase('decide', plannedAt, confirmedAt, 'from the look at the evidence to the confirmed start'),
    phase('move', confirmedAt, movedAt, 'from the start until every open job was started in the target'),
    phase('verify', movedAt, provedAt, 'until a synthetic job had succeeded in the target'),
  ];
}

function phase(name: PhaseName, from: string | null, to: string | null, means: string): Phase {
  return { name, from, to: from === null ? null : to, seconds: secondsBetween(from, to), means };
}

/** To a tenth of a second; null unless both ends are known. Two clocks may disagree, so it is never negative. */
export function secondsBetween(from: string | null, to: string | null): number | null {
  if (from === null || to === null) return null;
  return Math.max(0, Math.round((Date.parse(to) - Date.parse(from)) / 100) / 10);
}
