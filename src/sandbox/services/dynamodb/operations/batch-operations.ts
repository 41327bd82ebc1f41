import type { CallContext, Operation } from '../../../service.js';
import { AwsError } from '../../../service.js';
import type { DynamoDbEngine } from '../engine.js';
import type { Item } from '../items/attribute-value.js';
import { checkedItem, invalid } from '../items/attribute-value.js';
import { unpackItem } from '../items/packed-item.js';
import { keyOfRequest, keyText } from '../tables/key-schema.js';
import type { Replica } from '../tables/table.js';
import type { ConsumedCapacity } from './capacity.js';
import { capacity, readUnits, writeUnits } from './capacity.js';
import { projectionOf } from './item-operations.js';
import { refuseLegacy } from './request-expressions.js';
import type { PreparedWrite } from './write-request.js';
import { prepareDelete, preparePut } from './write-request.js';

interface KeysAndAttributes {
  Keys: Item[];
  ConsistentRead?: boolean;
  ProjectionExpression?: string;
  ExpressionAttributeNames?: Record<string, string>;
}

interface BatchGetInput {
  RequestItems: Record<string, KeysAndAttributes>;
  ReturnConsumedCapacity?: string;
}

interface WriteRequest {
  PutRequest?: { Item: Item };
  DeleteRequest?: { Key: Item };
}

interface BatchWriteInput {
  RequestItems: Record<string, WriteRequest[]>;
  ReturnConsumedCapacity?: string;
}

interface BatchGetOutput {
  Responses: Record<string, Item[]>;
  UnprocessedKeys: Record<string, KeysAndAttributes>;
  ConsumedCapacity?: ConsumedCapacity[];
}

interface BatchWriteOutput {
  UnprocessedItems: Record<string, WriteRequest[]>;
  ConsumedCapacity?: ConsumedCapacity[];
}

const maximumReadKeys = 100;
const maximumWrites = 25;
const maximumAnswerBytes = 16 * 1024 * 1024;

export function batchOperations(engine: DynamoDbEngine): Record<string, Operation> {
  return {
    BatchGetItem: (input: BatchGetInput, call) => batchGet(engine, input, call),
    BatchWriteItem: (input: BatchWriteInput, call) => batchWrite(engine, input, call),
  };
}

/** Tables come in any order; keys that would make the answer larger than 16 MB come back as unprocessed. */
async function batchGet(engine: DynamoDbEngine, input: BatchGetInput, call: CallContext): Promise<BatchGetOutput> {
  const requests = Object.entries(input.RequestItems ?? {});
  const total = requests.reduce((sum, [, request]) => sum + (request.Keys?.length ?? 0), 0);
  if (total === 0) throw requestTooSmall('RequestItems', 'BatchGetItem');
  if (total > maximumReadKeys) throw invalid('Too many items requested for the BatchGetItem call');
  const output: BatchGetOutput = { Responses: {}, UnprocessedKeys: {} };
  const consumed: ConsumedCapacity[] = [];
  let bytes = 0;
  for (const [tableName, request] of requests) {
    const read = await readKeys(engine, tableName, request, call, maximumAnswerBytes - bytes);
    bytes += read.bytes;
    output.Responses[read.replica.table.name] = read.items;
    if (read.left.length > 0) output.UnprocessedKeys[tableName] = { ...request, Keys: read.left };
    consumed.push(...Object.values(capacity(input.ReturnConsumedCapacity, read.replica, read.units)));
  }
  return consumed.length > 0 ? { ...output, ConsumedCapacity: consumed } : output;
}

interface KeysRead {
  replica: Replica;
  items: Item[];
  left: Item[];
  bytes: number;
  units: number;
}

