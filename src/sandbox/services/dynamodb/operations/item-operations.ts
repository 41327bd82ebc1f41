import type { CallContext, Operation } from '../../../service.js';
import type { DynamoDbEngine, WriteOutcome } from '../engine.js';
import { parseProjection, pathsOf, projector } from '../expressions/projection.js';
import type { Item } from '../items/attribute-value.js';
import { checkedItem, invalid } from '../items/attribute-value.js';
import type { PackedItem } from '../items/packed-item.js';
import { unpackItem } from '../items/packed-item.js';
import { keyOfRequest } from '../tables/key-schema.js';
import type { Replica } from '../tables/table.js';
import type { ConsumedCapacity } from './capacity.js';
import { capacity, readUnits, writeUnits } from './capacity.js';
import type { ExpressionInput } from './request-expressions.js';
import { oneOf, refuseLegacy, substitutionsOf } from './request-expressions.js';
import type { KeyedRequest, PreparedWrite, PutRequest, UpdateRequest } from './write-request.js';
import { prepareDelete, preparePut, prepareUpdateItem } from './write-request.js';

interface TableInput {
  TableName: string;
  ReturnConsumedCapacity?: string;
}

interface WriteInput extends TableInput {
  ReturnValues?: string;
}

export interface GetItemInput extends TableInput, ExpressionInput {
  Key: Item;
  ConsistentRead?: boolean;
  ProjectionExpression?: string;
}

interface WriteOutput {
  Attributes?: Item;
  ConsumedCapacity?: ConsumedCapacity;
}

type ReturnValues = 'NONE' | 'ALL_OLD' | 'UPDATED_OLD' | 'ALL_NEW' | 'UPDATED_NEW';
const everyReturnValue: readonly ReturnValues[] = ['ALL_NEW', 'UPDATED_OLD', 'ALL_OLD', 'NONE', 'UPDATED_NEW'];

export function itemOperations(engine: DynamoDbEngine): Record<string, Operation> {
  return {
    GetItem: (input: GetItemInput, call) => getItem(engine, input, call),
    PutItem: (input: PutRequest & WriteInput, call) => {
      const returned = oldOrNone(input.ReturnValues);
      const replica = engine.tables.get(input.TableName, call.region);
      return run(engine, replica, preparePut(replica.table, input), input, returned, call);
    },
    DeleteItem: (input: KeyedRequest & WriteInput, call) => {
      const returned = oldOrNone(input.ReturnValues);
      const replica = engine.tables.get(input.TableName, call.region);
      return run(engine, replica, prepareDelete(replica.table, input), input, returned, call);
    },
    UpdateItem: (input: UpdateRequest & WriteInput, call) => {
      const returned = oneOf(input.ReturnValues, 'returnValues', everyReturnValue, 'NONE');
      const replica = engine.tables.get(input.TableName, call.region);
      return run(engine, replica, prepareUpdateItem(replica.table, input), input, returned, call);
    },
  };
}

async function getItem(engine: DynamoDbEngine, input: GetItemInput, call: CallContext): Promise<{ Item?: Item; ConsumedCapacity?: ConsumedCapacity }> {
  refuseLegacy(input);
  const replica = engine.tables.get(input.TableName, call.region);
  const project = projectionOf(input);
  const key = keyOfRequest(replica.table.key, checkedItem(input.Key ?? {}));
  const consistent = input.ConsistentRead === true;
  const view = await engine.view(replica, consistent, call);
  const packed = engine.readFrom(view, key, consistent);
  const consumed = capacity(input.ReturnConsumedCapacity, replica, readUnits(packed?.bytes ?? 0, consistent));
  return packed ? { Item: project(unpackItem(packed)), ...consumed } : consumed;
}

/** What the request's ProjectionExpression keeps of an item: all of it without one. */
export function projectionOf(input: ExpressionInput & { ProjectionExpression?: string }): (item: Item) => Item {
  const parsed = input.ProjectionExpression === undefined ? undefined : parseProjection(input.ProjectionExpression);
  const { names } = substitutionsOf(input, { ProjectionExpression: parsed });
  return parsed ? projector(parsed, names) : (item) => item;
}

async function run(engine: DynamoDbEngine, replica: Replica, write: PreparedWrite, input: WriteInput, returned: ReturnValues, call: CallContext): Promise<WriteOutput> {
  const outcome = await engine.write(replica, write.key, write.decide, call);
  const units = writeUnits(outcome.before?.bytes ?? 0, outcome.after?.bytes ?? 0);
  const attributes = attributesToReturn(outcome, write, returned);
  return { ...(attributes && { Attributes: attributes }), ...capacity(input.ReturnConsumedCapacity, replica, units) };
}

function attributesToReturn(outcome: WriteOutcome, write: PreparedWrite, returned: ReturnValues): Item | undefined {
  if (returned === 'NONE') return undefined;
  const item: PackedItem | undefined = returned.endsWith('OLD') ? outcome.before : outcome.after;
  if (!item) return undefined;
  if (returned === 'ALL_OLD' || returned === 'ALL_NEW') return unpackItem(item);
  const updated = write.update ? pathsOf(write.update.paths)(unpackItem(item)) : {};
  return Object.keys(updated).length > 0 ? updated : undefined;
}

function oldOrNone(value: string | undefined): ReturnValues {
  const returned = oneOf(value, 'returnValues', everyReturnValue, 'NONE');
  if (returned !== 'NONE' && returned !== 'ALL_OLD') throw invalid('ReturnValues can only be ALL_OLD or NONE');
  return returned;
}
