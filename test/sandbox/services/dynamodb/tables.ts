import { createDynamoDb } from '../../../../src/sandbox/services/dynamodb/service.js';
import type { DynamoDbTiming } from '../../../../src/sandbox/services/dynamodb/engine.js';
import type { AttributeValue, Item } from '../../../../src/sandbox/services/dynamodb/items/attribute-value.js';
import type { ResourceContext, Service } from '../../../../src/sandbox/service.js';
import type { DataTestWorld } from '../data-test-world.js';
import { dataTestWorld, invoke } from '../data-test-world.js';

export const east = 'us-east-1';
export const west = 'us-west-2';
export const witness = 'us-east-2';

export interface Fixture {
  world: DataTestWorld;
  dynamodb: Service;
  unmodelled: string[];
}

/** A service without the small lags, unless a test is about them. */
export function fixture(timing: Partial<DynamoDbTiming> = {}, seed = 1): Fixture {
  const world = dataTestWorld({ seed });
  const quiet = { indexDelayMs: 0, staleReadMs: 0, conflictWindowMs: 0 };
  return { world, dynamodb: world.register(createDynamoDb(world, { ...quiet, ...timing })), unmodelled: [] };
}

export function resourceContext(region: string, unmodelled: string[] = []): ResourceContext {
  return {
    region, account: '111122223333', stackName: 'stack', logicalId: 'Table', assetPath: (key) => key,
    unmodelled: (property) => { unmodelled.push(property); },
  };
}

export const keyed = {
  AttributeDefinitions: [{ AttributeName: 'pk', AttributeType: 'S' }, { AttributeName: 'sk', AttributeType: 'N' }, { AttributeName: 'state', AttributeType: 'S' }],
  KeySchema: [{ AttributeName: 'pk', KeyType: 'HASH' }, { AttributeName: 'sk', KeyType: 'RANGE' }],
  BillingMode: 'PAY_PER_REQUEST',
};

export const openIndex = {
  IndexName: 'open', KeySchema: [{ AttributeName: 'state', KeyType: 'HASH' }, { AttributeName: 'sk', KeyType: 'RANGE' }], Projection: { ProjectionType: 'ALL' },
};

export async function globalTable({ dynamodb, unmodelled }: Fixture, consistency: 'STRONG' | 'EVENTUAL', extra: object = {}): Promise<void> {
  const handler = dynamodb.resources?.['AWS::DynamoDB::GlobalTable'];
  await handler?.create(resourceContext(east, unmodelled), {
    ...keyed, TableName: 'ledger', Replicas: [{ Region: east }, { Region: west }], MultiRegionConsistency: consistency,
    ...(consistency === 'STRONG' && { GlobalTableWitnesses: [{ Region: witness }] }), ...extra,
  } as never);
}

export async function plainTable({ dynamodb }: Fixture, extra: object = {}): Promise<void> {
  await invoke(dynamodb, 'CreateTable', { ...keyed, TableName: 'ledger', AttributeDefinitions: keyed.AttributeDefinitions.slice(0, 2), ...extra }, east);
}

export function key(sk = 1, pk = 'job'): Item {
  return { pk: { S: pk }, sk: { N: String(sk) } };
}

export async function put({ dynamodb }: Fixture, region: string, attributes: Item, extra: object = {}): Promise<void> {
  await invoke(dynamodb, 'PutItem', { TableName: 'ledger', Item: { ...key(), ...attributes }, ...extra }, region);
}

export async function read({ dynamodb }: Fixture, region: string, consistent: boolean, sk = 1): Promise<Record<string, AttributeValue> | undefined> {
  const { Item: item } = await invoke<{ Item?: Item }>(dynamodb, 'GetItem', { TableName: 'ledger', Key: key(sk), ConsistentRead: consistent }, region);
  return item;
}
