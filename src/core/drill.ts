import type { Policy } from './policy.js';

export const drillScenarios = ['planned-move', 'region-dead', 'region-gray', 'replication-behind', 'arc-endpoints-failing', 'operator-crash'] as const;
export type DrillScenario = (typeof drillScenarios)[number];

/** What one rehearsal measured. Null: it did not get that far. */
export interface DrillMeasures {
  scenario: DrillScenario;
  /** When it began. */
  at: string;
  /** From the fault to a verdict that advises the move; null for a planned move, which has no fault. */
  detectSeconds: number | null;
  /** From the start of the move to the proof that the target works. */
  rtoSeconds: number | null;
  /** The same for the way back. */
  returnSeconds: number | null;
  /** Accepted inputs that the move left behind. */
  leftBehind: number | null;
  /** Inputs that the scenario itself kept from replicating: exactly these must be named, and no other. */
  heldBack: number;
  jobs: { total: number; redriven: number; partsKept: number };
  operationIds: string[];
  checks: DrillCheck[];
}

export interface DrillCheck {
  name: string;
  ok: boolean;
  detail: string;
}

export interface DrillComparison {
  runs: number;
  medianRtoSeconds: number | null;
  worstRtoSeconds: number | null;
  /** This run's time to recover less the median of earlier ones; positive is slower. */
  againstMedianSeconds: number | null;
}

export interface DrillResult extends DrillMeasures {
  rto: { seconds: number | null; targetSeconds: number; met: boolean };
  rpo: { objects: number | null; targetObjects: number; met: boolean };
  earlier: DrillComparison;
  /** Both targets met and every check as it must be. */
  ok: boolean;
}

/** What was not measured was not met: a rehearsal that got stuck proves nothing. */
export function judgeDrill(measures: DrillMeasures, policy: Pick<Policy, 'rtoTargetSeconds' | 'rpoTargetObjects'>, earlier: readonly DrillMeasures[]): DrillResult {
  const rto = { seconds: measures.rtoSeconds, targetSeconds: policy.rtoTargetSeconds, met: measures.rtoSeconds !== null && measures.rtoSeconds <= policy.rtoTargetSeconds };
  // What the scenario itself kept back is allowed for: the target is about what the pipeline loses, not about what we took.
  const targetObjects = policy.rpoTargetObjects + measures.heldBack;
  const rpo = { objects: measures.leftBehind, targetObjects, met: measures.leftBehind !== null && measures.leftBehind <= targetObjects };
  return { ...measures, rto, rpo, earlier: compareWith(measures, earlier), ok: rto.met && rpo.met && measures.checks.every((check) => check.ok) };
}

function compareWith(measures: DrillMeasures, earlier: readonly DrillMeasures[]): DrillComparison {
  const times = earlier
    .filter((each) => each.scenario === measures.scenario && each.at < measures.at)
    .flatMap((each) => each.rtoSeconds ?? [])
    .sort((a, b) => a - b);
  const median = medianOf(times);
  const worst = times.at(-1) ?? null;
  return {
    runs: times.length,
    medianRtoSeconds: median,
    worstRtoSeconds: worst,
    againstMedianSeconds: median === null || measures.rtoSeconds === null ? null : Math.round((measures.rtoSeconds - median) * 10) / 10,
  };
}

function medianOf(sorted: readonly number[]): number | null {
  if (sorted.length === 0) return null;
  const middle = Math.floor(sorted.length / 2);
  const upper = sorted[middle] as number;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] as number) + upper) / 2;
}
