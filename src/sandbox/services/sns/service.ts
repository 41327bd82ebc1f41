import { AwsError, type CallContext, type PolicyDocument, type RequiredPermission, type Service } from '../../service.js';
import type { World } from '../../world.js';
import { createDeliveries, type Delivery } from './delivery.js';
import { topicResources } from './resources.js';

/**
 * Simple Notification Service, standard topics, per Region: publishing, subscriptions to queues, functions and e-mail,
 * raw delivery, topic policies (given to IAM), retries while a target cannot be reached, and the AWS/SNS metrics.
 * E-mail is kept in an outbox instead of being sent, and an e-mail subscription counts as confirmed at once, because
 * nobody can click the link. Not imitated: FIFO topics, filter policies (listed as unmodelled), HTTP and SMS endpoints.
 * Source: the SNS API reference and "Message delivery retries" of the developer guide.
 */
export interface SnsService extends Service {
  outbox(): TopicEmail[];
}

/** What a subscriber would have found in the mailbox. */
export interface TopicEmail {
  messageId: string;
  region: string;
  /** Milliseconds since 1970. */
  at: number;
  topicArn: string;
  to: string;
  subject: string;
  text: string;
}

export interface Topic {
  arn: string;
  region: string;
  name: string;
  attributes: Record<string, string>;
}

export interface Subscription {
  arn: string;
  topicArn: string;
  protocol: 'sqs' | 'lambda' | 'email' | 'email-json';
  endpoint: string;
  raw: boolean;
}

export interface TopicStore {
  readonly topics: Map<string, Topic>;
  readonly subscriptions: Map<string, Subscription>;
  create(region: string, name: string, attributes: Record<string, string>): Topic;
  topic(arn: string | undefined): Topic;
  subscribe(topicArn: string, protocol: string, endpoint: string, raw: boolean): Subscription;
}

interface State {
  topics: Topic[];
  subscriptions: Subscription[];
  outbox: TopicEmail[];
  pending: Delivery[];
}

export function createSns(world: World): SnsService {
  const store = createStore(world);
  const deliveries = createDeliveries(world, store);
  return {
    name: 'sns',
    outbox: deliveries.outbox,
    operations: operationsOf(world, store, deliveries.publish),
    permissions: (operation, input, call) => permissionsOf(world, operation, input as PermissionInput, call, store),
    resources: topicResources(world, store),
    snapshot: (): State => ({ topics: [...store.topics.values()], subscriptions: [...store.subscriptions.values()], ...deliveries.state() }),
    restore: (state: never) => {
      const saved = state as State;
      store.topics.clear();
      store.subscriptions.clear();
      for (const topic of saved.topics) store.topics.set(topic.arn, topic);
      for (const subscription of saved.subscriptions) store.subscriptions.set(subscription.arn, subscription);
      deliveries.restore(saved);
    },
    start: () => { deliveries.start(); },
    stop: () => { deliveries.stop(); },
    inspect: () => ({
      topics: [...store.topics.keys()],
      subscriptions: [...store.subscriptions.values()].map(({ topicArn, protocol, endpoint }) => ({ topicArn, protocol, endpoint })),
      undelivered: deliveries.state().pending.length,
    }),
  };
}

function createStore(world: World): TopicStore {
  const topics = new Map<string, Topic>();
  const subscriptions = new Map<string, Subscription>();
  return {
    topics,
    subscriptions,
    create: (region, name, attributes) => {
      if (!/^[A-Za-z0-9_-]{1,256}$/.test(name)) throw new AwsError('InvalidParameter', 'Invalid parameter: Topic Name');
      const arn = `arn:${world.partition}:sns:${region}:${world.account}:${name}`;
      const topic = { arn, region, name, attributes: { ...topics.get(arn)?.attributes, ...attributes } };
      topics.set(arn, topic);
      world.changed();
      return topic;
    },
    topic: (arn) => {
      const topic = topics.get(arn ?? '');
      if (!topic) throw new AwsError('NotFound', 'Topic does not exist', { status: 404 });
      return topic;
    },
    subscribe: (topicArn, protocol, endpoint, raw) => {
      if (protocol !== 'sqs' && protocol !== 'lambda' && protocol !== 'email' && protocol !== 'email-json') {
        throw new AwsError('InvalidParameter', `Invalid parameter: the sandbox does not deliver to protocol ${protocol}`);
      }
      const same = [...subscriptions.values()].find((candidate) => candidate.topicArn === topicArn && candidate.protocol === protocol && candidate.endpoint === endpoint);
      const subscription = { arn: same?.arn ?? `${topicArn}:${world.random.uuid()}`, topicArn, protocol, endpoint, raw } as const;
      subscriptions.set(subscription.arn, subscription);
      world.changed();
      return subscription;
    },
  };
}

export interface PublishInput {
  TopicArn?: string;
  TargetArn?: string;
  Message: string;
  Subject?: string;
  MessageAttributes?: Record<string, { DataType: string; StringValue?: string; BinaryValue?: Uint8Array }>;
}

