import { AwsError } from '../../service.js';
import type { MetricSeries, MinuteBucket } from './metric-store.js';
import { emptyBucket, mergeInto, minuteMs } from './metric-store.js';

/** Values by the start of their period, in milliseconds. Periods without data are absent: missing is not zero. */
export type TimeSeries = Map<number, number>;

export interface TimeRange {
  startMs: number;
  /** Exclusive. */
  endMs: number;
}

/** One statistic of a metric for each period that has data. */
export function statisticOf(series: MetricSeries | undefined, statistic: string, periodSeconds: number, range: TimeRange): TimeSeries {
  const read = statisticReader(statistic);
  const result: TimeSeries = new Map();
  for (const [start, bucket] of periodBuckets(series, periodSeconds, range)) {
    const value = read(bucket);
    if (value !== undefined) result.set(start, value);
  }
  return result;
}

export function periodBuckets(series: MetricSeries | undefined, periodSeconds: number, range: TimeRange): Map<number, MinuteBucket> {
  const periodMs = checkedPeriod(periodSeconds) * 1000;
  const buckets = new Map<number, MinuteBucket>();
  if (!series) return buckets;
  const first = Math.floor(range.startMs / periodMs) * periodMs;
  const minutes = [...series.minutes.keys()].filter((minute) => minute >= first && minute < range.endMs).sort((one, two) => one - two);
  for (const minute of minutes) {
    const start = Math.floor(minute / periodMs) * periodMs;
    const bucket = buckets.get(start) ?? emptyBucket();
    mergeInto(bucket, series.minutes.get(minute) as MinuteBucket);
    buckets.set(start, bucket);
  }
  return buckets;
}

export function checkedPeriod(seconds: number): number {
  if (!Number.isInteger(seconds) || seconds < 60 || (seconds * 1000) % minuteMs !== 0) {
    throw invalidValue(`Period must be a multiple of 60 seconds in the sandbox, which keeps metrics by the minute: ${seconds}`);
  }
  return seconds;
}

export function statisticReader(statistic: string): (bucket: MinuteBucket) => number | undefined {
  switch (statistic) {
    case 'Sum': return (bucket) => bucket.sum;
    case 'Average': return (bucket) => bucket.sum / bucket.count;
    case 'Minimum': return (bucket) => bucket.minimum;
    case 'Maximum': return (bucket) => bucket.maximum;
    case 'SampleCount': return (bucket) => bucket.count;
    default: return percentileReader(statistic);
  }
}

function percentileReader(statistic: string): (bucket: MinuteBucket) => number | undefined {
  const percent = Number(/^p(\d{1,2}(?:\.\d{1,10})?|100)$/.exec(statistic)?.[1] ?? Number.NaN);
  if (Number.isNaN(percent)) throw invalidValue(`The statistic is not supported: ${statistic}`);
  return ({ values }) => {
    const sorted = [...values].sort(([one], [two]) => one - two);
    const total = sorted.reduce((sum, [, count]) => sum + count, 0);
    const rank = Math.max(1, Math.ceil((percent / 100) * total));
    let seen = 0;
    for (const [value, count] of sorted) {
      seen += count;
      if (seen >= rank) return value;
    }
    return undefined;
  };
}

export function invalidValue(message: string): AwsError {
  return new AwsError('InvalidParameterValue', message);
}
