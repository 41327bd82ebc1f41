import { AwsError } from '../../../service.js';
import { invalidParameter } from '../items/attribute-value.js';
import type { DynamoDbEngine } from '../engine.js';
import type { KeySchema } from './key-schema.js';
import type { IndexDefinition } from './secondary-index.js';
import type { ConsistencyMode, Replica, Table, TableSettings } from './table.js';
import { TableData } from './table-data.js';

/** A table's definition as CreateTable and the CloudFormation resources spell it. */
export interface TableDefinition {
  TableName: string;
  AttributeDefinitions: { AttributeName: string; AttributeType: string }[];
  KeySchema: KeySchemaElement[];
  GlobalSecondaryIndexes?: IndexInput[];
  LocalSecondaryIndexes?: IndexInput[];
}

export interface KeySchemaElement {
  AttributeName: string;
  KeyType: string;
}

export interface IndexInput {
  IndexName: string;
  KeySchema: KeySchemaElement[];
  Projection?: { ProjectionType?: string; NonKeyAttributes?: string[] };
}

export interface Placement {
  mode: ConsistencyMode;
  replicas: { region: string; settings: TableSettings }[];
  witness?: string;
}

/** Region sets in which a table with multi-Region strong consistency can live. Source: CreateGlobalTableWitnessGroupMemberAction, API reference. */
const strongRegionSets: readonly (readonly string[])[] = [
  ['us-east-1', 'us-east-2', 'us-west-2'],
  ['eu-west-1', 'eu-west-2', 'eu-west-3', 'eu-central-1'],
  ['ap-northeast-1', 'ap-northeast-2', 'ap-northeast-3'],
];

export function createTable(engine: DynamoDbEngine, definition: TableDefinition, placement: Placement, settings: TableSettings): Table {
  if (!/^[a-zA-Z0-9_.-]{3,255}$/.test(definition.TableName)) {
    throw new AwsError('ValidationException', 'TableName must be at least 3 characters long and at most 255 characters long, of a-z, A-Z, 0-9, _, - and .');
  }
  for (const { region } of placement.replicas) {
    if (engine.tables.find(definition.TableName, region)) {
      throw new AwsError('ResourceInUseException', `Table already exists: ${definition.TableName}`);
    }
  }
  const key = keySchemaOf(definition.KeySchema, definition);
  const indexes = [
    ...(definition.LocalSecondaryIndexes ?? []).map((index) => indexDefinition(index, definition, true)),
    ...(definition.GlobalSecondaryIndexes ?? []).map((index) => indexDefinition(index, definition, false)),
  ];
  if (placement.mode === 'strong') checkStrongPlacement(placement, indexes, settings);
  const table: Table = {
    name: definition.TableName, id: engine.world.random.uuid(), mode: placement.mode, key, indexes,
    replicas: new Map(), createdAt: engine.now(), settings,
    ...(placement.witness !== undefined && { witness: placement.witness }),
  };
  addReplicas(engine, table, placement);
  engine.tables.add(table);
  engine.world.changed();
  return table;
}

export function addReplicas(engine: DynamoDbEngine, table: Table, placement: Placement): void {
  const fresh = (): TableData => {
    const data = new TableData(table.key, engine.timing, engine.world.random);
    for (const index of table.indexes) data.addIndex(index, engine.now());
    return data;
  };
  const shared = placement.mode === 'strong' ? fresh() : undefined;
  for (const { region, settings } of placement.replicas) {
    const replica: Replica = { region, table, data: shared ?? fresh(), settings };
    table.replicas.set(region, replica);
  }
}

export function addIndex(engine: DynamoDbEngine, table: Table, index: IndexDefinition): void {
  table.indexes.push(index);
  for (const data of new Set([...table.replicas.values()].map((replica) => replica.data))) data.addIndex(index, engine.now());
}

export function removeIndex(table: Table, name: string): void {
  table.indexes = table.indexes.filter((index) => index.name !== name);
  for (const replica of table.replicas.values()) replica.data.indexes.delete(name);
}

export function indexDefinition(input: IndexInput, definition: Pick<TableDefinition, 'AttributeDefinitions'>, local: boolean): IndexDefinition {
  const projection = input.Projection?.ProjectionType ?? 'ALL';
  if (projection !== 'ALL' && projection !== 'KEYS_ONLY' && projection !== 'INCLUDE') {
    throw invalidParameter(`Unknown ProjectionType: ${projection}`);
  }
  return { name: input.IndexName, key: keySchemaOf(input.KeySchema, definition), projection, included: input.Projection?.NonKeyAttributes ?? [], local };
}

function keySchemaOf(elements: KeySchemaElement[], { AttributeDefinitions: attributes }: Pick<TableDefinition, 'AttributeDefinitions'>): KeySchema {
  const attribute = (name: string): KeySchema['partition'] => {
    const type = attributes.find((definition) => definition.AttributeName === name)?.AttributeType;
    if (type !== 'S' && type !== 'N' && type !== 'B') {
      throw invalidParameter(`Some index key attributes are not defined in AttributeDefinitions. Keys: [${name}], AttributeDefinitions: [${attributes.map(({ AttributeName }) => AttributeName).join(', ')}]`);
    }
    return { name, type };
  };
  const [hash, range] = elements;
  if (hash?.KeyType !== 'HASH') throw invalidParameter('Invalid KeySchema: The first KeySchemaElement is not a HASH key type');
  if (range && range.KeyType !== 'RANGE') throw invalidParameter('Invalid KeySchema: The second KeySchemaElement is not a RANGE key type');
  if (elements.length > 2) throw invalidParameter('Invalid KeySchema: too many KeySchemaElements');
  return { partition: attribute(hash.AttributeName), ...(range && { sort: attribute(range.AttributeName) }) };
}

function checkStrongPlacement(placement: Placement, indexes: IndexDefinition[], settings: TableSettings): void {
  const voters = [...placement.replicas.map(({ region }) => region), ...(placement.witness === undefined ? [] : [placement.witness])];
  if (new Set(voters).size !== 3 || voters.length !== 3) {
    throw invalidParameter('a table with multi-Region strong consistency needs exactly three Regions: three replicas, or two and a witness');
  }
  if (!strongRegionSets.some((set) => voters.every((region) => set.includes(region)))) {
    throw invalidParameter(`multi-Region strong consistency is not available across ${voters.join(', ')}: the Regions must be of one set`);
  }
  if (indexes.some((index) => index.local)) throw invalidParameter('local secondary indexes are not supported with multi-Region strong consistency');
  if (settings.timeToLiveAttribute !== undefined) throw invalidParameter('Time to Live is not supported with multi-Region strong consistency');
}
