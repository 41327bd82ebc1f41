import { beforeEach, describe, expect, it } from 'vitest';
import { attributesMd5 } from '../../../../src/sandbox/services/sqs/queue.js';
import { createSqs } from '../../../../src/sandbox/services/sqs/service.js';
import { createSmallWorld, saved, type SmallWorld } from '../../small-world.js';

const east = 'us-east-1';
interface Received { Messages?: { MessageId: string; Body: string; ReceiptHandle: string; MD5OfBody: string; Attributes?: Record<string, string> }[] }

let world: SmallWorld;
type Call = <Output = Record<string, unknown>>(operation: string, input?: object) => Promise<Output>;
let sqs: Call;
let QueueUrl: string;

beforeEach(async () => {
  world = createSmallWorld();
  world.add(createSqs(world));
  const call = world.as(east);
  sqs = ((operation, input) => call('sqs', operation, input)) as Call;
  QueueUrl = await create('work', { VisibilityTimeout: '30' });
});

async function create(QueueName: string, Attributes: Record<string, string> = {}): Promise<string> {
  const created = await sqs<{ QueueUrl: string }>('CreateQueue', { QueueName, Attributes });
  return created.QueueUrl;
}

const receive = (input: object = {}): Promise<Received> => sqs<Received>('ReceiveMessage', { QueueUrl, ...input });
const bodies = (received: Received): string[] => (received.Messages ?? []).map((message) => message.Body);

describe('messages', () => {
  it('hides a received message for its visibility time-out, and brings it back', async () => {
    await sqs('SendMessage', { QueueUrl, MessageBody: 'one' });
    expect(bodies(await receive())).toEqual(['one']);
    expect(await receive()).toEqual({});
    await world.clock.advance(29_999);
    expect(await receive()).toEqual({});
    await world.clock.advance(1);
    const again = await receive({ AttributeNames: ['ApproximateReceiveCount'] });
    expect(again.Messages?.[0]?.Attributes).toEqual({ ApproximateReceiveCount: '2' });
  });

  it('deletes by the latest receipt only, and accepts deleting what is gone', async () => {
    await sqs('SendMessage', { QueueUrl, MessageBody: 'one' });
    const first = (await receive({ VisibilityTimeout: 0 })).Messages?.[0]?.ReceiptHandle;
    const second = (await receive()).Messages?.[0]?.ReceiptHandle;
    await sqs('DeleteMessage', { QueueUrl, ReceiptHandle: first });
    await world.clock.advance(30_000);
    expect(bodies(await receive())).toEqual(['one']);
    await sqs('DeleteMessage', { QueueUrl, ReceiptHandle: second });
    await expect(sqs('DeleteMessage', { QueueUrl, ReceiptHandle: 'nonsense' })).rejects.toMatchObject({ code: 'ReceiptHandleIsInvalid' });
  });

  it('waits for a message with long polling, no longer than asked', async () => {
    const waiting = receive({ WaitTimeSeconds: 20 });
    await world.clock.advance(5000);
    await sqs('SendMessage', { QueueUrl, MessageBody: 'late' });
    expect(bodies(await waiting)).toEqual(['late']);
    const before = world.clock.now();
    expect(await world.clock.runUntil(receive({ WaitTimeSeconds: 20 }))).toEqual({});
    expect(world.clock.now() - before).toBeLessThanOrEqual(20_000);
  });

  it('delays a message', async () => {
    await sqs('SendMessage', { QueueUrl, MessageBody: 'later', DelaySeconds: 10 });
    expect(await receive()).toEqual({});
    const waiting = receive({ WaitTimeSeconds: 20 });
    await world.clock.advance(10_000);
    expect(bodies(await waiting)).toEqual(['later']);
  });

  it('moves a message to the dead-letter queue when it was received too often', async () => {
    const dead = await create('dead');
    await sqs('SetQueueAttributes', { QueueUrl, Attributes: { VisibilityTimeout: '0', RedrivePolicy: JSON.stringify({ deadLetterTargetArn: 'arn:aws:sqs:us-east-1:111122223333:dead', maxReceiveCount: 2 }) } });
    await sqs('SendMessage', { QueueUrl, MessageBody: 'poison' });
    await receive();
    await receive();
    expect(await receive()).toEqual({});
    const inDead = await sqs<Received>('ReceiveMessage', { QueueUrl: dead, AttributeNames: ['All'] });
    expect(bodies(inDead)).toEqual(['poison']);
    expect(inDead.Messages?.[0]?.Attributes).toMatchObject({ DeadLetterQueueSourceArn: 'arn:aws:sqs:us-east-1:111122223333:work', ApproximateReceiveCount: '1' });
    expect(await sqs('ListDeadLetterSourceQueues', { QueueUrl: dead })).toEqual({ queueUrls: [QueueUrl] });
  });

  it('forgets messages after the retention period', async () => {
    await sqs('SetQueueAttributes', { QueueUrl, Attributes: { MessageRetentionPeriod: '60' } });
    await sqs('SendMessage', { QueueUrl, MessageBody: 'old' });
    await world.clock.advance(60_001);
    expect(await receive()).toEqual({});
  });

  it('lets each entry of a batch succeed or fail by itself', async () => {
    await sqs('SetQueueAttributes', { QueueUrl, Attributes: { MaximumMessageSize: '1024' } });
    const outcome = await sqs<{ Successful: { Id: string }[]; Failed: { Id: string; Code: string }[] }>('SendMessageBatch', { QueueUrl, Entries: [{ Id: 'a', MessageBody: 'fits' }, { Id: 'b', MessageBody: 'x'.repeat(1025) }] });
    expect(outcome.Successful.map((entry) => entry.Id)).toEqual(['a']);
    expect(outcome.Failed).toMatchObject([{ Id: 'b', Code: 'InvalidParameterValue' }]);
    await expect(sqs('SendMessageBatch', { QueueUrl, Entries: [{ Id: 'a', MessageBody: 'x' }, { Id: 'a', MessageBody: 'y' }] })).rejects.toMatchObject({ code: 'BatchEntryIdsNotDistinct' });
  });

  it('digests bodies and attributes as SDKs check them', async () => {
    expect(await sqs('SendMessage', { QueueUrl, MessageBody: 'hello' })).toMatchObject({ MD5OfMessageBody: '5d41402abc4b2a76b9719d911017c592' });
    // The layout of the digest is AWS's; the value below was computed by hand from the layout for name a, type String, value b.
    const layout = Buffer.concat([Buffer.from([0, 0, 0, 1]), Buffer.from('a'), Buffer.from([0, 0, 0, 6]), Buffer.from('String'), Buffer.from([1]), Buffer.from([0, 0, 0, 1]), Buffer.from('b')]);
    const { createHash } = await import('node:crypto');
    expect(attributesMd5({ a: { type: 'String', text: 'b' } })).toBe(createHash('md5').update(layout).digest('hex'));
  });
});

