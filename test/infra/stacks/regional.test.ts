import { createRequire } from 'node:module';
import { Match } from 'aws-cdk-lib/assertions';
import { describe, expect, it, vi } from 'vitest';
import { type FunctionName, functionNames } from '../../../infra/constructs/names.js';
import { deploymentSchema } from '../../../src/config/schema.js';
import { resolveText, resourcesOf, synthesise, writeFunctionBundles } from './synthesised.js';

/** The package has no type declarations. */
const validate = createRequire(import.meta.url)('asl-validator') as (definition: unknown) => { isValid: boolean; errors: unknown[] };

/** Some synthesise the whole deployment again. */
vi.setConfig({ testTimeout: 120_000 });

const deployment = synthesise();
const home = deployment.templates['batchctl-regional-us-east-1']!;
const standby = deployment.templates['batchctl-regional-us-west-2']!;
const everyRegion = [['us-east-1', 'us-west-2', home], ['us-west-2', 'us-east-1', standby]] as const;

const common = ['BUCKET', 'CODE_VERSION', 'DEPLOYMENT', 'LEDGER_TABLE', 'OTHER_BUCKET', 'OTHER_REGION', 'REFERENCE_TABLE'];
/** As infra/README.md lists them, "Environment of the functions". */
const own: Record<FunctionName, string[]> = {
  ingest: ['STATE_MACHINE_ARN', 'OTHER_STATE_MACHINE_ARN', 'ARC_ENDPOINTS', 'ROUTING_CONTROL_ARN'],
  split: ['PART_MIN_BYTES', 'PART_MAX_BYTES', 'INLINE_PARTS'],
  'process-part': [],
  merge: [],
  commit: [],
  notify: ['MRAP_ARN', 'NOTIFY_FROM', 'NOTIFY_TO'],
  fail: ['TOPIC_ARN'],
  sweep: ['STATE_MACHINE_ARN', 'OTHER_STATE_MACHINE_ARN', 'ARC_ENDPOINTS', 'ROUTING_CONTROL_ARN', 'NOTIFY_FUNCTION', 'TOPIC_ARN', 'INGEST_FUNCTION', 'DEAD_LETTER_QUEUE_URL'],
  observe: ['STATE_MACHINE_ARN', 'OTHER_STATE_MACHINE_ARN', 'OTHER_ALARM'],
  canary: ['STATE_MACHINE_ARN'],
  operate: ['TOPIC_ARN'],
};

interface FunctionProperties {
  FunctionName: string;
  Handler: string;
  Runtime: string;
  Role: { 'Fn::GetAtt': [string, string] };
  Environment: { Variables: Record<string, unknown> };
  LoggingConfig: { LogGroup: { Ref: string } };
  TracingConfig: { Mode: string };
}

function functionsIn(region: 'us-east-1' | 'us-west-2'): Record<string, FunctionProperties> {
  const template = region === 'us-east-1' ? home : standby;
  const found = Object.values(resourcesOf({ templates: { template } }, 'AWS::Lambda::Function')).map((each) => each.Properties as unknown as FunctionProperties);
  return Object.fromEntries(found.map((each) => [each.FunctionName, each]));
}

function environmentOf(region: 'us-east-1' | 'us-west-2', name: FunctionName): Record<string, string> {
  const variables = functionsIn(region)[`batchctl-${name}`]!.Environment.Variables;
  return Object.fromEntries(Object.entries(variables).map(([variable, value]) => [variable, resolveText(value)]));
}

