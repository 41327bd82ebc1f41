import { describe, expect, it } from 'vitest';
import { deniableServices, faultNames, functionNames } from '../../../infra/constructs/names.js';
import { deploymentSchema } from '../../../src/config/schema.js';
import { parseDocument, type DocumentStep } from '../../../src/sandbox/services/ssm/automation/document.js';
import { resolveText, resourcesOf, synthesise, type TemplateResource } from './synthesised.js';

const account = '111122223333';
const deployment = synthesise({ chaos: 'true' });
const regions = [['us-east-1', 'us-west-2'], ['us-west-2', 'us-east-1']] as const;

interface Statement { Effect: string; Action: string | string[]; Resource: unknown; Condition?: Record<string, Record<string, unknown>> }
interface Action { ActionId: string; Parameters: Record<string, string>; Targets?: Record<string, string> }
interface Target { ResourceType: string; ResourceArns?: string[]; ResourceTags?: Record<string, string>; SelectionMode: string }
interface Template {
  RoleArn: unknown; Tags: Record<string, string>; Description: string; Actions: Record<string, Action>; Targets: Record<string, Target>;
  StopConditions: { Source: string; Value: string }[]; ExperimentOptions: object; LogConfiguration: { CloudWatchLogsConfiguration: object; LogSchemaVersion: number };
}

const within = (name: string) => ({ templates: { [name]: deployment.templates[name]! } });
const templatesOf = (region: string): Record<string, Template> => Object.fromEntries(Object.values(resourcesOf(within(`batchctl-observability-${region}`), 'AWS::FIS::ExperimentTemplate'))
  .map((each) => [(each.Properties.Tags as Record<string, string>)['Name']!.replace('batchctl-', ''), each.Properties as unknown as Template]));
const roleNamed = (stack: string, name: string): [string, TemplateResource] => Object.entries(resourcesOf(within(stack), 'AWS::IAM::Role')).find(([, each]) => each.Properties.RoleName === name)!;
const statementsOf = (stack: string, roleId: string): Statement[] => Object.values(resourcesOf(within(stack), 'AWS::IAM::Policy'))
  .filter((each) => JSON.stringify(each.Properties.Roles).includes(`"${roleId.split('/')[1]}"`))
  .flatMap((each) => (each.Properties.PolicyDocument as { Statement: Statement[] }).Statement);
const listed = <T>(value: T | T[]): T[] => (Array.isArray(value) ? value : [value]);
const actionsOf = (statements: Statement[]): string[] => statements.flatMap((statement) => listed(statement.Action)).sort();

