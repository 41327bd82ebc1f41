/**
 * What the workflow needs of the outside world. Each capability has a reader and, where it can change something, a
 * writer of its own: a dry run is built from readers only, and so cannot mutate (invariant 7).
 *
 * Failures: a reader throws what its adapter could not classify; the observer turns that into an unknown with a reason.
 * A writer's return value is never trusted where the effect can be read back (see `runner.ts`).
 */
import type { ControlItem, OperationLock, RefusedCommit } from '../core/control.js';
import type { Claim, Job, JobError, JobRunInput, JobStatus } from '../core/job.js';
import type { OperationEvent, OperationSummary } from '../core/operation.js';
import type { CanaryView, Headroom, ObserverMinute, ProbeResult, RegionActivity, ReplicationView, RoutingState } from '../core/snapshot.js';
import type { Observed } from '../core/observation.js';

export interface Clock {
  now(): Date;
  /** Resolves after `milliseconds`; rejects with the signal's reason when it is aborted first. */
  sleep(milliseconds: number, signal?: AbortSignal): Promise<void>;
}

/** Bounds one call: no step waits for a dead Region longer than this. */
export interface CallOptions {
  signal?: AbortSignal;
  timeoutMs?: number;
}

// ── ledger ───────────────────────────────────────────────────────────────────────────────────────────────────────

export interface JobFilter {
  states?: JobStatus[];
  region?: string;
  limit?: number;
}

/** The single items that a look at everything needs, as one replica holds them. */
export interface Standing {
  control: ControlItem | undefined;
  lock: OperationLock | undefined;
  /** The deployment's code version that each Region's functions stamped last. */
  versions: Record<string, string>;
  /** By Region: its synthetic jobs. */
  canaries: Record<string, CanaryView | undefined>;
  /** By Region: the minutes that the other Region's scheduled observer stamped about it, oldest first. */
  histories: Record<string, ObserverMinute[]>;
}

/** Everything unsettled, oldest first. */
export interface UnsettledWork {
  open: Job[];
  failed: Job[];
  unsettledNotifications: Job[];
}

/** One Region's replica of the ledger. Reads that decide are strongly consistent; index reads are not, and say so. */
export interface LedgerReader {
  readonly region: string;
  readControl(options?: CallOptions): Promise<ControlItem | undefined>;
  /** Strongly consistent, in one call: a look that asked for each item alone would make ten. */
  readStanding(regions: readonly [string, string], options?: CallOptions): Promise<Standing>;
  readLock(options?: CallOptions): Promise<OperationLock | undefined>;
  readJob(jobId: string, options?: CallOptions): Promise<Job | undefined>;
  readJobs(jobIds: string[], options?: CallOptions): Promise<Map<string, Job>>;
  /** ACCEPTED, RUNNING and PARKED jobs, through the sparse index (eventually consistent), oldest first. */
  listOpenJobs(options?: CallOptions): Promise<Job[]>;
  listFailedJobs(options?: CallOptions): Promise<Job[]>;
  /** The three lists around this one, together: one call where all fits into one answer of DynamoDB (1 MB). */
  listUnsettled(options?: CallOptions): Promise<UnsettledWork>;
  /** SUCCEEDED jobs whose notification is PENDING, SENDING, UNCERTAIN or FAILED. */
  listUnsettledNotifications(options?: CallOptions): Promise<Job[]>;
  /** Newest first. */
  listJobs(filter: JobFilter, options?: CallOptions): Promise<Job[]>;
  listRefusedCommits(since: string, options?: CallOptions): Promise<RefusedCommit[]>;
  /** Jobs that succeeded in the last `hours`, both Regions. */
  countSucceeded(hours: number, options?: CallOptions): Promise<number>;
  readCanary(region: string, options?: CallOptions): Promise<CanaryView | undefined>;
  /** Newest first. */
  listOperations(limit: number, options?: CallOptions): Promise<OperationSummary[]>;
  readJournal(operationId: string, options?: CallOptions): Promise<OperationEvent[]>;
}

