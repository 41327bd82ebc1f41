import { AwsError, type CallContext, type PolicyDocument, type RequiredPermission, type Service } from '../../service.js';
import type { World } from '../../world.js';
import { createQueueMetrics } from './metrics.js';
import { createMessaging } from './messaging.js';
import { checkedAttributes, countsOf, defaultAttributes, type Queue, type QueueAttributes } from './queue.js';
import { queueResources } from './resources.js';

/**
 * Simple Queue Service, standard queues, per Region: visibility time-outs, delays, long polling, retention, size limit,
 * batches, dead-letter queues by redrive policy, MD5 digests, queue policies (given to IAM), and the CloudWatch metrics
 * that alarms on dead letters read. Delivery is at least once in that an unacknowledged message comes back; order is
 * the order of sending, which AWS does not promise. Not imitated: FIFO queues (refused), KMS, message move tasks.
 * Sources: the SQS API reference; attribute ranges from SetQueueAttributes.
 */
export interface QueueStore {
  readonly queues: Map<string, Queue>;
  find(region: string, name: string): Queue | undefined;
  byUrl(url: string | undefined, call: CallContext): Queue;
  byArn(arn: string): Queue | undefined;
  create(region: string, name: string, attributes: Record<string, string>, tags: Record<string, string>): Queue;
  remove(queue: Queue): void;
  urlOf(queue: Queue): string;
  arnOf(queue: Queue): string;
}

const keyOf = (region: string, name: string): string => `${region}/${name}`;

export function createSqs(world: World): Service {
  const store = createStore(world);
  const metrics = createQueueMetrics(world, store);
  return {
    name: 'sqs',
    operations: { ...queueOperations(world, store), ...createMessaging(world, store, metrics) },
    permissions: (operation, input, call) => permissionsOf(operation, input as { QueueUrl?: string; QueueName?: string }, call, world, store),
    resources: queueResources(world, store),
    snapshot: () => [...store.queues.values()],
    restore: (state: never) => {
      store.queues.clear();
      for (const queue of state as Queue[]) store.queues.set(keyOf(queue.region, queue.name), queue);
    },
    start: () => { metrics.start(); },
    stop: () => { metrics.stop(); },
    inspect: () => ({ queues: [...store.queues.values()].map((queue) => ({ name: queue.name, region: queue.region, ...countsOf(queue, world.clock.now()) })) }),
  };
}

function createStore(world: World): QueueStore {
  const queues = new Map<string, Queue>();
  const store: QueueStore = {
    queues,
    find: (region, name) => queues.get(keyOf(region, name)),
    byUrl: (url, call) => {
      const name = url?.split('/').at(-1);
      const queue = name ? store.find(call.region, name) : undefined;
      // The error that the JSON protocol names; older clients are answered the query code by the wire layer.
      if (!queue) throw new AwsError('QueueDoesNotExist', 'The specified queue does not exist.');
      return queue;
    },
    byArn: (arn) => {
      const [, , service, region = '', , name = ''] = arn.split(':');
      return service === 'sqs' ? store.find(region, name) : undefined;
    },
    create: (region, name, attributes, tags) => {
      if (name.endsWith('.fifo') || attributes['FifoQueue'] === 'true') throw new AwsError('InvalidParameterValue', 'The sandbox has only standard queues, no FIFO queues.');
      if (!/^[A-Za-z0-9_-]{1,80}$/.test(name)) throw new AwsError('InvalidParameterValue', 'Can only include alphanumeric characters, hyphens, or underscores. 1 to 80 in length.');
      const now = world.clock.now();
      const queue: Queue = { name, region, createdAt: now, modifiedAt: now, attributes: { ...defaultAttributes, ...checkedAttributes(attributes) }, tags, messages: [] };
      queues.set(keyOf(region, name), queue);
      world.changed();
      return queue;
    },
    remove: (queue) => { queues.delete(keyOf(queue.region, queue.name)); world.changed(); },
    urlOf: (queue) => `https://sqs.${queue.region}.amazonaws.com/${world.account}/${queue.name}`,
    arnOf: (queue) => `arn:${world.partition}:sqs:${queue.region}:${world.account}:${queue.name}`,
  };
  return store;
}

