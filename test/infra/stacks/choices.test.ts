import { Match } from 'aws-cdk-lib/assertions';
import { describe, expect, it } from 'vitest';
import { deploymentSchema } from '../../../src/config/schema.js';
import { readSettings } from '../../../infra/constructs/settings.js';
import { resolveText, resourcesOf, synthesise } from './synthesised.js';

describe('without ARC', () => {
  const deployment = synthesise({ arc: 'false' });

  it('there is no cluster, no routing control, and nobody who asks for one', () => {
    for (const template of Object.values(deployment.templates)) {
      const text = JSON.stringify(template.toJSON());
      expect(text).not.toMatch(/AWS::Route53RecoveryControl|route53-recovery|RECOVERY_CONTROL|Custom::ClusterEndpoints/);
    }
    const functions = Object.values(resourcesOf(deployment, 'AWS::Lambda::Function')).map((each) => (each.Properties.Environment as { Variables: Record<string, unknown> }).Variables);
    expect(functions.filter((variables) => variables['ARC_ENDPOINTS'] !== undefined)).toHaveLength(4);
    for (const variables of functions) expect([undefined, '[]']).toContain(variables['ARC_ENDPOINTS']);
  });

  it('the description says so, and the configuration accepts it', () => {
    const [parameter] = Object.values(resourcesOf(deployment, 'AWS::SSM::Parameter'));
    const described = deploymentSchema.parse(JSON.parse(resolveText(parameter!.Properties.Value)));
    expect(described.arc).toBeNull();
    expect(described.dns?.recordName).toBe('active.batchctl.internal');
  });

  it.each([['us-east-1', 'PRIMARY'], ['us-west-2', 'SECONDARY']] as const)('DNS follows what the sweep of %s says of the ledger', (region, failover) => {
    const template = deployment.templates[`batchctl-observability-${region}`]!;
    template.hasResourceProperties('AWS::CloudWatch::Alarm', { AlarmName: 'batchctl-inactive', MetricName: 'ActiveRegion', Namespace: 'batchctl', Threshold: 1, ComparisonOperator: 'LessThanThreshold', TreatMissingData: 'breaching', AlarmActions: Match.absent() });
    template.hasResourceProperties('AWS::Route53::HealthCheck', { HealthCheckConfig: { Type: 'CLOUDWATCH_METRIC', AlarmIdentifier: { Name: 'batchctl-inactive', Region: region }, InsufficientDataHealthStatus: 'Unhealthy' } });
    template.hasResourceProperties('AWS::Route53::RecordSet', { Name: 'active.batchctl.internal', Failover: failover, SetIdentifier: region, HealthCheckId: Match.anyValue() });
    const healthCheck = Object.values(template.findResources('AWS::Route53::HealthCheck'))[0] as { DependsOn: string[] };
    expect(healthCheck.DependsOn.map((id) => (template.toJSON() as { Resources: Record<string, { Type: string }> }).Resources[id]!.Type)).toEqual(['AWS::CloudWatch::Alarm']);
  });

  it('is asked for in so many words', () => {
    expect(() => readSettings((name) => (name === 'arc' ? 'no' : undefined), {})).toThrow('arc is "no"; it must be true or false.');
  });
});
