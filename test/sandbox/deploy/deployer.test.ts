import { beforeEach, describe, expect, it } from 'vitest';
import { readAssembly, regionsOf, type Assembly } from '../../../src/sandbox/deploy/assembly.js';
import { createCustomResourceResponses, responseHost, responseHostPattern, type CustomResourceResponses } from '../../../src/sandbox/deploy/custom-resource.js';
import { deployAssembly } from '../../../src/sandbox/deploy/deployer.js';
import type { DeploymentProgress, DeploymentResult } from '../../../src/sandbox/deploy/deployment.js';
import type { Service } from '../../../src/sandbox/service.js';
import { createCloudFormation, type CloudFormationService } from '../../../src/sandbox/services/cloudformation/service.js';
import { createSns } from '../../../src/sandbox/services/sns/service.js';
import { createSqs } from '../../../src/sandbox/services/sqs/service.js';
import { createSsm } from '../../../src/sandbox/services/ssm/service.js';
import { createSmallWorld, saved, type SmallWorld } from '../small-world.js';
import { writeAssembly, type TestAsset, type TestStack } from './test-assembly.js';

const east = 'us-east-1';
const west = 'us-west-2';
const functionArn = `arn:aws:lambda:${east}:111122223333:function:maker`;

interface CustomEvent {
  RequestType: string;
  ResponseURL: string;
  StackId: string;
  RequestId: string;
  LogicalResourceId: string;
  PhysicalResourceId?: string;
  ResourceProperties: Record<string, unknown>;
  OldResourceProperties?: Record<string, unknown>;
}

let world: SmallWorld;
let cloudFormation: CloudFormationService;
let responses: CustomResourceResponses;
let events: CustomEvent[];
let customFunction: (event: CustomEvent) => void;

/** Stands for the function of a custom resource: what it does is each test's. */
function makerService(): Service {
  return {
    name: 'lambda',
    permissions: () => [],
    operations: {
      Invoke: async (input: { Payload: Uint8Array }) => {
        const event = JSON.parse(Buffer.from(input.Payload).toString()) as CustomEvent;
        events.push(event);
        try {
          customFunction(event);
          return { StatusCode: 200 };
        } catch (error) {
          return { StatusCode: 200, FunctionError: 'Unhandled', Payload: Buffer.from(JSON.stringify({ errorMessage: (error as Error).message })) };
        }
      },
    },
  };
}

function respond(event: CustomEvent, answer: Record<string, unknown>): void {
  const url = new URL(event.ResponseURL);
  const body = { Status: 'SUCCESS', PhysicalResourceId: 'made', StackId: event.StackId, RequestId: event.RequestId, LogicalResourceId: event.LogicalResourceId, ...answer };
  expect(responses.deliver(url.pathname + url.search, JSON.stringify(body))).toBe(true);
}

beforeEach(() => {
  world = createSmallWorld();
  for (const service of [createSsm(world), createSqs(world), createSns(world), makerService()]) world.add(service);
  cloudFormation = world.add(createCloudFormation(world));
  responses = createCustomResourceResponses();
  events = [];
  customFunction = (event) => { respond(event, { Data: { Endpoint: 'https://made' } }); };
});

async function deploy(stacks: Record<string, TestStack>, assets: TestAsset[] = [], progress: DeploymentProgress[] = []): Promise<DeploymentResult> {
  return deployRead(await readAssembly(await writeAssembly(stacks, assets)), progress);
}

function deployRead(assembly: Assembly, progress: DeploymentProgress[] = []): Promise<DeploymentResult> {
  return deployAssembly(assembly, { world, services: world.services.values(), cloudFormation, responses, deployerArn: 'arn:aws:iam::111122223333:user/operator', onProgress: (step) => progress.push(step) });
}

const parameter = (Value: unknown, Name = '/app/value'): TestStack['template']['Resources'] => ({ Value: { Type: 'AWS::SSM::Parameter', Properties: { Name, Type: 'String', Value } } });

async function valueOf(region: string, name: string): Promise<string> {
  const { Parameter } = await world.as<{ Parameter: { Value: string } }>(region)('ssm', 'GetParameter', { Name: name });
  return Parameter.Value;
}

