import { GetMetricDataCommand, type MetricDataQuery } from '@aws-sdk/client-cloudwatch';
import { GetAccountSettingsCommand } from '@aws-sdk/client-lambda';
import type { Deployment } from '../config/schema.js';
import { describeFailure } from '../core/failure.js';
import { known, mapObserved, unknown, type Observed } from '../core/observation.js';
import type { Headroom, RegionActivity, ReplicationView } from '../core/snapshot.js';
import type { CallOptions } from '../workflow/call-options.js';
import type { Clock, MetricsReader } from '../workflow/ports.js';
import type { ClientFactory } from './clients.js';
import { withDeadline } from './deadline.js';

interface Wanted {
  id: string;
  namespace: string;
  name: string;
  dimensions: Record<string, string>;
  statistic: 'Sum' | 'Maximum' | 'Average';
  /** Minutes that began longer ago are left out. */
  windowSeconds: number;
}

/** What each answer is made of, and how far back it looks. */
const replicationWindowSeconds = 900;
const activityWindowSeconds = 600;
const headroomWindowSeconds = 300;
const defaultTimeoutMs = 3000;

/**
 * CloudWatch, read in the Region that publishes each metric: replication lag in the destination, replication failures in
 * the source (S3 user guide, replication metrics). An empty, partial or forbidden series is unknown, never zero.
 */
export function createMetricsReader(deployment: Pick<Deployment, 'regions'>, clients: ClientFactory, clock: Clock): MetricsReader {
  /** One request a Region for everything: CloudWatch takes 500 metrics in one, and charges by the metric. */
  async function query(region: string, wanted: Wanted[], options?: CallOptions): Promise<Answers> {
    const end = clock.now();
    const longest = Math.max(...wanted.map((metric) => metric.windowSeconds));
    const queries: MetricDataQuery[] = wanted.map((metric) => ({
      Id: metric.id,
      MetricStat: {
        Metric: { Namespace: metric.namespace, MetricName: metric.name, Dimensions: Object.entries(metric.dimensions).map(([Name, Value]) => ({ Name, Value })) },
        Period: 60,
        Stat: metric.statistic,
      },
      ReturnData: true,
    }));
    try {
      const answer = await withDeadline(clock, options, defaultTimeoutMs, (signal) => clients.cloudwatch(region).send(
        new GetMetricDataCommand({ MetricDataQueries: queries, StartTime: new Date(end.getTime() - longest * 1000), EndTime: end, ScanBy: 'TimestampDescending' }),
        { abortSignal: signal },
      ));
      return answersOf(wanted, (id) => answer.MetricDataResults?.find((result) => result.Id === id), region, end);
    } catch (error) {
      const failure = unknown(describeFailure(error), end.toISOString(), region);
      return { series: () => failure, newest: () => failure, total: () => failure, totalOrNone: () => failure };
    }
  }

  /** The quota in its Region, or why it is not known. */
  async function concurrencyLimit(region: string, options?: CallOptions): Promise<Observed<number>> {
    const at = clock.now().toISOString();
    try {
      const settings = await withDeadline(clock, options, defaultTimeoutMs, (signal) => clients.lambda(region).send(new GetAccountSettingsCommand({}), { abortSignal: signal }));
      const limit = settings.AccountLimit?.ConcurrentExecutions;
      return limit ? known(limit, at, region) : unknown('Lambda tells no concurrency limit', at, region);
    } catch (error) {
      return unknown(describeFailure(error), at, region);
    }
  }

  return {
    async read(regions, options) {
      const [one, two] = regions;
      const pairs = [[one, two], [two, one]] as const;
      const seen = await Promise.all(pairs.map(async ([region, peer]) => {
        const [answers, limit] = await Promise.all([
          query(region, [
            ...replicationInto(deployment, peer, region), ...replicationFailuresOf(deployment, region, peer), ...activityOf(deployment, region), concurrencyInUse,
          ], options),
          concurrencyLimit(region, options),
        ]);
        return [region, { answers, limit }] as const;
      }));
      const answersIn = (region: string): Answers => Object.fromEntries(seen)[region]!.answers;
      return {
        replication: pairs.map(([from, to]) => replicationView(from, to, answersIn(from), answersIn(to))),
        activity: Object.fromEntries(seen.map(([region, { answers }]) => [region, activityView(functionRoles(deployment, region), answers, region)])),
        headroom: Object.fromEntries(seen.map(([region, { answers, limit }]) => [region, headroomView(limit, answers, region)])),
      };
    },
  };
}

