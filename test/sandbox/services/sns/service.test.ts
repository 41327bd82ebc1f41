import { beforeEach, describe, expect, it } from 'vitest';
import { createSns, type SnsService } from '../../../../src/sandbox/services/sns/service.js';
import { createSqs } from '../../../../src/sandbox/services/sqs/service.js';
import { createSmallWorld, saved, type SmallWorld } from '../../small-world.js';

const east = 'us-east-1';
const west = 'us-west-2';
let world: SmallWorld;
let sns: SnsService;
let TopicArn: string;

beforeEach(async () => {
  world = createSmallWorld();
  sns = world.add(createSns(world));
  world.add(createSqs(world));
  ({ TopicArn } = await world.as<{ TopicArn: string }>(east)('sns', 'CreateTopic', { Name: 'alerts' }));
});

async function queue(region: string, name: string): Promise<string> {
  await world.as(region)('sqs', 'CreateQueue', { QueueName: name });
  return `arn:aws:sqs:${region}:111122223333:${name}`;
}

async function bodiesIn(region: string, QueueName: string): Promise<string[]> {
  const { Messages = [] } = await world.as<{ Messages?: { Body: string }[] }>(region)('sqs', 'ReceiveMessage', { QueueUrl: QueueName, MaxNumberOfMessages: 10 });
  return Messages.map((message) => message.Body);
}

const subscribe = (Protocol: string, Endpoint: string, Attributes?: object): Promise<unknown> => world.as(east)('sns', 'Subscribe', { TopicArn, Protocol, Endpoint, Attributes });
const publish = (Message: string, Subject?: string): Promise<Record<string, unknown>> => world.as<Record<string, unknown>>(east)('sns', 'Publish', { TopicArn, Message, Subject });

describe('deliveries', () => {
  it('reaches a queue in an envelope, or raw, and a mailbox', async () => {
    await subscribe('sqs', await queue(east, 'wrapped'));
    await subscribe('sqs', await queue(west, 'raw'), { RawMessageDelivery: 'true' });
    await subscribe('email', 'ops@example.com');
    const { MessageId } = await publish('disk full', 'Alert');
    await world.clock.advance(1000);
    expect(JSON.parse((await bodiesIn(east, 'wrapped'))[0] ?? '')).toMatchObject({ Type: 'Notification', MessageId, TopicArn, Message: 'disk full', Subject: 'Alert' });
    expect(await bodiesIn(west, 'raw')).toEqual(['disk full']);
    expect(sns.outbox()).toMatchObject([{ messageId: MessageId, to: 'ops@example.com', subject: 'Alert', text: 'disk full', region: east }]);
  });

  it('keeps a message while its target cannot be reached, and delivers it once after that', async () => {
    await subscribe('sqs', await queue(west, 'far'), { RawMessageDelivery: 'true' });
    world.faults.setRegion(west, 'down');
    await publish('hold on');
    await world.clock.advance(300_000);
    world.faults.setRegion(west, 'up');
    expect(await bodiesIn(west, 'far')).toEqual([]);
    await world.clock.advance(70_000);
    expect(await bodiesIn(west, 'far')).toEqual(['hold on']);
    await world.clock.advance(600_000);
    const attributes = await world.as(west)('sqs', 'GetQueueAttributes', { QueueUrl: 'far', AttributeNames: ['ApproximateNumberOfMessages'] });
    expect(attributes).toEqual({ Attributes: { ApproximateNumberOfMessages: '1' } });
  });

  it('gives up on a queue that does not exist, and says so', async () => {
    await subscribe('sqs', 'arn:aws:sqs:us-east-1:111122223333:gone');
    await publish('lost');
    await world.clock.advance(2 * 3_600_000);
    expect(world.lines.join()).toContain('gave up delivering');
    expect(world.metrics.map((metric) => metric.name)).toContain('NumberOfNotificationsFailed');
    expect(world.clock.pendingTimers()).toBe(0);
  });

  it('loses nothing in a restart', async () => {
    await subscribe('email', 'ops@example.com');
    await publish('before the crash');
    const state = saved(sns);
    const after = createSmallWorld(2);
    const restarted = after.add(createSns(after));
    await restarted.restore?.(state);
    await restarted.start?.();
    await after.clock.advance(1000);
    expect(restarted.outbox().map((mail) => mail.text)).toEqual(['before the crash']);
  });
});

describe('topics', () => {
  it('refuses what SNS refuses', async () => {
    await expect(world.as(east)('sns', 'Publish', { TopicArn: `${TopicArn}x`, Message: 'x' })).rejects.toMatchObject({ code: 'NotFound' });
    await expect(publish('')).rejects.toMatchObject({ code: 'InvalidParameter' });
    await expect(publish('x'.repeat(262_145))).rejects.toMatchObject({ code: 'InvalidParameter' });
    await expect(publish('x', 'two\nlines')).rejects.toMatchObject({ code: 'InvalidParameter' });
    await expect(subscribe('sms', '+1')).rejects.toMatchObject({ code: 'InvalidParameter' });
  });

  it('keeps one subscription for the same endpoint', async () => {
    const first = await subscribe('email', 'ops@example.com');
    expect(await subscribe('email', 'ops@example.com')).toEqual(first);
    expect(await world.as(east)('sns', 'ListSubscriptionsByTopic', { TopicArn })).toMatchObject({ Subscriptions: [{ Protocol: 'email', Endpoint: 'ops@example.com' }] });
  });
});
