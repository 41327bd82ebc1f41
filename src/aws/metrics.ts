import { GetMetricDataCommand, type MetricDataQuery } from '@aws-sdk/client-cloudwatch';
import { GetAccountSettingsCommand } from '@aws-sdk/client-lambda';
import type { Deployment } from '../config/schema.js';
import { describeFailure } from '../core/failure.js';
import { known, mapObserved, unknown, type Observed } from '../core/observation.js';
import type { Headroom, RegionActivity, ReplicationView } from '../core/snapshot.js';
import type { CallOptions, Clock, MetricsReader } from '../workflow/ports.js';
import type { ClientFactory } from './clients.js';
import { withDeadline } from './deadline.js';

interface Wanted {
  id: string;
  namespace: string;
  name: string;
  dimensions: Record<string, string>;
  statistic: 'Sum' | 'Maximum' | 'Average';
}

const activityWindowSeconds = 600;
const defaultTimeoutMs = 3000;

/**
 * CloudWatch, read in the Region that publishes each metric: replication lag in the destination, replication failures in
 * the source (S3 user guide, replication metrics). An empty, partial or forbidden series is unknown, never zero.
 */
export function createMetricsReader(deployment: Pick<Deployment, 'regions'>, clients: ClientFactory, clock: Clock): MetricsReader {
  async function query(region: string, wanted: Wanted[], windowSeconds: number, options?: CallOptions): Promise<Answers> {
    const end = clock.now();
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
        new GetMetricDataCommand({ MetricDataQueries: queries, StartTime: new Date(end.getTime() - windowSeconds * 1000), EndTime: end, ScanBy: 'TimestampDescending' }),
        { abortSignal: signal },
      ));
      return answersOf(wanted, (id) => answer.MetricDataResults?.find((result) => result.Id === id), region, end.toISOString());
    } catch (error) {
      const failure = unknown(describeFailure(error), end.toISOString(), region);
      return { series: () => failure, newest: () => failure, total: () => failure, totalOrNone: () => failure };
    }
  }

  return {
    async replication(from, to, options): Promise<ReplicationView> {
      const source = deployment.regions[from];
      const destination = deployment.regions[to];
      const dimensions = { SourceBucket: source?.bucket ?? '', DestinationBucket: destination?.bucket ?? '', RuleId: source?.replicationRuleId ?? '' };
      const [atDestination, atSource] = await Promise.all([
        query(to, [
          { id: 'latency', namespace: 'AWS/S3', name: 'ReplicationLatency', dimensions, statistic: 'Maximum' },
          { id: 'pending', namespace: 'AWS/S3', name: 'OperationsPendingReplication', dimensions, statistic: 'Maximum' },
        ], 900, options),
        query(from, [{ id: 'failed', namespace: 'AWS/S3', name: 'OperationsFailedReplication', dimensions, statistic: 'Sum' }], 900, options),
      ]);
      return {
        from, to,
        latencySeconds: atDestination.newest('latency'),
        pendingObjects: atDestination.newest('pending'),
        pendingMinutes: atDestination.series('pending'),
        oldestPendingSeconds: atDestination.newest('latency'),
        failedObjects: atSource.total('failed'),
      };
    },

    async activity(region, options): Promise<Observed<RegionActivity>> {
      const resources = deployment.regions[region];
      const machine = { StateMachineArn: resources?.stateMachineArn ?? '' };
      const functions = ['ingest', 'split', 'process-part', 'merge', 'commit'].flatMap((role) => {
        const name = resources?.functions[role];
        return name ? [[role.replace('-', '_'), name] as const] : [];
      });
      const observed = await query(region, [
        { id: 'started', namespace: 'AWS/States', name: 'ExecutionsStarted', dimensions: machine, statistic: 'Sum' },
        { id: 'failed', namespace: 'AWS/States', name: 'ExecutionsFailed', dimensions: machine, statistic: 'Sum' },
        ...functions.flatMap(([role, FunctionName]) => (['Invocations', 'Errors', 'Throttles'] as const).map((name): Wanted => (
          { id: `${role}_${name.toLowerCase()}`, namespace: 'AWS/Lambda', name, dimensions: { FunctionName }, statistic: 'Sum' }))),
      ], activityWindowSeconds, options);
      const started = observed.total('started');
      if (!started.known) return started;
      // Started is known, so the Region's CloudWatch answers; a series that a quiet function never began is then no event.
      // One that is forbidden, late or partial is not: then nothing is known.
      const counts = {
        executionsFailed: observed.totalOrNone('failed'),
        functionInvocations: sum(functions.map(([role]) => observed.totalOrNone(`${role}_invocations`))),
        functionErrors: sum(functions.map(([role]) => observed.totalOrNone(`${role}_errors`))),
        functionThrottles: sum(functions.map(([role]) => observed.totalOrNone(`${role}_throttles`))),
      };
      const { executionsFailed, functionInvocations, functionErrors, functionThrottles } = counts;
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
    },

    async headroom(region, options): Promise<Observed<Headroom>> {
      const at = clock.now().toISOString();
      try {
        const settings = await withDeadline(clock, options, defaultTimeoutMs, (signal) => clients.lambda(region).send(new GetAccountSettingsCommand({}), { abortSignal: signal }));
        const limit = settings.AccountLimit?.ConcurrentExecutions;
        if (!limit) return unknown('Lambda tells no concurrency limit', at, region);
        const concurrency = (await query(region, [
          { id: 'concurrency', namespace: 'AWS/Lambda', name: 'ConcurrentExecutions', dimensions: {}, statistic: 'Maximum' },
        ], 300, options));
        const inUse = concurrency.totalOrNone('concurrency');
        if (!inUse.known) return inUse;
        const limits = { 'lambda-concurrency': limit };
        const newest = concurrency.newest('concurrency');
        return newest.known ? known({ used: { 'lambda-concurrency': newest.value / limit }, limits }, newest.at, region) : known({ used: {}, limits }, at, region);
      } catch (error) {
        return unknown(describeFailure(error), at, region);
      }
    },
  };
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

function answersOf(wanted: Wanted[], find: (id: string) => Series | undefined, region: string, at: string): Answers {
  const nameOf = (id: string): string => wanted.find((metric) => metric.id === id)?.name ?? id;
  const complete = (id: string): Observed<{ at: string; value: number }[]> => {
    const found = find(id);
    if (!found) return unknown(`${nameOf(id)}: CloudWatch returned no series`, at, region);
    if (found.StatusCode !== 'Complete') return unknown(`${nameOf(id)}: CloudWatch says ${found.StatusCode ?? 'nothing'}`, at, region);
    const points = (found.Timestamps ?? []).flatMap((time, index) => {
      const value = found.Values?.[index];
      return value === undefined ? [] : [{ at: time.toISOString(), value }];
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
