import type { Iam } from '../../iam/service.js';
import { AwsError } from '../../service.js';
import type { Principal } from '../../service.js';
import type { World } from '../../world.js';
import { bucketNameOf } from './model.js';
import type { Bucket, ObjectVersion, ReplicationStatus } from './model.js';
import type { ReplicationMetrics } from './replication-metrics.js';
import { matchingRules, replicatesDeleteMarkers, syncsReplicaModifications } from './replication-rules.js';
import type { ReplicationRule } from './replication-rules.js';
import type { Store } from './store.js';

export interface ReplicationOptions {
  /** Between a write and the arrival of its replica, when nothing is wrong; uniform in between. */
  minimumLagMs: number;
  maximumLagMs: number;
}

export const defaultReplicationOptions: ReplicationOptions = { minimumLagMs: 500, maximumLagMs: 3000 };

export interface PendingReplication {
  id: number;
  kind: 'object' | 'delete-marker' | 'tags';
  source: string;
  from: string;
  destination: string;
  to: string;
  ruleId: string;
  role: string;
  storageClass?: string;
  key: string;
  versionId: string;
  bytes: number;
  /** Milliseconds since 1970. */
  queuedAt: number;
  dueAt: number;
  attempts: number;
}

export interface Replication {
  objectCreated(bucket: Bucket, version: ObjectVersion): void;
  markerCreated(bucket: Bucket, marker: ObjectVersion): void;
  tagsChanged(bucket: Bucket, version: ObjectVersion): void;
  pending(): Iterable<PendingReplication>;
  start(): void;
  stop(): void;
  snapshot(): PendingReplication[];
  restore(entries: PendingReplication[]): void;
}

/** Refusals that trying again cannot cure: the object is marked FAILED and stays so (S3 user guide, replication status). */
const permanentErrors = new Set(['AccessDenied', 'AccessDeniedException', 'NoSuchBucket', 'InvalidRequest', 'PermanentRedirect']);
const firstRetryMs = 2_000;
const lastRetryMs = 60_000;

/**
 * The replication queue. Every entry is one version on its way to one bucket. A Region out of reach, or paused
 * replication, leaves entries pending; they go on by themselves when the way is free again. Nothing is lost by a stop.
 */
