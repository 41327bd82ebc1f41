import { describe, expect, it } from 'vitest';
import type { AlarmState } from '../../../../src/sandbox/services/cloudwatch/alarm-definition.js';
import { ruleHolds } from '../../../../src/sandbox/services/cloudwatch/composite-rule.js';
import type { CloudWatch } from '../../../../src/sandbox/services/cloudwatch/service.js';
import { createCloudWatch } from '../../../../src/sandbox/services/cloudwatch/service.js';
import type { DataTestWorld } from '../data-test-world.js';
import { dataTestWorld, invoke } from '../data-test-world.js';

const region = 'us-east-1';
const minute = 60_000;
const topic = 'arn:aws:sns:us-east-1:111122223333:alerts';

interface Setup {
  world: DataTestWorld;
  cloudwatch: CloudWatch;
}

function setup(): Setup {
  const world = dataTestWorld();
  return { world, cloudwatch: world.register(createCloudWatch(world)) };
}

function send({ world, cloudwatch }: Setup, name: string, value: number, agoMs = 0, where = region): void {
  cloudwatch.record(where, { namespace: 'pipeline', name, dimensions: { Job: 'a' }, value, unit: 'Count', at: world.clock.now() - agoMs });
}

interface MetricResult {
  Id: string;
  StatusCode: string;
  Timestamps: Date[];
  Values: number[];
}

async function data({ world, cloudwatch }: Setup, queries: object[], where = region): Promise<MetricResult[]> {
  const now = world.clock.now();
  const input = { MetricDataQueries: queries, StartTime: new Date(now - 10 * minute), EndTime: new Date(now), ScanBy: 'TimestampAscending' };
  return (await invoke<{ MetricDataResults: MetricResult[] }>(cloudwatch, 'GetMetricData', input, where)).MetricDataResults;
}

function stat(id: string, name: string, statistic: string, period = 60, extra: object = {}): object {
  return { Id: id, MetricStat: { Metric: { Namespace: 'pipeline', MetricName: name, Dimensions: [{ Name: 'Job', Value: 'a' }] }, Period: period, Stat: statistic }, ...extra };
}