function replicationMetric(deployment: Pick<Deployment, 'regions'>, from: string, to: string, id: string, name: string, statistic: Wanted['statistic']): Wanted {
  const source = deployment.regions[from];
  const destination = deployment.regions[to];
  const dimensions = { SourceBucket: source?.bucket ?? '', DestinationBucket: destination?.bucket ?? '', RuleId: source?.replicationRuleId ?? '' };
  return { id, namespace: 'AWS/S3', name, dimensions, statistic, windowSeconds: replicationWindowSeconds };
}

function replicationInto(deployment: Pick<Deployment, 'regions'>, from: string, to: string): Wanted[] {
  return [
    replicationMetric(deployment, from, to, 'latency', 'ReplicationLatency', 'Maximum'),
    replicationMetric(deployment, from, to, 'pending', 'OperationsPendingReplication', 'Maximum'),
  ];
}

function replicationFailuresOf(deployment: Pick<Deployment, 'regions'>, from: string, to: string): Wanted[] {
  return [replicationMetric(deployment, from, to, 'replication_failed', 'OperationsFailedReplication', 'Sum')];
}

function replicationView(from: string, to: string, atSource: Answers, atDestination: Answers): ReplicationView {
  return {
    from, to,
    latencySeconds: atDestination.newest('latency'),
    pendingObjects: atDestination.newest('pending'),
    pendingMinutes: atDestination.series('pending'),
    oldestPendingSeconds: atDestination.newest('latency'),
    failedObjects: atSource.total('replication_failed'),
  };
}

/** The functions that a job passes through: `process_part` for `process-part`, as ids of metrics want it. */
function functionRoles(deployment: Pick<Deployment, 'regions'>, region: string): [id: string, name: string][] {
  return ['ingest', 'split', 'process-part', 'merge', 'commit'].flatMap((role) => {
    const name = deployment.regions[region]?.functions[role];
    return name ? [[role.replace('-', '_'), name] as [string, string]] : [];
  });
}

function activityOf(deployment: Pick<Deployment, 'regions'>, region: string): Wanted[] {
  const machine = { StateMachineArn: deployment.regions[region]?.stateMachineArn ?? '' };
  const windowSeconds = activityWindowSeconds;
  return [
    { id: 'started', namespace: 'AWS/States', name: 'ExecutionsStarted', dimensions: machine, statistic: 'Sum', windowSeconds },
    { id: 'failed', namespace: 'AWS/States', name: 'ExecutionsFailed', dimensions: machine, statistic: 'Sum', windowSeconds },
    ...functionRoles(deployment, region).flatMap(([role, FunctionName]) => (['Invocations', 'Errors', 'Throttles'] as const).map((name): Wanted => (
      { id: `${role}_${name.toLowerCase()}`, namespace: 'AWS/Lambda', name, dimensions: { FunctionName }, statistic: 'Sum', windowSeconds }))),
  ];
}

function activityView(functions: [id: string, name: string][], answers: Answers, region: string): Observed<RegionActivity> {
  const started = answers.total('started');
  if (!started.known) return started;
  // Started is known, so the Region's CloudWatch answers; a series that a quiet function never began is then no event.
  // One that is forbidden, late or partial is not: then nothing is known.
  const executionsFailed = answers.totalOrNone('failed');
  const functionInvocations = sum(functions.map(([role]) => answers.totalOrNone(`${role}_invocations`)));
  const functionErrors = sum(functions.map(([role]) => answers.totalOrNone(`${role}_errors`)));
  const functionThrottles = sum(functions.map(([role]) => answers.totalOrNone(`${role}_throttles`)));
  if (!executionsFailed.known) return executionsFailed;
  if (!functionInvocations.known) return functionInvocations;
  if (!functionErrors.known) return functionErrors;
  if (!functionThrottles.known) return functionThrottles;
  return known({
    windowSeconds: activityWindowSeconds,
    executionsStarted: started.value,
    executionsFailed: executionsFailed.value,
    functionInvocations: functionInvocations.value,
    functionErrors: functionErrors.value,
    functionThrottles: functionThrottles.value,
  }, started.at, region);
}

