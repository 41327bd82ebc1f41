import type { Operation } from '../../service.js';
import { AwsError } from '../../service.js';
import type { World } from '../../world.js';
import type { DimensionInput } from './metric-identity.js';
import { dimensionsFrom, dimensionsTo } from './metric-identity.js';
import type { MetricDataQuery, QueryResult } from './metric-queries.js';
import { runQueries } from './metric-queries.js';
import type { MetricStore, MinuteBucket } from './metric-store.js';
import { emptyBucket, mergeInto, singleValue } from './metric-store.js';
import { invalidValue, periodBuckets, statisticReader } from './statistics.js';

interface DatumInput {
  MetricName: string;
  Dimensions?: DimensionInput[];
  Timestamp?: Date;
  Value?: number;
  Values?: number[];
  Counts?: number[];
  StatisticValues?: { SampleCount: number; Sum: number; Minimum: number; Maximum: number };
  Unit?: string;
}

interface GetMetricDataInput {
  MetricDataQueries: MetricDataQuery[];
  StartTime: Date;
  EndTime: Date;
  ScanBy?: 'TimestampAscending' | 'TimestampDescending';
  NextToken?: string;
}

interface GetMetricStatisticsInput {
  Namespace: string;
  MetricName: string;
  Dimensions?: DimensionInput[];
  StartTime: Date;
  EndTime: Date;
  Period: number;
  Statistics?: string[];
  ExtendedStatistics?: string[];
}

interface ListMetricsInput {
  Namespace?: string;
  MetricName?: string;
  Dimensions?: { Name: string; Value?: string }[];
  NextToken?: string;
}

type StoreOf = (region: string) => MetricStore;
type StatusCode = 'Complete' | 'PartialData' | 'InternalError';

const listPageSize = 500;

export function metricOperations(world: World, storeOf: StoreOf): Record<string, Operation> {
  return {
    PutMetricData: async (input: { Namespace: string; MetricData?: DatumInput[] }, call) => {
      putMetricData(world, storeOf(call.region), input.Namespace, input.MetricData ?? []);
      return {};
    },
    GetMetricData: async (input: GetMetricDataInput, call) => getMetricData(world, storeOf(call.region), input, call.region),
    GetMetricStatistics: async (input: GetMetricStatisticsInput, call) => getMetricStatistics(storeOf(call.region), input),
    ListMetrics: async (input: ListMetricsInput, call) => listMetrics(storeOf(call.region), input),
  };
}

function putMetricData(world: World, store: MetricStore, namespace: string, data: DatumInput[]): void {
  if (data.length > 1000) throw invalidValue('The collection MetricData must not have a size greater than 1000.');
  const now = world.clock.now();
  const samples = data.map((datum) => {
    if ((datum.Dimensions ?? []).length > 30) throw invalidValue('The collection Dimensions must not have a size greater than 30.');
    const at = datum.Timestamp?.getTime() ?? now;
    if (at < now - 14 * 86_400_000 || at > now + 2 * 3_600_000) throw invalidValue(`The value ${new Date(at).toISOString()} for parameter MetricData.member.Timestamp is out of range`);
    return {
      identity: { namespace, name: datum.MetricName, dimensions: dimensionsFrom(datum.Dimensions) },
      unit: datum.Unit ?? 'None', at, bucket: bucketOf(datum),
    };
  });
  for (const sample of samples) store.record(sample);
  world.changed();
}

function bucketOf(datum: DatumInput): MinuteBucket {
  const { StatisticValues: set, Values: values, Value: value } = datum;
  if (set) {
    // A statistic set has no distribution; its average stands for it in percentiles.
    const middle = set.SampleCount > 0 ? set.Sum / set.SampleCount : 0;
    return { count: set.SampleCount, sum: set.Sum, minimum: set.Minimum, maximum: set.Maximum, values: new Map([[middle, set.SampleCount]]) };
  }
  if (values) {
    if (values.length > 150) throw invalidValue('The collection Values must not have a size greater than 150.');
    const bucket = emptyBucket();
    for (const [index, one] of values.entries()) mergeInto(bucket, singleValue(one, datum.Counts?.[index] ?? 1));
    return bucket;
  }
  if (value === undefined || !Number.isFinite(value)) throw invalidValue('A datum must have a Value, Values or StatisticValues');
  return singleValue(value);
}

