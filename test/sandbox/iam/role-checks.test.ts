import { beforeEach, describe, expect, it } from 'vitest';
import type { RunningWorld } from '../../../src/sandbox/assemble-world.js';
import { createMemoryBlobs } from '../../../src/sandbox/blobs-memory.js';
import { createWorld } from '../../../src/sandbox/create-world.js';
import type { Access } from '../../../src/sandbox/iam/access.js';
import { seededRandom } from '../../../src/sandbox/random.js';
import type { CreatedResource, ResourceContext } from '../../../src/sandbox/service.js';
import { createInProcessRuntime } from '../../../src/sandbox/services/lambda/in-process-runtime.js';
import type { LogsService } from '../../../src/sandbox/services/logs/service.js';
import { createVirtualClock, type VirtualClock } from '../../../src/sandbox/virtual-clock.js';
import { servicePrincipal } from '../../../src/sandbox/world.js';

const region = 'us-east-1';
const admin = { region, principal: { arn: 'arn:aws:iam::111122223333:user/operator-admin', origin: 'operator' } };
const context = (logicalId: string): ResourceContext => ({ region, account: '111122223333', stackName: 'app', logicalId, assetPath: (key) => key, unmodelled: () => undefined });
const trust = (service: string) => ({ Statement: [{ Effect: 'Allow', Principal: { Service: service }, Action: 'sts:AssumeRole' }] });

let world: RunningWorld;
let clock: VirtualClock;
let accesses: Access[];

beforeEach(() => {
  clock = createVirtualClock({ startAt: Date.UTC(2026, 10, 21) });
  accesses = [];
  const runtime = createInProcessRuntime({ handlers: { f: async () => null }, world: () => world });
  world = createWorld({ clock, random: seededRandom(1), account: '111122223333', regions: [region], blobs: createMemoryBlobs(), latency: 'off', quotas: 'off', runtime, onAccess: (access) => accesses.push(access) });
});

function make(type: string, properties: object, logicalId = 'Thing'): Promise<CreatedResource> {
  const handler = [...world.services.values()].map((service) => service.resources?.[type]).find((found) => found !== undefined);
  if (!handler) throw new Error(`${type} cannot be made`);
  return handler.create(context(logicalId), properties as never);
}

async function role(name: string, service: string, actions: string[]): Promise<string> {
  const Policies = actions.length === 0 ? [] : [{ PolicyName: 'own', PolicyDocument: { Statement: [{ Effect: 'Allow', Action: actions, Resource: '*' }] } }];
  return String((await make('AWS::IAM::Role', { RoleName: name, AssumeRolePolicyDocument: trust(service), Policies })).attributes['Arn']);
}

const makeFunction = (Role: string, more: object = {}): Promise<CreatedResource> => make('AWS::Lambda::Function', { FunctionName: 'f', Role, Code: { S3Key: 'asset' }, ...more });

describe('a service that is handed a role', () => {
  it('refuses one that it may not assume', async () => {
    const wrong = await role('wrong', 'ec2.amazonaws.com', []);
    await expect(makeFunction(wrong)).rejects.toMatchObject({ code: 'InvalidParameterValueException', message: 'The role defined for the function cannot be assumed by Lambda.' });
    await expect(make('AWS::StepFunctions::StateMachine', { DefinitionString: '{"StartAt":"A","States":{"A":{"Type":"Succeed"}}}', RoleArn: wrong })).rejects.toMatchObject({ code: 'AccessDeniedException' });
    await expect(make('AWS::Scheduler::Schedule', { Name: 's', ScheduleExpression: 'rate(1 minute)', FlexibleTimeWindow: { Mode: 'OFF' }, Target: { Arn: 'arn:aws:lambda:us-east-1:111122223333:function:f', RoleArn: wrong } })).rejects.toMatchObject({ code: 'ValidationException' });
  });

  it('refuses one that may not do what tracing and logging need', async () => {
    const silent = await role('silent', 'lambda.amazonaws.com', ['xray:PutTraceSegments']);
    await expect(makeFunction(silent, { TracingConfig: { Mode: 'Active' } })).rejects.toMatchObject({ message: expect.stringContaining('xray:PutTelemetryRecords') });
    const machine = (RoleArn: string) => make('AWS::StepFunctions::StateMachine', { DefinitionString: '{"QueryLanguage":"JSONata","StartAt":"A","States":{"A":{"Type":"Succeed"}}}', RoleArn, LoggingConfiguration: { Level: 'ALL' } });
    await expect(machine(await role('mute', 'states.amazonaws.com', []))).rejects.toMatchObject({ message: expect.stringContaining('logs:CreateLogDelivery') });
    await expect(machine(await role('told', 'states.amazonaws.com', ['logs:*']))).resolves.toBeDefined();
  });

  it('writes a function\'s log, and with it its metrics, only as far as the role may', async () => {
    for (const [name, actions, lines] of [['may', ['logs:CreateLogStream', 'logs:PutLogEvents'], true], ['may-not', ['logs:CreateLogStream'], false]] as const) {
      await makeFunction(await role(name, 'lambda.amazonaws.com', [...actions]), { LoggingConfig: { LogGroup: `/of/${name}` } });
      await clock.runUntil(world.call('lambda', 'Invoke', { FunctionName: 'f' }, admin));
      const found = await (world.service('logs') as LogsService).operations['FilterLogEvents']?.({ logGroupName: `/of/${name}` }, { region } as never).then(({ events }: { events: unknown[] }) => events.length > 0, () => false);
      expect(found, name).toBe(lines);
    }
  });
});