export type ClaimOutcome =
  | { kind: 'claimed'; job: Job; claim: Claim }
  /** It finished before the claim: its output counts. */
  | { kind: 'finished'; job: Job }
  | { kind: 'failed'; job: Job }
  /** A newer epoch, or the other Region in this one, holds it. */
  | { kind: 'superseded'; job: Job }
  | { kind: 'absent' };

export interface LedgerWriter {
  /** Writes the first control item; false when there is one already. */
  createControl(item: ControlItem, options?: CallOptions): Promise<boolean>;
  /**
   * Replaces the control item if it still has `expected`'s epoch and phase. False: it has not, re-read and decide. This
   * one write with a raised epoch is the fence.
   */
  replaceControl(expected: Pick<ControlItem, 'epoch' | 'phase'>, next: ControlItem, options?: CallOptions): Promise<boolean>;
  /** Takes the lock if it is free, lapsed, or already this operation's; otherwise returns who holds it. */
  acquireLock(lock: OperationLock, now: string, options?: CallOptions): Promise<{ acquired: true } | { acquired: false; holder: OperationLock }>;
  /** False: the lock was lost, so nothing irreversible may be done any more. */
  renewLock(operationId: string, leaseEndsAt: string, options?: CallOptions): Promise<boolean>;
  releaseLock(operationId: string, options?: CallOptions): Promise<void>;
  /** Creates the row if there is none; returns the row that stands afterwards. */
  acceptJob(job: AcceptedJob, options?: CallOptions): Promise<{ created: boolean; job: Job }>;
  stampPresence(jobId: string, region: string, at: string, options?: CallOptions): Promise<void>;
  /**
   * Claims for (epoch, region) by the rule of the pipeline: no claim, an older epoch, or this same epoch and Region.
   * `seen`: the row as some read showed it, however stale; where it still stands so, the claim is one call instead of two.
   */
  claimJob(jobId: string, claim: { epoch: number; region: string; at: string; seen?: Job }, options?: CallOptions): Promise<ClaimOutcome>;
  /** Claims a FAILED job again with its attempt raised by one; `expectedAttempt` guards against two operators. */
  retryJob(jobId: string, claim: { epoch: number; region: string; expectedAttempt: number; at: string }, options?: CallOptions): Promise<ClaimOutcome>;
  /** FAILED → RUNNING under the very same claim, for a redrive of its own execution. */
  reopenJob(jobId: string, claim: Claim, at: string, options?: CallOptions): Promise<ClaimOutcome>;
  recordExecution(jobId: string, claim: Claim, executionArn: string, options?: CallOptions): Promise<void>;
  /** RUNNING of an older epoch, ACCEPTED or PARKED → PARKED. False: it finished or was claimed meanwhile. */
  parkJob(jobId: string, why: string, epoch: number, options?: CallOptions): Promise<boolean>;
  /** Settles a sending that `sender` began; a SENT of that sender still replaces an UNCERTAIN that was written for it. */
  settleNotification(jobId: string, sender: string, state: 'UNCERTAIN', at: string, options?: CallOptions): Promise<void>;
  /** RUNNING under exactly this claim → FAILED. False: the claim was lost, or the job ended. */
  failJob(jobId: string, claim: Claim, error: JobError, at: string, options?: CallOptions): Promise<boolean>;
  appendEvent(operationId: string, sequence: number, event: OperationEvent, options?: CallOptions): Promise<void>;
  /** Writes or replaces the one-line summary that `history` lists. */
  putOperation(summary: OperationSummary, options?: CallOptions): Promise<void>;
}

export interface AcceptedJob {
  jobId: string;
  key: string;
  versionId: string;
  bytes: number;
  checksum?: string;
  acceptedAt: string;
  acceptedBy: string;
  /** Regions already known to hold the version. */
  presentIn?: Record<string, string>;
}