describe.each(regions)('the experiments of %s', (region, other) => {
  const templates = templatesOf(region);

  it('are all there, break this Region only, and say what they do', () => {
    expect(Object.keys(templates).sort()).toEqual([...faultNames].sort());
    for (const template of Object.values(templates)) {
      expect(template.Tags).toMatchObject({ deployment: 'batchctl' });
      expect(template.Description).toContain(`batchctl in ${region}: `);
      const reached = JSON.stringify([template.Targets, Object.values(template.Actions).map((action) => action.Parameters['documentArn'] ?? '')]);
      expect(reached).toContain(region);
      expect(reached).not.toContain(other);
    }
  });

  it('take the actions that FIS has, on targets that exist, none left over', () => {
    const of = (name: string): string[] => Object.values(templates[name]!.Actions).map((action) => action.ActionId);
    expect(Object.fromEntries(Object.keys(templates).map((name) => [name, of(name)]))).toEqual({
      'functions-fail': ['aws:lambda:invocation-error'],
      'functions-slow': ['aws:lambda:invocation-add-delay'],
      's3-denied': ['aws:ssm:start-automation-execution'],
      'dynamodb-denied': ['aws:ssm:start-automation-execution'],
      's3-replication-paused': ['aws:s3:bucket-pause-replication'],
      'ledger-isolated': ['aws:dynamodb:global-table-pause-replication'],
      'reference-replication-paused': ['aws:dynamodb:global-table-pause-replication'],
      'region-impaired': ['aws:lambda:invocation-error', 'aws:dynamodb:global-table-pause-replication', 'aws:s3:bucket-pause-replication'],
    });
    for (const template of Object.values(templates)) {
      expect(Object.keys(template.Targets).sort()).toEqual(Object.values(template.Actions).flatMap((action) => Object.values(action.Targets ?? {})).sort());
    }
    expect(templates['ledger-isolated']!.Targets['ledger']).toMatchObject({ ResourceArns: [`arn:aws:dynamodb:${region}:${account}:table/batchctl-ledger`] });
    expect(templates['reference-replication-paused']!.Targets['reference']).toMatchObject({ ResourceArns: [`arn:aws:dynamodb:${region}:${account}:table/batchctl-reference`] });
    expect(templates['s3-replication-paused']!.Actions['s3ReplicationPaused']!.Parameters).toEqual({ duration: 'PT120M', region: other });
  });

  it('find by its tag the bucket of this Region, which carries it', () => {
    const { ResourceTags } = templates['s3-replication-paused']!.Targets['bucket']!;
    const [bucket] = Object.values(resourcesOf(within(`batchctl-storage-${region}`), 'AWS::S3::Bucket'));
    expect(ResourceTags).toEqual({ 'fault-target': `batchctl-${region}` });
    expect(bucket!.Properties.Tags).toContainEqual({ Key: 'fault-target', Value: `batchctl-${region}` });
    const own = Object.values(resourcesOf(within(`batchctl-regional-${region}`), 'AWS::S3::Bucket'));
    expect(JSON.stringify(own.map((each) => each.Properties.Tags))).not.toContain('fault-target');
  });

  it('are stopped by what this Region sees of the other one, never by its own trouble', () => {
    const alarms = Object.values(resourcesOf(within(`batchctl-observability-${region}`), 'AWS::CloudWatch::Alarm')).map((each) => each.Properties.AlarmName as string);
    for (const template of Object.values(templates)) {
      expect(template.StopConditions.map((each) => each.Value)).toEqual(['other-probes', 'other-canary', 'other-alarm'].map((name) => `arn:aws:cloudwatch:${region}:${account}:alarm:batchctl-${name}`));
      for (const { Source, Value } of template.StopConditions) {
        expect(Source).toBe('aws:cloudwatch:alarm');
        expect(alarms).toContain(Value.split(':alarm:')[1]);
      }
    }
  });

  it('fail when a target is missing, and are logged', () => {
    for (const template of Object.values(templates)) {
      expect(template.ExperimentOptions).toEqual({ AccountTargeting: 'single-account', EmptyTargetResolutionMode: 'fail' });
      expect(template.LogConfiguration).toMatchObject({ LogSchemaVersion: 2, CloudWatchLogsConfiguration: { LogGroupArn: { 'Fn::GetAtt': [expect.any(String), 'Arn'] } } });
    }
    const groups = Object.values(resourcesOf(within(`batchctl-observability-${region}`), 'AWS::Logs::LogGroup'));
    expect(groups.map((each) => [each.Properties.LogGroupName, each.Properties.RetentionInDays])).toEqual([['/aws/vendedlogs/fis/batchctl', 365]]);
  });

  it('run as a role that FIS alone takes, for experiments of this account and Region, with what the actions need and no more', () => {
    const stack = `batchctl-observability-${region}`;
    const [id, role] = roleNamed(stack, `batchctl-faults-${region}`);
    expect(role.Properties.AssumeRolePolicyDocument).toMatchObject({ Statement: [{
      Principal: { Service: 'fis.amazonaws.com' },
      Condition: { StringEquals: { 'aws:SourceAccount': account }, ArnLike: { 'aws:SourceArn': `arn:aws:fis:${region}:${account}:experiment/*` } },
    }] });
    const statements = statementsOf(stack, id);
    expect(actionsOf(statements)).toEqual([
      'dynamodb:DeleteResourcePolicy', 'dynamodb:DescribeTable', 'dynamodb:GetResourcePolicy', 'dynamodb:InjectError', 'dynamodb:PutResourcePolicy',
      'iam:PassRole', 'lambda:GetFunction', 'logs:CreateLogDelivery', 'logs:DescribeLogGroups', 'logs:DescribeResourcePolicies', 'logs:PutResourcePolicy',
      's3:DeleteObject', 's3:GetReplicationConfiguration', 's3:ListAllMyBuckets', 's3:PauseReplication', 's3:PutObject', 's3:PutReplicationConfiguration',
      'ssm:GetAutomationExecution', 'ssm:StartAutomationExecution', 'ssm:StopAutomationExecution', 'tag:GetResources',
    ]);
    const about = (action: string): Statement => statements.find((statement) => listed(statement.Action).includes(action))!;
    expect(about('s3:PauseReplication').Condition).toEqual({ StringEquals: { 's3:destinationRegion': other } });
    // Changing a replication rule for good is none of its business.
    expect(about('s3:PutReplicationConfiguration').Condition).toEqual({ BoolIfExists: { 's3:isReplicationPauseRequest': 'true' } });
    expect(listed(about('iam:PassRole').Resource)).toEqual([`arn:aws:iam::${account}:role/batchctl-denying-${region}`]);
    for (const statement of statements.filter((each) => each.Resource !== '*')) expect(JSON.stringify(statement.Resource)).not.toContain(`${other}:`);
  });
});

