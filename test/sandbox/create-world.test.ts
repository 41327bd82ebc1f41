import { CloudWatchClient, ListMetricsCommand, PutMetricDataCommand } from '@aws-sdk/client-cloudwatch';
import { CreateTableCommand, DynamoDBClient, GetItemCommand, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { CreateBucketCommand, GetObjectCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { CreateQueueCommand, ReceiveMessageCommand, SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { GetParameterCommand, PutParameterCommand, SSMClient } from '@aws-sdk/client-ssm';
import { Readable } from 'node:stream';
import { afterEach, describe, expect, it } from 'vitest';
import type { RunningWorld } from '../../src/sandbox/assemble-world.js';
import { createMemoryBlobs } from '../../src/sandbox/blobs-memory.js';
import { createWorld } from '../../src/sandbox/create-world.js';
import { seededRandom } from '../../src/sandbox/random.js';
import { createInProcessRuntime } from '../../src/sandbox/services/lambda/in-process-runtime.js';
import { createVirtualClock, type VirtualClock } from '../../src/sandbox/virtual-clock.js';
import { clientOf } from './wire/fixture.js';

const running: RunningWorld[] = [];
const blobs = createMemoryBlobs();

const startAt = Date.UTC(2026, 10, 21);

async function started(seed = 1, before?: unknown, now = startAt): Promise<{ world: RunningWorld; clock: VirtualClock }> {
  const clock = createVirtualClock({ startAt: now });
  const world = createWorld({ clock, random: seededRandom(seed), account: '111122223333', regions: ['us-east-1', 'us-west-2'], blobs, latency: 'off', quotas: 'off', runtime: createInProcessRuntime({ handlers: {}, world: () => ({ clock }) }) });
  running.push(world);
  if (before) await world.restore(before as never);
  await world.start();
  return { world, clock };
}

afterEach(async () => {
  await Promise.all(running.splice(0).map((world) => world.stop()));
});

/** A life in one Region: the SDK's own clients against every kind of service. */
async function live(world: RunningWorld, clock: VirtualClock): Promise<unknown[]> {
  const answers: unknown[] = [];
  const note = async (work: Promise<object>): Promise<void> => {
    const { $metadata: _metadata, ...answer } = await clock.runUntil(work) as { $metadata?: unknown };
    answers.push(answer);
  };
  const settings = clientOf(world);
  const [s3, dynamo, queues] = [new S3Client(settings), new DynamoDBClient(settings), new SQSClient(settings)];
  await note(s3.send(new CreateBucketCommand({ Bucket: 'in-east' })));
  await note(s3.send(new PutObjectCommand({ Bucket: 'in-east', Key: 'input/a.csv', Body: Readable.from(['a,b\n']), ContentLength: 4 })));
  await note(dynamo.send(new CreateTableCommand({ TableName: 'jobs', BillingMode: 'PAY_PER_REQUEST', KeySchema: [{ AttributeName: 'pk', KeyType: 'HASH' }], AttributeDefinitions: [{ AttributeName: 'pk', AttributeType: 'S' }] })));
  await clock.advance(10_000);
  await note(dynamo.send(new PutItemCommand({ TableName: 'jobs', Item: { pk: { S: 'control' }, epoch: { N: '3' } } })));
  await note(queues.send(new CreateQueueCommand({ QueueName: 'dead-letters' })));
  await note(queues.send(new SendMessageCommand({ QueueUrl: (answers.at(-1) as { QueueUrl: string }).QueueUrl, MessageBody: 'm' })));
  await note(new SSMClient(settings).send(new PutParameterCommand({ Name: '/app/deployment', Value: '{}', Type: 'String' })));
  await note(new CloudWatchClient(settings).send(new PutMetricDataCommand({ Namespace: 'app', MetricData: [{ MetricName: 'jobs', Value: 1 }] })));
  return answers;
}

describe('the whole world', () => {
  it('has every service', async () => {
    const { world } = await started();
    expect([...world.services.keys()].sort()).toEqual(['cloudformation', 'dynamodb', 'events', 'iam', 'kms', 'lambda', 'logs', 'monitoring', 'route53', 'route53-recovery-cluster', 'route53-recovery-control-config', 's3', 's3-control', 'scheduler', 'ses', 'sns', 'sqs', 'ssm', 'states', 'sts']);
    const types = [...world.services.values()].flatMap((service) => Object.keys(service.resources ?? {}));
    expect(new Set(types).size, 'two services make the same resource type').toBe(types.length);
  });

  it('is what a saved one was', async () => {
    const { world, clock } = await started();
    await live(world, clock);
    world.faults.setRegion('us-west-2', 'gray');
    const saved: unknown = JSON.parse(JSON.stringify(world.snapshot()));
    const again = await started(2, saved, clock.now() + 60_000);
    const settings = clientOf(again.world, { credentials: world.iam.operatorKeys() });
    const run = <T>(work: Promise<T>): Promise<T> => again.clock.runUntil(work);
    const object = await run(new S3Client(settings).send(new GetObjectCommand({ Bucket: 'in-east', Key: 'input/a.csv' })));
    expect(await object.Body?.transformToString()).toBe('a,b\n');
    expect((await run(new DynamoDBClient(settings).send(new GetItemCommand({ TableName: 'jobs', Key: { pk: { S: 'control' } }, ConsistentRead: true })))).Item).toEqual({ pk: { S: 'control' }, epoch: { N: '3' } });
    const queue = 'https://sqs.us-east-1.amazonaws.com/111122223333/dead-letters';
    expect((await run(new SQSClient(settings).send(new ReceiveMessageCommand({ QueueUrl: queue })))).Messages?.[0]?.Body).toBe('m');
    expect((await run(new SSMClient(settings).send(new GetParameterCommand({ Name: '/app/deployment' })))).Parameter?.Value).toBe('{}');
    expect(again.world.faults.region('us-west-2')).toBe('gray');
  });

  it('goes the same way again with the same seed', async () => {
    const [one, other] = [await started(5), await started(5)];
    expect(await live(one.world, one.clock)).toEqual(await live(other.world, other.clock));
  });

  it('keeps metrics of both doors in one place', async () => {
    const { world, clock } = await started();
    await live(world, clock);
    world.recordMetric('us-east-1', { namespace: 'AWS/Test', name: 'inside', dimensions: {}, value: 1, unit: 'Count' });
    await clock.advance(180_000);
    const listed = await clock.runUntil(new CloudWatchClient(clientOf(world)).send(new ListMetricsCommand({})));
    const names = listed.Metrics?.map(({ MetricName }) => MetricName);
    expect(names).toEqual(expect.arrayContaining(['jobs', 'inside']));
  });
});
