import type { ControlItem, OperationLock, RefusedCommit } from './control.js';
import type { FailureKind } from './failure.js';
import type { Job } from './job.js';
import type { Observed } from './observation.js';
import type { SafetyRule } from './safety-rules.js';

/** Everything one look at a deployment saw. The only input of assessment, recommendation and plan. */
export interface Snapshot {
  deployment: string;
  /** The Region that this host stands in, where it is one of the two (a function): it and that Region's observer are one vantage. */
  standsIn?: string;
  observedAt: string;
  homeRegion: string;
  regions: [string, string];
  /** The control item as each Region's replica of the ledger answered a strongly consistent read; null: there is none. */
  ledgers: Record<string, Observed<ControlItem | null>>;
  lock: Observed<OperationLock | null>;
  routing: {
    arc: Observed<ArcView> | null;
    mrap: Observed<Record<string, number>>;
    /** Which of the access point's control Regions answered: any of them can change the dials. */
    mrapControl: ControlRegionsView;
    /** The safety rules that the deployment file describes; they are checked before ARC is asked. */
    safetyRules: SafetyRule[];
  };
  probes: Record<string, RegionProbes>;
  work: Observed<OpenWork>;
  replication: Record<string, ReplicationView>;
  headroom: Record<string, Observed<Headroom>>;
  versions: Record<string, Observed<string>>;
  canaries: Record<string, Observed<CanaryView | null>>;
  activity: Record<string, Observed<RegionActivity>>;
  succeededLast24h: Observed<number>;
  /** Executions that a Region still runs although a newer epoch has begun: they cannot commit any more. Newest 1,000 looked at. */
  zombies: Record<string, Observed<Zombie[]>>;
  /** What the fence refused in the last 24 hours: each may have left an output that counts for nothing. */
  refusedCommits: Observed<RefusedCommit[]>;
  /** The end of the last finished operation, or null when there was none. */
  lastMoveAt: Observed<string | null>;
  /** Seconds that past operations took from the fence to the end, newest first. */
  pastMoveSeconds: Observed<number[]>;
}

export interface Zombie {
  name: string;
  executionArn: string;
  epoch: number;
}

export type RoutingState = 'On' | 'Off';

export interface ArcView {
  /** Endpoint Region → what it said. */
  endpoints: Record<string, Observed<Record<string, RoutingState>>>;
  /** The states that most answering endpoints agree on, by Region. */
  states: Record<string, RoutingState>;
  answering: number;
  /** True while answering endpoints disagree (legitimate for up to 15 s after a change). */
  disagree: boolean;
}

export interface ControlRegionsView {
  asked: number;
  answering: number;
  /** Control Region → why it did not answer. */
  silent: Record<string, string>;
}

export type ProbedService = 's3' | 'states' | 'dynamodb';

/** What one vantage found when it called one service of a Region, several times at once. */
export interface ProbeResult {
  service: ProbedService;
  seenFrom: string;
  at: string;
  /** At least half of the calls were answered. */
  ok: boolean;
  /** Median of the calls that were answered; of all when none was. */
  milliseconds: number;
  /** Of the first call that failed. */
  error?: string;
  /** What kind of failure that was. */
  failure?: FailureKind;
  /** How many calls the sample made, and how many failed; left out: one call. */
  calls?: number;
  failed?: number;
  /** Seconds by which the service's clock is ahead of the caller's, where its answer told the time. */
  clockAheadSeconds?: number;
}

/** One minute of a scheduled observer, as it stamped the ledger. Counts are left out of what an older observer wrote. */
export interface ObserverMinute {
  at: string;
  ok: boolean;
  calls?: number;
  failed?: number;
  /** Service → failed calls and median latency of that minute. */
  services?: Record<string, { failed: number; milliseconds: number }>;
}

export interface RegionProbes {
  fromOperator: ProbeResult[];
  /** From the other Region's observer; unknown when that could not be asked. */
  fromOtherRegion: Observed<ProbeResult[]>;
  /** The minutes of the other Region's scheduled observer, oldest first. */
  history: Observed<ObserverMinute[]>;
}

export interface OpenWork {
  /** ACCEPTED, RUNNING and PARKED jobs. */
  open: Job[];
  failed: Job[];
  /** SUCCEEDED jobs whose e-mail is not settled. */
  unsettledNotifications: Job[];
  /**
   * Open jobs whose presence in a Region was confirmed or refuted by a HEAD. Jobs that the row already stamps as present
   * need none. Region → job id → present, absent, or unknown with the reason.
   */
  presence: Record<string, Record<string, Observed<boolean>>>;
}

export interface ReplicationView {
  from: string;
  to: string;
  pendingObjects: Observed<number>;
  /** Pending objects minute by minute, oldest first, for as long as CloudWatch was asked about. */
  pendingMinutes: Observed<{ at: string; value: number }[]>;
  oldestPendingSeconds: Observed<number>;
  latencySeconds: Observed<number>;
  failedObjects: Observed<number>;
}

export interface Headroom {
  /** Fractions 0–1 of the quota that is in use, by quota name. */
  used: Record<string, number>;
  /** The quotas themselves, where they are known. */
  limits: Record<string, number>;
}

export interface CanaryView {
  /** Newest last; at most the last five runs. */
  results: { at: string; ok: boolean; seconds: number }[];
}

export interface RegionActivity {
  windowSeconds: number;
  executionsStarted: number;
  executionsFailed: number;
  functionInvocations: number;
  functionErrors: number;
  functionThrottles: number;
}
