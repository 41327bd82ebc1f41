import type { CallContext, Operation } from '../../../service.js';
import { AwsError } from '../../../service.js';
import type { DynamoDbEngine } from '../engine.js';
import { invalid } from '../items/attribute-value.js';
import type { TableDefinition } from '../tables/create-table.js';
import { createTable } from '../tables/create-table.js';
import { describeTable } from '../tables/describe-table.js';
import type { Replica } from '../tables/table.js';
import { tableArn } from '../tables/table.js';

interface CreateTableInput extends TableDefinition {
  BillingMode?: string;
  DeletionProtectionEnabled?: boolean;
  Tags?: { Key: string; Value: string }[];
}

interface TableInput {
  TableName: string;
}

interface ListTablesInput {
  ExclusiveStartTableName?: string;
  Limit?: number;
}

interface TimeToLiveInput extends TableInput {
  TimeToLiveSpecification: { Enabled: boolean; AttributeName: string };
}

export function tableOperations(engine: DynamoDbEngine): Record<string, Operation> {
  return {
    CreateTable: async (input: CreateTableInput, call) => create(engine, input, call),
    DescribeTable: async (input: TableInput, call) => ({ Table: describeTable(engine.world, named(engine, input, call)) }),
    DeleteTable: async (input: TableInput, call) => ({ TableDescription: remove(engine, named(engine, input, call)) }),
    ListTables: async (input: ListTablesInput, call) => listTables(engine, input, call),
    DescribeTimeToLive: async (input: TableInput, call) => ({ TimeToLiveDescription: timeToLive(named(engine, input, call)) }),
    UpdateTimeToLive: async (input: TimeToLiveInput, call) => updateTimeToLive(engine, input, call),
    DescribeContinuousBackups: async (input: TableInput, call) => continuousBackups(named(engine, input, call)),
    ListTagsOfResource: async (input: { ResourceArn: string }, call) => listTags(engine.tables.get(input.ResourceArn, call.region)),
  };
}

function create(engine: DynamoDbEngine, input: CreateTableInput, call: CallContext): { TableDescription: unknown } {
  const settings = {
    deletionProtection: input.DeletionProtectionEnabled ?? false,
    billingMode: input.BillingMode ?? 'PROVISIONED',
    tags: Object.fromEntries((input.Tags ?? []).map(({ Key, Value }) => [Key, Value])),
  };
  const table = createTable(engine, input, { mode: 'single', replicas: [{ region: call.region, settings }] }, settings);
  return { TableDescription: describeTable(engine.world, table.replicas.get(call.region) as Replica, 'CREATING') };
}

function remove(engine: DynamoDbEngine, replica: Replica): Record<string, unknown> {
  if (replica.settings.deletionProtection) {
    const arn = tableArn(engine.world.partition, engine.world.account, replica.region, replica.table.name);
    throw invalid(`Resource cannot be deleted as it is currently protected against deletion. Disable deletion protection first. TableArn: ${arn}`);
  }
  if (replica.table.mode === 'strong' && replica.table.replicas.size > 1) {
    throw invalid('A replica of a table with multi-Region strong consistency cannot be deleted alone');
  }
  const description = describeTable(engine.world, replica, 'DELETING');
  engine.tables.remove(replica);
  engine.world.changed();
  return description;
}

function listTables(engine: DynamoDbEngine, input: ListTablesInput, call: CallContext): { TableNames: string[]; LastEvaluatedTableName?: string } {
  const start = input.ExclusiveStartTableName;
  const names = engine.tables.namesIn(call.region).filter((name) => start === undefined || name > start);
  const page = names.slice(0, input.Limit ?? 100);
  const last = page[page.length - 1];
  return { TableNames: page, ...(page.length < names.length && last !== undefined && { LastEvaluatedTableName: last }) };
}

/** The attribute is kept and described; nothing expires, as in AWS nothing has to for days. */
function updateTimeToLive(engine: DynamoDbEngine, input: TimeToLiveInput, call: CallContext): unknown {
  const { table } = named(engine, input, call);
  if (table.mode === 'strong') throw invalid('Time to Live is not supported with multi-Region strong consistency');
  const { Enabled: enabled, AttributeName: attribute } = input.TimeToLiveSpecification;
  if (enabled) table.settings.timeToLiveAttribute = attribute;
  else delete table.settings.timeToLiveAttribute;
  engine.world.changed();
  return { TimeToLiveSpecification: input.TimeToLiveSpecification };
}

function timeToLive({ table }: Replica): Record<string, string> {
  const attribute = table.settings.timeToLiveAttribute;
  return attribute === undefined ? { TimeToLiveStatus: 'DISABLED' } : { TimeToLiveStatus: 'ENABLED', AttributeName: attribute };
}

function continuousBackups(replica: Replica): unknown {
  const enabled = replica.settings.pointInTimeRecovery === true;
  return {
    ContinuousBackupsDescription: {
      ContinuousBackupsStatus: 'ENABLED',
      PointInTimeRecoveryDescription: { PointInTimeRecoveryStatus: enabled ? 'ENABLED' : 'DISABLED' },
    },
  };
}

function listTags(replica: Replica): { Tags: { Key: string; Value: string }[] } {
  const tags = replica.settings.tags ?? replica.table.settings.tags ?? {};
  return { Tags: Object.entries(tags).map(([Key, Value]) => ({ Key, Value })) };
}

function named(engine: DynamoDbEngine, input: TableInput, call: CallContext): Replica {
  const replica = engine.tables.find(input.TableName, call.region);
  if (!replica) throw new AwsError('ResourceNotFoundException', `Requested resource not found: Table: ${input.TableName} not found`);
  return replica;
}