describe('queues', () => {
  it('refuses wrong names, wrong ranges, FIFO, and unknown queues', async () => {
    await expect(create('no spaces')).rejects.toMatchObject({ code: 'InvalidParameterValue' });
    await expect(create('x', { VisibilityTimeout: '43201' })).rejects.toMatchObject({ code: 'InvalidAttributeValue' });
    await expect(create('x', { Colour: 'red' })).rejects.toMatchObject({ code: 'InvalidAttributeName' });
    await expect(create('x.fifo')).rejects.toMatchObject({ code: 'InvalidParameterValue' });
    await expect(sqs('GetQueueUrl', { QueueName: 'none' })).rejects.toMatchObject({ code: 'QueueDoesNotExist' });
    await expect(create('work', { VisibilityTimeout: '31' })).rejects.toMatchObject({ code: 'QueueNameExists' });
  });

  it('counts visible, in-flight and delayed messages', async () => {
    for (const MessageBody of ['a', 'b']) await sqs('SendMessage', { QueueUrl, MessageBody });
    await sqs('SendMessage', { QueueUrl, MessageBody: 'c', DelaySeconds: 60 });
    await receive();
    expect(await sqs('GetQueueAttributes', { QueueUrl, AttributeNames: ['All'] })).toMatchObject({ Attributes: { ApproximateNumberOfMessages: '1', ApproximateNumberOfMessagesNotVisible: '1', ApproximateNumberOfMessagesDelayed: '1', QueueArn: 'arn:aws:sqs:us-east-1:111122223333:work' } });
  });

  it('publishes its depth each minute while it holds messages, a last zero after that, and then nothing', async () => {
    const depths = (): number[] => world.metrics.filter((metric) => metric.name === 'ApproximateNumberOfMessagesVisible').map((metric) => metric.value);
    await sqs('SendMessage', { QueueUrl, MessageBody: 'a' });
    await world.clock.advance(120_000);
    expect(depths()).toEqual([1, 1]);
    await sqs('PurgeQueue', { QueueUrl });
    await world.clock.advance(600_000);
    expect(depths()).toEqual([1, 1, 0]);
    expect(world.clock.pendingTimers()).toBe(0);
  });

  it('publishes nothing from a Region that is off', async () => {
    await sqs('SendMessage', { QueueUrl, MessageBody: 'a' });
    world.faults.setRegion(east, 'down');
    await world.clock.advance(60_000);
    expect(world.metrics.filter((metric) => metric.name.startsWith('Approximate'))).toEqual([]);
    world.faults.setRegion(east, 'up');
    await world.clock.advance(60_000);
    expect(world.metrics.some((metric) => metric.name.startsWith('Approximate'))).toBe(true);
  });

  it('survives a restart, messages and receipts included', async () => {
    await sqs('SendMessage', { QueueUrl, MessageBody: 'kept', MessageAttributes: { kind: { DataType: 'Binary', BinaryValue: Uint8Array.of(1, 2) } } });
    const ReceiptHandle = (await receive()).Messages?.[0]?.ReceiptHandle;
    const state = saved(world.service('sqs'));
    await sqs('PurgeQueue', { QueueUrl });
    await world.service('sqs').restore?.(state);
    await sqs('ChangeMessageVisibility', { QueueUrl, ReceiptHandle, VisibilityTimeout: 0 });
    const [message] = (await receive({ MessageAttributeNames: ['All'] })).Messages ?? [];
    expect(message).toMatchObject({ Body: 'kept', MessageAttributes: { kind: { DataType: 'Binary', BinaryValue: Buffer.from([1, 2]) } } });
  });

  it('gives the queue’s policy to IAM', async () => {
    await sqs('SetQueueAttributes', { QueueUrl, Attributes: { Policy: JSON.stringify({ Statement: { Effect: 'Deny' } }) } });
    const [permission] = world.service('sqs').permissions('SendMessageBatch', { QueueUrl }, { region: east } as never);
    expect(permission).toEqual({ action: 'sqs:SendMessage', resource: 'arn:aws:sqs:us-east-1:111122223333:work', resourcePolicy: { Statement: { Effect: 'Deny' } } });
  });
});