describe('stacks', () => {
  it('deploys in dependency order, whatever the order of the manifest, and reads outputs across Regions', async () => {
    const result = await deploy({
      second: { region: west, dependencies: ['first'], template: { Resources: parameter({ 'Fn::GetStackOutput': { StackName: 'first', OutputName: 'QueueArn', Region: east } }) } },
      first: { region: east, template: {
        Resources: { Queue: { Type: 'AWS::SQS::Queue', Properties: { QueueName: 'work' } } },
        Outputs: { QueueArn: { Value: { 'Fn::GetAtt': ['Queue', 'Arn'] }, Export: { Name: 'work-queue' } } },
      } },
    });
    expect(await valueOf(west, '/app/value')).toBe('arn:aws:sqs:us-east-1:111122223333:work');
    expect(result.outputs).toEqual({ first: { QueueArn: 'arn:aws:sqs:us-east-1:111122223333:work' }, second: {} });
    expect(cloudFormation.exported(east, 'work-queue')).toBe('arn:aws:sqs:us-east-1:111122223333:work');
    expect(result).toMatchObject({ created: 2, updated: 0, unchanged: 0 });
  });

  it('resolves parameters, counting as bootstrapped, and checks rules', async () => {
    const template: TestStack['template'] = {
      Parameters: { BootstrapVersion: { Type: 'AWS::SSM::Parameter::Value<String>', Default: '/cdk-bootstrap/x/version' }, Size: { Type: 'String', Default: 'small', AllowedValues: ['small', 'large'] } },
      Rules: { Check: { Assertions: [{ Assert: { 'Fn::Not': [{ 'Fn::Contains': [['1', '2'], { Ref: 'BootstrapVersion' }] }] }, AssertDescription: 'bootstrap again' }] } },
      Conditions: { Large: { 'Fn::Equals': [{ Ref: 'Size' }, 'large'] } },
      Resources: { ...parameter({ 'Fn::If': ['Large', 'L', 'S'] }), Extra: { Type: 'AWS::SQS::Queue', Condition: 'Large', Properties: { QueueName: 'extra' } } },
    };
    await deploy({ app: { region: east, template } });
    expect(await valueOf(east, '/app/value')).toBe('S');
    expect(Object.keys(cloudFormation.stack(east, 'app')?.resources ?? {})).toEqual(['Value']);
    await deploy({ app: { region: east, template, parameters: { Size: 'large' } } });
    expect(await valueOf(east, '/app/value')).toBe('L');
    await expect(deploy({ app: { region: east, template, parameters: { Size: 'huge' } } })).rejects.toThrow('may only be small, large');
    await world.as(east)('ssm', 'PutParameter', { Name: '/cdk-bootstrap/x/version', Type: 'String', Value: '2' });
    await expect(deploy({ app: { region: east, template } })).rejects.toThrow('bootstrap again');
  });

  it('refuses stacks of another account, without a Region, or with transforms', async () => {
    await expect(deploy({ app: { region: east, account: '999900001111', template: { Resources: {} } } })).rejects.toThrow('account 999900001111');
    await expect(deploy({ app: { region: 'unknown-region', template: { Resources: {} } } })).rejects.toThrow('names no Region');
    await expect(deploy({ app: { region: east, template: { Transform: 'AWS::Serverless-2016-10-31', Resources: {} } } })).rejects.toThrow('transform');
    await expect(readAssembly('/nonexistent/cdk.out')).rejects.toThrow('run cdk synth first');
  });

  it('finds the Regions of stacks and of global tables', async () => {
    const table = { Type: 'AWS::DynamoDB::GlobalTable', Properties: { Replicas: [{ Region: west }], GlobalTableWitnesses: [{ Region: 'us-east-2' }] } };
    expect(regionsOf(await readAssembly(await writeAssembly({ app: { region: east, template: { Resources: { Table: table } } } })))).toEqual([east, 'us-east-2', west]);
  });
});