describe('functions', () => {
  it.each(functionNames)('%s has its own role, its own kept-for-a-month log group, tracing, and the same name in both Regions', (name) => {
    for (const region of ['us-east-1', 'us-west-2'] as const) {
      const all = functionsIn(region);
      const one = all[`batchctl-${name}`]!;
      expect(one).toMatchObject({ Handler: 'index.handler', Runtime: 'nodejs24.x', TracingConfig: { Mode: 'Active' } });
      const sharing = Object.values(all).filter((each) => each.Role['Fn::GetAtt'][0] === one.Role['Fn::GetAtt'][0]);
      expect(sharing).toHaveLength(1);
    }
    home.hasResourceProperties('AWS::Logs::LogGroup', { LogGroupName: `/aws/lambda/batchctl-${name}`, RetentionInDays: 30 });
  });

  it.each(functionNames)('%s gets exactly the variables that infra/README.md lists', (name) => {
    expect(Object.keys(environmentOf('us-east-1', name)).sort()).toEqual([...common, ...own[name]].sort());
  });

  it.each([['us-east-1', 'us-west-2'], ['us-west-2', 'us-east-1']] as const)('in %s name their own Region and the other one', (region, other) => {
    expect(environmentOf(region, 'ingest')).toMatchObject({
      OTHER_REGION: other,
      BUCKET: `batchctl-111122223333-${region}`,
      OTHER_BUCKET: `batchctl-111122223333-${other}`,
      STATE_MACHINE_ARN: `arn:aws:states:${region}:111122223333:stateMachine:batchctl-job`,
      OTHER_STATE_MACHINE_ARN: `arn:aws:states:${other}:111122223333:stateMachine:batchctl-job`,
    });
  });

  it('read the routing control of their own Region, at five endpoints', () => {
    for (const [region] of everyRegion) {
      const environment = environmentOf(region, 'sweep');
      expect(environment.ROUTING_CONTROL_ARN).toContain(region === 'us-east-1' ? 'UsEast1' : 'UsWest2');
      const endpoints = JSON.parse(environment.ARC_ENDPOINTS!) as { region: string; endpoint: string }[];
      expect(endpoints.map((each) => each.region).sort()).toEqual(['ap-northeast-1', 'ap-southeast-2', 'eu-west-1', 'us-east-1', 'us-west-2']);
      expect(new Set(endpoints.map((each) => each.endpoint)).size).toBe(5);
    }
  });

  it('stamp one code version for both Regions, which changes with the code', () => {
    const version = environmentOf('us-east-1', 'commit').CODE_VERSION;
    expect(environmentOf('us-west-2', 'commit').CODE_VERSION).toBe(version);
    const changed = synthesise({}, writeFunctionBundles({ merge: 'export const handler = async () => "another merge";' }));
    const [merge] = Object.values(changed.templates['batchctl-regional-us-east-1']!.findResources('AWS::Lambda::Function', { Properties: { FunctionName: 'batchctl-merge' } })) as { Properties: FunctionProperties }[];
    expect(merge!.Properties.Environment.Variables.CODE_VERSION).not.toBe(version);
  });
});

