import type { CallContext, Operation } from '../../../service.js';
import { AwsError } from '../../../service.js';
import type { DynamoDbEngine } from '../engine.js';
import type { Item } from '../items/attribute-value.js';
import { checkedItem, invalid } from '../items/attribute-value.js';
import { unpackItem } from '../items/packed-item.js';
import { keyOfRequest, keyText } from '../tables/key-schema.js';
import type { Replica } from '../tables/table.js';
import { capacity, readUnits, writeUnits } from './capacity.js';
import type { ConsumedCapacity } from './capacity.js';
import type { GetItemInput } from './item-operations.js';
import { projectionOf } from './item-operations.js';
import type { KeyedRequest, PreparedWrite, PutRequest, UpdateRequest } from './write-request.js';
import { prepareConditionCheck, prepareDelete, preparePut, prepareUpdateItem } from './write-request.js';

interface TransactWriteInput {
  TransactItems: {
    Put?: PutRequest & { TableName: string };
    Delete?: KeyedRequest & { TableName: string };
    Update?: UpdateRequest & { TableName: string };
    ConditionCheck?: KeyedRequest & { TableName: string };
  }[];
  ClientRequestToken?: string;
  ReturnConsumedCapacity?: string;
}

interface TransactGetInput {
  TransactItems: { Get: GetItemInput }[];
  ReturnConsumedCapacity?: string;
}

interface CancellationReason {
  Code: string;
  Message?: string;
  Item?: Item;
}

interface Part {
  replica: Replica;
  write: PreparedWrite;
}

const maximumActions = 100;
/** How long a request token is remembered. */
const tokenMs = 10 * 60_000;

/**
 * All or nothing within one Region. Not on tables with multi-Region strong consistency, which refuse transactions; in
 * another Region of an eventually consistent table the parts of a transaction arrive one by one.
 */
export function transactionOperations(engine: DynamoDbEngine): Record<string, Operation> {
  const tokens = new Map<string, { request: string; until: number }>();
  return {
    TransactWriteItems: async (input: TransactWriteInput, call) => {
      if (isRepeat(tokens, engine.now(), input, call)) return {};
      const output = transactWrite(engine, input, call);
      if (input.ClientRequestToken !== undefined) tokens.set(tokenOf(input, call), { request: JSON.stringify(input.TransactItems), until: engine.now() + tokenMs });
      return output;
    },
    TransactGetItems: async (input: TransactGetInput, call) => transactGet(engine, input, call),
  };
}

function transactWrite(engine: DynamoDbEngine, input: TransactWriteInput, call: CallContext): { ConsumedCapacity?: ConsumedCapacity[] } {
  checkCount(input.TransactItems?.length ?? 0);
  const parts = input.TransactItems.map((action) => partOf(engine, action, call));
  const keys = parts.map(({ replica, write }) => `${replica.table.id} ${keyText(write.key)}`);
  if (new Set(keys).size !== keys.length) throw invalid('Transaction request cannot include multiple operations on one item');
  const reasons = parts.map((part) => refusal(part));
  if (reasons.some(({ Code }) => Code !== 'None')) throw cancelled(reasons);
  const units = new Map<Replica, number>();
  for (const { replica, write } of parts) {
    const { before, after } = engine.commit(replica, write.key, write.decide);
    units.set(replica, (units.get(replica) ?? 0) + 2 * writeUnits(before?.bytes ?? 0, after?.bytes ?? 0));
  }
  return consumedBy(units, input.ReturnConsumedCapacity);
}

function transactGet(engine: DynamoDbEngine, input: TransactGetInput, call: CallContext): { Responses: { Item?: Item }[]; ConsumedCapacity?: ConsumedCapacity[] } {
  checkCount(input.TransactItems?.length ?? 0);
  const units = new Map<Replica, number>();
  const responses = input.TransactItems.map(({ Get: get }) => {
    const replica = transactional(engine, get.TableName, call);
    const project = projectionOf(get);
    const packed = replica.data.store.get(keyOfRequest(replica.table.key, checkedItem(get.Key)));
    units.set(replica, (units.get(replica) ?? 0) + 2 * readUnits(packed?.bytes ?? 0, true));
    return packed ? { Item: project(unpackItem(packed)) } : {};
  });
  return { Responses: responses, ...consumedBy(units, input.ReturnConsumedCapacity) };
}

function partOf(engine: DynamoDbEngine, action: TransactWriteInput['TransactItems'][number], call: CallContext): Part {
  const { Put: put, Delete: remove, Update: update, ConditionCheck: check } = action;
  const given = [put, remove, update, check].filter((one) => one !== undefined);
  const [only] = given;
  if (given.length !== 1 || !only) throw invalid('TransactItems can only contain one of Check, Put, Update or Delete');
  const replica = transactional(engine, only.TableName, call);
  if (put) return { replica, write: preparePut(replica.table, put) };
  if (remove) return { replica, write: prepareDelete(replica.table, remove) };
  if (update) return { replica, write: prepareUpdateItem(replica.table, update) };
  return { replica, write: prepareConditionCheck(replica.table, only as KeyedRequest) };
}

function transactional(engine: DynamoDbEngine, tableName: string, call: CallContext): Replica {
  const replica = engine.tables.get(tableName, call.region);
  if (replica.table.mode !== 'strong') return replica;
  throw invalid(`Transactions are not supported on tables with multi-Region strong consistency: ${replica.table.name}`);
}

/** Tries a part without storing anything. */
function refusal({ replica, write }: Part): CancellationReason {
  try {
    write.decide(replica.data.store.get(write.key), { writtenAt: 0, writtenIn: replica.region });
    return { Code: 'None' };
  } catch (error) {
    if (!(error instanceof AwsError)) throw error;
    const code = error.code === 'ConditionalCheckFailedException' ? 'ConditionalCheckFailed' : 'ValidationError';
    return { Code: code, Message: error.message, ...(error.members as { Item?: Item }) };
  }
}

function cancelled(reasons: CancellationReason[]): AwsError {
  const codes = reasons.map(({ Code }) => Code).join(', ');
  return new AwsError('TransactionCanceledException',
    `Transaction cancelled, please refer cancellation reasons for specific reasons [${codes}]`, { members: { CancellationReasons: reasons } });
}

function isRepeat(tokens: Map<string, { request: string; until: number }>, now: number, input: TransactWriteInput, call: CallContext): boolean {
  for (const [token, { until }] of tokens) if (until <= now) tokens.delete(token);
  const known = input.ClientRequestToken === undefined ? undefined : tokens.get(tokenOf(input, call));
  if (known && known.request !== JSON.stringify(input.TransactItems)) {
    throw new AwsError('IdempotentParameterMismatchException', 'Request parameters do not match those of the earlier request with this token');
  }
  return known !== undefined;
}

function tokenOf(input: TransactWriteInput, call: CallContext): string {
  return `${call.region} ${input.ClientRequestToken}`;
}

function checkCount(count: number): void {
  if (count === 0) throw invalid('1 validation error detected: Value \'[]\' at \'transactItems\' failed to satisfy constraint: Member must have length greater than or equal to 1');
  if (count > maximumActions) throw invalid('1 validation error detected: Value at \'transactItems\' failed to satisfy constraint: Member must have length less than or equal to 100');
}

function consumedBy(units: Map<Replica, number>, asked: string | undefined): { ConsumedCapacity?: ConsumedCapacity[] } {
  const consumed = [...units].flatMap(([replica, used]) => Object.values(capacity(asked, replica, used)));
  return consumed.length > 0 ? { ConsumedCapacity: consumed } : {};
}
