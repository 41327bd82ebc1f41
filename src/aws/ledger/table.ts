import {
  BatchGetItemCommand, DeleteItemCommand, type DynamoDBClient, GetItemCommand, PutItemCommand, QueryCommand, type QueryCommandInput, ScanCommand, UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
import type { CallOptions } from '../../workflow/call-options.js';
import type { Clock } from '../../workflow/ports.js';
import { withDeadline } from '../deadline.js';
import { type Attributes, encode, type Plain } from './attributes.js';

export interface TableOptions {
  client: DynamoDBClient;
  table: string;
  clock: Clock;
  /** Uniform in [0, 1): spreads retries. */
  random: () => number;
}

/** A conditional write either stands, or was refused; `item` is the row that refused it, when the service tells. */
export type Written = { written: true; item?: Attributes } | { written: false; item?: Attributes };

export interface Change {
  key: Attributes;
  set?: { [name: string]: Plain | undefined };
  /** Set only where absent. */
  setOnce?: Record<string, Plain>;
  remove?: string[];
  add?: Record<string, number>;
  /** Over `#name` and `:name`, which are declared for every attribute named in `set`, `remove`, `names` and `values`. */
  condition?: string;
  names?: string[];
  values?: Record<string, Plain>;
}

const readTimeoutMs = 3000;
const writeTimeoutMs = 5000;
const writeAttempts = 6;

export type Table = ReturnType<typeof createTable>;

/** The calls that the ledger makes, each bounded in time. */
export function createTable({ client, table, clock, random }: TableOptions) {
  return { get, getMany, query, scanPage, put, update, remove };

  /** Strongly consistent: this is what decisions rest on. */
  async function get(key: Attributes, options?: CallOptions): Promise<Attributes | undefined> {
    const answer = await withDeadline(clock, options, readTimeoutMs, (abortSignal) => client.send(new GetItemCommand({ TableName: table, Key: key, ConsistentRead: true }), { abortSignal }));
    return answer.Item;
  }

  /** Strongly consistent; as many as asked for, in no order. */
  async function getMany(keys: Attributes[], options?: CallOptions): Promise<Attributes[]> {
    const chunks: Attributes[][] = [];
    for (let start = 0; start < keys.length; start += 100) chunks.push(keys.slice(start, start + 100));
    return (await Promise.all(chunks.map((chunk) => getChunk(chunk, options)))).flat();
  }

  async function getChunk(keys: Attributes[], options?: CallOptions): Promise<Attributes[]> {
    const found: Attributes[] = [];
    let wanted = keys;
    for (let attempt = 0; wanted.length > 0; attempt += 1) {
      if (attempt >= 8) throw new Error(`${table} left ${wanted.length} keys of a batch read unprocessed`);
      if (attempt > 0) await backOff(attempt, options);
      const answer = await withDeadline(clock, options, readTimeoutMs, (abortSignal) => client.send(
        new BatchGetItemCommand({ RequestItems: { [table]: { Keys: wanted, ConsistentRead: true } } }),
        { abortSignal },
      ));
      found.push(...(answer.Responses?.[table] ?? []));
      wanted = answer.UnprocessedKeys?.[table]?.Keys ?? [];
    }
    return found;
  }

  /** All pages, unless `enough` says of what it has so far that it needs no more. */
  async function query(input: Omit<QueryCommandInput, 'TableName'>, options?: CallOptions, enough?: (items: Attributes[]) => boolean): Promise<Attributes[]> {
    const items: Attributes[] = [];
    let from: Attributes | undefined;
    do {
      const page = await withDeadline(clock, options, readTimeoutMs, (abortSignal) => client.send(
        new QueryCommand({ ...input, TableName: table, ExclusiveStartKey: from }),
        { abortSignal },
      ));
      items.push(...(page.Items ?? []));
      from = page.LastEvaluatedKey;
    } while (from && !enough?.(items));
    return items;
  }

  /** The first page of an index, and whether it is all of it. */
  async function scanPage(index: string, options?: CallOptions): Promise<{ items: Attributes[]; complete: boolean }> {
    const page = await withDeadline(clock, options, readTimeoutMs, (abortSignal) => client.send(new ScanCommand({ TableName: table, IndexName: index }), { abortSignal }));
    return { items: page.Items ?? [], complete: page.LastEvaluatedKey === undefined };
  }

  async function put(item: Attributes, condition?: Pick<Change, 'condition' | 'names' | 'values'>, options?: CallOptions): Promise<Written> {
    return writing(options, (abortSignal) => client.send(new PutItemCommand({
      TableName: table, Item: item, ...conditionOf(condition ?? {}, {}, {}),
    }), { abortSignal }));
  }

  async function update(change: Change, options?: CallOptions): Promise<Written> {
    const { expression, names, values } = expressionOf(change);
    return writing(options, (abortSignal) => client.send(new UpdateItemCommand({
      TableName: table, Key: change.key, UpdateExpression: expression, ReturnValues: 'ALL_NEW', ...conditionOf(change, names, values),
    }), { abortSignal }));
  }

  async function remove(change: Pick<Change, 'key' | 'condition' | 'names' | 'values'>, options?: CallOptions): Promise<Written> {
    return writing(options, (abortSignal) => client.send(new DeleteItemCommand({ TableName: table, Key: change.key, ...conditionOf(change, {}, {}) }), { abortSignal }));
  }

  /**
   * A multi-Region strongly consistent table answers ReplicatedWriteConflictException when both Regions write one item at
   * once. Nothing was written then, so the same conditional write is simply made again.
   */
  async function writing(options: CallOptions | undefined, send: (signal: AbortSignal) => Promise<{ Attributes?: Attributes }>): Promise<Written> {
    for (let attempt = 1; ; attempt += 1) {
      try {
        const answer = await withDeadline(clock, options, writeTimeoutMs, send);
        return { written: true, ...(answer.Attributes ? { item: answer.Attributes } : {}) };
      } catch (error) {
        const { name, Item } = error as { name?: string; Item?: Attributes };
        if (name === 'ConditionalCheckFailedException') return { written: false, ...(Item ? { item: Item } : {}) };
        if (name !== 'ReplicatedWriteConflictException' || attempt >= writeAttempts) throw error;
        await backOff(attempt, options);
      }
    }
  }

  function backOff(attempt: number, options?: CallOptions): Promise<void> {
    return clock.sleep(Math.ceil(random() * Math.min(2000, 25 * 2 ** attempt)), options?.signal);
  }
}

function expressionOf(change: Change): { expression: string; names: Record<string, string>; values: Attributes } {
  const names: Record<string, string> = {};
  const values: Attributes = {};
  const placeholder = (name: string): string => {
    const safe = name.replaceAll(/[^A-Za-z0-9]/g, '_');
    names[`#${safe}`] = name;
    return safe;
  };
  const sets: string[] = [];
  for (const [name, value] of Object.entries(change.set ?? {})) {
    if (value === undefined) continue;
    const safe = placeholder(name);
    values[`:${safe}`] = encode(value);
    sets.push(`#${safe} = :${safe}`);
  }
  for (const [name, value] of Object.entries(change.setOnce ?? {})) {
    const safe = placeholder(name);
    values[`:${safe}`] = encode(value);
    sets.push(`#${safe} = if_not_exists(#${safe}, :${safe})`);
  }
  const adds = Object.entries(change.add ?? {}).map(([name, amount]) => {
    const safe = placeholder(name);
    values[`:${safe}`] = encode(amount);
    return `#${safe} :${safe}`;
  });
  const removes = (change.remove ?? []).map((name) => `#${placeholder(name)}`);
  const expression = [
    sets.length > 0 ? `SET ${sets.join(', ')}` : '',
    removes.length > 0 ? `REMOVE ${removes.join(', ')}` : '',
    adds.length > 0 ? `ADD ${adds.join(', ')}` : '',
  ].filter((clause) => clause !== '').join(' ');
  return { expression, names, values };
}

function conditionOf(change: Pick<Change, 'condition' | 'names' | 'values'>, setNames: Record<string, string>, setValues: Attributes) {
  const names = { ...setNames };
  for (const name of change.names ?? []) names[`#${name}`] = name;
  const values = { ...setValues };
  for (const [name, value] of Object.entries(change.values ?? {})) values[`:${name}`] = encode(value);
  return {
    ...(change.condition ? { ConditionExpression: change.condition, ReturnValuesOnConditionCheckFailure: 'ALL_OLD' as const } : {}),
    ...(Object.keys(names).length > 0 ? { ExpressionAttributeNames: names } : {}),
    ...(Object.keys(values).length > 0 ? { ExpressionAttributeValues: values } : {}),
  };
}
