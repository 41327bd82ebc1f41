import type { SandboxClock } from '../../clock.js';
import { seriesKey } from './metric-identity.js';
import type { MetricIdentity } from './metric-identity.js';

export const minuteMs = 60_000;

/** What one metric did in one minute. `values` keeps the distribution for percentiles: value → how often. */
export interface MinuteBucket {
  count: number;
  sum: number;
  minimum: number;
  maximum: number;
  values: Map<number, number>;
}

export interface MetricSeries {
  identity: MetricIdentity;
  unit: string;
  minutes: Map<number, MinuteBucket>;
}

/** A statistic set or a single value (count 1) with its time. */
export interface Sample {
  identity: MetricIdentity;
  unit: string;
  at: number;
  bucket: MinuteBucket;
}

/** count, sum, minimum, maximum, values */
type BucketSnapshot = [number, number, number, number, [number, number][]];

export interface StoreSnapshot {
  series: { identity: MetricIdentity; unit: string; minutes: [number, BucketSnapshot][] }[];
  arriving: { dueAt: number; identity: MetricIdentity; unit: string; at: number; bucket: BucketSnapshot }[];
}

/** AWS keeps one-minute data for 15 days. */
const retentionMs = 15 * 24 * 60 * minuteMs;
/** Beyond this many different values in a minute, percentiles are taken from the first ones. */
const maximumDistinctValues = 500;

/** The metrics of one Region, in minutes. Samples show after the ingestion delay. */
export class MetricStore {
  private readonly series = new Map<string, MetricSeries>();
  private arriving: { dueAt: number; sample: Sample }[] = [];
  private prunedAt = 0;

  constructor(private readonly clock: SandboxClock, private readonly ingestionDelayMs: number) {}

  record(sample: Sample): void {
    this.arriving.push({ dueAt: this.clock.now() + this.ingestionDelayMs, sample });
    if (this.arriving.length > 10_000) this.settle();
  }

  get(identity: MetricIdentity): MetricSeries | undefined {
    this.settle();
    return this.series.get(seriesKey(identity));
  }

  all(): MetricSeries[] {
    this.settle();
    return [...this.series.values()];
  }

  snapshot(): StoreSnapshot {
    return {
      series: [...this.series.values()].map(({ identity, unit, minutes }) => ({
        identity, unit, minutes: [...minutes].map(([at, bucket]) => [at, snapshotBucket(bucket)]),
      })),
      arriving: this.arriving.map(({ dueAt, sample }) => ({ dueAt, ...sample, bucket: snapshotBucket(sample.bucket) })),
    };
  }

  restore(snapshot: StoreSnapshot): void {
    for (const { identity, unit, minutes } of snapshot.series) {
      this.series.set(seriesKey(identity), { identity, unit, minutes: new Map(minutes.map(([at, bucket]) => [at, restoreBucket(bucket)])) });
    }
    for (const { dueAt, bucket, ...sample } of snapshot.arriving) {
      this.arriving.push({ dueAt, sample: { ...sample, bucket: restoreBucket(bucket) } });
    }
  }

  private settle(): void {
    const now = this.clock.now();
    let due = 0;
    while ((this.arriving[due]?.dueAt ?? Infinity) <= now) due += 1;
    for (const { sample } of this.arriving.splice(0, due)) this.add(sample);
    if (now - this.prunedAt > 60 * minuteMs) this.prune(now);
  }

  private add({ identity, unit, at, bucket }: Sample): void {
    const key = seriesKey(identity);
    let series = this.series.get(key);
    if (!series) this.series.set(key, (series = { identity, unit, minutes: new Map() }));
    const minute = Math.floor(at / minuteMs) * minuteMs;
    const known = series.minutes.get(minute);
    if (known) mergeInto(known, bucket);
    else series.minutes.set(minute, { ...bucket, values: new Map(bucket.values) });
  }

  private prune(now: number): void {
    this.prunedAt = now;
    for (const [key, { minutes }] of this.series) {
      for (const minute of minutes.keys()) if (minute < now - retentionMs) minutes.delete(minute);
      if (minutes.size === 0) this.series.delete(key);
    }
  }
}

export function singleValue(value: number, count = 1): MinuteBucket {
  return { count, sum: value * count, minimum: value, maximum: value, values: new Map([[value, count]]) };
}

export function emptyBucket(): MinuteBucket {
  return { count: 0, sum: 0, minimum: Infinity, maximum: -Infinity, values: new Map() };
}

export function mergeInto(target: MinuteBucket, source: MinuteBucket): void {
  target.count += source.count;
  target.sum += source.sum;
  target.minimum = Math.min(target.minimum, source.minimum);
  target.maximum = Math.max(target.maximum, source.maximum);
  for (const [value, count] of source.values) {
    if (target.values.size < maximumDistinctValues || target.values.has(value)) target.values.set(value, (target.values.get(value) ?? 0) + count);
  }
}

function snapshotBucket({ count, sum, minimum, maximum, values }: MinuteBucket): BucketSnapshot {
  return [count, sum, minimum, maximum, [...values]];
}

function restoreBucket([count, sum, minimum, maximum, values]: BucketSnapshot): MinuteBucket {
  return { count, sum, minimum, maximum, values: new Map(values) };
}
