import { isUnfinished, type Job } from './job.js';
import type { RecoveryPoint } from './recommendation-types.js';
import type { Snapshot } from './snapshot.js';
import { ageSeconds, presenceOf } from './view.js';

export interface InputsAtRisk {
  /** Certainly not in the target. */
  missing: Job[];
  /** Nobody could tell. */
  unknown: { job: Job; reason: string }[];
}

/** Accepted, unfinished inputs that `target` does not hold. Undefined when the ledger could not be read. */
export function inputsAtRisk(snapshot: Snapshot, target: string): InputsAtRisk | undefined {
  if (!snapshot.work.known) return undefined;
  const missing: Job[] = [];
  const unknown: { job: Job; reason: string }[] = [];
  for (const job of snapshot.work.value.open.filter(isUnfinished)) {
    const presence = presenceOf(snapshot, job, target);
    if (!presence.known) unknown.push({ job, reason: presence.reason });
    else if (!presence.value) missing.push(job);
  }
  return { missing, unknown };
}

/** The exact recovery point of a move to `target`: which accepted inputs it would leave behind. */
export function recoveryPoint(snapshot: Snapshot, target: string): RecoveryPoint {
  const risk = inputsAtRisk(snapshot, target);
  if (!risk) return { objects: null, bytes: null, seconds: null, keys: [] };
  const jobs = [...risk.missing, ...risk.unknown.map((each) => each.job)];
  return {
    objects: jobs.length,
    bytes: jobs.reduce((total, job) => total + job.bytes, 0),
    seconds: jobs.reduce((oldest, job) => Math.max(oldest, ageSeconds(job.acceptedAt, snapshot.observedAt)), 0),
    keys: jobs.map((job) => job.key).sort(),
  };
}