describe('a second deployment', () => {
  it('touches only what changed, and goes on after state was saved and restored', async () => {
    const stacks = (value: string, size = 1024): Record<string, TestStack> => ({ app: { region: east, template: { Resources: {
      ...parameter(value),
      Queue: { Type: 'AWS::SQS::Queue', Properties: { QueueName: 'work', MaximumMessageSize: size } },
    } } } });
    await deploy(stacks('one'));
    await cloudFormation.restore?.(saved(cloudFormation));
    const progress: DeploymentProgress[] = [];
    const result = await deploy(stacks('two'), [], progress);
    expect(result).toMatchObject({ created: 0, updated: 1, unchanged: 1, removed: 0 });
    expect(progress.filter((step) => step.action !== 'stack').map((step) => `${step.action} ${step.logicalId}`)).toEqual(['update Value']);
    expect(await valueOf(east, '/app/value')).toBe('two');
    expect(cloudFormation.stack(east, 'app')?.status).toBe('UPDATE_COMPLETE');
    expect(await deploy(stacks('two'))).toMatchObject({ updated: 0, unchanged: 2 });
  });

  it('removes what left the template, unless it is to be retained', async () => {
    const queue = (name: string, DeletionPolicy?: string): object => ({ Type: 'AWS::SQS::Queue', Properties: { QueueName: name }, ...(DeletionPolicy ? { DeletionPolicy } : {}) });
    await deploy({ app: { region: east, template: { Resources: { Going: queue('going'), Staying: queue('staying', 'Retain'), Keep: queue('keep') } as never } } });
    const result = await deploy({ app: { region: east, template: { Resources: { Keep: queue('keep') } as never } } });
    expect(result).toMatchObject({ removed: 1, unchanged: 1 });
    const { QueueUrls } = await world.as<{ QueueUrls: string[] }>(east)('sqs', 'ListQueues');
    expect(QueueUrls.map((url) => url.split('/').at(-1)).sort()).toEqual(['keep', 'staying']);
    expect(Object.keys(cloudFormation.stack(east, 'app')?.resources ?? {})).toEqual(['Keep']);
  });

  it('goes on from where a failed one stopped', async () => {
    const stacks = (value: unknown): Record<string, TestStack> => ({ app: { region: east, template: { Resources: { Queue: { Type: 'AWS::SQS::Queue', Properties: { QueueName: 'work' } }, ...parameter(value) } } } });
    await expect(deploy(stacks('x'.repeat(5000)))).rejects.toThrow(/^app \(us-east-1\): Value \(AWS::SSM::Parameter\) could not be created: Standard tier/);
    expect(cloudFormation.stack(east, 'app')?.status).toBe('CREATE_FAILED');
    expect(await deploy(stacks('short'))).toMatchObject({ created: 1, unchanged: 1 });
  });

  it('updates a function whose code is another asset path', async () => {
    const seen: string[] = [];
    world.add({ name: 'code', permissions: () => [], operations: {}, resources: { 'Test::Code': {
      properties: ['Key'],
      create: async (context, given) => { seen.push(`create ${context.assetPath((given as { Key: string }).Key)}`); return { ref: 'x', attributes: {} }; },
      update: async (context, given, previous) => { seen.push(`update ${context.assetPath((given as { Key: string }).Key)}`); return previous; },
    } } });
    const stacks: Record<string, TestStack> = { app: { region: east, template: { Resources: { Code: { Type: 'Test::Code', Properties: { Key: 'abc.zip' } } } } } };
    const asset = { key: 'abc', files: { 'index.mjs': 'export {}' } };
    await deploy(stacks, [asset]);
    // The same template from another folder: the properties are the same, the code lies elsewhere.
    expect(await deploy(stacks, [asset])).toMatchObject({ updated: 1 });
    expect(seen).toHaveLength(2);
    await expect(deploy(stacks, [])).rejects.toThrow('the assembly has no asset abc.zip');
  });
});