describe('metrics', () => {
  it('are collected by the minute, for every statistic', async () => {
    const all = setup();
    await all.world.clock.advance(10 * minute);
    for (const value of [5, 1, 2, 8]) send(all, 'Latency', value, 3 * minute);
    send(all, 'Latency', 100, 2 * minute);
    await all.world.clock.advance(3000);
    const results = await data(all, ['Sum', 'Average', 'Minimum', 'Maximum', 'SampleCount', 'p50', 'p99'].map((statistic, index) => stat(`m${index}`, 'Latency', statistic)));
    expect(results.map(({ Values }) => Values)).toEqual([[16, 100], [4, 100], [1, 100], [8, 100], [4, 1], [2, 100], [8, 100]]);
    expect((results[0]?.Timestamps[1]?.getTime() ?? 0) - (results[0]?.Timestamps[0]?.getTime() ?? 0)).toBe(minute);
    const [wide] = await data(all, [stat('wide', 'Latency', 'Sum', 300)]);
    expect(wide?.Values.reduce((sum, value) => sum + value, 0)).toBe(116);
  });

  it('are absent, not zero, where nothing was sent, in another Region, and with other dimensions', async () => {
    const all = setup();
    await all.world.clock.advance(10 * minute);
    send(all, 'Failed', 0, 2 * minute);
    await all.world.clock.advance(3000);
    expect((await data(all, [stat('m', 'Failed', 'Sum')]))[0]?.Values).toEqual([0]);
    expect((await data(all, [stat('m', 'Failed', 'Sum')], 'us-west-2'))[0]?.Values).toEqual([]);
    const other = { Id: 'm', MetricStat: { Metric: { Namespace: 'pipeline', MetricName: 'Failed', Dimensions: [] }, Period: 60, Stat: 'Sum' } };
    expect((await data(all, [other]))[0]?.Values).toEqual([]);
  });

  it('show only after they have arrived, and not from a Region that is down', async () => {
    const all = setup();
    await all.world.clock.advance(10 * minute);
    send(all, 'Late', 1, minute);
    expect((await data(all, [stat('m', 'Late', 'Sum')]))[0]?.Values).toEqual([]);
    await all.world.clock.advance(2000);
    expect((await data(all, [stat('m', 'Late', 'Sum')]))[0]?.Values).toEqual([1]);
    all.world.faults.setRegion(region, 'down');
    send(all, 'Late', 1, minute);
    await all.world.clock.advance(2000);
    expect((await data(all, [stat('m', 'Late', 'Sum')]))[0]?.Values).toEqual([1]);
  });

  it('come in through PutMetricData with values, counts and statistic sets', async () => {
    const all = setup();
    await all.world.clock.advance(10 * minute);
    const Timestamp = new Date(all.world.clock.now() - 2 * minute);
    const Dimensions = [{ Name: 'Job', Value: 'a' }];
    await invoke(all.cloudwatch, 'PutMetricData', { Namespace: 'pipeline', MetricData: [
      { MetricName: 'Rows', Dimensions, Timestamp, Values: [10, 20], Counts: [3, 1] },
      { MetricName: 'Rows', Dimensions, Timestamp, StatisticValues: { SampleCount: 2, Sum: 30, Minimum: 5, Maximum: 25 } },
    ] }, region);
    await all.world.clock.advance(3000);
    const results = await data(all, [stat('a', 'Rows', 'Sum'), stat('b', 'Rows', 'SampleCount'), stat('c', 'Rows', 'Minimum')]);
    expect(results.map(({ Values }) => Values)).toEqual([[80], [6], [5]]);
    expect(await invoke(all.cloudwatch, 'ListMetrics', { Namespace: 'pipeline' }, region)).toMatchObject({ Metrics: [{ MetricName: 'Rows', Dimensions }] });
    const old = { Namespace: 'pipeline', MetricData: [{ MetricName: 'Rows', Value: 1, Timestamp: new Date(0) }] };
    await expect(invoke(all.cloudwatch, 'PutMetricData', old, region)).rejects.toMatchObject({ code: 'InvalidParameterValue' });
  });

  it('are computed with: sums over metrics, filled gaps, ratios without division by zero', async () => {
    const all = setup();
    await all.world.clock.advance(10 * minute);
    send(all, 'Started', 10, 3 * minute);
    send(all, 'Failed', 2, 3 * minute);
    send(all, 'Started', 0, 2 * minute);
    send(all, 'Failed', 0, 2 * minute);
    send(all, 'Failed', 5, minute);
    await all.world.clock.advance(3000);
    const base = [stat('started', 'Started', 'Sum', 60, { ReturnData: false }), stat('failed', 'Failed', 'Sum', 60, { ReturnData: false })];
    const results = await data(all, [
      ...base, { Id: 'total', Expression: 'SUM(METRICS())' }, { Id: 'ratio', Expression: '100 * failed / started' },
      { Id: 'high', Expression: 'IF(failed >= 2, 1, 0)' }, { Id: 'filled', Expression: 'SUM(FILL(started, 0)) + SUM(failed)' },
    ]);
    expect(results.map(({ Id, Values }) => [Id, Values])).toEqual([
      ['total', [12, 0, 5]], ['ratio', [20]], ['high', [1, 0, 1]], ['filled', Array.from({ length: 11 }, () => 17)],
    ]);
    await expect(data(all, [...base, { Id: 'e', Expression: 'ANOMALY_DETECTION_BAND(failed)' }])).rejects.toThrow(/ANOMALY_DETECTION_BAND/);
    await expect(data(all, [{ Id: 'e', Expression: 'missing + 1' }])).rejects.toThrow(/Unable to resolve/);
    await expect(data(all, [{ Id: 'e', Expression: 'f' }, { Id: 'f', Expression: 'e' }])).rejects.toThrow(/Unable to resolve/);
  });

  it('say for each series that it is not complete while the Region is in trouble', async () => {
    const all = setup();
    await all.world.clock.advance(10 * minute);
    for (let ago = 1; ago <= 8; ago += 1) send(all, 'Rows', 1, ago * minute);
    await all.world.clock.advance(3000);
    all.world.faults.setRegion(region, 'gray');
    const seen = new Map<string, number>();
    for (let attempt = 0; attempt < 30; attempt += 1) {
      const [result] = await data(all, [stat('m', 'Rows', 'Sum')]);
      seen.set(result?.StatusCode ?? '', result?.Values.length ?? -1);
    }
    expect(Object.fromEntries(seen)).toEqual({ Complete: 8, PartialData: 4, InternalError: 0 });
  });
});