/** What only the pipeline's functions do to the ledger. */
export interface LedgerPipelineWriter {
  /** The one write that makes an output the job's output. Refused unless RUNNING under exactly this claim. */
  commitJob(jobId: string, claim: Claim, result: CommitResult, options?: CallOptions): Promise<{ committed: true; job: Job } | { committed: false; job: Job | undefined }>;
  recordRefusedCommit(refused: RefusedCommit, options?: CallOptions): Promise<void>;
  /** PENDING → SENDING for this claimant; false when somebody else took it or it is settled. */
  beginNotification(jobId: string, sender: string, at: string, options?: CallOptions): Promise<boolean>;
  settleNotification(jobId: string, sender: string, state: 'SENT' | 'UNCERTAIN' | 'FAILED' | 'PENDING', at: string, options?: CallOptions): Promise<void>;
  countSuccess(region: string, at: string, options?: CallOptions): Promise<void>;
  stampVersion(region: string, version: string, at: string, options?: CallOptions): Promise<void>;
  stampObservation(region: string, seenFrom: string, minute: ObserverMinute, options?: CallOptions): Promise<void>;
  stampCanary(region: string, at: string, ok: boolean, seconds: number, options?: CallOptions): Promise<void>;
}

export interface CommitResult {
  at: string;
  outputKey: string;
  outputVersionId: string;
  outputBytes: number;
  rejectsKey?: string;
  rejectsVersionId?: string;
  rows: { in: number; out: number; rejected: number };
  parts: number;
  partsKept: number;
}

// ── routing ──────────────────────────────────────────────────────────────────────────────────────────────────────

/** ARC's data plane: five Regional endpoints, any of which may be down for maintenance. */
export interface RoutingControlsReader {
  readonly endpointRegions: string[];
  /** What one endpoint says, by Region of the pipeline. Throws when that endpoint does not answer. */
  readStates(endpointRegion: string, options?: CallOptions): Promise<Record<string, RoutingState>>;
}

export interface RoutingControlsWriter {
  /**
   * One UpdateRoutingControlStates call with all `states`, at the first endpoint that accepts it, tried in random order.
   * Returns that endpoint's Region. Throws `SAFETY_RULE` (an OperatorError naming the rule) without trying on.
   */
  setStates(states: Record<string, RoutingState>, options?: CallOptions): Promise<string>;
}

export interface TrafficDialsReader {
  /** Traffic dial of each Region, 0 or 100, from the first control Region that answers. */
  readDials(options?: CallOptions): Promise<Record<string, number>>;
  readonly controlRegions: readonly string[];
  /** What one control Region says; throws when it does not answer. */
  readDialsAt(controlRegion: string, options?: CallOptions): Promise<Record<string, number>>;
}

export interface TrafficDialsWriter {
  /** Submits all `dials` in one request. Throws `ROUTES_CONFLICT` when another change is being made (HTTP 409). */
  setDials(dials: Record<string, number>, options?: CallOptions): Promise<void>;
}

// ── objects ──────────────────────────────────────────────────────────────────────────────────────────────────────

export interface ObjectFacts {
  key: string;
  versionId: string;
  bytes: number;
  etag: string;
  lastModified: string;
  checksum?: string;
  replicationStatus?: 'PENDING' | 'COMPLETED' | 'FAILED' | 'REPLICA';
}

export interface ObjectsReader {
  readonly region: string;
  /** Undefined when the bucket certainly does not hold that version (404); throws when that cannot be told. */
  head(key: string, versionId?: string, options?: CallOptions): Promise<ObjectFacts | undefined>;
  /** Current versions under `prefix`, all pages. */
  list(prefix: string, options?: CallOptions): AsyncIterable<ObjectFacts>;
  read(key: string, versionId: string | undefined, options?: CallOptions): Promise<AsyncIterable<Uint8Array>>;
}

// ── executions ───────────────────────────────────────────────────────────────────────────────────────────────────

export type ExecutionStatus = 'RUNNING' | 'SUCCEEDED' | 'FAILED' | 'TIMED_OUT' | 'ABORTED' | 'PENDING_REDRIVE';

export interface ExecutionFacts {
  executionArn: string;
  name: string;
  status: ExecutionStatus;
  startedAt: string;
  stoppedAt?: string;
  redrivable?: boolean;
  notRedrivableBecause?: string;
}