describe('permissions', () => {
  const policies = Object.entries(resourcesOf(deployment, 'AWS::IAM::Policy'));

  interface Statement { Effect: string; Action: string | string[]; Resource: unknown }
  const statementsOf = (policy: { Properties: Record<string, unknown> }): Statement[] => (policy.Properties.PolicyDocument as { Statement: Statement[] }).Statement;
  const listed = <T>(value: T | T[]): T[] => (Array.isArray(value) ? value : [value]);

  it('are given by inline policies alone, but for the two roles of people; there is no user and no access key', () => {
    for (const template of Object.values(deployment.templates)) {
      for (const type of ['AWS::IAM::User', 'AWS::IAM::AccessKey']) template.resourceCountIs(type, 0);
    }
    const managed = Object.values(resourcesOf(deployment, 'AWS::IAM::Role')).filter((role) => role.Properties.ManagedPolicyArns !== undefined);
    expect(managed.map((role) => role.Properties.RoleName).sort()).toEqual(['batchctl-observer', 'batchctl-operator']);
  });

  it.each(policies)('%s names every action in full, and every resource where the action has one', (_name, policy) => {
    for (const statement of statementsOf(policy)) {
      for (const action of listed(statement.Action)) {
        expect(action).not.toContain('*');
        // Tracing, log delivery, metrics, quotas and composite alarms have no resource to name (service authorisation reference; DescribeAlarms).
        if (listed(statement.Resource).includes('*')) expect(action).toMatch(/^(xray:|cloudwatch:(DescribeAlarms|GetMetricData)$|lambda:GetAccountSettings$|logs:(CreateLogDelivery|DeleteLogDelivery|DescribeLogGroups|DescribeResourcePolicies|GetLogDelivery|ListLogDeliveries|PutResourcePolicy|UpdateLogDelivery)$)/);
      }
    }
  });

  it('let no function write inputs or delete an object', () => {
    for (const [, policy] of policies) {
      for (const statement of statementsOf(policy)) {
        const actions = listed(statement.Action);
        expect(actions.filter((action) => /^s3:(Delete|PutLifecycle|PutBucket)/.test(action))).toEqual([]);
        if (actions.includes('s3:PutObject')) expect(listed(statement.Resource).map(resolveText).filter((resource) => !/\/(work|output|canary)\/\*$/.test(resource))).toEqual([]);
      }
    }
  });

  it('scan no table, only the indexes of what is open and of what is recent', () => {
    const scanned = policies.flatMap(([, policy]) => statementsOf(policy)).filter((statement) => listed(statement.Action).includes('dynamodb:Scan')).flatMap((statement) => listed(statement.Resource).map(resolveText));
    expect(scanned.length).toBeGreaterThan(0);
    expect(scanned.filter((resource) => !/\/index\/(open|recent)$/.test(resource))).toEqual([]);
  });

  it('keep the ledger of the other Region out of reach, but for the observer\'s one read and the engine\'s looks', () => {
    const reaching = policies.filter(([name]) => name.startsWith('batchctl-regional-us-east-1/'))
      .flatMap(([name, policy]) => statementsOf(policy).filter((statement) => JSON.stringify(statement.Resource).includes('dynamodb:us-west-2')).map((statement) => ({ name, actions: statement.Action })));
    expect(reaching.filter(({ name }) => name.includes('observe')).map(({ actions }) => actions)).toEqual(['dynamodb:GetItem']);
    for (const { name, actions } of reaching) {
      expect(name).toMatch(/observe|operate/);
      for (const action of listed(actions)) expect(action).toMatch(/^dynamodb:(GetItem|BatchGetItem|Query|Scan)$/);
    }
  });
});