describe.each(regions)('what experiments need of the functions in %s', (region) => {
  const stack = `batchctl-regional-${region}`;
  const functions = Object.fromEntries(Object.values(resourcesOf(within(stack), 'AWS::Lambda::Function')).map((each) => [(each.Properties.FunctionName as string).replace('batchctl-', ''), each]));
  const breakable = Object.keys(functions).filter((name) => functions[name]!.Properties.Layers !== undefined).sort();

  it('is in those on the path of jobs, and neither in what watches nor in what moves', () => {
    expect(breakable).toEqual(['canary', 'commit', 'ingest', 'merge', 'process-part', 'split']);
    const targeted = templatesOf(region)['functions-fail']!.Targets['functions']!.ResourceArns!.map((arn) => arn.split(':batchctl-')[1]).sort();
    expect(targeted).toEqual(breakable);
    deployment.templates[stack]!.hasParameter('*', { Type: 'AWS::SSM::Parameter::Value<String>', Default: '/aws/service/fis/lambda-extension/AWS-FIS-extension-arm64/1.x.x' });
  });

  it('leads to a bucket of its own, which keeps nothing', () => {
    const [[id, bucket], ...more] = Object.entries(resourcesOf(within(stack), 'AWS::S3::Bucket')) as [[string, TemplateResource]];
    expect(more).toEqual([]);
    expect(bucket).toMatchObject({ DeletionPolicy: 'Delete', Properties: { BucketName: `batchctl-faults-${account}-${region}`, LifecycleConfiguration: { Rules: [{ ExpirationInDays: 1 }] } } });
    for (const name of breakable) {
      const { Variables } = functions[name]!.Properties.Environment as { Variables: Record<string, unknown> };
      expect(Variables['AWS_LAMBDA_EXEC_WRAPPER']).toBe('/opt/aws-fis/bootstrap');
      expect(resolveText(Variables['AWS_FIS_CONFIGURATION_LOCATION'])).toBe(`${id.split('/')[1]}.Arn/configurations/`);
      expect(actionsOf(statementsOf(stack, `/${(functions[name]!.Properties.Role as { 'Fn::GetAtt': [string] })['Fn::GetAtt'][0]}`)).filter((action) => /Delete|s3:\*/.test(action))).toEqual([]);
    }
  });
});