function queueOperations(world: World, store: QueueStore): Service['operations'] {
  return {
    CreateQueue: async (input: { QueueName: string; Attributes?: Record<string, string>; tags?: Record<string, string> }, call) => {
      const existing = store.find(call.region, input.QueueName);
      const given = input.Attributes ?? {};
      if (existing) {
        const different = Object.entries(given).find(([name, value]) => existing.attributes[name as keyof QueueAttributes] !== value);
        if (different) throw new AwsError('QueueNameExists', `A queue already exists with the same name and a different value for attribute ${different[0]}`);
        return { QueueUrl: store.urlOf(existing) };
      }
      return { QueueUrl: store.urlOf(store.create(call.region, input.QueueName, given, input.tags ?? {})) };
    },
    DeleteQueue: async (input: { QueueUrl: string }, call) => { store.remove(store.byUrl(input.QueueUrl, call)); return {}; },
    GetQueueUrl: async (input: { QueueName: string }, call) => ({ QueueUrl: store.urlOf(store.byUrl(input.QueueName, call)) }),
    ListQueues: async (input: { QueueNamePrefix?: string }, call) => ({
      QueueUrls: [...store.queues.values()].filter((queue) => queue.region === call.region && queue.name.startsWith(input.QueueNamePrefix ?? '')).map(store.urlOf),
    }),
    GetQueueAttributes: async (input: { QueueUrl: string; AttributeNames?: string[] }, call) => {
      const queue = store.byUrl(input.QueueUrl, call);
      const all = attributesOf(queue, store, world);
      const names = input.AttributeNames ?? [];
      return { Attributes: names.includes('All') ? all : Object.fromEntries(Object.entries(all).filter(([name]) => names.includes(name))) };
    },
    SetQueueAttributes: async (input: { QueueUrl: string; Attributes: Record<string, string> }, call) => {
      const queue = store.byUrl(input.QueueUrl, call);
      queue.attributes = { ...queue.attributes, ...checkedAttributes(input.Attributes) };
      queue.modifiedAt = world.clock.now();
      world.changed();
      return {};
    },
    PurgeQueue: async (input: { QueueUrl: string }, call) => { store.byUrl(input.QueueUrl, call).messages = []; world.changed(); return {}; },
    ListQueueTags: async (input: { QueueUrl: string }, call) => ({ Tags: store.byUrl(input.QueueUrl, call).tags }),
    ListDeadLetterSourceQueues: async (input: { QueueUrl: string }, call) => {
      const arn = store.arnOf(store.byUrl(input.QueueUrl, call));
      return { queueUrls: [...store.queues.values()].filter((queue) => queue.attributes.RedrivePolicy?.includes(`"${arn}"`)).map(store.urlOf) };
    },
  };
}

function attributesOf(queue: Queue, store: QueueStore, world: World): Record<string, string> {
  const counts = countsOf(queue, world.clock.now());
  return {
    ...queue.attributes,
    QueueArn: store.arnOf(queue),
    CreatedTimestamp: String(Math.floor(queue.createdAt / 1000)),
    LastModifiedTimestamp: String(Math.floor(queue.modifiedAt / 1000)),
    ApproximateNumberOfMessages: String(counts.visible),
    ApproximateNumberOfMessagesNotVisible: String(counts.inFlight),
    ApproximateNumberOfMessagesDelayed: String(counts.delayed),
  };
}

/** A batch is allowed by the permission of the single call; that is how IAM spells it. */
const actionOf: Record<string, string> = {
  SendMessageBatch: 'SendMessage', DeleteMessageBatch: 'DeleteMessage', ChangeMessageVisibilityBatch: 'ChangeMessageVisibility',
};

function permissionsOf(operation: string, input: { QueueUrl?: string; QueueName?: string; SourceArn?: string }, call: CallContext, world: World, store: QueueStore): RequiredPermission[] {
  const name = input.QueueName ?? input.QueueUrl?.split('/').at(-1);
  const action = `sqs:${actionOf[operation] ?? operation}`;
  if (!name) return [{ action, resource: '*' }];
  const policy = store.find(call.region, name)?.attributes.Policy;
  return [{
    action,
    resource: `arn:${world.partition}:sqs:${call.region}:${world.account}:${name}`,
    ...(input.SourceArn === undefined ? {} : { context: { 'aws:SourceArn': input.SourceArn } }),
    ...(policy ? { resourcePolicy: JSON.parse(policy) as PolicyDocument } : {}),
  }];
}
