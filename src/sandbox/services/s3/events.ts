import type { BusEvent, World } from '../../world.js';
import type { Cause, CreationReason, DeletionReason } from './context.js';
import { bucketArn } from './model.js';
import type { Bucket, ObjectVersion } from './model.js';

/** How untidy deliveries are. S3 promises at least once, in any order, within seconds and sometimes a minute. */
export interface EventOptions {
  minimumDelayMs: number;
  maximumDelayMs: number;
  /** Chance in [0, 1] that an event comes a second time, up to `duplicateWithinMs` later. */
  duplicateProbability: number;
  duplicateWithinMs: number;
}

export const defaultEventOptions: EventOptions = { minimumDelayMs: 50, maximumDelayMs: 900, duplicateProbability: 0.01, duplicateWithinMs: 20_000 };

export interface ObjectEvents {
  created(bucket: Bucket, version: ObjectVersion, reason: CreationReason, cause: Cause): void;
  deleted(bucket: Bucket, version: ObjectVersion, how: 'marked' | 'removed', reason: DeletionReason, cause: Cause): void;
  waiting(): number;
  start(): void;
  stop(): void;
  snapshot(): WaitingEvent[];
  restore(events: WaitingEvent[]): void;
}

export interface WaitingEvent {
  id: number;
  region: string;
  /** Milliseconds since 1970. */
  dueAt: number;
  event: BusEvent;
}

/**
 * Events of buckets that have EventBridge on. They are durable: what was not yet delivered when a Region went down, or
 * when the sandbox was stopped, is delivered afterwards.
 */
export function createObjectEvents(world: World, options: EventOptions): ObjectEvents {
  const waiting = new Map<number, WaitingEvent>();
  const timers = new Map<number, () => void>();
  let unsubscribe: (() => void) | undefined;
  let lastId = 0;

  const arm = (entry: WaitingEvent): void => {
    timers.get(entry.id)?.();
    timers.set(entry.id, world.clock.after(Math.max(0, entry.dueAt - world.clock.now()), () => deliver(entry)));
  };
  const deliver = (entry: WaitingEvent): void => {
    timers.delete(entry.id);
    if (!world.faults.computing(entry.region)) return;
    waiting.delete(entry.id);
    world.publish(entry.region, entry.event);
    world.changed();
  };
  const resume = (): void => {
    for (const entry of waiting.values()) {
      if (!timers.has(entry.id) && world.faults.computing(entry.region)) arm(entry);
    }
  };
  const enqueue = (region: string, event: BusEvent, delayMs: number): void => {
    const entry = { id: (lastId += 1), region, dueAt: world.clock.now() + delayMs, event };
    waiting.set(entry.id, entry);
    if (unsubscribe) arm(entry);
  };
  const publish = (bucket: Bucket, detailType: string, detail: Record<string, unknown>): void => {
    if (!bucket.configuration.eventBridge) return;
    const event: BusEvent = { source: 'aws.s3', detailType, resources: [bucketArn(world.partition, bucket.name)], detail };
    const { minimumDelayMs, maximumDelayMs, duplicateProbability, duplicateWithinMs } = options;
    const delayMs = minimumDelayMs + world.random.below(Math.max(1, maximumDelayMs - minimumDelayMs));
    enqueue(bucket.region, event, delayMs);
    if (world.random.next() < duplicateProbability) enqueue(bucket.region, event, delayMs + world.random.below(Math.max(1, duplicateWithinMs)));
  };

  return {
    created: (bucket, version, reason, cause) => publish(bucket, 'Object Created', {
      ...commonDetail(bucket, cause), object: { ...identity(version), size: version.content.size, etag: version.content.etag, ...versionIdentity(bucket, version) }, reason,
    }),
    deleted: (bucket, version, how, reason, cause) => publish(bucket, 'Object Deleted', {
      ...commonDetail(bucket, cause),
      object: { ...identity(version), ...(how === 'removed' ? {} : { etag: 'd41d8cd98f00b204e9800998ecf8427e' }), ...versionIdentity(bucket, version) },
      reason, 'deletion-type': how === 'marked' ? 'Delete Marker Created' : 'Permanently Deleted',
    }),
    waiting: () => waiting.size,
    start: () => {
      unsubscribe = world.faults.onChange(resume);
      for (const entry of waiting.values()) arm(entry);
    },
    stop: () => {
      unsubscribe?.();
      unsubscribe = undefined;
      for (const cancel of timers.values()) cancel();
      timers.clear();
    },
    snapshot: () => [...waiting.values()],
    restore: (events) => {
      waiting.clear();
      for (const entry of events) waiting.set(entry.id, entry);
      lastId = Math.max(0, ...waiting.keys());
    },
  };
}

/** Keys stand in EventBridge events as they are stored, not percent-encoded (S3 user guide, EventBridge events). */
function identity(version: ObjectVersion): Record<string, unknown> {
  return { key: version.key, sequencer: `${version.createdAt.toString(16).toUpperCase().padStart(12, '0')}${version.sequence.toString(16).toUpperCase().padStart(8, '0')}` };
}

function versionIdentity(bucket: Bucket, version: ObjectVersion): Record<string, unknown> {
  return bucket.configuration.versioning === undefined ? {} : { 'version-id': version.versionId };
}

function commonDetail(bucket: Bucket, cause: Cause): Record<string, unknown> {
  return {
    version: '0', bucket: { name: bucket.name },
    'request-id': cause.requestId, requester: cause.requester, 'source-ip-address': '127.0.0.1',
  };
}
