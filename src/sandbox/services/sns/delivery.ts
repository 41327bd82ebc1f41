import { servicePrincipal, type World } from '../../world.js';
import type { PublishInput, Subscription, Topic, TopicEmail, TopicStore } from './service.js';

/** A message on its way to one subscriber. Part of the saved state, so that a restart loses none. */
export interface Delivery {
  messageId: string;
  topicArn: string;
  subscription: Subscription;
  message: string;
  subject?: string;
  attributes: Record<string, { Type: string; Value: string }>;
  publishedAt: number;
  attempts: number;
  /** Milliseconds of the world's clock. */
  dueAt: number;
}

export interface Deliveries {
  /** Accepts a message for every subscriber of the topic and returns its id. */
  publish(topic: Topic, input: PublishInput): string;
  outbox(): TopicEmail[];
  state(): { outbox: TopicEmail[]; pending: Delivery[] };
  restore(state: { outbox: TopicEmail[]; pending: Delivery[] }): void;
  start(): void;
  stop(): void;
}

const keptEmails = 5000;
/** AWS retries a queue or function 100,015 times over 23 days; the sandbox keeps on every minute for an hour. */
const maxAttempts = 64;

export function createDeliveries(world: World, store: TopicStore): Deliveries {
  let outbox: TopicEmail[] = [];
  let pending: Delivery[] = [];
  const timers = new Set<() => void>();

  const schedule = (delivery: Delivery): void => {
    const cancel = world.clock.after(Math.max(0, delivery.dueAt - world.clock.now()), () => {
      timers.delete(cancel);
      void attempt(delivery);
    });
    timers.add(cancel);
  };
  const finish = (delivery: Delivery): void => { pending = pending.filter((candidate) => candidate !== delivery); world.changed(); };

  const attempt = async (delivery: Delivery): Promise<void> => {
    const region = delivery.topicArn.split(':')[3] ?? '';
    delivery.attempts += 1;
    try {
      // A Region that is off delivers nothing; the message stays and goes out when it is back.
      if (!world.faults.computing(region)) throw new Error(`${region} is down`);
      await hand(delivery, region);
      record(region, delivery.topicArn, 'NumberOfNotificationsDelivered');
      finish(delivery);
    } catch (error) {
      const down = !world.faults.computing(region);
      if (!down && delivery.attempts >= maxAttempts) {
        world.log(region, 'sns', `gave up delivering ${delivery.messageId} to ${delivery.subscription.endpoint}: ${(error as Error).message}`);
        record(region, delivery.topicArn, 'NumberOfNotificationsFailed');
        finish(delivery);
        return;
      }
      delivery.dueAt = world.clock.now() + Math.min(60_000, 1000 * 2 ** Math.min(delivery.attempts - 1, 6));
      schedule(delivery);
    }
  };

  const hand = async (delivery: Delivery, region: string): Promise<void> => {
    const { protocol, endpoint, raw } = delivery.subscription;
    const principal = servicePrincipal('sns', region);
    // AWS names the target's Region in its ARN; SNS delivers across Regions too.
    const targetRegion = endpoint.split(':')[3] ?? region;
    if (protocol === 'sqs') {
      const MessageBody = raw ? delivery.message : JSON.stringify(envelope(delivery, region), null, 2);
      await world.call('sqs', 'SendMessage', { QueueUrl: `https://sqs.${targetRegion}.amazonaws.com/${endpoint.split(':').slice(4).join('/')}`, MessageBody, SourceArn: delivery.topicArn }, { region: targetRegion, principal });
    } else if (protocol === 'lambda') {
      const event = { Records: [{ EventSource: 'aws:sns', EventVersion: '1.0', EventSubscriptionArn: delivery.subscription.arn, Sns: functionEnvelope(delivery, region) }] };
      await world.call('lambda', 'Invoke', { FunctionName: endpoint, InvocationType: 'Event', Payload: Buffer.from(JSON.stringify(event)), SourceArn: delivery.topicArn }, { region: targetRegion, principal });
    } else {
      outbox.push({
        messageId: delivery.messageId, region, at: world.clock.now(), topicArn: delivery.topicArn, to: endpoint,
        subject: delivery.subject ?? 'AWS Notification Message',
        text: protocol === 'email' ? delivery.message : JSON.stringify(envelope(delivery, region)),
      });
      if (outbox.length > keptEmails) outbox.splice(0, outbox.length - keptEmails);
    }
  };

  const record = (region: string, topicArn: string, name: string): void => {
    world.recordMetric(region, { namespace: 'AWS/SNS', name, dimensions: { TopicName: topicArn.split(':').at(-1) ?? '' }, value: 1, unit: 'Count' });
  };

  return {
    publish: (topic, input) => {
      const messageId = world.random.uuid();
      const publishedAt = world.clock.now();
      const attributes = Object.fromEntries(Object.entries(input.MessageAttributes ?? {}).map(([name, attribute]) => [name, {
        Type: attribute.DataType,
        Value: attribute.BinaryValue ? Buffer.from(attribute.BinaryValue).toString('base64') : attribute.StringValue ?? '',
      }]));
      record(topic.region, topic.arn, 'NumberOfMessagesPublished');
      for (const subscription of store.subscriptions.values()) {
        if (subscription.topicArn !== topic.arn) continue;
        const delivery: Delivery = {
          messageId, topicArn: topic.arn, subscription, message: input.Message, attributes, publishedAt, attempts: 0,
          dueAt: publishedAt + 20 + world.random.below(80),
          ...(input.Subject === undefined ? {} : { subject: input.Subject }),
        };
        pending.push(delivery);
        schedule(delivery);
      }
      world.changed();
      return messageId;
    },
    outbox: () => outbox,
    state: () => ({ outbox, pending }),
    restore: (state) => { outbox = state.outbox; pending = state.pending; },
    // Deliveries published before the start (none) would be armed twice otherwise: timers are only set here after a restore.
    start: () => { if (timers.size === 0) pending.forEach(schedule); },
    stop: () => { for (const cancel of timers) cancel(); timers.clear(); },
  };
}

function envelope(delivery: Delivery, region: string): Record<string, unknown> {
  return {
    Type: 'Notification',
    MessageId: delivery.messageId,
    TopicArn: delivery.topicArn,
    ...(delivery.subject === undefined ? {} : { Subject: delivery.subject }),
    Message: delivery.message,
    Timestamp: new Date(delivery.publishedAt).toISOString(),
    UnsubscribeURL: `https://sns.${region}.amazonaws.com/?Action=Unsubscribe&SubscriptionArn=${delivery.subscription.arn}`,
    ...(Object.keys(delivery.attributes).length > 0 ? { MessageAttributes: delivery.attributes } : {}),
  };
}

/** Functions get the same members, with the URL's name spelled differently and attributes always there. */
function functionEnvelope(delivery: Delivery, region: string): Record<string, unknown> {
  const { UnsubscribeURL, ...rest } = envelope(delivery, region);
  return { ...rest, Subject: delivery.subject ?? null, UnsubscribeUrl: UnsubscribeURL, MessageAttributes: delivery.attributes };
}
