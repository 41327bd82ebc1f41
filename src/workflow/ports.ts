/**
 * What the workflow needs of the outside world. Each capability has a reader and, where it can change something, a
 * writer of its own: a dry run is built from readers only, and so cannot mutate (invariant 7).
 *
 * Failures: a reader throws what its adapter could not classify; the observer turns that into an unknown with a reason.
 * A writer's return value is never trusted where the effect can be read back (see `runner.ts`).
 */
import type { JobRunInput } from '../core/job.js';
import type { OperationEvent } from '../core/operation.js';
import type { Headroom, ProbeResult, RegionActivity, ReplicationView, RoutingState } from '../core/snapshot.js';
import type { Observed } from '../core/observation.js';
import type { CallOptions } from './call-options.js';
import type { LedgerReader, LedgerWriter } from './ledger-ports.js';

export interface Clock {
  now(): Date;
  /** Resolves after `milliseconds`; rejects with the signal's reason when it is aborted first. */
  sleep(milliseconds: number, signal?: AbortSignal): Promise<void>;
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
  /** Which attempt to submit a file made it (`uploads.ts`). */
  submission?: string;
  replicationStatus?: 'PENDING' | 'COMPLETED' | 'FAILED' | 'REPLICA';
}

export interface ObjectsReader {
  readonly region: string;
  /** Undefined when the bucket certainly does not hold that version (404); throws when that cannot be told. */
  head(key: string, versionId?: string, options?: CallOptions): Promise<ObjectFacts | undefined>;
  /** Versions under `prefix`, all pages: the current ones, or also those that were overwritten and not deleted since. */
  list(prefix: string, options?: CallOptions & { overwritten?: true }): AsyncIterable<ObjectFacts>;
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
  /** `since` tells one wish to redrive from another: calls with the same one are the same redrive, made once. */
  redrive(executionArn: string, since: string, options?: CallOptions & { once?: true }): Promise<void>;
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
