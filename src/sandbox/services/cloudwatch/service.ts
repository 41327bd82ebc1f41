/**
 * Amazon CloudWatch (`monitoring`): metrics, alarms and dashboards, each Region for itself. It promises to imitate:
 * metrics by the minute that show a moment after they were sent; absent datapoints where nothing was sent (never zero);
 * GetMetricData with a status for each series (`PartialData` and `InternalError` while the Region is in trouble); the
 * part of metric math that `metric-math.ts` lists; alarms with M out of N datapoints and the four treatments of missing
 * data; composite alarms; actions to SNS and Lambda, and state changes on the event bus.
 *
 * Not imitated: periods below a minute, anomaly detection, Metrics Insights and SEARCH, metric streams, units (a metric
 * has one), action suppressors.
 */
import type { RequiredPermission, Service } from '../../service.js';
import type { MetricDatum, World } from '../../world.js';
import type { Alarm } from './alarm-definition.js';
import { alarmOperations } from './alarm-operations.js';
import { Alarms } from './alarms.js';
import type { DashboardSnapshot } from './dashboards.js';
import { Dashboards } from './dashboards.js';
import { metricOperations } from './metric-operations.js';
import type { StoreSnapshot } from './metric-store.js';
import { MetricStore, singleValue } from './metric-store.js';
import { cloudWatchResources } from './resources.js';

export interface CloudWatch extends Service {
  /** Records a datapoint as a service of the Region does. A Region that is down measures nothing. */
  record(region: string, datum: MetricDatum): void;
  alarmState(region: string, name: string): string | undefined;
}

export interface CloudWatchOptions {
  /** How long a datapoint takes until it can be read. */
  ingestionDelayMs?: number;
}

interface CloudWatchSnapshot {
  metrics: Record<string, StoreSnapshot>;
  alarms: Alarm[];
  dashboards: DashboardSnapshot;
}

export function createCloudWatch(world: World, options: CloudWatchOptions = {}): CloudWatch {
  const stores = new Map<string, MetricStore>();
  const storeOf = (region: string): MetricStore => {
    let store = stores.get(region);
    if (!store) stores.set(region, (store = new MetricStore(world.clock, options.ingestionDelayMs ?? 2000)));
    return store;
  };
  const alarms = new Alarms(world, storeOf);
  const dashboards = new Dashboards(world);
  return {
    name: 'monitoring',
    operations: { ...metricOperations(world, storeOf), ...alarmOperations(alarms), ...dashboards.operations() },
    permissions: (operation, input, call) => permissions(world, operation, input, call.region),
    resources: cloudWatchResources(alarms, dashboards),
    record: (region, datum) => {
      if (!world.faults.computing(region)) return;
      const { namespace, name, dimensions, value, unit, at } = datum;
      storeOf(region).record({ identity: { namespace, name, dimensions }, unit, at: at ?? world.clock.now(), bucket: singleValue(value) });
      world.changed();
    },
    alarmState: (region, name) => alarms.get(region, name)?.state,
    start: () => alarms.run(),
    stop: () => alarms.stop(),
    snapshot: () => ({
      metrics: Object.fromEntries([...stores].map(([region, store]) => [region, store.snapshot()])),
      alarms: alarms.snapshot(), dashboards: dashboards.snapshot(),
    }),
    restore: (state: CloudWatchSnapshot) => {
      for (const [region, snapshot] of Object.entries(state.metrics)) storeOf(region).restore(snapshot);
      alarms.restore(state.alarms);
      dashboards.restore(state.dashboards);
    },
    inspect: () => ({ alarms: alarms.snapshot().map(({ region, name, state, reason }) => ({ region, name, state, reason })) }),
  };
}

/** Metrics have no resource ARNs; alarms and dashboards do. PutMetricData can be limited by namespace. */
function permissions(world: World, operation: string, input: unknown, region: string): RequiredPermission[] {
  const request = input as { AlarmName?: string; AlarmNames?: string[]; DashboardName?: string; Namespace?: string };
  const action = `cloudwatch:${operation}`;
  const alarmArn = (name: string): string => `arn:${world.partition}:cloudwatch:${region}:${world.account}:alarm:${name}`;
  if (operation === 'PutMetricData') return [{ action, resource: '*', context: { 'cloudwatch:namespace': request.Namespace ?? '' } }];
  if (request.DashboardName !== undefined) {
    return [{ action, resource: `arn:${world.partition}:cloudwatch::${world.account}:dashboard/${request.DashboardName}` }];
  }
  if (operation === 'DescribeAlarms') return [{ action, resource: alarmArn('*') }];
  const names = request.AlarmNames ?? (request.AlarmName === undefined ? [] : [request.AlarmName]);
  return names.length > 0 ? names.map((name) => ({ action, resource: alarmArn(name) })) : [{ action, resource: '*' }];
}