function operationsOf(world: World, store: TopicStore, publish: (topic: Topic, input: PublishInput) => string): Service['operations'] {
  const checkedPublish = (input: PublishInput): string => {
    const topic = store.topic(input.TopicArn ?? input.TargetArn);
    if (!input.Message) throw new AwsError('InvalidParameter', 'Invalid parameter: Empty message');
    if (Buffer.byteLength(input.Message) > 262_144) throw new AwsError('InvalidParameter', 'Invalid parameter: Message too long');
    if (input.Subject !== undefined && !/^[\x20-\x7e]{1,100}$/.test(input.Subject)) throw new AwsError('InvalidParameter', 'Invalid parameter: Subject');
    return publish(topic, input);
  };
  const list = (subscriptions: Subscription[]): object => ({
    Subscriptions: subscriptions.map((subscription) => ({
      SubscriptionArn: subscription.arn, Owner: world.account, Protocol: subscription.protocol, Endpoint: subscription.endpoint, TopicArn: subscription.topicArn,
    })),
  });
  return {
    CreateTopic: async (input: { Name: string; Attributes?: Record<string, string> }, call) => ({ TopicArn: store.create(call.region, input.Name, input.Attributes ?? {}).arn }),
    DeleteTopic: async (input: { TopicArn: string }) => {
      store.topics.delete(input.TopicArn);
      for (const subscription of [...store.subscriptions.values()]) if (subscription.topicArn === input.TopicArn) store.subscriptions.delete(subscription.arn);
      world.changed();
      return {};
    },
    ListTopics: async (_input: object, call) => ({ Topics: [...store.topics.values()].filter((topic) => topic.region === call.region).map((topic) => ({ TopicArn: topic.arn })) }),
    GetTopicAttributes: async (input: { TopicArn: string }) => {
      const topic = store.topic(input.TopicArn);
      const confirmed = [...store.subscriptions.values()].filter((subscription) => subscription.topicArn === topic.arn).length;
      return { Attributes: { ...topic.attributes, TopicArn: topic.arn, Owner: world.account, SubscriptionsConfirmed: String(confirmed), SubscriptionsPending: '0', SubscriptionsDeleted: '0' } };
    },
    SetTopicAttributes: async (input: { TopicArn: string; AttributeName: string; AttributeValue?: string }) => {
      store.topic(input.TopicArn).attributes[input.AttributeName] = input.AttributeValue ?? '';
      world.changed();
      return {};
    },
    Subscribe: async (input: { TopicArn: string; Protocol: string; Endpoint: string; Attributes?: Record<string, string> }) => {
      const raw = input.Attributes?.['RawMessageDelivery'] === 'true';
      if (input.Attributes?.['FilterPolicy']) throw new AwsError('InvalidParameter', 'Invalid parameter: the sandbox does not filter by policy');
      return { SubscriptionArn: store.subscribe(store.topic(input.TopicArn).arn, input.Protocol, input.Endpoint, raw).arn };
    },
    Unsubscribe: async (input: { SubscriptionArn: string }) => { store.subscriptions.delete(input.SubscriptionArn); world.changed(); return {}; },
    ListSubscriptions: async (_input: object, call) => list([...store.subscriptions.values()].filter((subscription) => subscription.topicArn.split(':')[3] === call.region)),
    ListSubscriptionsByTopic: async (input: { TopicArn: string }) => {
      const { arn } = store.topic(input.TopicArn);
      return list([...store.subscriptions.values()].filter((subscription) => subscription.topicArn === arn));
    },
    Publish: async (input: PublishInput) => ({ MessageId: checkedPublish(input) }),
    PublishBatch: async (input: { TopicArn: string; PublishBatchRequestEntries: (PublishInput & { Id: string })[] }) => {
      if (input.PublishBatchRequestEntries.length > 10) throw new AwsError('TooManyEntriesInBatchRequest', 'The batch request contains more entries than permissible.');
      return { Successful: input.PublishBatchRequestEntries.map((entry) => ({ Id: entry.Id, MessageId: checkedPublish({ ...entry, TopicArn: input.TopicArn }) })), Failed: [] };
    },
  };
}

interface PermissionInput {
  TopicArn?: string;
  TargetArn?: string;
  SubscriptionArn?: string;
  Name?: string;
  /** Said by the sandbox's own services only: on whose behalf they publish. */
  SourceArn?: string;
}

function permissionsOf(world: World, operation: string, input: PermissionInput, call: CallContext, store: TopicStore): RequiredPermission[] {
  const arn = input.TopicArn ?? input.TargetArn ?? input.SubscriptionArn?.replace(/:[^:]+$/, '')
    ?? (input.Name === undefined ? '*' : `arn:${world.partition}:sns:${call.region}:${world.account}:${input.Name}`);
  const policy = store.topics.get(arn)?.attributes['Policy'];
  const action = `sns:${operation === 'PublishBatch' ? 'Publish' : operation}`;
  const context = input.SourceArn === undefined ? {} : { context: { 'aws:SourceArn': input.SourceArn } };
  return [{ action, resource: arn, ...context, ...(policy ? { resourcePolicy: JSON.parse(policy) as PolicyDocument } : {}) }];
}
