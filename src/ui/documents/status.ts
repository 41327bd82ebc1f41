import type { Phase } from '../../core/control.js';
import type { Observed } from '../../core/observation.js';
import { inputsAtRisk } from '../../core/recovery-point.js';
import type { Assessment, Recommendation, RegionAssessment } from '../../core/recommendation-types.js';
import type { RoutingState, Snapshot } from '../../core/snapshot.js';
import { controlOf } from '../../core/view.js';

/** What `status -o json` prints, and all that the human view of it knows. Null is unknown, never zero. */
export interface StatusDocument {
  deployment: string;
  observedAt: string;
  routing: {
    epoch: number | null;
    phase: Phase | null;
    activeRegion: string | null;
    homeRegion: string;
    /** Null: the deployment has no ARC. */
    arc: (Record<string, RoutingState | null> & { endpointsAnswering: number }) | null;
    mrap: Record<string, number | null>;
    drift: string[];
    /** Why the ledger's part is null, when it is. */
    unknownBecause: string | null;
  };
  operation: { operationId: string; kind: string; owner: string; since: string; leaseEndsAt: string } | null;
  regions: Record<string, Pick<RegionAssessment, 'role' | 'health' | 'signals'>>;
  jobs: { running: number | null; held: number | null; parked: number | null; failed: number | null; succeededLast24h: number | null };
  replication: Record<string, ReplicationDocument>;
  /** Names of executions of an older epoch that a Region still runs; null where it could not be asked. */
  zombies: Record<string, string[] | null>;
  /** Commits that the fence refused in the last 24 hours, newest last. */
  refusedCommits: { jobId: string; key: string; at: string; epoch: number; region: string; orphanOutputKey: string | null }[] | null;
  recommendation: Recommendation;
}

export interface ReplicationDocument {
  pendingObjects: number | null;
  oldestPendingSeconds: number | null;
  failedObjects: number | null;
  inputsMissing: number | null;
}

export function statusDocument(snapshot: Snapshot, assessment: Assessment): StatusDocument {
  const control = controlOf(snapshot);
  const item = control.known ? control.value : null;
  const { lock } = snapshot;
  const holder = lock.known ? lock.value : null;
  return {
    deployment: snapshot.deployment,
    observedAt: snapshot.observedAt,
    routing: {
      epoch: item?.epoch ?? null,
      phase: item?.phase ?? null,
      activeRegion: item?.activeRegion ?? null,
      homeRegion: snapshot.homeRegion,
      arc: arcDocument(snapshot),
      mrap: Object.fromEntries(snapshot.regions.map((region) => [region, valueOf(snapshot.routing.mrap)?.[region] ?? null])),
      drift: assessment.drift,
      unknownBecause: control.known ? (item ? null : 'the deployment has no routing yet') : control.reason,
    },
    operation: holder && { operationId: holder.operationId, kind: holder.kind, owner: holder.owner, since: holder.acquiredAt, leaseEndsAt: holder.leaseEndsAt },
    regions: Object.fromEntries(Object.entries(assessment.regions).map(([region, { role, health, signals }]) => [region, { role, health, signals }])),
    jobs: jobsDocument(snapshot),
    replication: Object.fromEntries(Object.entries(snapshot.replication).map(([pair, view]) => [pair, {
      pendingObjects: valueOf(view.pendingObjects),
      oldestPendingSeconds: valueOf(view.oldestPendingSeconds),
      failedObjects: valueOf(view.failedObjects),
      inputsMissing: inputsAtRisk(snapshot, view.to)?.missing.length ?? null,
    }])),
    zombies: Object.fromEntries(Object.entries(snapshot.zombies).map(([region, zombies]) => [region, valueOf(zombies)?.map((each) => each.name) ?? null])),
    refusedCommits: valueOf(snapshot.refusedCommits)?.map(({ jobId, key, at, attempted, orphanOutputKey }) => ({
      jobId, key, at, epoch: attempted.epoch, region: attempted.region, orphanOutputKey: orphanOutputKey ?? null,
    })) ?? null,
    recommendation: assessment.recommendation,
  };
}

function arcDocument(snapshot: Snapshot): StatusDocument['routing']['arc'] {
  const { arc } = snapshot.routing;
  if (arc === null) return null;
  const states = Object.fromEntries(snapshot.regions.map((region) => [region, arc.known ? arc.value.states[region] ?? null : null]));
  return Object.assign(states, { endpointsAnswering: arc.known ? arc.value.answering : 0 }) as NonNullable<StatusDocument['routing']['arc']>;
}

function jobsDocument(snapshot: Snapshot): StatusDocument['jobs'] {
  const work = valueOf(snapshot.work);
  const count = (status: string): number | null => (work ? work.open.filter((job) => job.status === status).length : null);
  return { running: count('RUNNING'), held: count('ACCEPTED'), parked: count('PARKED'), failed: work ? work.failed.length : null, succeededLast24h: valueOf(snapshot.succeededLast24h) };
}

function valueOf<T>(observed: Observed<T>): T | null {
  return observed.known ? observed.value : null;
}
