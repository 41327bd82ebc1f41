import { AwsError } from '../../service.js';
import { dimensionsFrom } from './metric-identity.js';
import type { DimensionInput } from './metric-identity.js';
import { evaluateMath } from './metric-math.js';
import type { MathValue } from './metric-math.js';
import type { MetricStore } from './metric-store.js';
import type { TimeRange, TimeSeries } from './statistics.js';
import { checkedPeriod, statisticOf } from './statistics.js';

export interface MetricStatInput {
  Metric: { Namespace?: string; MetricName?: string; Dimensions?: DimensionInput[] };
  Period: number | string;
  Stat: string;
  Unit?: string;
}

/** A query of GetMetricData, and of an alarm on several metrics. Templates may spell numbers and booleans as text. */
export interface MetricDataQuery {
  Id: string;
  MetricStat?: MetricStatInput;
  Expression?: string;
  Label?: string;
  Period?: number | string;
  ReturnData?: boolean | string;
}

export interface QueryResult {
  id: string;
  label: string;
  series: TimeSeries;
}

/** The results of all queries that return data, in their order. */
export function runQueries(store: MetricStore, queries: MetricDataQuery[], range: TimeRange): QueryResult[] {
  checkQueries(queries);
  const byId = new Map(queries.map((query) => [query.Id, query]));
  const known = new Map<string, MathValue>();
  const pending = new Set<string>();
  const metricIds = queries.filter((query) => query.MetricStat).map((query) => query.Id);
  const periodSeconds = Math.max(60, ...queries.map((query) => Number(query.MetricStat?.Period ?? query.Period ?? 60)));
  const periods = periodStarts(range, periodSeconds);
  const valueOf = (id: string): MathValue => {
    const query = byId.get(id);
    if (!query || pending.has(id)) throw new AwsError('ValidationError', `Error in expression: Unable to resolve the id ${id}`);
    const cached = known.get(id);
    if (cached !== undefined) return cached;
    pending.add(id);
    const value = query.MetricStat
      ? statOf(store, query.MetricStat, range)
      : evaluateMath(query.Expression ?? '', { series: valueOf, metricIds, periods, periodSeconds });
    pending.delete(id);
    known.set(id, value);
    return value;
  };
  return queries.filter((query) => query.ReturnData !== false && query.ReturnData !== 'false').flatMap((query) =>
    asSeries(valueOf(query.Id), periods).map((series) => ({ id: query.Id, label: labelOf(query), series })));
}

export function statOf(store: MetricStore, stat: MetricStatInput, range: TimeRange): TimeSeries {
  const { Namespace: namespace = '', MetricName: name = '', Dimensions: dimensions } = stat.Metric;
  const series = store.get({ namespace, name, dimensions: dimensionsFrom(dimensions) });
  return statisticOf(series, stat.Stat, checkedPeriod(Number(stat.Period)), range);
}

export function periodStarts(range: TimeRange, periodSeconds: number): number[] {
  const periodMs = periodSeconds * 1000;
  const starts: number[] = [];
  for (let start = Math.floor(range.startMs / periodMs) * periodMs; start < range.endMs; start += periodMs) starts.push(start);
  return starts;
}

/** A plain number is drawn as a line through every period. */
function asSeries(value: MathValue, periods: number[]): TimeSeries[] {
  if (typeof value === 'number') return [new Map(periods.map((at) => [at, value]))];
  return Array.isArray(value) ? value : [value];
}

function labelOf(query: MetricDataQuery): string {
  return query.Label ?? query.MetricStat?.Metric.MetricName ?? query.Id;
}

function checkQueries(queries: MetricDataQuery[]): void {
  if (queries.length === 0) throw new AwsError('ValidationError', 'MetricDataQueries must not be empty');
  if (queries.length > 500) throw new AwsError('ValidationError', `The collection MetricDataQueries must not have a size greater than 500: ${queries.length}`);
  const ids = new Set<string>();
  for (const { Id, MetricStat, Expression } of queries) {
    if (!/^[a-z][A-Za-z0-9_]*$/.test(Id)) throw new AwsError('ValidationError', `The value ${Id} for parameter MetricDataQueries.member.Id is not matching the expected pattern ^[a-z][a-zA-Z0-9_]*$`);
    if (ids.has(Id)) throw new AwsError('ValidationError', `The values for parameter id in MetricDataQueries are not unique: ${Id}`);
    if ((MetricStat === undefined) === (Expression === undefined)) throw new AwsError('ValidationError', `Query ${Id} must have either an Expression or a MetricStat`);
    ids.add(Id);
  }
}
