import { createHash } from 'node:crypto';

/**
 * ACCEPTED: in the ledger, not started (a *held* job while the pipeline drains). RUNNING: claimed by a Region.
 * PARKED: accepted, but its input has not reached the Region that should run it; it starts when it arrives.
 * SUCCEEDED and FAILED end it; a FAILED job can be re-driven.
 */
export type JobStatus = 'ACCEPTED' | 'RUNNING' | 'PARKED' | 'SUCCEEDED' | 'FAILED';
export const jobStatuses: readonly JobStatus[] = ['ACCEPTED', 'RUNNING', 'PARKED', 'SUCCEEDED', 'FAILED'];

/** The outbox of the one e-mail that a job sends. UNCERTAIN: sending began and its answer never came. */
export type NotificationState = 'NONE' | 'PENDING' | 'SENDING' | 'SENT' | 'UNCERTAIN' | 'FAILED';

export interface RowCounts {
  in: number;
  out: number;
  rejected: number;
}

export interface JobError {
  /** Stable, such as `EMPTY_FILE`, `WRONG_HEADER`, `NOT_CSV`, `PART_FAILED`. */
  code: string;
  message: string;
  /** The state in which it happened, such as `Split`. */
  step: string;
}

/** One input file version, as the ledger knows it. Times are ISO 8601 in UTC. */
export interface Job {
  jobId: string;
  key: string;
  versionId: string;
  bytes: number;
  /** SHA-256 of the content in hex, when the uploader gave one. */
  checksum?: string;
  acceptedAt: string;
  /** The Region whose ingest (or whose submit) wrote the row first. */
  acceptedBy: string;
  status: JobStatus;
  /** Region → time at which that Region's bucket was first seen to hold this version. */
  presentIn: Record<string, string>;
  /** The claim: who may commit. Absent until first claimed. */
  epoch?: number;
  region?: string;
  attempt?: number;
  claimedAt?: string;
  executionArn?: string;
  finishedAt?: string;
  rows?: RowCounts;
  parts?: number;
  /** Parts whose object an earlier epoch or attempt had already written, and that were kept. */
  partsKept?: number;
  outputKey?: string;
  outputVersionId?: string;
  /** The Region whose bucket the output was written to. */
  outputRegion?: string;
  outputBytes?: number;
  rejectsKey?: string;
  rejectsVersionId?: string;
  notification: NotificationState;
  /** When the e-mail was accepted by the mail service. */
  notifiedAt?: string;
  /** When the notification entered its present state, and the one invocation that may settle a sending it began. */
  notificationAt?: string;
  notificationSender?: string;
  error?: JobError;
  parkedReason?: string;
}

/** What a claim fences: the ledger accepts a commit from exactly this triple. */
export interface Claim {
  epoch: number;
  region: string;
  attempt: number;
}

/** The input of one execution of the job state machine. */
export interface JobRunInput extends Claim {
  jobId: string;
  key: string;
  versionId: string;
  bytes: number;
}

/** Replicas keep their version id, so both Regions compute the same id for the same content. */
export function jobIdOf(key: string, versionId: string): string {
  return createHash('sha256').update(JSON.stringify([key, versionId])).digest('hex').slice(0, 32);
}

export function isUnfinished(job: Pick<Job, 'status'>): boolean {
  return job.status === 'ACCEPTED' || job.status === 'RUNNING' || job.status === 'PARKED';
}