const concurrencyInUse: Wanted = { id: 'concurrency', namespace: 'AWS/Lambda', name: 'ConcurrentExecutions', dimensions: {}, statistic: 'Maximum', windowSeconds: headroomWindowSeconds };

function headroomView(limit: Observed<number>, answers: Answers, region: string): Observed<Headroom> {
  if (!limit.known) return limit;
  const inUse = answers.totalOrNone('concurrency');
  if (!inUse.known) return inUse;
  const limits = { 'lambda-concurrency': limit.value };
  const newest = answers.newest('concurrency');
  return newest.known ? known({ used: { 'lambda-concurrency': newest.value / limit.value }, limits }, newest.at, region) : known({ used: {}, limits }, limit.at, region);
}

interface Series {
  StatusCode?: string | undefined;
  Values?: number[] | undefined;
  Timestamps?: Date[] | undefined;
}

/** What CloudWatch said of each metric that was asked for, by id. */
interface Answers {
  /** Minute by minute, oldest first. */
  series(id: string): Observed<{ at: string; value: number }[]>;
  newest(id: string): Observed<number>;
  /** Of all minutes, as of the newest; unknown without a single one. */
  total(id: string): Observed<number>;
  /** 0 where the series is complete and empty, as a count of events is that never happened. */
  totalOrNone(id: string): Observed<number>;
}

function answersOf(wanted: Wanted[], find: (id: string) => Series | undefined, region: string, end: Date): Answers {
  const at = end.toISOString();
  const metricOf = (id: string): Wanted | undefined => wanted.find((metric) => metric.id === id);
  const nameOf = (id: string): string => metricOf(id)?.name ?? id;
  // CloudWatch rounds the beginning down to the minute.
  const beginOf = (id: string): number => Math.floor((end.getTime() - (metricOf(id)?.windowSeconds ?? 0) * 1000) / 60_000) * 60_000;
  const complete = (id: string): Observed<{ at: string; value: number }[]> => {
    const found = find(id);
    if (!found) return unknown(`${nameOf(id)}: CloudWatch returned no series`, at, region);
    if (found.StatusCode !== 'Complete') return unknown(`${nameOf(id)}: CloudWatch says ${found.StatusCode ?? 'nothing'}`, at, region);
    const begin = beginOf(id);
    const points = (found.Timestamps ?? []).flatMap((time, index) => {
      const value = found.Values?.[index];
      return value === undefined || time.getTime() < begin ? [] : [{ at: time.toISOString(), value }];
    });
    points.sort((left, right) => (left.at < right.at ? -1 : 1));
    return known(points, points.at(-1)?.at ?? at, region);
  };
  const series = (id: string): Observed<{ at: string; value: number }[]> => {
    const points = complete(id);
    return points.known && points.value.length === 0 ? unknown(`${nameOf(id)}: no datapoints`, at, region) : points;
  };
  const totalOf = (points: Observed<{ value: number }[]>): Observed<number> => mapObserved(points, (each) => each.reduce((total, point) => total + point.value, 0));
  return {
    series,
    newest: (id) => mapObserved(series(id), (points) => points.at(-1)?.value ?? 0),
    total: (id) => totalOf(series(id)),
    totalOrNone: (id) => totalOf(complete(id)),
  };
}

/** Unknown as soon as one of them is. */
function sum(counts: Observed<number>[]): Observed<number> {
  const missing = counts.find((count) => !count.known);
  const first = counts[0];
  if (missing || !first) return missing ?? unknown('no function is known to the deployment', new Date(0).toISOString(), 'operator');
  return { ...first, known: true, value: counts.reduce((total, count) => total + (count.known ? count.value : 0), 0) };
}
