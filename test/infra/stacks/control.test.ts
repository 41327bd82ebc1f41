import { Match } from 'aws-cdk-lib/assertions';
import { describe, expect, it } from 'vitest';
import { arcEndpointRegions } from '../../../src/config/schema.js';
import { resourcesOf, synthesise } from './synthesised.js';

const deployment = synthesise();
const control = deployment.templates['batchctl-control']!;
const ledger = deployment.templates['batchctl-ledger']!;

const resources = (type: string) => resourcesOf({ templates: { control } }, type);
const logicalIds = (type: string): string[] => Object.keys(control.findResources(type));

describe('routing', () => {
  it('has one control a Region, all in one panel of one cluster', () => {
    expect(Object.values(resources('AWS::Route53RecoveryControl::RoutingControl')).map((each) => each.Properties.Name)).toEqual(['batchctl-us-east-1', 'batchctl-us-west-2']);
    control.resourceCountIs('AWS::Route53RecoveryControl::Cluster', 1);
    control.resourceCountIs('AWS::Route53RecoveryControl::ControlPanel', 1);
  });

  it('forbids both On and nothing else', () => {
    const controls = logicalIds('AWS::Route53RecoveryControl::RoutingControl');
    control.resourceCountIs('AWS::Route53RecoveryControl::SafetyRule', 1);
    control.hasResourceProperties('AWS::Route53RecoveryControl::SafetyRule', {
      RuleConfig: { Type: 'ATLEAST', Threshold: 2, Inverted: true },
      AssertionRule: { AssertedControls: controls.map((id) => ({ 'Fn::GetAtt': [id, 'RoutingControlArn'] })) },
      GatingRule: Match.absent(),
    });
  });

  it('waits less than a client does before it tries again', () => {
    const [rule] = Object.values(resources('AWS::Route53RecoveryControl::SafetyRule'));
    expect((rule!.Properties.AssertionRule as { WaitPeriodMs: number }).WaitPeriodMs).toBeLessThan(3000);
  });

  it('answers with the active Region by name, each value behind the health check of its own control', () => {
    const healthChecks = resources('AWS::Route53::HealthCheck');
    const records = Object.values(resources('AWS::Route53::RecordSet'));
    expect(records.map(({ Properties: { Name, Type, TTL, Failover, SetIdentifier, ResourceRecords } }) => ({ Name, Type, TTL, Failover, SetIdentifier, ResourceRecords }))).toEqual([
      { Name: 'active.batchctl.internal', Type: 'TXT', TTL: '60', Failover: 'PRIMARY', SetIdentifier: 'us-east-1', ResourceRecords: ['"us-east-1"'] },
      { Name: 'active.batchctl.internal', Type: 'TXT', TTL: '60', Failover: 'SECONDARY', SetIdentifier: 'us-west-2', ResourceRecords: ['"us-west-2"'] },
    ]);
    for (const record of records) {
      const [healthCheckId] = (record.Properties.HealthCheckId as { 'Fn::GetAtt': [string, string] })['Fn::GetAtt'];
      const config = healthChecks[`control/${healthCheckId}`]!.Properties.HealthCheckConfig as { Type: string; RoutingControlArn: { 'Fn::GetAtt': [string, string] } };
      expect(config.Type).toBe('RECOVERY_CONTROL');
      const followed = resources('AWS::Route53RecoveryControl::RoutingControl')[`control/${config.RoutingControlArn['Fn::GetAtt'][0]}`]!;
      expect(followed.Properties.Name).toBe(`batchctl-${String(record.Properties.SetIdentifier)}`);
    }
  });

  it('is never set by a stack: no template names a state', () => {
    for (const template of Object.values(deployment.templates)) expect(JSON.stringify(template.toJSON())).not.toMatch(/RoutingControlState"?\s*:|TrafficDial/);
  });
});

describe('Multi-Region Access Point', () => {
  it('covers both buckets and no public', () => {
    control.hasResourceProperties('AWS::S3::MultiRegionAccessPoint', {
      Regions: [{ Bucket: 'batchctl-111122223333-us-east-1' }, { Bucket: 'batchctl-111122223333-us-west-2' }].map((each) => Match.objectLike(each)),
      PublicAccessBlockConfiguration: { BlockPublicAcls: true, BlockPublicPolicy: true, IgnorePublicAcls: true, RestrictPublicBuckets: true },
    });
  });
});

describe('custom resources', () => {
  it('are two, and their handler may do nothing beyond them', () => {
    const custom = Object.values(deployment.templates).flatMap((template) => Object.values(template.toJSON().Resources as Record<string, { Type: string }>)).map((each) => each.Type).filter((type) => /^Custom::|CustomResource/.test(type));
    expect(custom.sort()).toEqual(['Custom::BucketReplication', 'Custom::ClusterEndpoints']);
    const [policy] = Object.values(resources('AWS::IAM::Policy'));
    const actions = (policy!.Properties.PolicyDocument as { Statement: { Action: string | string[] }[] }).Statement.flatMap((statement) => statement.Action);
    expect(actions.sort()).toEqual([
      'iam:PassRole', 'logs:CreateLogStream', 'logs:PutLogEvents', 'route53-recovery-control-config:DescribeCluster',
      's3:PutReplicationConfiguration', 'xray:PutTelemetryRecords', 'xray:PutTraceSegments',
    ]);
  });

  it('publish an endpoint for each of the five cluster Regions', () => {
    const outputs = Object.keys(control.findOutputs('*')).filter((name) => name.startsWith('ClusterEndpoint'));
    expect(outputs).toHaveLength(arcEndpointRegions.length);
    expect(outputs).toContain('ClusterEndpointApNortheast1');
  });
});

describe('tables', () => {
  it('keep the ledger strongly consistent over two replicas and a witness', () => {
    ledger.hasResourceProperties('AWS::DynamoDB::GlobalTable', {
      TableName: 'batchctl-ledger',
      MultiRegionConsistency: 'STRONG',
      GlobalTableWitnesses: [{ Region: 'us-east-2' }],
      BillingMode: 'PAY_PER_REQUEST',
      KeySchema: [{ AttributeName: 'pk', KeyType: 'HASH' }, { AttributeName: 'sk', KeyType: 'RANGE' }],
      TimeToLiveSpecification: Match.absent(),
      LocalSecondaryIndexes: Match.absent(),
    });
  });

  it('index what is open and what is recent', () => {
    const [table] = Object.values(ledger.findResources('AWS::DynamoDB::GlobalTable', { Properties: { TableName: 'batchctl-ledger' } })) as { Properties: { GlobalSecondaryIndexes: unknown } }[];
    expect(table!.Properties.GlobalSecondaryIndexes).toEqual([
      { IndexName: 'open', KeySchema: [{ AttributeName: 'openShard', KeyType: 'HASH' }, { AttributeName: 'openSort', KeyType: 'RANGE' }], Projection: { ProjectionType: 'ALL' } },
      { IndexName: 'recent', KeySchema: [{ AttributeName: 'dayShard', KeyType: 'HASH' }, { AttributeName: 'daySort', KeyType: 'RANGE' }], Projection: { ProjectionType: 'ALL' } },
    ]);
  });

  it('replicate the reference data eventually', () => {
    ledger.hasResourceProperties('AWS::DynamoDB::GlobalTable', {
      TableName: 'batchctl-reference',
      KeySchema: [{ AttributeName: 'uuid', KeyType: 'HASH' }],
      MultiRegionConsistency: Match.absent(),
      GlobalTableWitnesses: Match.absent(),
    });
  });

  it.each(Object.entries(resourcesOf({ templates: { ledger } }, 'AWS::DynamoDB::GlobalTable')))('%s is kept, protected and recoverable in both Regions', (_name, table) => {
    expect(table.DeletionPolicy).toBe('Retain');
    expect(table.Properties.Replicas).toEqual(['us-east-1', 'us-west-2'].map((Region) => expect.objectContaining({
      Region,
      DeletionProtectionEnabled: true,
      PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true },
    }) as unknown));
  });
});
