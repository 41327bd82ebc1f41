/**
 * What the workflow and the pipeline's functions need of the ledger. Failures and trust: as for the other ports (`ports.ts`).
 */
import type { ControlItem, OperationLock, RefusedCommit } from '../core/control.js';
import type { Claim, Job, JobError, JobStatus } from '../core/job.js';
import type { OperationEvent, OperationSummary } from '../core/operation.js';
import type { CanaryView, ObserverMinute } from '../core/snapshot.js';
import type { CallOptions } from './call-options.js';

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

/** `presentIn`: Regions already known to hold the version. */
export type AcceptedJob = Pick<Job, 'jobId' | 'key' | 'versionId' | 'bytes' | 'checksum' | 'acceptedAt' | 'acceptedBy'> & Partial<Pick<Job, 'presentIn'>>;

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
