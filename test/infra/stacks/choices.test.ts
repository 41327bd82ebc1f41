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

describe('with results told through SNS', () => {
  const deployment = synthesise({ notify: 'sns', notifyTo: 'results@example.com' });

  it.each(['us-east-1', 'us-west-2'])('%s has a topic for them apart from the alerts, with TLS only and a subscriber, and no sender of e-mails', (region) => {
    const template = deployment.templates[`batchctl-regional-${region}`]!;
    template.hasResourceProperties('AWS::SNS::Topic', { TopicName: 'batchctl-results' });
    template.resourceCountIs('AWS::SES::EmailIdentity', 0);
    template.hasResourceProperties('AWS::SNS::Subscription', { Protocol: 'email', Endpoint: 'results@example.com' });
    template.allResourcesProperties('AWS::SNS::TopicPolicy', { PolicyDocument: { Statement: Match.arrayWith([Match.objectLike({ Effect: 'Deny', Condition: { Bool: { 'aws:SecureTransport': 'false' } } })]) } });
    template.hasResourceProperties('AWS::Lambda::Function', { FunctionName: 'batchctl-notify', Environment: { Variables: Match.objectLike({ RESULTS_TOPIC_ARN: `arn:aws:sns:${region}:111122223333:batchctl-results`, NOTIFY_FROM: Match.absent(), NOTIFY_TO: Match.absent() }) } });
  });

  it('the function may publish there and nowhere else, people look at it, and nobody asks for rights on SES', () => {
    for (const template of Object.values(deployment.templates)) expect(JSON.stringify(template.toJSON())).not.toMatch(/ses:|AWS::SES/);
    for (const region of ['us-east-1', 'us-west-2']) {
      const template = { templates: { regional: deployment.templates[`batchctl-regional-${region}`]! } };
      const publishing = Object.entries(resourcesOf(template, 'AWS::IAM::Policy')).filter(([id]) => /notifyRole/i.test(id)).flatMap(([, each]) => (each.Properties.PolicyDocument as { Statement: { Action: unknown; Resource: unknown }[] }).Statement).filter((each) => JSON.stringify(each.Action).includes('sns:'));
      expect(publishing).toMatchObject([{ Action: 'sns:Publish', Resource: `arn:aws:sns:${region}:111122223333:batchctl-results` }]);
    }
    const watching = Object.values(resourcesOf(deployment, 'AWS::IAM::ManagedPolicy')).find((each) => each.Properties.ManagedPolicyName === 'batchctl-watching')!;
    const { Statement } = watching.Properties.PolicyDocument as { Statement: { Action: unknown; Resource: unknown }[] };
    expect(Statement.find((each) => each.Action === 'sns:GetTopicAttributes')!.Resource).toEqual(['us-east-1', 'us-west-2'].map((region) => `arn:aws:sns:${region}:111122223333:batchctl-results`));
    expect(JSON.stringify(Statement)).not.toContain('lambda:GetFunctionConfiguration');
  });

  it('the description names the topics, and the configuration accepts it', () => {
    const [parameter] = Object.values(resourcesOf(deployment, 'AWS::SSM::Parameter'));
    const { regions } = deploymentSchema.parse(JSON.parse(resolveText(parameter!.Properties.Value)));
    expect(Object.values(regions).map((region) => region.resultsTopicArn).sort()).toEqual(['us-east-1', 'us-west-2'].map((region) => `arn:aws:sns:${region}:111122223333:batchctl-results`));
  });

  it('is asked for in so many words', () => {
    expect(() => readSettings((name) => (name === 'notify' ? 'sms' : undefined), {})).toThrow('notify is "sms"; it must be email or sns.');
  });
});
