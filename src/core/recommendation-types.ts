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
export type RegionRole = 'active' | 'standby';

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
}

export interface Recommendation {
  action: Action;
  to: string | null;
  verdict: Verdict;
  reasons: string[];
  blockers: string[];
  warnings: string[];
  rpo: RecoveryPoint;
  rtoSeconds: { p50: number | null; p95: number | null };
}

export interface Assessment {
  regions: Record<string, RegionAssessment>;
  drift: string[];
  /** The verdict for moving to `to` by each way of moving. */
  recommendation: Recommendation;
}

export type MoveMode = 'graceful' | 'ungraceful';
