import { describe, expect, it } from 'vitest';
import { deploymentSchema } from '../../../src/config/schema.js';
import { resolveText, resourcesOf, synthesise } from './synthesised.js';

const deployment = synthesise();
const control = { templates: { control: deployment.templates['batchctl-control']! } };

interface Statement { Action: string | string[]; Resource: unknown; Condition?: unknown }
const listed = <T>(value: T | T[]): T[] => (Array.isArray(value) ? value : [value]);

function policy(name: string): { statements: Statement[]; text: string; logicalId: string } {
  const [logicalId, found] = Object.entries(resourcesOf(control, 'AWS::IAM::ManagedPolicy')).find(([, each]) => each.Properties.ManagedPolicyName === name)!;
  const document = found.Properties.PolicyDocument as { Statement: Statement[] };
  return { statements: document.Statement, text: JSON.stringify(document), logicalId: logicalId.replace('control/', '') };
}
function grants(name: string): Record<string, string[]> {
  const byAction: Record<string, string[]> = {};
  for (const statement of policy(name).statements) for (const action of listed(statement.Action)) (byAction[action] ??= []).push(...listed(statement.Resource).map(resolveText));
  return byAction;
}
function role(name: string) {
  return Object.values(resourcesOf(control, 'AWS::IAM::Role')).find((each) => each.Properties.RoleName === name)!.Properties;
}

describe('roles for people', () => {
  it('are assumed from this account only, and for a whole night', () => {
    for (const name of ['batchctl-operator', 'batchctl-observer']) {
      expect(role(name).MaxSessionDuration).toBe(43_200);
      const trust = role(name).AssumeRolePolicyDocument as { Statement: { Action: string; Principal: { AWS: unknown } }[] };
      expect(trust.Statement.map((each) => [each.Action, resolveText(each.Principal.AWS)])).toEqual([['sts:AssumeRole', expect.stringMatching(/:iam::111122223333:root$/) as string]]);
    }
  });

  it('build on one another: an operator may what an observer may, and more', () => {
    const attached = (name: string) => (role(name).ManagedPolicyArns as { Ref: string }[]).map((each) => each.Ref).sort();
    expect(attached('batchctl-observer')).toEqual([policy('batchctl-watching').logicalId]);
    expect(attached('batchctl-operator')).toEqual(['batchctl-watching', 'batchctl-operating', 'batchctl-runbooks'].map((name) => policy(name).logicalId).sort());
    expect(role('batchctl-operator').Policies).toBeUndefined();
  });

  it('let an observer change nothing', () => {
    for (const action of Object.keys(grants('batchctl-watching'))) expect(action).toMatch(/:(Get|BatchGet|Query|Scan|List|Describe)|^lambda:InvokeFunction$/);
    expect(grants('batchctl-watching')['lambda:InvokeFunction']).toEqual(['us-east-1', 'us-west-2'].map((region) => `arn:aws:lambda:${region}:111122223333:function:batchctl-observe`));
  });

  it('let an operator delete the lock and nothing else, and write inputs and proofs only', () => {
    const deleting = policy('batchctl-operating').statements.filter((statement) => listed(statement.Action).some((action) => /:(Delete|Remove|Purge)/.test(action)));
    expect(deleting).toMatchObject([{ Action: 'dynamodb:DeleteItem', Condition: { 'ForAllValues:StringEquals': { 'dynamodb:LeadingKeys': ['lock'] } } }]);
    for (const resource of grants('batchctl-operating')['s3:PutObject']!) expect(resource).toMatch(/\/(input|canary)\/\*$/);
  });

  it('let an operator start and approve the runbooks of this deployment, hand over their role, and publish choices', () => {
    const runbooks = grants('batchctl-runbooks');
    expect(runbooks['ssm:StartAutomationExecution']!.sort()).toEqual(['us-east-1', 'us-west-2'].flatMap((region) => ['failback', 'failover'].map((name) => `arn:aws:ssm:${region}:111122223333:automation-definition/batchctl-${name}:$DEFAULT`)));
    expect(runbooks['iam:PassRole']).toEqual(['us-east-1', 'us-west-2'].map((region) => `arn:aws:iam::111122223333:role/batchctl-runbooks-${region}`));
    expect(runbooks['ssm:PutParameter']).toEqual(['us-east-1', 'us-west-2'].map((region) => `arn:aws:ssm:${region}:111122223333:parameter/batchctl/choices`));
    expect(policy('batchctl-runbooks').statements.find((each) => each.Action === 'iam:PassRole')).toMatchObject({ Condition: { StringEquals: { 'iam:PassedToService': ['ssm.amazonaws.com'] } } });
  });

  it('let nobody change IAM, functions, stacks, tables or the reference data', () => {
    const services = new Set([...Object.keys(grants('batchctl-watching')), ...Object.keys(grants('batchctl-operating'))].map((action) => action.split(':')[0]!));
    expect([...services].sort()).toEqual(['cloudwatch', 'dynamodb', 'lambda', 'route53-recovery-cluster', 's3', 'ses', 'ssm', 'states']);
    expect(policy('batchctl-operating').text + policy('batchctl-watching').text).not.toContain('batchctl-reference');
  });

  it('reach both Regions and both routing controls', () => {
    const operating = grants('batchctl-operating');
    expect(operating['route53-recovery-cluster:UpdateRoutingControlStates']).toHaveLength(2);
    for (const action of ['dynamodb:PutItem', 'states:StartExecution', 'states:StopExecution']) expect(operating[action]!.map((arn) => arn.split(':')[3]).sort()).toEqual(['us-east-1', 'us-west-2']);
  });

  it.each(['batchctl-watching', 'batchctl-operating', 'batchctl-runbooks'])('%s fits into a managed policy (6,144 characters), with room for real ARNs', (name) => {
    expect(policy(name).statements.map((statement) => JSON.stringify({ ...statement, Resource: listed(statement.Resource).map(resolveText) })).join('').length).toBeLessThan(5000);
  });

  it('are in the deployment description under the names that they have', () => {
    const [parameter] = Object.values(resourcesOf({ templates: { regional: deployment.templates['batchctl-regional-us-west-2']! } }, 'AWS::SSM::Parameter'));
    const { roles } = deploymentSchema.parse(JSON.parse(resolveText(parameter!.Properties.Value)));
    expect(roles).toEqual({ operator: 'arn:aws:iam::111122223333:role/batchctl-operator', observer: 'arn:aws:iam::111122223333:role/batchctl-observer' });
  });
});
