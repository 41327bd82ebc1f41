import { isUnfinished, type Job } from './job.js';
import type { RecoveryPoint } from './recommendation-types.js';
import type { Snapshot } from './snapshot.js';
import { ageSeconds, otherRegion, presenceOf } from './view.js';

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
    ...crossCheckOf(snapshot, target, risk),
  };
}

/** S3 counts once a minute what it has not replicated; an input accepted after that is in no count yet. */
const countedAfterSeconds = 60;

/**
 * Ledger against metrics. The metrics count every object, parts and outputs too, so more than is missing is no
 * contradiction; fewer than inputs that were already missing when they were counted is one, and it is shown.
 */
function crossCheckOf(snapshot: Snapshot, target: string, { missing }: InputsAtRisk): Pick<RecoveryPoint, 'crossCheck'> {
  const view = snapshot.replication[`${otherRegion(snapshot, target)}->${target}`];
  if (!view) return {};
  const { pendingObjects, failedObjects } = view;
  if (!pendingObjects.known) return { crossCheck: { metricPending: null, ageSeconds: null, agrees: null, why: `the replication metrics could not be compared: ${pendingObjects.reason}` } };
  const age = ageSeconds(pendingObjects.at, snapshot.observedAt);
  const counted = missing.filter((job) => ageSeconds(job.acceptedAt, pendingObjects.at) >= countedAfterSeconds).length;
  const accounted = pendingObjects.value + (failedObjects.known ? failedObjects.value : 0);
  const agrees = accounted >= counted;
  const others = pendingObjects.value - missing.length;
  const why = !agrees
    ? `the ledger and a HEAD of each say that ${missing.length} inputs are missing, and S3's metrics of ${age} s ago say that ${pendingObjects.value} objects were pending: believe the ledger`
    : others > 0 ? `S3's metrics count ${pendingObjects.value} pending objects: ${missing.length} missing inputs, and ${others} others such as parts, outputs or uploads that no row names yet`
      : `S3's metrics of ${age} s ago count ${pendingObjects.value} pending objects`;
  return { crossCheck: { metricPending: pendingObjects.value, ageSeconds: age, agrees, why } };
}