describe('an AWS service that delivers to a queue, a topic or a function', () => {
  const send = (SourceArn: string) => world.call('sqs', 'SendMessage', { QueueUrl: 'https://sqs.us-east-1.amazonaws.com/111122223333/q', MessageBody: 'm', SourceArn }, { region, principal: servicePrincipal('events', region) });

  it('needs to be admitted by its policy, conditions included', async () => {
    const rule = 'arn:aws:events:us-east-1:111122223333:rule/mine';
    const queue = await make('AWS::SQS::Queue', { QueueName: 'q' });
    await expect(send(rule)).rejects.toMatchObject({ message: expect.stringContaining('events.amazonaws.com is not authorized to perform: sqs:SendMessage') });
    await make('AWS::SQS::QueuePolicy', { Queues: [queue.ref], PolicyDocument: { Statement: [{ Effect: 'Allow', Principal: { Service: 'events.amazonaws.com' }, Action: 'sqs:SendMessage', Resource: '*', Condition: { ArnEquals: { 'aws:SourceArn': rule } } }] } });
    await expect(send(rule)).resolves.toBeDefined();
    await expect(send(`${rule}-not`)).rejects.toBeDefined();
    expect(accesses.filter(({ action }) => action === 'sqs:SendMessage').map(({ allowed }) => allowed)).toEqual([false, true, false]);
  });

  it('may publish to a topic that has no policy of its own', async () => {
    const topic = await make('AWS::SNS::Topic', { TopicName: 't' });
    const publish = () => world.call('sns', 'Publish', { TopicArn: topic.ref, Message: 'm' }, { region, principal: servicePrincipal('cloudwatch', region) });
    await expect(publish()).resolves.toBeDefined();
    await make('AWS::SNS::TopicPolicy', { Topics: [topic.ref], PolicyDocument: { Statement: [{ Effect: 'Allow', Principal: { Service: 'events.amazonaws.com' }, Action: 'sns:Publish', Resource: topic.ref }] } });
    await expect(publish()).rejects.toBeDefined();
  });
});

describe('what is told of a decision', () => {
  it('is every part that allows it, so that one that is needed can be told from one of several', async () => {
    const arn = await role('reader', 'lambda.amazonaws.com', []);
    await make('AWS::IAM::Policy', { PolicyName: 'a', Roles: ['reader'], PolicyDocument: { Statement: [{ Effect: 'Allow', Action: ['ssm:GetParameter', 'ssm:Get*'], Resource: ['*', 'arn:aws:ssm:*:*:parameter/x'] }] } });
    await world.call('ssm', 'GetParameter', { Name: '/y' }, { region, principal: { arn, origin: region } }).catch(() => undefined);
    const [access] = accesses.filter(({ action }) => action === 'ssm:GetParameter');
    expect(access).toMatchObject({ principal: arn, allowed: true });
    expect(access?.grants.map(({ action, resource }) => `${action} on ${resource}`)).toEqual(['ssm:GetParameter on *', 'ssm:Get* on *']);
  });
});