export function createReplication(world: World, store: Store, metrics: ReplicationMetrics, options: ReplicationOptions): Replication {
  const entries = new Map<number, PendingReplication>();
  const timers = new Map<number, { at: number; cancel: () => void }>();
  let unsubscribe: (() => void) | undefined;
  let lastId = 0;

  const lag = (): number => options.minimumLagMs + world.random.below(Math.max(1, options.maximumLagMs - options.minimumLagMs));

  const disarm = (entry: PendingReplication): void => {
    timers.get(entry.id)?.cancel();
    timers.delete(entry.id);
  };

  /** Faults of other things change often and backlogs are long: a timer that is right already is left alone. */
  const arm = (entry: PendingReplication): void => {
    if (!unsubscribe || isBlocked(world, entry)) { disarm(entry); return; }
    const at = Math.max(entry.dueAt, laggingUntil(world, entry));
    if (timers.get(entry.id)?.at === at) return;
    disarm(entry);
    const cancel = world.clock.after(Math.max(0, at - world.clock.now()), () => { void attempt(entry); });
    timers.set(entry.id, { at, cancel });
  };

  const enqueue = (kind: PendingReplication['kind'], bucket: Bucket, version: ObjectVersion, role: string, rule: ReplicationRule): void => {
    const destination = bucketNameOf(rule.Destination.Bucket);
    const now = world.clock.now();
    const entry: PendingReplication = {
      id: (lastId += 1), kind, source: bucket.name, from: bucket.region,
      destination, to: store.find(destination)?.region ?? bucket.region,
      ruleId: rule.ID, role, ...(rule.Destination.StorageClass === undefined ? {} : { storageClass: rule.Destination.StorageClass }),
      key: version.key, versionId: version.versionId, bytes: kind === 'object' ? version.content.size : 0,
      queuedAt: now, dueAt: now + lag(), attempts: 0,
    };
    entries.set(entry.id, entry);
    arm(entry);
  };

  const finish = (entry: PendingReplication, status: ReplicationStatus | 'gone'): void => {
    entries.delete(entry.id);
    disarm(entry);
    if (status !== 'gone') metrics.finished(entry, status === 'FAILED');
    const version = sourceVersion(store, entry);
    if (status !== 'gone' && version && entry.kind === 'object') version.replication = { ...version.replication, [entry.destination]: status };
    world.changed();
  };

  const attempt = async (entry: PendingReplication): Promise<void> => {
    timers.delete(entry.id);
    if (!entries.has(entry.id) || isBlocked(world, entry)) return;
    if (!sourceVersion(store, entry)) { finish(entry, 'gone'); return; }
    try {
      await replicate(world, entry);
      if (entries.has(entry.id)) finish(entry, 'COMPLETED');
    } catch (error) {
      if (!entries.has(entry.id)) return;
      if (error instanceof AwsError && permanentErrors.has(error.code)) {
        world.log(entry.from, 's3-replication', `${entry.source}/${entry.key} (${entry.versionId}) to ${entry.destination} failed for good: ${error.code} ${error.message}`);
        finish(entry, 'FAILED');
        return;
      }
      entry.attempts += 1;
      entry.dueAt = world.clock.now() + Math.min(lastRetryMs, firstRetryMs * 2 ** (entry.attempts - 1));
      arm(entry);
    }
  };

  /** A way that is free again is used at once, each object after an ordinary lag; a new lag holds what is under way. */
  const reconsider = (): void => {
    for (const entry of entries.values()) {
      const wasWaiting = !timers.has(entry.id);
      if (wasWaiting && !isBlocked(world, entry)) entry.dueAt = Math.max(entry.dueAt, world.clock.now() + lag());
      arm(entry);
    }
  };

  return {
    objectCreated: (bucket, version) => {
      const { replication } = bucket.configuration;
      if (version.replica || !replication) return;
      const rules = matchingRules(replication, { key: version.key, tags: version.settings.tags, encryption: version.settings.encryption });
      if (rules.length === 0) return;
      version.replication = Object.fromEntries(rules.map((rule) => [bucketNameOf(rule.Destination.Bucket), 'PENDING']));
      for (const rule of rules) enqueue('object', bucket, version, replication.Role, rule);
    },
    markerCreated: (bucket, marker) => {
      const { replication } = bucket.configuration;
      if (marker.replica || !replication) return;
      const rules = matchingRules(replication, { key: marker.key, tags: {} }).filter(replicatesDeleteMarkers);
      for (const rule of rules) enqueue('delete-marker', bucket, marker, replication.Role, rule);
    },
    tagsChanged: (bucket, version) => {
      const { replication } = bucket.configuration;
      if (!replication) return;
      const rules = matchingRules(replication, { key: version.key, tags: version.settings.tags, encryption: version.settings.encryption })
        .filter((rule) => (version.replica ? syncsReplicaModifications(rule) : version.replication?.[bucketNameOf(rule.Destination.Bucket)] !== undefined));
      for (const rule of rules) enqueue('tags', bucket, version, replication.Role, rule);
    },
    pending: () => entries.values(),
    start: () => {
      unsubscribe = world.faults.onChange(reconsider);
      for (const entry of entries.values()) arm(entry);
    },
    stop: () => {
      unsubscribe?.();
      unsubscribe = undefined;
      for (const { cancel } of timers.values()) cancel();
      timers.clear();
    },
    snapshot: () => [...entries.values()].map((entry) => ({ ...entry })),
    restore: (saved) => {
      entries.clear();
      for (const entry of saved) entries.set(entry.id, { ...entry });
      lastId = Math.max(0, ...entries.keys());
    },
  };
}

/** Reads at the source and writes at the destination, both as the replication role, which must trust S3. */
async function replicate(world: World, entry: PendingReplication): Promise<void> {
  if (!(world.service('iam') as Iam).canBeAssumedBy(entry.role, 's3.amazonaws.com')) {
    throw new AwsError('AccessDenied', `S3 may not assume ${entry.role}`, { status: 403 });
  }
  const principal: Principal = { arn: entry.role, origin: entry.from };
  const { Version: version } = await world.call<{ Version?: ObjectVersion }>('s3', 'GetObjectVersionForReplication',
    { Bucket: entry.source, Key: entry.key, VersionId: entry.versionId }, { region: entry.from, principal });
  if (!version) return;
  const operation = { object: 'ReplicateObject', 'delete-marker': 'ReplicateDelete', tags: 'ReplicateTags' }[entry.kind];
  await world.call('s3', operation, { Bucket: entry.destination, Version: version, StorageClass: entry.storageClass }, { region: entry.to, principal });
}

function isBlocked(world: World, entry: PendingReplication): boolean {
  const { faults } = world;
  if (!faults.computing(entry.from) || !faults.reachable(entry.from, entry.to)) return true;
  return faults.replication(entry.from, entry.to).mode === 'paused';
}

function laggingUntil(world: World, entry: PendingReplication): number {
  const state = world.faults.replication(entry.from, entry.to);
  return state.mode === 'lagging' ? entry.queuedAt + state.lagMs : 0;
}

function sourceVersion(store: Store, entry: PendingReplication): ObjectVersion | undefined {
  const bucket = store.find(entry.source);
  return bucket && store.version(bucket, entry.key, entry.versionId);
}