describe('triggers', () => {
  it.each(everyRegion)('in %s start ingest for new objects under input/, and lose no event', (region, _other, template) => {
    template.resourceCountIs('AWS::Events::Rule', 2);
    template.hasResourceProperties('AWS::Events::Rule', {
      EventPattern: {
        source: ['aws.s3'],
        'detail-type': ['Object Created'],
        detail: { bucket: { name: [`batchctl-111122223333-${region}`] }, object: { key: [{ prefix: 'input/' }] } },
      },
      State: 'ENABLED',
      Targets: [Match.objectLike({
        DeadLetterConfig: { Arn: Match.anyValue() },
        RetryPolicy: { MaximumEventAgeInSeconds: 86_400, MaximumRetryAttempts: 185 },
      })],
    });
    template.hasResourceProperties('AWS::Lambda::EventInvokeConfig', { DestinationConfig: { OnFailure: { Destination: Match.anyValue() } }, MaximumRetryAttempts: 2 });
  });

  it.each(everyRegion)('in %s tell the fail function of every execution that ended badly, and of no other', (region, _other, template) => {
    template.hasResourceProperties('AWS::Events::Rule', {
      EventPattern: {
        source: ['aws.states'],
        'detail-type': ['Step Functions Execution Status Change'],
        detail: { stateMachineArn: [`arn:aws:states:${region}:111122223333:stateMachine:batchctl-job`], status: ['FAILED', 'TIMED_OUT', 'ABORTED'] },
      },
      Targets: [Match.objectLike({ DeadLetterConfig: { Arn: Match.anyValue() }, RetryPolicy: { MaximumEventAgeInSeconds: 86_400, MaximumRetryAttempts: 185 } })],
    });
  });

  it('lets the bus and the function reach the dead-letter queue, which is encrypted and closed to plain HTTP', () => {
    home.hasResourceProperties('AWS::SQS::Queue', { QueueName: 'batchctl-dead-letters', SqsManagedSseEnabled: true, MessageRetentionPeriod: 1_209_600 });
    home.hasResourceProperties('AWS::SQS::QueuePolicy', {
      PolicyDocument: {
        Statement: Match.arrayWith([
          Match.objectLike({ Effect: 'Deny', Condition: { Bool: { 'aws:SecureTransport': 'false' } } }),
          Match.objectLike({ Effect: 'Allow', Action: 'sqs:SendMessage', Principal: { Service: 'events.amazonaws.com' }, Condition: { ArnEquals: { 'aws:SourceArn': Match.anyValue() } } }),
        ]),
      },
    });
    const sending = Object.entries(resourcesOf({ templates: { home } }, 'AWS::IAM::Policy')).filter(([, policy]) => JSON.stringify(policy).includes('sqs:SendMessage'));
    expect(sending.map(([name]) => name)).toEqual([expect.stringContaining('ingest')]);
  });

  it.each(everyRegion)('in %s let the sweep alone take letters out of the Region\'s own queue, by the name that ingest has there', (region, _other, template) => {
    const taking = Object.entries(resourcesOf({ templates: { template } }, 'AWS::IAM::Policy')).filter(([, policy]) => /sqs:(Receive|Delete)/.test(JSON.stringify(policy)));
    expect(taking.map(([name]) => name)).toEqual([expect.stringContaining('sweep')]);
    expect((taking[0]![1].Properties.PolicyDocument as { Statement: unknown[] }).Statement).toContainEqual({
      Effect: 'Allow', Action: ['sqs:DeleteMessage', 'sqs:ReceiveMessage'], Resource: `arn:aws:sqs:${region}:111122223333:batchctl-dead-letters`,
    });
    expect(environmentOf(region, 'sweep')).toMatchObject({ INGEST_FUNCTION: 'batchctl-ingest', DEAD_LETTER_QUEUE_URL: `https://sqs.${region}.amazonaws.com/111122223333/batchctl-dead-letters` });
  });

  it('run the sweep, the observer and the canary each minute, without a queue of late runs', () => {
    const schedules = Object.values(resourcesOf({ templates: { home } }, 'AWS::Scheduler::Schedule'));
    expect(schedules.map((each) => each.Properties.Name).sort()).toEqual(['batchctl-canary', 'batchctl-observe', 'batchctl-sweep']);
    for (const schedule of schedules) {
      expect(schedule.Properties).toMatchObject({ ScheduleExpression: 'rate(1 minute)', FlexibleTimeWindow: { Mode: 'OFF' }, Target: { RetryPolicy: { MaximumRetryAttempts: 0 } } });
    }
    home.resourcePropertiesCountIs('AWS::Lambda::EventInvokeConfig', { MaximumRetryAttempts: 0, MaximumEventAgeInSeconds: 60 }, 3);
  });
});

