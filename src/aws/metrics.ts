import { GetMetricDataCommand, type MetricDataQuery } from '@aws-sdk/client-cloudwatch';
import { GetAccountSettingsCommand } from '@aws-sdk/client-lambda';
import type { Deployment } from '../config/schema.js';
import { describeFailure } from '../core/failure.js';
import { known, unknown, type Observed } from '../core/observation.js';
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
  async function query(region: string, wanted: Wanted[], windowSeconds: number, options?: CallOptions): Promise<Record<string, Observed<number>>> {
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
    const observed: Record<string, Observed<number>> = {};
    try {
      const answer = await withDeadline(clock, options, defaultTimeoutMs, (signal) => clients.cloudwatch(region).send(
        new GetMetricDataCommand({ MetricDataQueries: queries, StartTime: new Date(end.getTime() - windowSeconds * 1000), EndTime: end, ScanBy: 'TimestampDescending' }),
        { abortSignal: signal },
      ));
      for (const metric of wanted) {
        const series = answer.MetricDataResults?.find((result) => result.Id === metric.id);
        observed[metric.id] = valueOf(metric, series, region, end);
      }
    } catch (error) {
      for (const metric of wanted) observed[metric.id] = unknown(describeFailure(error), end.toISOString(), region);
    }
    return observed;
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
        latencySeconds: pick(atDestination, 'latency'),
        pendingObjects: pick(atDestination, 'pending'),
        oldestPendingSeconds: pick(atDestination, 'latency'),
        failedObjects: pick(atSource, 'failed'),
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
      const started = pick(observed, 'started');
      if (!started.known) return started;
      // Started is known, so the Region's CloudWatch answers; a series that a quiet function never began is then no event.
      const sum = (suffix: string): number => functions.reduce((total, [role]) => total + valueOrZero(observed[`${role}_${suffix}`]), 0);
      return known({
        windowSeconds: activityWindowSeconds,
        executionsStarted: started.value,
        executionsFailed: valueOrZero(observed['failed']),
        functionInvocations: sum('invocations'),
        functionErrors: sum('errors'),
        functionThrottles: sum('throttles'),
      }, started.at, region);
    },

    async headroom(region, options): Promise<Observed<Headroom>> {
      const at = clock.now().toISOString();
      try {
        const settings = await withDeadline(clock, options, defaultTimeoutMs, (signal) => clients.lambda(region).send(new GetAccountSettingsCommand({}), { abortSignal: signal }));
        const limit = settings.AccountLimit?.ConcurrentExecutions;
        if (!limit) return unknown('Lambda tells no concurrency limit', at, region);
        const concurrency = pick(await query(region, [
          { id: 'concurrency', namespace: 'AWS/Lambda', name: 'ConcurrentExecutions', dimensions: {}, statistic: 'Maximum' },
        ], 300, options), 'concurrency');
        return concurrency.known ? known({ used: { 'lambda-concurrency': concurrency.value / limit } }, concurrency.at, region) : known({ used: {} }, at, region);
      } catch (error) {
        return unknown(describeFailure(error), at, region);
      }
    },
  };
}

function valueOf(metric: Wanted, series: { StatusCode?: string; Values?: number[]; Timestamps?: Date[] } | undefined, region: string, now: Date): Observed<number> {
  const at = now.toISOString();
  if (!series) return unknown(`${metric.name}: CloudWatch returned no series`, at, region);
  if (series.StatusCode !== 'Complete') return unknown(`${metric.name}: CloudWatch says ${series.StatusCode ?? 'nothing'}`, at, region);
  const values = series.Values ?? [];
  const newest = series.Timestamps?.[0];
  if (values.length === 0 || !newest) return unknown(`${metric.name}: no datapoints`, at, region);
  const value = metric.statistic === 'Sum' ? values.reduce((total, each) => total + each, 0) : values[0] ?? 0;
  return known(value, newest.toISOString(), region);
}

function pick(observed: Record<string, Observed<number>>, id: string): Observed<number> {
  return observed[id] ?? unknown('not asked', new Date(0).toISOString(), 'operator');
}

function valueOrZero(observed: Observed<number> | undefined): number {
  return observed?.known ? observed.value : 0;
}
