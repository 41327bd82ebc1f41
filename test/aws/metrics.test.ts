import type { GetMetricDataCommandInput, MetricDataResult } from '@aws-sdk/client-cloudwatch';
import { describe, expect, it } from 'vitest';
import type { ClientFactory } from '../../src/aws/clients.js';
import { createMetricsReader } from '../../src/aws/metrics.js';
import type { MetricsView } from '../../src/workflow/ports.js';
import { TestClock } from './ledger/ledger-table.js';

const clock = new TestClock();
const minute = (ago: number): Date => new Date(clock.now().getTime() - ago * 60_000);
type Series = Omit<MetricDataResult, 'Id'>;
const complete = (...values: number[]): Series => ({ StatusCode: 'Complete', Values: values, Timestamps: values.map((_, index) => minute(index + 1)) });
const functions = { ingest: 'app-ingest', split: 'app-split' };
const resources = (region: string) => ({ bucket: `app-${region}`, stateMachineArn: `arn:aws:states:${region}:111122223333:stateMachine:app-job`, functions, alarms: [], replicationRuleId: 'rule' });

/** CloudWatch of every Region answers what `series` says of a metric; asked elsewhere, it has nothing. */
function reader(series: (name: string, region: string, functionName: string | undefined) => Series | undefined, requests: string[] = []) {
  const clients = {
    cloudwatch: (region: string) => ({
      send: ({ input }: { input: GetMetricDataCommandInput }) => Promise.resolve(requests.push(region)).then(() => ({
        MetricDataResults: (input.MetricDataQueries ?? []).flatMap(({ Id, MetricStat }) => {
          const name = MetricStat?.Metric?.MetricName ?? '';
          const found = series(name, region, MetricStat?.Metric?.Dimensions?.find((each) => each.Name === 'FunctionName')?.Value);
          return found ? [{ ...found, Id }] : [];
        }),
      })),
    }),
    lambda: () => ({ send: () => Promise.resolve({ AccountLimit: { ConcurrentExecutions: 1000 } }) }),
  } as unknown as ClientFactory;
  return createMetricsReader({ regions: { 'us-east-1': resources('us-east-1'), 'us-west-2': resources('us-west-2') } }, clients, clock);
}

const both = ['us-east-1', 'us-west-2'] as const;
const eastToWest = ({ replication }: MetricsView) => replication.find(({ from }) => from === 'us-east-1')!;

describe('metrics', () => {
  it('reads lag in the destination and failures in the source, minute by minute', async () => {
    // Where a metric is not published, another number stands: it must not be the one that is taken.
    const published: Record<string, [region: string, ...values: number[]]> = {
      OperationsPendingReplication: ['us-west-2', 9, 7, 4], ReplicationLatency: ['us-west-2', 31, 20], OperationsFailedReplication: ['us-east-1', 0, 2],
    };
    const view = eastToWest(await reader((name, region) => {
      const [where, ...values] = published[name] ?? [];
      return region === where ? complete(...values) : complete(1000);
    }).read(both));
    expect(view.pendingObjects).toMatchObject({ known: true, value: 9, at: minute(1).toISOString() });
    expect(view.pendingMinutes).toMatchObject({ known: true, value: [4, 7, 9].map((value, index) => ({ at: minute(3 - index).toISOString(), value })) });
    expect(view.failedObjects).toMatchObject({ known: true, value: 2 });
    expect(view.latencySeconds).toMatchObject({ known: true, value: 31 });
  });

  it('asks each Region once, and counts no minute that began before its metric\'s window', async () => {
    const requests: string[] = [];
    const seen = await reader((name) => (name === 'ExecutionsStarted' ? complete(...Array.from({ length: 14 }, () => 1)) : complete()), requests).read(both);
    expect(requests.sort()).toEqual(['us-east-1', 'us-west-2']);
    expect(seen.activity['us-east-1']).toMatchObject({ known: true, value: { executionsStarted: 10, windowSeconds: 600 } });
  });

  it.each<[string, Series | undefined, RegExp]>([
    ['empty', complete(), /no datapoints/],
    ['partial', { ...complete(5), StatusCode: 'PartialData' }, /PartialData/],
    ['forbidden', { ...complete(5), StatusCode: 'Forbidden' }, /Forbidden/],
    ['absent', undefined, /no series/],
  ])('knows nothing from an %s series', async (_, series, reason) => {
    const view = eastToWest(await reader(() => series).read(both));
    for (const fact of [view.pendingObjects, view.latencySeconds, view.failedObjects, view.pendingMinutes]) expect(fact).toMatchObject({ known: false, reason: expect.stringMatching(reason) as string });
  });

  it('counts events that never happened as none, where the series is complete', async () => {
    const activity = (await reader((name) => (name === 'ExecutionsStarted' ? complete(10, 12) : name === 'Invocations' ? complete(40) : complete())).read(both)).activity['us-east-1'];
    expect(activity).toMatchObject({ known: true, value: { executionsStarted: 22, executionsFailed: 0, functionInvocations: 80, functionErrors: 0 } });
  });

  it('knows nothing of a Region of which one count is withheld', async () => {
    const withheld = async (metric: string) => (await reader((name, _, functionName) => (name === metric && functionName !== 'app-ingest' ? { ...complete(3), StatusCode: 'Forbidden' } : complete(20))).read(both)).activity['us-east-1'];
    for (const metric of ['ExecutionsFailed', 'Errors', 'Throttles', 'Invocations']) expect(await withheld(metric)).toMatchObject({ known: false, reason: expect.stringContaining('Forbidden') as string });
    expect((await reader(() => ({ ...complete(3), StatusCode: 'PartialData' })).read(both)).headroom['us-west-2']).toMatchObject({ known: false });
  });

  it('gives the quota with its use', async () => {
    expect((await reader(() => complete(250)).read(both)).headroom['us-west-2']).toMatchObject({ known: true, value: { used: { 'lambda-concurrency': 0.25 }, limits: { 'lambda-concurrency': 1000 } } });
    expect((await reader(() => complete()).read(both)).headroom['us-west-2']).toMatchObject({ known: true, value: { used: {} } });
  });
});
