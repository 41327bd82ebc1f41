import type { World } from '../../../world.js';
import type { KeyAttribute, KeySchema } from './key-schema.js';
import { keyAttributes } from './key-schema.js';
import type { IndexDefinition } from './secondary-index.js';
import type { Replica } from './table.js';
import { tableArn } from './table.js';

/** The TableDescription of a replica, as the DescribeTable of its Region tells it. */
export function describeTable(world: World, replica: Replica, status = 'ACTIVE'): Record<string, unknown> {
  const { table } = replica;
  const arn = tableArn(world.partition, world.account, replica.region, table.name);
  const indexes = (local: boolean): Record<string, unknown>[] =>
    table.indexes.filter((index) => index.local === local).map((index) => describeIndex(index, replica, arn));
  return {
    TableName: table.name,
    TableArn: arn,
    TableId: table.id,
    TableStatus: status,
    CreationDateTime: new Date(table.createdAt),
    AttributeDefinitions: attributesOf([table.key, ...table.indexes.map((index) => index.key)]),
    KeySchema: schemaElements(table.key),
    ItemCount: replica.data.store.size,
    TableSizeBytes: 0,
    BillingModeSummary: { BillingMode: table.settings.billingMode ?? 'PAY_PER_REQUEST' },
    ProvisionedThroughput: { NumberOfDecreasesToday: 0, ReadCapacityUnits: 0, WriteCapacityUnits: 0 },
    DeletionProtectionEnabled: replica.settings.deletionProtection ?? false,
    ...(indexes(false).length > 0 && { GlobalSecondaryIndexes: indexes(false) }),
    ...(indexes(true).length > 0 && { LocalSecondaryIndexes: indexes(true) }),
    ...globalDescription(replica),
  };
}

function globalDescription({ table, region }: Replica): Record<string, unknown> {
  if (table.mode === 'single') return {};
  const others = [...table.replicas.keys()].filter((other) => other !== region);
  return {
    GlobalTableVersion: '2019.11.21',
    MultiRegionConsistency: table.mode === 'strong' ? 'STRONG' : 'EVENTUAL',
    Replicas: others.map((other) => ({ RegionName: other, ReplicaStatus: 'ACTIVE' })),
    ...(table.witness !== undefined && { GlobalTableWitnesses: [{ RegionName: table.witness, WitnessStatus: 'ACTIVE' }] }),
  };
}

function describeIndex(index: IndexDefinition, replica: Replica, arn: string): Record<string, unknown> {
  return {
    IndexName: index.name,
    IndexArn: `${arn}/index/${index.name}`,
    KeySchema: schemaElements(index.key),
    Projection: { ProjectionType: index.projection, ...(index.projection === 'INCLUDE' && { NonKeyAttributes: index.included }) },
    IndexSizeBytes: 0,
    ItemCount: replica.data.indexes.get(index.name)?.at(0).size ?? 0,
    ...(!index.local && { IndexStatus: 'ACTIVE' }),
  };
}

function schemaElements(schema: KeySchema): { AttributeName: string; KeyType: string }[] {
  return keyAttributes(schema).map(({ name }, position) => ({ AttributeName: name, KeyType: position === 0 ? 'HASH' : 'RANGE' }));
}

function attributesOf(schemas: KeySchema[]): { AttributeName: string; AttributeType: string }[] {
  const attributes = new Map<string, KeyAttribute>(schemas.flatMap(keyAttributes).map((attribute) => [attribute.name, attribute]));
  return [...attributes.values()].map(({ name, type }) => ({ AttributeName: name, AttributeType: type }));
}