async function alarm({ cloudwatch }: Setup, extra: object = {}): Promise<void> {
  await invoke(cloudwatch, 'PutMetricAlarm', {
    AlarmName: 'failures', Namespace: 'pipeline', MetricName: 'Failed', Dimensions: [{ Name: 'Job', Value: 'a' }], Statistic: 'Sum', Period: 60,
    EvaluationPeriods: 3, DatapointsToAlarm: 2, Threshold: 5, ComparisonOperator: 'GreaterThanOrEqualToThreshold', AlarmActions: [topic], ...extra,
  }, region);
}

async function stateOf({ cloudwatch }: Setup, name = 'failures'): Promise<AlarmState> {
  const answer = await invoke<{ MetricAlarms: { StateValue: AlarmState }[]; CompositeAlarms: { StateValue: AlarmState }[] }>(
    cloudwatch, 'DescribeAlarms', { AlarmNames: [name], AlarmTypes: ['MetricAlarm', 'CompositeAlarm'] }, region);
  return [...answer.MetricAlarms, ...answer.CompositeAlarms][0]?.StateValue as AlarmState;
}

describe('alarms', () => {
  it('go off at M of N datapoints, tell their topic and the bus once, and come back', async () => {
    const all = setup();
    await alarm(all);
    expect(await stateOf(all)).toBe('INSUFFICIENT_DATA');
    await all.world.clock.advance(10_000);
    const states: AlarmState[] = [];
    for (const value of [0, 9, 0, 9, 0, 0, 0]) {
      send(all, 'Failed', value);
      await all.world.clock.advance(minute);
      states.push(await stateOf(all));
    }
    // The second 9 makes two of three; one minute later the first one has left the window.
    expect(states).toEqual(['OK', 'OK', 'OK', 'ALARM', 'OK', 'OK', 'OK']);
    expect(all.world.calls.filter(({ service, operation }) => service === 'sns' && operation === 'Publish')).toHaveLength(1);
    expect(JSON.parse((all.world.calls[0]?.input as { Message: string }).Message)).toMatchObject({ AlarmName: 'failures', NewStateValue: 'ALARM', OldStateValue: 'OK' });
    const changes = all.world.events.map(({ event }) => (event.detail['state'] as { value: string }).value);
    expect(changes).toEqual(['OK', 'ALARM', 'OK']);
    const { AlarmHistoryItems: history } = await invoke<{ AlarmHistoryItems: { HistorySummary: string }[] }>(all.cloudwatch, 'DescribeAlarmHistory', { AlarmName: 'failures' }, region);
    expect(history.map(({ HistorySummary }) => HistorySummary)).toEqual(['Alarm updated from ALARM to OK', 'Alarm updated from OK to ALARM', 'Alarm updated from INSUFFICIENT_DATA to OK']);
  });

  it.each([
    ['missing', 'INSUFFICIENT_DATA'], ['breaching', 'ALARM'], ['notBreaching', 'OK'], ['ignore', 'OK'],
  ] as const)('treat missing data as %s', async (treatment, expected) => {
    const all = setup();
    await alarm(all, { TreatMissingData: treatment });
    await invoke(all.cloudwatch, 'SetAlarmState', { AlarmName: 'failures', StateValue: 'OK', StateReason: 'test' }, region);
    await all.world.clock.advance(2 * minute);
    expect(await stateOf(all)).toBe(expected);
  });

  it('are not looked at in a Region that is down', async () => {
    const all = setup();
    await alarm(all, { TreatMissingData: 'breaching' });
    all.world.faults.setRegion(region, 'down');
    await all.world.clock.advance(5 * minute);
    expect(await stateOf(all)).toBe('INSUFFICIENT_DATA');
    all.world.faults.setRegion(region, 'up');
    await all.world.clock.advance(minute);
    expect(await stateOf(all)).toBe('ALARM');
  });

  it('combine', async () => {
    const all = setup();
    await alarm(all, { TreatMissingData: 'notBreaching' });
    await alarm(all, { AlarmName: 'other', TreatMissingData: 'notBreaching' });
    await invoke(all.cloudwatch, 'PutCompositeAlarm', { AlarmName: 'both', AlarmRule: 'ALARM("failures") AND NOT OK(other)', AlarmActions: [topic] }, region);
    const set = (name: string, state: AlarmState): Promise<unknown> => invoke(all.cloudwatch, 'SetAlarmState', { AlarmName: name, StateValue: state, StateReason: 'test' }, region);
    expect(await stateOf(all, 'both')).toBe('OK');
    await set('failures', 'ALARM');
    await set('other', 'ALARM');
    expect(await stateOf(all, 'both')).toBe('ALARM');
    await set('other', 'OK');
    expect(await stateOf(all, 'both')).toBe('OK');
    await expect(invoke(all.cloudwatch, 'PutCompositeAlarm', { AlarmName: 'x', AlarmRule: 'ALARM(nobody)' }, region)).rejects.toThrow(/nobody/);
  });

  it('work on metric math from a template, whose numbers are text', async () => {
    const all = setup();
    const handler = all.cloudwatch.resources?.['AWS::CloudWatch::Alarm'];
    const created = await handler?.create(
      { region, account: '111122223333', stackName: 'observability', logicalId: 'Errors', assetPath: (key) => key, unmodelled: () => undefined },
      { Metrics: [stat('a', 'Failed', 'Sum', 60, { ReturnData: 'false' }), { Id: 'e', Expression: 'FILL(a, 0) * 2' }], EvaluationPeriods: '1', Threshold: '9', ComparisonOperator: 'GreaterThanThreshold' } as never);
    expect(created).toEqual({ ref: 'observability-Errors', attributes: { Arn: 'arn:aws:cloudwatch:us-east-1:111122223333:alarm:observability-Errors' } });
    await all.world.clock.advance(minute + 10_000);
    expect(await stateOf(all, 'observability-Errors')).toBe('OK');
    send(all, 'Failed', 5);
    await all.world.clock.advance(minute);
    expect(await stateOf(all, 'observability-Errors')).toBe('ALARM');
  });

  it('and metrics survive a restart', async () => {
    const all = setup();
    await alarm(all);
    await invoke(all.cloudwatch, 'PutDashboard', { DashboardName: 'overview', DashboardBody: '{"widgets":[]}' }, region);
    send(all, 'Failed', 7);
    await all.world.clock.advance(minute);
    const state = JSON.parse(JSON.stringify(all.cloudwatch.snapshot?.())) as never;
    const again = { world: all.world, cloudwatch: createCloudWatch(all.world) };
    await again.cloudwatch.restore?.(state);
    expect((await data(again, [stat('m', 'Failed', 'Maximum')]))[0]?.Values).toEqual([7]);
    expect(await stateOf(again)).toBe(await stateOf(all));
    expect(await invoke(again.cloudwatch, 'GetDashboard', { DashboardName: 'overview' }, region)).toMatchObject({ DashboardBody: '{"widgets":[]}' });
  });
});

describe('composite rules', () => {
  const states: Record<string, AlarmState> = { red: 'ALARM', green: 'OK', gray: 'INSUFFICIENT_DATA' };
  const lookUp = (name: string): AlarmState => states[name] as AlarmState;

  it.each([
    ['ALARM(red)', true], ['ALARM("green")', false], ['OK(green) AND ALARM(red)', true], ['NOT ALARM(red) OR INSUFFICIENT_DATA(gray)', true],
    ['NOT (ALARM(red) OR ALARM(green))', false], ['ALARM(green) OR ALARM(red) AND FALSE', false], ['TRUE AND (OK(green))', true],
  ])('%s is %s', (rule, expected) => {
    expect(ruleHolds(rule, lookUp)).toBe(expected);
  });

  it.each(['', 'ALARM red', 'ALARM(red', 'red AND green', 'ALARM(red) ALARM(green)'])('refuse %j', (rule) => {
    expect(() => ruleHolds(rule, lookUp)).toThrow(/AlarmRule is invalid/);
  });
});
