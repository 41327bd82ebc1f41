/**
 * Amazon S3 in two (or more) Regions. What it promises to imitate:
 *
 * - Buckets with global names, one home Region each; strong read-after-write consistency inside the Region.
 * - Versions, delete markers, conditional reads and writes (412, 404, and 409 when a delete overtakes the write),
 *   ranges, part reads, checksums (CRC32, CRC32C, CRC64NVME, SHA1, SHA256, Content-MD5), multipart uploads with S3's
 *   limits and ETags, copies between Regions, listings in UTF-8 order with S3's paging, tags, bucket settings, lifecycle.
 * - Replication: asynchronous, per version, with the role's permissions; PENDING, COMPLETED, FAILED and REPLICA; keeps
 *   version ids, times and metadata, so that versions fall into the same order in both buckets; replicas are not
 *   replicated again and deletes of versions never; stops while a Region is away and resumes by itself; metrics in the
 *   Regions in which AWS publishes them.
 * - Object Created and Object Deleted on EventBridge: at least once, in no particular order, for replicas too.
 * - Multi-Region Access Points: routed by the dials in effect, which s3-control keeps.
 *
 * Not modelled, and refused or told as "off": ACLs, object lock, customer keys, archive tiers, websites, notifications
 * to anything but EventBridge, directory buckets, request rates.
 */
import type { Operation, Service } from '../../service.js';
import type { World } from '../../world.js';
import { accessPointOf, createAccessPointRouting, routable } from './access-point-routing.js';
import { bucketConfigurationOperations } from './bucket-configuration.js';
import { bucketOperations } from './bucket-operations.js';
import type { Changes, S3Context } from './context.js';
import { createObjectEvents, defaultEventOptions } from './events.js';
import type { EventOptions, WaitingEvent } from './events.js';
import { inspectStorage, referencedBlobs } from './inspection.js';
import { createLifecycle } from './lifecycle.js';
import { listingOperations } from './listing.js';
import { multipartOperations } from './multipart.js';
import { objectDeleteOperations } from './object-delete.js';
import { listingCheck } from './object-lookup.js';
import { objectReadOperations } from './object-read.js';
import { objectWriteOperations } from './object-write.js';
import { s3Permissions } from './permissions.js';
import { createReplication, defaultReplicationOptions } from './replication.js';
import type { PendingReplication, ReplicationOptions } from './replication.js';
import { createReplicationMetrics } from './replication-metrics.js';
import { replicationOperations } from './replication-operations.js';
import { createStore } from './store.js';
import type { StoreState } from './store.js';
import { taggingOperations } from './tagging.js';
import { s3Resources } from './templates.js';

export interface S3Options {
  replication?: Partial<ReplicationOptions>;
  events?: Partial<EventOptions>;
}

export interface S3Service extends Service {
  snapshot(): S3State;
  restore(state: S3State): void;
  start(): void;
  stop(): void;
  inspect(): Record<string, unknown>;
  /** Blobs that some version or uploaded part refers to; all others may be forgotten when no upload is under way. */
  referencedBlobs(): Set<string>;
}

export interface S3State {
  store: StoreState;
  replication: PendingReplication[];
  events: WaitingEvent[];
}

export function createS3(world: World, options: S3Options = {}): S3Service {
  const store = createStore(world);
  const events = createObjectEvents(world, { ...defaultEventOptions, ...options.events });
  const metrics = createReplicationMetrics(world, store);
  const replication = createReplication(world, store, metrics, { ...defaultReplicationOptions, ...options.replication });
  const changes: Changes = {
    created: (bucket, version, reason, cause) => {
      replication.objectCreated(bucket, version);
      events.created(bucket, version, reason, cause);
      world.changed();
    },
    deleted: (bucket, version, how, reason, cause) => {
      // Markers that a lifecycle rule puts stay in their bucket (S3 user guide, replicating delete markers).
      if (how === 'marked' && reason === 'DeleteObject') replication.markerCreated(bucket, version);
      events.deleted(bucket, version, how, reason, cause);
      world.changed();
    },
    tagged: (bucket, version) => {
      replication.tagsChanged(bucket, version);
      world.changed();
    },
  };
  const context: S3Context = { world, store, changes };
  const lifecycle = createLifecycle(context);
  const routing = createAccessPointRouting(world);

  return {
    name: 's3',
    operations: allOperations(context, (name, operation) => routable(routing, name, operation)),
    permissions: (operation, input) => {
      const given = (input ?? {}) as { Bucket?: string };
      return routing.isAccessPoint(given) ? routing.permissions(operation, given) : s3Permissions(world, store, operation, given, accessPointOf(given));
    },
    resources: s3Resources(context),
    snapshot: () => ({ store: store.snapshot(), replication: replication.snapshot(), events: events.snapshot() }),
    restore: (state) => {
      store.restore(state.store);
      replication.restore(state.replication);
      events.restore(state.events);
    },
    start: () => {
      events.start();
      replication.start();
      metrics.start(() => replication.pending());
      lifecycle.start();
    },
    stop: () => {
      lifecycle.stop();
      metrics.stop();
      replication.stop();
      events.stop();
    },
    inspect: () => inspectStorage(world, store, replication, events),
    referencedBlobs: () => referencedBlobs(store),
  };
}

function allOperations(context: S3Context, route: (name: string, operation: Operation) => Operation): Record<string, Operation> {
  const onObjects: Record<string, Operation> = {
    ...objectReadOperations(context), ...objectWriteOperations(context), ...objectDeleteOperations(context),
    ...listingOperations(context), ...multipartOperations(context), ...taggingOperations(context),
    ...bucketOperations(context), ...bucketConfigurationOperations(context),
  };
  return {
    ...Object.fromEntries(Object.entries(onObjects).map(([name, operation]) => [name, route(name, operation)])),
    ...replicationOperations(context),
    [listingCheck.keys]: async () => ({}),
    [listingCheck.versions]: async () => ({}),
  };
}
