import type { CreatedResource, Service } from '../../service.js';
import type { World } from '../../world.js';
import { checkedAttributes, type Queue } from './queue.js';
import type { QueueStore } from './service.js';

interface QueueProperties {
  QueueName?: string;
  VisibilityTimeout?: number;
  DelaySeconds?: number;
  MessageRetentionPeriod?: number;
  MaximumMessageSize?: number;
  ReceiveMessageWaitTimeSeconds?: number;
  RedrivePolicy?: object;
  RedriveAllowPolicy?: object;
  KmsMasterKeyId?: string;
  SqsManagedSseEnabled?: boolean | string;
  Tags?: { Key: string; Value: string }[];
}

/** `AWS::SQS::Queue` and `AWS::SQS::QueuePolicy`. */
export function queueResources(world: World, store: QueueStore): NonNullable<Service['resources']> {
  const created = (queue: Queue): CreatedResource => ({
    ref: store.urlOf(queue),
    attributes: { Arn: store.arnOf(queue), QueueName: queue.name, QueueUrl: store.urlOf(queue) },
  });
  const queueByRef = (region: string, ref: string): Queue | undefined => store.find(region, ref.split('/').at(-1) ?? '');
  const setPolicy = (region: string, given: { Queues: string[]; PolicyDocument: object }): void => {
    for (const url of given.Queues) {
      const queue = queueByRef(region, url);
      if (!queue) throw new Error(`there is no queue ${url} in ${region}`);
      queue.attributes.Policy = JSON.stringify(given.PolicyDocument);
    }
    world.changed();
  };
  return {
    'AWS::SQS::Queue': {
      properties: ['QueueName', 'VisibilityTimeout', 'DelaySeconds', 'MessageRetentionPeriod', 'MaximumMessageSize', 'ReceiveMessageWaitTimeSeconds', 'RedrivePolicy', 'RedriveAllowPolicy', 'SqsManagedSseEnabled', 'Tags'],
      create: async (context, given) => {
        const properties: QueueProperties = given;
        const name = properties.QueueName ?? `${context.stackName}-${context.logicalId}-${world.random.hex(12)}`.slice(-80);
        const tags = Object.fromEntries((properties.Tags ?? []).map((tag) => [tag.Key, tag.Value]));
        return created(store.create(context.region, name, attributesFrom(properties), tags));
      },
      update: async (context, given, previous) => {
        const properties: QueueProperties = given;
        const queue = queueByRef(context.region, previous.ref);
        if (!queue) throw new Error(`the queue ${previous.ref} is gone`);
        if (properties.QueueName !== undefined && properties.QueueName !== queue.name) throw new Error('a queue cannot be renamed in the sandbox');
        queue.attributes = { ...queue.attributes, ...checkedAttributes(attributesFrom(properties)) };
        queue.modifiedAt = world.clock.now();
        world.changed();
        return created(queue);
      },
      remove: async (context, previous) => {
        const queue = queueByRef(context.region, previous.ref);
        if (queue) store.remove(queue);
      },
    },
    'AWS::SQS::QueuePolicy': {
      properties: ['Queues', 'PolicyDocument'],
      create: async (context, given) => { setPolicy(context.region, given); return { ref: `${context.stackName}-${context.logicalId}`, attributes: {} }; },
      update: async (context, given, previous) => { setPolicy(context.region, given); return previous; },
      // It goes with its queue, which is always of the same stack.
      remove: async () => undefined,
    },
  };
}

function attributesFrom(properties: QueueProperties): Record<string, string> {
  const { QueueName: _name, Tags: _tags, ...rest } = properties;
  const entries = Object.entries(rest).map(([name, value]): [string, string] => [name, typeof value === 'object' ? JSON.stringify(value) : String(value)]);
  return Object.fromEntries(entries);
}
