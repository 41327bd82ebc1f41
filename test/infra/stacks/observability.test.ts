import { describe, expect, it } from 'vitest';
import { alarmNames } from '../../../infra/constructs/names.js';
import { deploymentSchema } from '../../../src/config/schema.js';
import { resolveText, resourcesOf, synthesise } from './synthesised.js';

const deployment = synthesise();
const regions = ['us-east-1', 'us-west-2'] as const;
type Region = (typeof regions)[number];
const other = (region: Region): Region => (region === 'us-east-1' ? 'us-west-2' : 'us-east-1');
const templateOf = (region: Region) => deployment.templates[`batchctl-observability-${region}`]!;
const bucket = (region: Region): string => `batchctl-111122223333-${region}`;

interface Alarm {
  AlarmName: string; MetricName?: string; Namespace?: string; Dimensions?: { Name: string; Value: string }[]; Metrics?: { MetricStat?: { Metric: { MetricName: string; Dimensions: { Value: string }[] } } }[];
  Threshold: number; ComparisonOperator: string; EvaluationPeriods: number; DatapointsToAlarm: number; Period: number; Statistic: string; TreatMissingData: string; AlarmActions: string[]; AlarmDescription: string;
}
function alarmsOf(region: Region, from = deployment): Record<string, Alarm> {
  const found = Object.values(resourcesOf({ templates: { one: from.templates[`batchctl-observability-${region}`]! } }, 'AWS::CloudWatch::Alarm'));
  return Object.fromEntries(found.map((each) => [String(each.Properties.AlarmName).replace('batchctl-', ''), each.Properties as unknown as Alarm]));
}
function compositesOf(region: Region): Record<string, { AlarmRule: unknown; AlarmActions: string[]; OKActions: string[] }> {
  return Object.fromEntries(Object.values(resourcesOf({ templates: { one: templateOf(region) } }, 'AWS::CloudWatch::CompositeAlarm')).map((each) => [String(each.Properties.AlarmName).replace('batchctl-', ''), each.Properties as never]));
}
const dimensions = (alarm: Alarm): Record<string, string> => Object.fromEntries((alarm.Dimensions ?? []).map(({ Name, Value }) => [Name, Value]));

describe.each(regions)('alarms of %s', (region) => {
  it('treat missing data each in the way that its metric demands', () => {
    expect(Object.fromEntries(Object.entries(alarmsOf(region)).map(([name, alarm]) => [name, alarm.TreatMissingData]))).toEqual({
      // A canary that does not run has failed; S3 advises to ignore gaps; everything else is only told when it happens.
      canary: 'breaching', 'replication-latency': 'ignore', 'replication-failures': 'ignore',
      'failed-jobs': 'notBreaching', 'oldest-job': 'notBreaching', 'sweep-failures': 'notBreaching', 'dead-letters': 'notBreaching', throttles: 'notBreaching', 'commit-refused': 'notBreaching',
      'other-probes': 'notBreaching', 'other-canary': 'notBreaching', 'other-alarm': 'notBreaching',
    });
  });

  it('read replication lag where it is published, in the destination, and failures in the source', () => {
    const { 'replication-latency': latency, 'replication-failures': failures } = alarmsOf(region);
    expect(dimensions(latency!)).toEqual({ SourceBucket: bucket(other(region)), DestinationBucket: bucket(region), RuleId: `batchctl-to-${region}` });
    expect(dimensions(failures!)).toEqual({ SourceBucket: bucket(region), DestinationBucket: bucket(other(region)), RuleId: `batchctl-to-${other(region)}` });
  });

  it('tell the alert topic of the Region, and the composite ones also when it is over', () => {
    const topic = [`arn:aws:sns:${region}:111122223333:batchctl-alerts`];
    for (const alarm of Object.values(alarmsOf(region))) expect(alarm.AlarmActions).toEqual(topic);
    for (const composite of Object.values(compositesOf(region))) expect(composite).toMatchObject({ AlarmActions: topic, OKActions: topic });
  });

  it('go off by comparisons that mean what their names say', () => {
    const alarms = alarmsOf(region);
    expect(alarms.canary).toMatchObject({ MetricName: 'CanarySucceeded', Namespace: 'batchctl', Statistic: 'Minimum', ComparisonOperator: 'LessThanThreshold', Threshold: 1, DatapointsToAlarm: 3, EvaluationPeriods: 5, Period: 60 });
    expect(alarms['failed-jobs']).toMatchObject({ MetricName: 'JobsFailed', Statistic: 'Sum', ComparisonOperator: 'GreaterThanOrEqualToThreshold', Threshold: 1 });
    expect(alarms['oldest-job']).toMatchObject({ MetricName: 'OldestOpenJobSeconds', Statistic: 'Maximum', ComparisonOperator: 'GreaterThanThreshold', Threshold: 900 });
    expect(alarms['commit-refused']).toMatchObject({ MetricName: 'CommitRefused', Threshold: 1 });
    // Letters that the sweep hides while it looks through the queue count too.
    const letters = alarms['dead-letters']!.Metrics!.flatMap((metric) => (metric.MetricStat ? [metric.MetricStat.Metric] : []));
    expect(letters.map(({ MetricName }) => MetricName).sort()).toEqual(['ApproximateNumberOfMessagesNotVisible', 'ApproximateNumberOfMessagesVisible']);
    for (const { Dimensions } of letters) expect(Dimensions.map(({ Value }) => Value)).toEqual(['batchctl-dead-letters']);
    const throttled = alarms.throttles!.Metrics!.flatMap((metric) => metric.MetricStat?.Metric.Dimensions.map((each) => each.Value) ?? []);
    expect(throttled.sort()).toEqual(['ingest', 'split', 'process-part', 'merge', 'commit', 'sweep'].map((name) => `batchctl-${name}`).sort());
    // CloudWatch's limit for a math alarm.
    expect(throttled.length).toBeLessThanOrEqual(10);
  });

  it('say that the Region is impaired by its canary, or by old jobs together with a cause, never by one bad file', () => {
    const rule = ruleText(region, 'impaired');
    expect(rule).toBe('(ALARM(canary) OR (ALARM(oldest-job) AND (ALARM(failed-jobs) OR ALARM(throttles))))');
  });

  it('judge the other Region by what is read here only', () => {
    expect(ruleText(region, 'other-impaired')).toBe('(ALARM(other-probes) OR ALARM(other-canary) OR ALARM(other-alarm))');
    for (const name of ['other-probes', 'other-canary', 'other-alarm']) expect(alarmsOf(region)[name]).toMatchObject({ Namespace: 'batchctl', MetricName: expect.stringMatching(/^OtherRegion/) as string });
  });

  it('are exactly those that the deployment description names', () => {
    const [parameter] = Object.values(resourcesOf({ templates: { regional: deployment.templates[`batchctl-regional-${region}`]! } }, 'AWS::SSM::Parameter'));
    const described = deploymentSchema.parse(JSON.parse(resolveText(parameter!.Properties.Value))).regions[region]!;
    expect([...described.alarms].sort()).toEqual([...Object.keys(alarmsOf(region)), ...Object.keys(compositesOf(region))].map((name) => `batchctl-${name}`).sort());
    expect(described.alarms).toHaveLength(alarmNames.length);
    templateOf(region).hasResourceProperties('AWS::CloudWatch::Dashboard', { DashboardName: described.dashboard });
  });
});