async function readKeys(engine: DynamoDbEngine, tableName: string, request: KeysAndAttributes, call: CallContext, roomBytes: number): Promise<KeysRead> {
  refuseLegacy(request);
  const replica = engine.tables.get(tableName, call.region);
  const project = projectionOf(request);
  const consistent = request.ConsistentRead === true;
  const keys = request.Keys.map((given) => ({ given, key: keyOfRequest(replica.table.key, checkedItem(given)) }));
  refuseDuplicates(keys.map(({ key }) => keyText(key)));
  const view = await engine.view(replica, consistent, call);
  const read: KeysRead = { replica, items: [], left: [], bytes: 0, units: 0 };
  for (const [index, { given, key }] of keys.entries()) {
    const packed = engine.readFrom(view, key, consistent);
    const tooMuch = read.bytes + (packed?.bytes ?? 0) > roomBytes;
    if (tooMuch || (index > 0 && isShed(engine, call.region))) {
      read.left.push(given);
      continue;
    }
    read.units += readUnits(packed?.bytes ?? 0, consistent);
    if (!packed) continue;
    read.bytes += packed.bytes;
    read.items.push(project(unpackItem(packed)));
  }
  return read;
}

/** A Region in trouble answers batches in part. */
function isShed(engine: DynamoDbEngine, region: string): boolean {
  return engine.world.faults.region(region) === 'gray' && engine.world.random.below(5) === 0;
}

interface BatchedWrite {
  tableName: string;
  request: WriteRequest;
  replica: Replica;
  write: PreparedWrite;
}

/** Each write stands alone: some may be done and others come back as unprocessed. */
async function batchWrite(engine: DynamoDbEngine, input: BatchWriteInput, call: CallContext): Promise<BatchWriteOutput> {
  const writes = Object.entries(input.RequestItems ?? {}).flatMap(([tableName, requests]) =>
    requests.map((request) => prepare(engine, tableName, request, call)));
  if (writes.length === 0) throw requestTooSmall('RequestItems', 'BatchWriteItem');
  if (writes.length > maximumWrites) throw invalid('Too many items requested for the BatchWriteItem call');
  refuseDuplicates(writes.map(({ replica, write }) => `${replica.table.id} ${keyText(write.key)}`));
  const unprocessed: Record<string, WriteRequest[]> = {};
  const units = new Map<Replica, number>();
  for (const [index, batched] of writes.entries()) {
    const done = index > 0 && isShed(engine, call.region) ? undefined : await writeOne(engine, batched, call);
    if (done === undefined) (unprocessed[batched.tableName] ??= []).push(batched.request);
    else units.set(batched.replica, (units.get(batched.replica) ?? 0) + done);
  }
  const consumed = [...units].flatMap(([replica, used]) => Object.values(capacity(input.ReturnConsumedCapacity, replica, used)));
  return { UnprocessedItems: unprocessed, ...(consumed.length > 0 && { ConsumedCapacity: consumed }) };
}

function prepare(engine: DynamoDbEngine, tableName: string, request: WriteRequest, call: CallContext): BatchedWrite {
  const replica = engine.tables.get(tableName, call.region);
  const { PutRequest: put, DeleteRequest: remove } = request;
  if ((put === undefined) === (remove === undefined)) {
    throw invalid('Supplied AttributeValue has more than one datatypes set, must contain exactly one of the supported datatypes');
  }
  const write = put ? preparePut(replica.table, { Item: put.Item }) : prepareDelete(replica.table, { Key: remove?.Key ?? {} });
  return { tableName, request, replica, write };
}

async function writeOne(engine: DynamoDbEngine, { replica, write }: BatchedWrite, call: CallContext): Promise<number | undefined> {
  try {
    const { before, after } = await engine.write(replica, write.key, write.decide, call);
    return writeUnits(before?.bytes ?? 0, after?.bytes ?? 0);
  } catch (error) {
    if (error instanceof AwsError && error.code === 'ReplicatedWriteConflictException') return undefined;
    throw error;
  }
}

function refuseDuplicates(texts: string[]): void {
  if (new Set(texts).size !== texts.length) throw invalid('Provided list of item keys contains duplicates');
}

function requestTooSmall(parameter: string, operation: string): AwsError {
  return invalid(`The batch request is empty: ${operation} needs at least one entry in ${parameter}`);
}