describe('what the sandbox does not model', () => {
  it('lists unknown types, unknown properties and handlers’ notes, once, also after a redeploy', async () => {
    const stacks: Record<string, TestStack> = { app: { region: east, template: { Resources: {
      Web: { Type: 'AWS::Amplify::App', Properties: { Name: 'x' } },
      Queue: { Type: 'AWS::SQS::Queue', Properties: { QueueName: 'work', KmsMasterKeyId: 'alias/aws/sqs' } },
      Meta: { Type: 'AWS::CDK::Metadata', Properties: { Analytics: 'v2' } },
    } } } };
    const expected = [
      { region: east, stackName: 'app', logicalId: 'Web', type: 'AWS::Amplify::App', why: 'the sandbox does not make this type of resource' },
      { region: east, stackName: 'app', logicalId: 'Queue', type: 'AWS::SQS::Queue', property: 'KmsMasterKeyId' },
    ];
    expect((await deploy(stacks)).unmodelled).toEqual(expected);
    expect((await deploy(stacks)).unmodelled).toEqual(expected);
  });

  it('stops at an attribute that an unmodelled resource would have', async () => {
    await expect(deploy({ app: { region: east, template: { Resources: {
      Key: { Type: 'AWS::KMS::Unknown', Properties: {} },
      ...parameter({ 'Fn::GetAtt': ['Key', 'Arn'] }),
    } } } })).rejects.toThrow('Key (AWS::KMS::Unknown) has no attribute Arn in the sandbox');
  });
});

describe('custom resources', () => {
  const custom = (properties: Record<string, unknown> = {}): Record<string, TestStack> => ({ app: { region: east, template: { Resources: {
    Made: { Type: 'Custom::Thing', Properties: { ServiceToken: functionArn, Count: 3, Flag: true, ...properties } },
    ...parameter({ 'Fn::GetAtt': ['Made', 'Endpoint'] }),
  } } } });

  it('sends the event with every scalar as text, and uses the answer’s data', async () => {
    await deploy(custom());
    expect(events[0]).toMatchObject({ RequestType: 'Create', LogicalResourceId: 'Made', ResourceType: 'Custom::Thing', ResourceProperties: { Count: '3', Flag: 'true', ServiceToken: functionArn } });
    expect(new URL(events[0]!.ResponseURL).host).toBe(responseHost(east));
    expect(responseHost(east)).toMatch(new RegExp(responseHostPattern));
    expect(await valueOf(east, '/app/value')).toBe('https://made');
  });

  it('updates with the old properties, and deletes the old one when the physical id changes', async () => {
    await deploy(custom());
    customFunction = (event) => { respond(event, { PhysicalResourceId: event.RequestType === 'Delete' ? event.PhysicalResourceId : 'made-again', Data: { Endpoint: 'https://again' } }); };
    await deploy(custom({ Count: 4 }));
    expect(events.slice(1).map((event) => [event.RequestType, event.PhysicalResourceId])).toEqual([['Update', 'made'], ['Delete', 'made']]);
    expect(events[1]?.OldResourceProperties).toMatchObject({ Count: '3' });
    expect(await valueOf(east, '/app/value')).toBe('https://again');
    events = [];
    await deploy({ app: { region: east, template: { Resources: {} } } });
    expect(events.map((event) => [event.RequestType, event.PhysicalResourceId])).toEqual([['Delete', 'made-again']]);
  });

  it.each([
    ['FAILED', (event: CustomEvent) => { respond(event, { Status: 'FAILED', Reason: 'no such cluster' }); }, 'Made (Custom::Thing) could not be created: its function answered FAILED: no such cluster'],
    ['an exception', () => { throw new Error('boom'); }, 'its function failed: {"errorMessage":"boom"}'],
    ['a foreign request id', (event: CustomEvent) => { respond(event, { RequestId: 'other' }); }, 'its answer lacks or changes RequestId'],
  ])('fails with the reason after %s', async (_name, act, message) => {
    customFunction = act;
    await expect(deploy(custom())).rejects.toThrow(message);
  });

  it('gives up on a function that never answers, after the service time-out', async () => {
    customFunction = () => undefined;
    const before = world.clock.now();
    const assembly = await readAssembly(await writeAssembly(custom({ ServiceTimeout: 300 })));
    await expect(world.clock.runUntil(deployRead(assembly))).rejects.toThrow('never answered at the ResponseURL');
    expect(world.clock.now() - before).toBe(300_000);
  });

  it('takes an answer once, and none that it did not ask for', async () => {
    await deploy(custom());
    const url = new URL(events[0]!.ResponseURL);
    expect(responses.deliver(url.pathname + url.search, '{}')).toBe(false);
    expect(responses.deliver('/anything', '{}')).toBe(false);
  });
});
