import type { CreatedResource, ResourceContext, ResourceHandler } from '../../../service.js';
import { AwsError } from '../../../service.js';
import type { DynamoDbEngine } from '../engine.js';
import type { IndexInput, TableDefinition } from './create-table.js';
import { addIndex, createTable, indexDefinition, removeIndex } from './create-table.js';
import type { Replica, Table, TableSettings } from './table.js';
import { tableArn } from './table.js';

interface CommonProperties extends Omit<TableDefinition, 'TableName'> {
  TableName?: string;
  BillingMode?: string;
  SSESpecification?: Record<string, unknown>;
  TimeToLiveSpecification?: { Enabled: boolean | string; AttributeName?: string };
  Tags?: { Key: string; Value: string }[];
}

interface ReplicaProperties {
  Region: string;
  SSESpecification?: { KMSMasterKeyId?: string };
  DeletionProtectionEnabled?: boolean | string;
  PointInTimeRecoverySpecification?: { PointInTimeRecoveryEnabled?: boolean | string };
  Tags?: { Key: string; Value: string }[];
}

interface GlobalTableProperties extends CommonProperties {
  Replicas: ReplicaProperties[];
  MultiRegionConsistency?: string;
  GlobalTableWitnesses?: { Region: string }[];
}

interface TableProperties extends CommonProperties, Omit<ReplicaProperties, 'Region' | 'SSESpecification' | 'Tags'> {}

const commonProperties = [
  'TableName', 'AttributeDefinitions', 'KeySchema', 'BillingMode', 'GlobalSecondaryIndexes', 'LocalSecondaryIndexes',
  'SSESpecification', 'TimeToLiveSpecification',
] as const;

const modelledReplicaProperties = new Set(['Region', 'SSESpecification', 'DeletionProtectionEnabled', 'PointInTimeRecoverySpecification', 'Tags']);

export function tableResources(engine: DynamoDbEngine): Record<string, ResourceHandler> {
  return {
    'AWS::DynamoDB::GlobalTable': {
      properties: [...commonProperties, 'Replicas', 'MultiRegionConsistency', 'GlobalTableWitnesses'],
      create: async (context, properties: GlobalTableProperties) => createGlobalTable(engine, context, properties),
      update: async (context, properties: GlobalTableProperties, previous) =>
        updateTable(engine, context, properties, previous, properties.Replicas),
      remove: async (context, previous) => { removeTable(engine, context, previous.ref); },
    },
    'AWS::DynamoDB::Table': {
      properties: [...commonProperties, 'DeletionProtectionEnabled', 'PointInTimeRecoverySpecification', 'Tags'],
      create: async (context, properties: TableProperties) => createRegionalTable(engine, context, properties),
      update: async (context, properties: TableProperties, previous) =>
        updateTable(engine, context, properties, previous, [{ ...properties, Region: context.region }]),
      remove: async (context, previous) => { removeTable(engine, context, previous.ref); },
    },
  };
}

function createGlobalTable(engine: DynamoDbEngine, context: ResourceContext, properties: GlobalTableProperties): CreatedResource {
  for (const replica of properties.Replicas) {
    const ignored = Object.keys(replica).filter((name) => !modelledReplicaProperties.has(name));
    for (const name of ignored) context.unmodelled(`Replicas.${replica.Region}.${name}`);
  }
  if (!properties.Replicas.some(({ Region }) => Region === context.region)) {
    throw new AwsError('ValidationException', `Replicas must include the stack's Region ${context.region}`);
  }
  const strong = properties.MultiRegionConsistency === 'STRONG';
  const witness = properties.GlobalTableWitnesses?.[0]?.Region;
  const table = createTable(engine, definitionOf(context, properties), {
    mode: strong ? 'strong' : properties.Replicas.length > 1 ? 'eventual' : 'single',
    replicas: properties.Replicas.map((replica) => ({ region: replica.Region, settings: replicaSettings(replica) })),
    ...(strong && witness !== undefined && { witness }),
  }, settingsOf(properties));
  return created(engine, context, table);
}