describe('state machine', () => {
  const [machine] = Object.values(resourcesOf({ templates: { home } }, 'AWS::StepFunctions::StateMachine'));
  const definition = JSON.parse(machine!.Properties.DefinitionString as string) as Record<string, unknown>;

  it('is valid Amazon States Language', () => {
    const verdict = validate(definition);
    expect(verdict.errors).toEqual([]);
    expect(verdict.isValid).toBe(true);
  });

  it('is logged and traced, and its log holds no data of the executions', () => {
    expect(machine!.Properties).toMatchObject({
      StateMachineName: 'batchctl-job',
      LoggingConfiguration: { Level: 'ALL', IncludeExecutionData: false },
      TracingConfiguration: { Enabled: true },
    });
  });

  it('calls functions of its own Region only, all of which its role may invoke', () => {
    const called = new Set(JSON.stringify(definition).match(/arn:aws:lambda:[^"]+/g));
    expect([...called].every((arn) => arn.startsWith('arn:aws:lambda:us-east-1:111122223333:function:batchctl-'))).toBe(true);
    const [policy] = Object.entries(resourcesOf({ templates: { home } }, 'AWS::IAM::Policy')).filter(([name]) => name.includes('JobRole')).map(([, each]) => each);
    const invocable = (policy!.Properties.PolicyDocument as { Statement: { Action: string; Resource: string[] }[] }).Statement.find((statement) => statement.Action === 'lambda:InvokeFunction')!.Resource;
    expect([...called].sort()).toEqual([...invocable].sort());
  });

  it('is made after the functions that its definition names', () => {
    const types = (machine!.DependsOn ?? []).map((id) => (home.toJSON() as { Resources: Record<string, { Type: string }> }).Resources[id]!.Type);
    expect(types.filter((type) => type === 'AWS::Lambda::Function')).toHaveLength(functionNames.length);
  });
});

describe('the deployment description', () => {
  it.each(everyRegion)('is a parameter and an output in %s that the configuration accepts', (region, _other, template) => {
    const [parameter] = Object.values(resourcesOf({ templates: { template } }, 'AWS::SSM::Parameter'));
    expect(parameter!.Properties.Name).toBe('/batchctl/deployment');
    const text = resolveText(parameter!.Properties.Value);
    expect(resolveText(template.findOutputs('Deployment').Deployment!.Value)).toBe(text);
    // The advanced tier's limit; made-up ARNs are shorter than real ones, hence the margin.
    expect(text.length).toBeLessThan(7000);
    const parsed = deploymentSchema.parse(JSON.parse(text));
    expect(parsed).toMatchObject({ name: 'batchctl', home: 'us-east-1', other: 'us-west-2', witness: 'us-east-2', account: '111122223333' });
    expect(parsed.codeVersion).toBe(environmentOf(region, 'commit').CODE_VERSION);
    expect(Object.keys(parsed.regions).sort()).toEqual(['us-east-1', 'us-west-2']);
    expect(parsed.regions['us-west-2']!.functions.observe).toBe('batchctl-observe');
    expect(parsed.arc!.safetyRules).toHaveLength(1);
  });

  it('says the same in both Regions', () => {
    const [first, second] = [home, standby].map((template) => resolveText(Object.values(resourcesOf({ templates: { template } }, 'AWS::SSM::Parameter'))[0]!.Properties.Value));
    expect(second).toBe(first);
  });

  it('leaves the operator\'s choices out', () => {
    const text = resolveText(Object.values(resourcesOf({ templates: { home } }, 'AWS::SSM::Parameter'))[0]!.Properties.Value);
    for (const key of ['policy', 'transport', 'credentials', 'default']) expect(JSON.parse(text)).not.toHaveProperty(key);
  });

  it('names queues, topics and rules as the templates make them', () => {
    const text = resolveText(Object.values(resourcesOf({ templates: { home } }, 'AWS::SSM::Parameter'))[0]!.Properties.Value);
    const region = deploymentSchema.parse(JSON.parse(text)).regions['us-east-1']!;
    home.hasResourceProperties('AWS::SQS::Queue', { QueueName: region.deadLetterQueueUrl!.split('/').at(-1) });
    home.hasResourceProperties('AWS::SNS::Topic', { TopicName: region.topicArn!.split(':').at(-1) });
    home.hasResourceProperties('AWS::StepFunctions::StateMachine', { StateMachineName: region.stateMachineArn.split(':').at(-1) });
    deployment.templates['batchctl-storage-us-east-1']!.hasResourceProperties('AWS::S3::Bucket', {
      BucketName: region.bucket, ReplicationConfiguration: { Rules: [Match.objectLike({ Id: region.replicationRuleId })] },
    });
  });
});

describe('both Regions', () => {
  it('are described before they run anything: after the ledger and the control stack', () => {
    for (const regional of Object.values(deployment.stacks.regional)) {
      expect(regional.dependencies.map((stack) => stack.stackName).sort()).toEqual(['batchctl-control', 'batchctl-ledger']);
    }
  });

  it('get templates that are byte for byte the same at every synth', () => {
    const root = writeFunctionBundles();
    const text = (): string => JSON.stringify(Object.values(synthesise({}, root).templates).map((template) => template.toJSON()));
    expect(text()).toBe(text());
  });
});

it('nothing of the choices that are off by default is in any template', () => {
  for (const [name, template] of Object.entries(deployment.templates)) {
    expect(JSON.stringify(template.toJSON()), name).not.toMatch(/AWS::FIS|AWS_FIS|fault-target|game-day|-deny-s3|AWS::KMS|kms:|SseKms|batchctl-results|batchctl-guard/);
  }
});
