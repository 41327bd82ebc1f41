/** ok, warn and bad are facts; unknown is the absence of one. */
export type SignalLevel = 'ok' | 'warn' | 'bad' | 'unknown';

export interface Signal {
  /** Stable, such as `probe.s3` or `replication.pending`. */
  name: string;
  /** The kind of evidence, so that a rule can ask for two different kinds. */
  kind: 'probe' | 'canary' | 'activity' | 'backlog' | 'headroom' | 'version' | 'routing' | 'ledger' | 'replication' | 'history';
  level: SignalLevel;
  /** The very number that the rule used; null when unknown. */
  value: number | string | null;
  unit: string;
  seenFrom: string;
  ageSeconds: number;
  why: string;
}

export type RegionHealth = 'healthy' | 'degraded' | 'impaired' | 'unknown';
/** unknown: no replica of the ledger told which Region is active. */
export type RegionRole = 'active' | 'standby' | 'unknown';

export interface RegionAssessment {
  region: string;
  role: RegionRole;
  health: RegionHealth;
  signals: Signal[];
}

export type Verdict = 'GO' | 'GO_WITH_DATA_RISK' | 'NO_GO' | 'INSUFFICIENT_DATA';
export type Action = 'stay' | 'failover' | 'failback' | 'resume' | 'investigate';

/** What would be lost: accepted inputs that the target does not hold. `objects` is null when it cannot be told. */
export interface RecoveryPoint {
  objects: number | null;
  bytes: number | null;
  /** Age of the oldest missing input. */
  seconds: number | null;
  keys: string[];
  /** What the replication metrics say about it; left out where there is nothing to compare. */
  crossCheck?: { metricPending: number | null; ageSeconds: number | null; agrees: boolean | null; why: string };
}

/** Seconds from confirmation until the open jobs are done again, and what that is made of. */
export interface RecoveryTime {
  p50: number | null;
  p95: number | null;
  of?: {
    moveSeconds: { p50: number; p95: number };
    startingSeconds: number;
    openJobs: number;
    parts: number;
    rounds: number;
    partSeconds: { p50: number; p95: number };
    pastMoves: number;
  };
}

/**
 * What is no reason to refuse, and still nothing to pass over: the operator has to name it. `recent-move`: the pipeline
 * moved a short while ago. `unsettled-target`: the target has not been clean for long enough.
 */
export type AcknowledgementName = 'recent-move' | 'unsettled-target';

export interface Acknowledgement {
  name: AcknowledgementName;
  why: string;
}

export interface Recommendation {
  action: Action;
  to: string | null;
  verdict: Verdict;
  reasons: string[];
  blockers: string[];
  warnings: string[];
  /** What a move would have to acknowledge with --acknowledge; left out in plans made before there was such a thing. */
  acknowledge?: Acknowledgement[];
  rpo: RecoveryPoint;
  rtoSeconds: RecoveryTime;
}

export interface Assessment {
  regions: Record<string, RegionAssessment>;
  drift: string[];
  /** The verdict for moving to `to` by each way of moving. */
  recommendation: Recommendation;
}

export type MoveMode = 'graceful' | 'ungraceful';
