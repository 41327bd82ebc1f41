import type { World } from '../../world.js';
import type { ObjectEvents } from './events.js';
import type { Bucket } from './model.js';
import type { Replication } from './replication.js';
import type { Store } from './store.js';

export interface BucketView {
  region: string;
  /** Keys with a current object. */
  objects: number;
  versions: number;
  bytes: number;
  uploadsInProgress: number;
  /** Source versions that replication gave up. */
  replicationFailed: number;
}

export interface DirectionView {
  pending: number;
  pendingBytes: number;
  oldestPendingSeconds: number;
  state: string;
}

/** What `sandbox status` shows of storage. */
export function inspectStorage(world: World, store: Store, replication: Replication, events: ObjectEvents): Record<string, unknown> {
  const buckets = Object.fromEntries([...store.buckets()].map((bucket) => [bucket.name, viewBucket(bucket)]));
  return { buckets, replication: viewReplication(world, replication), eventsWaiting: events.waiting() };
}

function viewBucket(bucket: Bucket): BucketView {
  const view: BucketView = { region: bucket.region, objects: 0, versions: 0, bytes: 0, uploadsInProgress: bucket.uploads.size, replicationFailed: 0 };
  for (const versions of bucket.objects.values()) {
    if (!versions.at(-1)?.deleteMarker) view.objects += 1;
    for (const version of versions) {
      view.versions += 1;
      view.bytes += version.content.size;
      if (Object.values(version.replication ?? {}).includes('FAILED')) view.replicationFailed += 1;
    }
  }
  return view;
}

function viewReplication(world: World, replication: Replication): Record<string, DirectionView> {
  const directions: Record<string, DirectionView> = {};
  for (const entry of replication.pending()) {
    const view = (directions[`${entry.from}->${entry.to}`] ??= { pending: 0, pendingBytes: 0, oldestPendingSeconds: 0, state: world.faults.replication(entry.from, entry.to).mode });
    view.pending += 1;
    view.pendingBytes += entry.bytes;
    view.oldestPendingSeconds = Math.max(view.oldestPendingSeconds, (world.clock.now() - entry.queuedAt) / 1000);
  }
  return directions;
}

export function referencedBlobs(store: Store): Set<string> {
  const blobs = new Set<string>();
  for (const bucket of store.buckets()) {
    for (const versions of bucket.objects.values()) {
      for (const version of versions) for (const slice of version.content.slices) blobs.add(slice.blob);
    }
    for (const upload of bucket.uploads.values()) {
      for (const part of upload.parts.values()) for (const slice of part.content.slices) blobs.add(slice.blob);
    }
  }
  return blobs;
}