/** The rule with each alarm's name in place of its reference. */
function ruleText(region: Region, name: string): string {
  const names = Object.fromEntries(Object.entries(resourcesOf({ templates: { one: templateOf(region) } }, 'AWS::CloudWatch::Alarm')).map(([id, each]) => [id.replace('one/', ''), String(each.Properties.AlarmName).replace('batchctl-', '')]));
  return resolveText(compositesOf(region)[name]!.AlarmRule).replaceAll(/"?([A-Za-z0-9-]+)\.Arn"?/g, (_match, id: string) => names[id] ?? id).replaceAll('"', '');
}

describe('alerts', () => {
  it.each(regions)('in %s may be published by the account\'s alarms, whatever else the topic\'s policy denies', (region) => {
    const [policy] = Object.values(resourcesOf({ templates: { one: deployment.templates[`batchctl-regional-${region}`]! } }, 'AWS::SNS::TopicPolicy'));
    const statements = (policy!.Properties.PolicyDocument as { Statement: { Effect: string; Action: string; Principal: unknown; Condition: unknown }[] }).Statement;
    expect(statements).toContainEqual(expect.objectContaining({ Effect: 'Allow', Action: 'sns:Publish', Principal: { Service: 'cloudwatch.amazonaws.com' }, Condition: { StringEquals: { 'aws:SourceAccount': '111122223333' } } }));
    expect(statements).toContainEqual(expect.objectContaining({ Effect: 'Deny', Condition: { Bool: { 'aws:SecureTransport': 'false' } } }));
  });
});

describe('dashboards', () => {
  const bodyOf = (region: Region): { widgets: { properties: { region?: string; title?: string; metrics?: unknown[][]; alarms?: string[] } }[] } => {
    const [dashboard] = Object.values(resourcesOf({ templates: { one: templateOf(region) } }, 'AWS::CloudWatch::Dashboard'));
    return JSON.parse(resolveText(dashboard!.Properties.DashboardBody)) as never;
  };

  it('have names of their own, because dashboards are global, and show the same', () => {
    const [first, second] = regions.map((region) => Object.values(resourcesOf({ templates: { one: templateOf(region) } }, 'AWS::CloudWatch::Dashboard'))[0]!.Properties.DashboardName);
    expect(first).not.toBe(second);
    const shown = (region: Region) => bodyOf(region).widgets.map((widget) => widget.properties.title);
    expect(shown('us-west-2')).toEqual(shown('us-east-1'));
  });

  it.each(regions)('in %s show both Regions, each metric from the Region that publishes it', (region) => {
    const graphs = bodyOf(region).widgets.filter((widget) => widget.properties.metrics !== undefined);
    for (const side of regions) {
      const ofSide = graphs.filter((graph) => graph.properties.title!.endsWith(side));
      expect(ofSide.length).toBeGreaterThan(10);
      for (const graph of ofSide) expect(graph.properties.region).toBe(side);
      const text = JSON.stringify(ofSide);
      for (const metric of ['FilesSplit', 'PartsProcessed', 'JobsParked', 'CommitRefused', 'ExecutionsFailed', 'CanarySucceeded', 'ActiveRegion', 'ReplicationLatency', 'OperationsFailedReplication', 'OldestOpenJobSeconds']) expect(text).toContain(metric);
      expect(JSON.stringify(bodyOf(region))).toContain(`arn:aws:cloudwatch:${side}:111122223333:alarm:batchctl-impaired`);
    }
  });
});

describe('the canary\'s alarm', () => {
  it('looks at periods as long as the canary\'s interval', () => {
    expect(alarmsOf('us-east-1', synthesise({ canaryMinutes: '4' })).canary).toMatchObject({ Period: 240, DatapointsToAlarm: 3, EvaluationPeriods: 5 });
  });
});