describe.each(regions)('denying a service in %s', (region, other) => {
  const stack = `batchctl-regional-${region}`;
  const documents = Object.fromEntries(Object.values(resourcesOf(within(stack), 'AWS::SSM::Document')).map((each) => [each.Properties.Name as string, each.Properties.Content as { assumeRole: string; mainSteps: (DocumentStep & { onCancel?: string })[] }]));
  const roleOf = (step: DocumentStep): string => resolveText(step.inputs?.['RoleName']);

  it.each(deniableServices)('%s: denies, waits, and allows again whatever ends it', (service) => {
    const content = documents[`batchctl-deny-${service}`]!;
    expect(() => parseDocument(content)).not.toThrow();
    const { mainSteps } = content;
    const wait = mainSteps.findIndex((step) => step.action === 'aws:sleep');
    const [denying, allowing] = [mainSteps.slice(0, wait), mainSteps.slice(wait + 1)];
    expect(denying).toHaveLength(functionNames.length - 1);
    expect(allowing.map(roleOf)).toEqual(denying.map(roleOf));
    for (const step of denying) expect(step.inputs).toMatchObject({ Service: 'iam', Api: 'AttachRolePolicy', PolicyArn: `arn:aws:iam::${account}:policy/batchctl-deny-${service}-${region}` });
    for (const step of mainSteps.slice(0, wait + 1)) expect(step).toMatchObject({ onFailure: `step:${allowing[0]!.name}`, onCancel: `step:${allowing[0]!.name}` });
    // One role that cannot be freed must not keep the others denied, and must not pass for success.
    for (const step of allowing) expect(step).toMatchObject({ onFailure: 'Continue', isCritical: true, inputs: { Api: 'DetachRolePolicy' } });
    expect(allowing.at(-1)).toMatchObject({ isEnd: true });
  });

  it('spares what moves the pipeline here', () => {
    const operate = Object.entries(resourcesOf(within(stack), 'AWS::IAM::Role')).map(([id]) => id.split('/')[1]!).find((id) => /operateRole/i.test(id))!;
    for (const content of Object.values(documents)) expect(content.mainSteps.flatMap((step) => (step.inputs?.['RoleName'] === undefined ? [] : [roleOf(step)]))).not.toContain(operate);
  });

  it('can do nothing but attach and detach these policies, which do nothing but deny in this Region', () => {
    const [id, role] = roleNamed(stack, `batchctl-denying-${region}`);
    expect(role.Properties.AssumeRolePolicyDocument).toMatchObject({ Statement: [{ Principal: { Service: 'ssm.amazonaws.com' }, Condition: { StringEquals: { 'aws:SourceAccount': account } } }] });
    const statements = statementsOf(stack, id);
    expect(statements).toHaveLength(1);
    expect(actionsOf(statements)).toEqual(['iam:AttachRolePolicy', 'iam:DetachRolePolicy']);
    expect(statements[0]!.Condition).toEqual({ ArnEquals: { 'iam:PolicyARN': deniableServices.map((service) => `arn:aws:iam::${account}:policy/batchctl-deny-${service}-${region}`) } });
    const policies = Object.values(resourcesOf(within(stack), 'AWS::IAM::ManagedPolicy'));
    expect(policies.map((each) => each.Properties.ManagedPolicyName).sort()).toEqual(deniableServices.map((service) => `batchctl-deny-${service}-${region}`).sort());
    for (const policy of policies) {
      expect(policy.Properties.Roles).toBeUndefined();
      for (const statement of (policy.Properties.PolicyDocument as { Statement: Statement[] }).Statement) {
        expect(statement.Effect).toBe('Deny');
        expect(JSON.stringify(statement.Resource)).not.toContain(other);
      }
    }
  });
});

describe('who may break things', () => {
  const policies = Object.fromEntries(Object.values(resourcesOf(within('batchctl-control'), 'AWS::IAM::ManagedPolicy')).map((each) => [each.Properties.ManagedPolicyName as string, (each.Properties.PolicyDocument as { Statement: Statement[] }).Statement]));
  const fis = (name: string): string[] => [...new Set(actionsOf(policies[name]!).filter((action) => action.startsWith('fis:')))];

  it('the role of game days starts experiments of this deployment, and moves nothing', () => {
    const [, role] = roleNamed('batchctl-control', 'batchctl-game-day');
    expect(role.Properties.ManagedPolicyArns).toHaveLength(2);
    expect(fis('batchctl-breaking')).toEqual(['fis:GetExperiment', 'fis:GetExperimentTemplate', 'fis:ListExperimentTemplates', 'fis:ListExperiments', 'fis:StartExperiment', 'fis:StopExperiment']);
    const [start] = policies['batchctl-breaking']!.filter((statement) => JSON.stringify(statement.Resource).includes('experiment-template/') && listed(statement.Action).includes('fis:StartExperiment'));
    expect(start!.Condition).toEqual({ StringEquals: { 'aws:ResourceTag/deployment': ['batchctl'] } });
  });

  it('operators can stop them and not start them; observers neither', () => {
    expect(fis('batchctl-runbooks')).toEqual(['fis:GetExperiment', 'fis:ListExperiments', 'fis:StopExperiment']);
    expect(fis('batchctl-watching')).toEqual([]);
  });

  it('the description names them, and the configuration accepts it', () => {
    const [parameter] = Object.values(resourcesOf(within('batchctl-regional-us-west-2'), 'AWS::SSM::Parameter'));
    const { faultTemplates } = deploymentSchema.parse(JSON.parse(resolveText(parameter!.Properties.Value)));
    expect(faultTemplates?.map((each) => each.name)).toEqual(faultNames.map((name) => `batchctl-${name}`));
  });
});