function getMetricData(world: World, store: MetricStore, input: GetMetricDataInput, region: string): Record<string, unknown> {
  const range = { startMs: input.StartTime.getTime(), endMs: input.EndTime.getTime() };
  if (range.endMs <= range.startMs) throw new AwsError('ValidationError', 'The parameter EndTime must be greater than the parameter StartTime.');
  const results = runQueries(store, input.MetricDataQueries, range);
  const ascending = input.ScanBy === 'TimestampAscending';
  return { MetricDataResults: results.map((result) => resultView(result, statusFor(world, region), ascending)), Messages: [] };
}

/** A Region in trouble answers some series in part or not at all, and says so for each. */
function statusFor(world: World, region: string): StatusCode {
  const service = world.faults.service('monitoring', region);
  if (service === 'error') return 'InternalError';
  if (service === 'slow') return 'PartialData';
  if (world.faults.region(region) !== 'gray') return 'Complete';
  return (['Complete', 'PartialData', 'InternalError'] as const)[world.random.below(3)] as StatusCode;
}

function resultView({ id, label, series }: QueryResult, status: StatusCode, ascending: boolean): Record<string, unknown> {
  const sorted = [...series].sort(([one], [two]) => (ascending ? one - two : two - one));
  const kept = status === 'Complete' ? sorted : status === 'PartialData' ? sorted.filter((_, index) => index % 2 === 0) : [];
  return {
    Id: id, Label: label, StatusCode: status,
    Timestamps: kept.map(([at]) => new Date(at)),
    Values: kept.map(([, value]) => value),
    ...(status !== 'Complete' && { Messages: [{ Code: status, Value: 'Not all datapoints could be read; try again.' }] }),
  };
}

function getMetricStatistics(store: MetricStore, input: GetMetricStatisticsInput): Record<string, unknown> {
  const series = store.get({ namespace: input.Namespace, name: input.MetricName, dimensions: dimensionsFrom(input.Dimensions) });
  const range = { startMs: input.StartTime.getTime(), endMs: input.EndTime.getTime() };
  if (range.endMs <= range.startMs) throw invalidValue('The parameter StartTime must be less than the parameter EndTime.');
  const datapoints = [...periodBuckets(series, input.Period, range)].map(([start, bucket]) => ({
    Timestamp: new Date(start),
    ...Object.fromEntries((input.Statistics ?? []).map((statistic) => [statistic, statisticReader(statistic)(bucket)])),
    ...(input.ExtendedStatistics && { ExtendedStatistics: Object.fromEntries(input.ExtendedStatistics.map((name) => [name, statisticReader(name)(bucket)])) }),
    Unit: series?.unit ?? 'None',
  }));
  return { Label: input.MetricName, Datapoints: datapoints };
}

function listMetrics(store: MetricStore, input: ListMetricsInput): Record<string, unknown> {
  const matching = store.all().map(({ identity }) => identity).filter(({ namespace, name, dimensions }) =>
    (input.Namespace === undefined || input.Namespace === namespace)
    && (input.MetricName === undefined || input.MetricName === name)
    && (input.Dimensions ?? []).every(({ Name, Value }) => dimensions[Name] !== undefined && (Value === undefined || dimensions[Name] === Value)));
  const start = Number(input.NextToken ?? 0);
  const end = start + listPageSize;
  return {
    Metrics: matching.slice(start, end).map(({ namespace, name, dimensions }) => ({ Namespace: namespace, MetricName: name, Dimensions: dimensionsTo(dimensions) })),
    ...(end < matching.length && { NextToken: String(end) }),
  };
}
