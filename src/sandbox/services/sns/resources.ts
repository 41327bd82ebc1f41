import type { CreatedResource, ResourceContext, Service } from '../../service.js';
import type { World } from '../../world.js';
import type { Topic, TopicStore } from './service.js';

interface TopicProperties {
  TopicName?: string;
  DisplayName?: string;
  KmsMasterKeyId?: string;
  Subscription?: { Protocol: string; Endpoint: string }[];
}

interface SubscriptionProperties {
  TopicArn: string;
  Protocol: string;
  Endpoint: string;
  RawMessageDelivery?: boolean | string;
}

/** `AWS::SNS::Topic`, `AWS::SNS::Subscription` and `AWS::SNS::TopicPolicy`. */
export function topicResources(world: World, store: TopicStore): NonNullable<Service['resources']> {
  const created = (topic: Topic): CreatedResource => ({ ref: topic.arn, attributes: { TopicArn: topic.arn, TopicName: topic.name } });
  const make = (context: ResourceContext, properties: TopicProperties, name: string): CreatedResource => {
    const topic = store.create(context.region, name, properties.DisplayName === undefined ? {} : { DisplayName: properties.DisplayName });
    for (const { Protocol, Endpoint } of properties.Subscription ?? []) store.subscribe(topic.arn, Protocol, Endpoint, false);
    return created(topic);
  };
  const setPolicy = (given: { Topics: string[]; PolicyDocument: object }): void => {
    for (const arn of given.Topics) store.topic(arn).attributes['Policy'] = JSON.stringify(given.PolicyDocument);
    world.changed();
  };
  const subscribe = (properties: SubscriptionProperties): CreatedResource => {
    const raw = properties.RawMessageDelivery === true || properties.RawMessageDelivery === 'true';
    const subscription = store.subscribe(store.topic(properties.TopicArn).arn, properties.Protocol, properties.Endpoint, raw);
    return { ref: subscription.arn, attributes: { Arn: subscription.arn } };
  };
  return {
    'AWS::SNS::Topic': {
      properties: ['TopicName', 'DisplayName', 'Subscription', 'Tags'],
      create: async (context, given) => {
        const properties: TopicProperties = given;
        return make(context, properties, properties.TopicName ?? `${context.stackName}-${context.logicalId}-${world.random.hex(12)}`);
      },
      update: async (context, given, previous) => {
        const properties: TopicProperties = given;
        const name = previous.ref.split(':').at(-1) ?? '';
        if (properties.TopicName !== undefined && properties.TopicName !== name) throw new Error('a topic cannot be renamed in the sandbox');
        return make(context, properties, name);
      },
      remove: async (_context, previous) => { store.topics.delete(previous.ref); world.changed(); },
    },
    'AWS::SNS::Subscription': {
      properties: ['TopicArn', 'Protocol', 'Endpoint', 'RawMessageDelivery', 'Region'],
      create: async (_context, given) => subscribe(given),
      update: async (_context, given, previous) => {
        store.subscriptions.delete(previous.ref);
        return subscribe(given);
      },
      remove: async (_context, previous) => { store.subscriptions.delete(previous.ref); world.changed(); },
    },
    'AWS::SNS::TopicPolicy': {
      properties: ['Topics', 'PolicyDocument'],
      create: async (context, given) => { setPolicy(given); return { ref: `${context.stackName}-${context.logicalId}`, attributes: {} }; },
      update: async (_context, given, previous) => { setPolicy(given); return previous; },
      // It goes with its topic, which is always of the same stack.
      remove: async () => undefined,
    },
  };
}
