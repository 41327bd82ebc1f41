import type { Job } from '../../core/job.js';

/** A job as every command prints it. */
export interface JobDocument {
  jobId: string;
  key: string;
  versionId: string;
  bytes: number;
  status: Job['status'];
  acceptedAt: string;
  finishedAt: string | null;
  region: string | null;
  epoch: number | null;
  attempt: number | null;
  presentIn: string[];
  rows: { in: number; out: number; rejected: number } | null;
  parts: number | null;
  partsKept: number | null;
  outputKey: string | null;
  rejectsKey: string | null;
  notification: Job['notification'];
  error: Job['error'] | null;
  parkedReason: string | null;
}

export function jobDocument(job: Job): JobDocument {
  return {
    jobId: job.jobId,
    key: job.key,
    versionId: job.versionId,
    bytes: job.bytes,
    status: job.status,
    acceptedAt: job.acceptedAt,
    finishedAt: job.finishedAt ?? null,
    region: job.region ?? null,
    epoch: job.epoch ?? null,
    attempt: job.attempt ?? null,
    presentIn: Object.keys(job.presentIn).sort(),
    rows: job.rows ?? null,
    parts: job.parts ?? null,
    partsKept: job.partsKept ?? null,
    outputKey: job.outputKey ?? null,
    rejectsKey: job.rejectsKey ?? null,
    notification: job.notification,
    error: job.error ?? null,
    parkedReason: job.parkedReason ?? null,
  };
}