function createRegionalTable(engine: DynamoDbEngine, context: ResourceContext, properties: TableProperties): CreatedResource {
  const settings = { ...settingsOf(properties), ...replicaSettings({ ...properties, Region: context.region }) };
  const table = createTable(engine, definitionOf(context, properties), { mode: 'single', replicas: [{ region: context.region, settings }] }, settings);
  return created(engine, context, table);
}

/** With all its replicas; each of them may be protected. */
function removeTable(engine: DynamoDbEngine, context: ResourceContext, name: string): void {
  const found = engine.tables.find(name, context.region);
  if (!found) return;
  const replicas = [...found.table.replicas.values()];
  if (replicas.some((replica) => replica.settings.deletionProtection)) throw new AwsError('ValidationException', `Resource cannot be deleted as it is currently protected against deletion. Disable deletion protection first: ${name}`);
  for (const replica of replicas) engine.tables.remove(replica);
  engine.world.changed();
}

/** Indexes and settings can change in place; keys, consistency and the set of Regions cannot. */
function updateTable(engine: DynamoDbEngine, context: ResourceContext, properties: CommonProperties, previous: CreatedResource, replicas: ReplicaProperties[]): CreatedResource {
  const { table } = engine.tables.get(previous.ref, context.region);
  const wanted = replicas.map(({ Region }) => Region).sort().join();
  if ((properties.TableName ?? table.name) !== table.name || wanted !== [...table.replicas.keys()].sort().join()) {
    throw new AwsError('ValidationException', `The sandbox does not rename table ${table.name} or change its Regions: start a new sandbox`);
  }
  const inputs: IndexInput[] = properties.GlobalSecondaryIndexes ?? [];
  for (const index of table.indexes.filter(({ local, name }) => !local && !inputs.some(({ IndexName }) => IndexName === name))) {
    removeIndex(table, index.name);
  }
  for (const input of inputs) {
    if (!table.indexes.some(({ name }) => name === input.IndexName)) addIndex(engine, table, indexDefinition(input, properties, false));
  }
  table.settings = settingsOf(properties);
  for (const replica of replicas) (table.replicas.get(replica.Region) as Replica).settings = replicaSettings(replica);
  engine.world.changed();
  return created(engine, context, table);
}

function definitionOf(context: ResourceContext, properties: CommonProperties): TableDefinition {
  return { ...properties, TableName: properties.TableName ?? `${context.stackName}-${context.logicalId}` };
}

function settingsOf(properties: CommonProperties): TableSettings {
  const ttl = properties.TimeToLiveSpecification;
  return {
    billingMode: properties.BillingMode ?? 'PROVISIONED',
    ...(properties.SSESpecification && { encryption: properties.SSESpecification }),
    ...(ttl && isTrue(ttl.Enabled) && ttl.AttributeName !== undefined && { timeToLiveAttribute: ttl.AttributeName }),
  };
}

function replicaSettings(replica: ReplicaProperties): TableSettings {
  return {
    deletionProtection: isTrue(replica.DeletionProtectionEnabled),
    ...(replica.SSESpecification?.KMSMasterKeyId === undefined ? {} : { encryptionKeyId: replica.SSESpecification.KMSMasterKeyId }),
    pointInTimeRecovery: isTrue(replica.PointInTimeRecoverySpecification?.PointInTimeRecoveryEnabled),
    tags: Object.fromEntries((replica.Tags ?? []).map(({ Key, Value }) => [Key, Value])),
  };
}

/** Templates may spell a boolean as text. */
function isTrue(value: boolean | string | undefined): boolean {
  return value === true || value === 'true';
}

function created(engine: DynamoDbEngine, context: ResourceContext, table: Table): CreatedResource {
  return { ref: table.name, attributes: { Arn: tableArn(engine.world.partition, context.account, context.region, table.name), TableId: table.id } };
}