export interface ExecutionsReader {
  readonly region: string;
  /** Eventually consistent: an empty list does not prove that nothing runs. */
  listRunning(options?: CallOptions): AsyncIterable<ExecutionFacts>;
  describe(executionArn: string, options?: CallOptions): Promise<ExecutionFacts | undefined>;
}

export interface ExecutionsWriter {
  /**
   * Idempotent by name. `existed` when that name was started before. `once`: a throttle or a lost answer is thrown at the
   * first try, because the caller paces its calls and makes them again.
   */
  start(input: JobRunInput, options?: CallOptions & { once?: true }): Promise<{ executionArn: string; existed: boolean }>;
  stop(executionArn: string, why: string, options?: CallOptions): Promise<void>;
  redrive(executionArn: string, options?: CallOptions & { once?: true }): Promise<void>;
}

// ── evidence ─────────────────────────────────────────────────────────────────────────────────────────────────────

export interface RegionProbe {
  readonly region: string;
  /** Calls S3, Step Functions and DynamoDB of the Region from this host. Never throws: a failure is the result. */
  probe(options?: CallOptions): Promise<ProbeResult[]>;
}

export interface RemoteObserver {
  /** Asks the observer function of `seenFrom` to probe the other Region now. */
  probeFrom(seenFrom: string, options?: CallOptions): Promise<ProbeResult[]>;
}

/** What CloudWatch and the quotas tell, by Region. */
export interface MetricsView {
  /** Both ways. */
  replication: ReplicationView[];
  activity: Record<string, Observed<RegionActivity>>;
  headroom: Record<string, Observed<Headroom>>;
}

export interface MetricsReader {
  /**
   * Each metric from the Region that publishes it, all of a Region's in one request. Never throws: what did not answer is
   * unknown, with its reason.
   */
  read(regions: readonly [string, string], options?: CallOptions): Promise<MetricsView>;
}

/** Runs a synthetic job through the real state machine of a Region and waits for it. */
export interface Prover {
  prove(region: string, epoch: number, options?: CallOptions): Promise<{ ok: boolean; seconds: number; detail: string }>;
}

export interface DocumentRun {
  status: 'running' | 'succeeded' | 'failed';
  why?: string;
  endedAt?: string;
}

/** What the user's own steps call. Throws what its adapter could not classify: then nobody knows whether it was called. */
export interface Extensions {
  /** Starts the document, or finds the execution that this token has started before. Returns its id. */
  startDocument(region: string, document: string, parameters: Record<string, string>, token: string, options?: CallOptions): Promise<string>;
  readDocument(region: string, execution: string, options?: CallOptions): Promise<DocumentRun>;
  /** Calls the function and waits for its end. `ok: false`: its code failed. */
  callFunction(region: string, name: string, input: Record<string, unknown>, options?: CallOptions): Promise<{ ok: true } | { ok: false; why: string }>;
}

/** The journal's first copy, on the operator's machine. A failing disk must not stop an operation. */
export interface LocalJournal {
  append(operationId: string, sequence: number, event: OperationEvent): Promise<void>;
  read(operationId: string): Promise<OperationEvent[]>;
  latestUnfinished(): Promise<string | undefined>;
  /** Ids of every operation that this machine has a journal of, oldest first. */
  list(): Promise<string[]>;
}

// ── assembled ────────────────────────────────────────────────────────────────────────────────────────────────────

/** Everything that can look. */
export interface ReadPorts {
  clock: Clock;
  ledgers: Record<string, LedgerReader>;
  routingControls: RoutingControlsReader | null;
  trafficDials: TrafficDialsReader;
  objects: Record<string, ObjectsReader>;
  executions: Record<string, ExecutionsReader>;
  probes: Record<string, RegionProbe>;
  observer: RemoteObserver;
  metrics: MetricsReader;
}

/** Everything that can change something. */
export interface WritePorts {
  ledgers: Record<string, LedgerReader & LedgerWriter>;
  routingControls: RoutingControlsWriter | null;
  trafficDials: TrafficDialsWriter;
  executions: Record<string, ExecutionsWriter>;
  prover: Prover;
  extensions: Extensions;
  /** Null: a process without a disk of its own (a function); the ledger's copy is the only one. */
  journal: LocalJournal | null;
}
