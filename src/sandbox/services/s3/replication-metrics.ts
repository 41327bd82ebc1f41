import type { MetricDatum, World } from '../../world.js';
import { bucketNameOf } from './model.js';
import type { PendingReplication } from './replication.js';
import { publishesMetrics } from './replication-rules.js';
import type { Store } from './store.js';

/** Counts what replication did and publishes it, once a minute, where AWS does. */
export interface ReplicationMetrics {
  /** One operation ended, well or for good badly. */
  finished(entry: PendingReplication, failed: boolean): void;
  start(pending: () => Iterable<PendingReplication>): void;
  stop(): void;
}

interface MinuteOfRule {
  finished: number;
  failed: number;
  /** Longest time that an operation which ended in this minute had taken. */
  slowestMs: number;
}

interface Backlog {
  operations: number;
  bytes: number;
  oldestQueuedAt: number;
}

const minuteMs = 60_000;

/**
 * Home Regions (S3 user guide, replication metrics): what is pending and the latency are published in the DESTINATION
 * Region every minute, also when nothing replicates; failures in the SOURCE Region, and only for minutes in which
 * operations ended. A Region that is down publishes nothing. Not imitated: the quarter of an hour before the first one.
 */
export function createReplicationMetrics(world: World, store: Store): ReplicationMetrics {
  let minutes = new Map<string, MinuteOfRule>();
  let cancel: (() => void) | undefined;

  const publish = (pending: Iterable<PendingReplication>): void => {
    const backlogs = countBacklogs(pending);
    const ended = minutes;
    minutes = new Map();
    for (const bucket of store.buckets()) {
      for (const rule of bucket.configuration.replication?.Rules ?? []) {
        const destination = store.find(bucketNameOf(rule.Destination.Bucket));
        if (!destination || !publishesMetrics(rule)) continue;
        const line = lineOf(bucket.name, destination.name, rule.ID);
        const dimensions = { SourceBucket: bucket.name, DestinationBucket: destination.name, RuleId: rule.ID };
        const data = describe(backlogs.get(line), ended.get(line), world.clock.now());
        if (world.faults.computing(destination.region)) for (const datum of data.pending) world.recordMetric(destination.region, { ...datum, namespace: 'AWS/S3', dimensions });
        if (world.faults.computing(bucket.region)) for (const datum of data.ended) world.recordMetric(bucket.region, { ...datum, namespace: 'AWS/S3', dimensions });
      }
    }
  };

  return {
    finished: (entry, failed) => {
      const line = lineOf(entry.source, entry.destination, entry.ruleId);
      const minute = minutes.get(line) ?? { finished: 0, failed: 0, slowestMs: 0 };
      minute.finished += 1;
      if (failed) minute.failed += 1;
      else minute.slowestMs = Math.max(minute.slowestMs, world.clock.now() - entry.queuedAt);
      minutes.set(line, minute);
    },
    start: (pending) => {
      const tick = (): void => {
        cancel = world.clock.after(minuteMs - (world.clock.now() % minuteMs), () => { publish(pending()); tick(); });
      };
      tick();
    },
    stop: () => { cancel?.(); cancel = undefined; },
  };
}

type Datum = Pick<MetricDatum, 'name' | 'value' | 'unit'>;

function describe(backlog: Backlog | undefined, ended: MinuteOfRule | undefined, now: number): { pending: Datum[]; ended: Datum[] } {
  const waitingMs = backlog === undefined ? 0 : now - backlog.oldestQueuedAt;
  return {
    pending: [
      { name: 'BytesPendingReplication', value: backlog?.bytes ?? 0, unit: 'Bytes' },
      { name: 'OperationsPendingReplication', value: backlog?.operations ?? 0, unit: 'Count' },
      { name: 'ReplicationLatency', value: Math.max(waitingMs, ended?.slowestMs ?? 0) / 1000, unit: 'Seconds' },
    ],
    ended: ended === undefined ? [] : [{ name: 'OperationsFailedReplication', value: ended.failed, unit: 'Count' }],
  };
}

function countBacklogs(pending: Iterable<PendingReplication>): Map<string, Backlog> {
  const backlogs = new Map<string, Backlog>();
  for (const entry of pending) {
    const line = lineOf(entry.source, entry.destination, entry.ruleId);
    const backlog = backlogs.get(line) ?? { operations: 0, bytes: 0, oldestQueuedAt: entry.queuedAt };
    backlog.operations += 1;
    backlog.bytes += entry.bytes;
    backlog.oldestQueuedAt = Math.min(backlog.oldestQueuedAt, entry.queuedAt);
    backlogs.set(line, backlog);
  }
  return backlogs;
}

function lineOf(source: string, destination: string, ruleId: string): string {
  return `${source} ${destination} ${ruleId}`;
}
