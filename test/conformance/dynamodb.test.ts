import type { Server } from 'node:http';
import { createRequire } from 'node:module';
import type { AddressInfo } from 'node:net';
import * as dynamodb from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { AttributeValue, Item } from '../../src/sandbox/services/dynamodb/items/attribute-value.js';
import { createDynamoDb } from '../../src/sandbox/services/dynamodb/service.js';
import { seededRandom } from '../../src/sandbox/random.js';
import type { Service } from '../../src/sandbox/service.js';
import { dataTestWorld, invoke } from '../sandbox/services/data-test-world.js';
import type { Request } from './dynamodb-requests.js';
import { indexName, randomRequest, tableName } from './dynamodb-requests.js';

/**
 * The sandbox's DynamoDB against dynalite, an independent implementation that was checked against the real service:
 * the same random calls, made from a seed, must give the same answers and the same refusals.
 */

const definition = {
  TableName: tableName,
  BillingMode: 'PAY_PER_REQUEST' as const,
  AttributeDefinitions: [
    { AttributeName: 'pk', AttributeType: 'S' as const }, { AttributeName: 'sk', AttributeType: 'N' as const },
    { AttributeName: 'grp', AttributeType: 'S' as const }, { AttributeName: 'place', AttributeType: 'S' as const },
  ],
  KeySchema: [{ AttributeName: 'pk', KeyType: 'HASH' as const }, { AttributeName: 'sk', KeyType: 'RANGE' as const }],
  GlobalSecondaryIndexes: [{
    IndexName: indexName,
    KeySchema: [{ AttributeName: 'grp', KeyType: 'HASH' as const }, { AttributeName: 'place', KeyType: 'RANGE' as const }],
    Projection: { ProjectionType: 'ALL' as const },
  }],
};

let server: Server;
let client: dynamodb.DynamoDBClient;

beforeAll(async () => {
  const dynalite = createRequire(import.meta.url)('dynalite') as (options: { createTableMs: number; deleteTableMs: number }) => Server;
  server = dynalite({ createTableMs: 0, deleteTableMs: 0 });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  client = new dynamodb.DynamoDBClient({
    region: 'us-east-1', endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' }, maxAttempts: 1,
  });
});

afterAll(async () => {
  client.destroy();
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

async function freshTables(): Promise<Service> {
  try {
    await client.send(new dynamodb.DeleteTableCommand({ TableName: tableName }));
  } catch (error) {
    if ((error as Error).name !== 'ResourceNotFoundException') throw error;
  }
  for (;;) {
    try {
      await client.send(new dynamodb.CreateTableCommand(definition));
      break;
    } catch (error) {
      if ((error as Error).name !== 'ResourceInUseException') throw error;
    }
  }
  await dynamodb.waitUntilTableExists({ client, maxWaitTime: 10, minDelay: 0.02 as never, maxDelay: 1 }, { TableName: tableName });
  const ours = createDynamoDb(dataTestWorld(), { indexDelayMs: 0, staleReadMs: 0 });
  await invoke(ours, 'CreateTable', definition, 'us-east-1');
  return ours;
}

async function oracleAnswer({ operation, input }: Request): Promise<unknown> {
  const Command = dynamodb[`${operation}Command`] as unknown as new (input: unknown) => Parameters<typeof client.send>[0];
  const { $metadata: _, ...output } = await client.send(new Command(input)) as unknown as Record<string, unknown>;
  return output;
}

/** An answer, or the refusal's name, in one spelling. */
async function settled(answer: () => Promise<unknown>): Promise<unknown> {
  try {
    return canonical(await answer());
  } catch (error) {
    const { name, message } = error as Error;
    if (name !== 'ValidationException' && name !== 'ConditionalCheckFailedException') throw error;
    // The service has added the set of types to this message since dynalite was written.
    return { refused: name, message: message.replace(/, typeSet: \w+$/, '') };
  }
}

function canonical(output: unknown): unknown {
  const answer = structuredClone(output) as Record<string, unknown>;
  for (const name of ['Item', 'Attributes']) if (answer[name]) answer[name] = canonicalItem(answer[name] as Item);
  if (Object.keys((answer['Attributes'] ?? {}) as Item).length === 0) delete answer['Attributes'];
  // dynalite answers batches in the order of its storage, scans in the order of its hash.
  const sorted = (items: Item[]): unknown[] => items.map(canonicalItem).sort((one, two) => (JSON.stringify(one) < JSON.stringify(two) ? -1 : 1));
  if (answer['Items']) answer['Items'] = (answer['Items'] as Item[]).map(canonicalItem);
  const responses = answer['Responses'] as Record<string, Item[]> | undefined;
  if (responses) answer['Responses'] = Object.fromEntries(Object.entries(responses).map(([table, items]) => [table, sorted(items)]));
  return Object.fromEntries(Object.entries(answer).filter(([, value]) => value !== undefined));
}

function canonicalItem(item: Item): Record<string, unknown> {
  return Object.fromEntries(Object.keys(item).sort().map((name) => [name, canonicalValue(item[name] as AttributeValue)]));
}

function canonicalValue(value: AttributeValue): unknown {
  if (value.M) return { M: canonicalItem(value.M) };
  if (value.L) return { L: value.L.map(canonicalValue) };
  if (value.SS) return { SS: [...value.SS].sort() };
  if (value.NS) return { NS: [...value.NS].sort() };
  if (value.B) return { B: Buffer.from(value.B).toString('hex') };
  return value;
}

/** Drops the order where DynamoDB promises none: of a scan, and of index entries with equal keys. */
function comparable(request: Request, answer: unknown): unknown {
  const { Items: items } = answer as { Items?: { place?: AttributeValue }[] };
  const { refused, message } = answer as { refused?: string; message?: string };
  // A call with several mistakes may be told any of them first.
  if (refused === 'ValidationException') return { refused };
  if (!items || (request.operation !== 'Scan' && request.input['IndexName'] === undefined)) return message === undefined ? answer : { refused, message };
  const order = (item: { place?: AttributeValue }): string => (request.operation === 'Scan' ? '' : item.place?.S ?? '') + JSON.stringify(item);
  const sorted = [...items].sort((one, two) => (order(one) < order(two) ? -1 : 1));
  const places = request.operation === 'Query' ? items.map(({ place }) => place?.S) : [];
  return { ...(answer as object), Items: sorted, places };
}

describe('DynamoDB compared with dynalite', () => {
  it.each([1, 2, 19])('answers 500 random calls alike (seed %i)', async (seed) => {
    const ours = await freshTables();
    const random = seededRandom(seed);
    const seen = { answered: 0, refused: 0 };
    for (let step = 0; step < 500; step += 1) {
      const request = randomRequest(random);
      const expected = await settled(() => oracleAnswer(request));
      const actual = await settled(() => invoke(ours, request.operation, request.input, 'us-east-1'));
      expect(comparable(request, actual), JSON.stringify(request)).toEqual(comparable(request, expected));
      if ((expected as { refused?: string }).refused) seen.refused += 1; else seen.answered += 1;
    }
    // A comparison of refusals only, or of none, would prove little.
    expect(seen.answered).toBeGreaterThan(150);
    expect(seen.refused).toBeGreaterThan(50);
  });

  const item = { pk: { S: 'alpha' }, sk: { N: '1' }, n: { N: '5' }, t: { S: 'text' }, l: { L: [{ S: 'x' }] } };
  const key = { pk: item.pk, sk: item.sk };
  const value = (one: AttributeValue): object => ({ ExpressionAttributeValues: { ':v': one } });
  const put = (extra: object): Request => ({ operation: 'PutItem', input: { TableName: tableName, Item: item, ...extra } });
  const update = (extra: object): Request => ({ operation: 'UpdateItem', input: { TableName: tableName, Key: key, ...extra } });
  const query = (extra: object): Request => ({ operation: 'Query', input: { TableName: tableName, ...extra } });
  const mistakes: Record<string, Request> = {
    'a reserved word in a condition': put({ ConditionExpression: 'status = :v', ...value({ S: 'x' }) }),
    'a reserved word in an update': update({ UpdateExpression: 'SET region = :v', ...value({ S: 'x' }) }),
    'a reserved word in a projection': { operation: 'GetItem', input: { TableName: tableName, Key: key, ProjectionExpression: 'a.name' } },
    'an undefined name': put({ ConditionExpression: 'attribute_exists(#missing)' }),
    'an undefined value': update({ UpdateExpression: 'SET a = :missing' }),
    'an unused name': put({ ConditionExpression: 'attribute_exists(a)', ExpressionAttributeNames: { '#b': 'b' } }),
    'an unused value': update({ UpdateExpression: 'SET a = :v', ExpressionAttributeValues: { ':v': { S: 'x' }, ':w': { S: 'y' } } }),
    'names without expression': put({ ExpressionAttributeNames: { '#b': 'b' } }),
    'values without expression': put({ ...value({ S: 'x' }) }),
    'an empty expression': put({ ConditionExpression: '' }),
    'a condition that fails': put({ ConditionExpression: 'attribute_exists(nothing)' }),
    'an unknown function': put({ ConditionExpression: 'exists(a)' }),
    'a function with too many operands': put({ ConditionExpression: 'attribute_exists(a, b)' }),
    'a value where a path is needed': put({ ConditionExpression: 'attribute_exists(:v)', ...value({ S: 'x' }) }),
    'a prefix of the wrong type': put({ ConditionExpression: 'begins_with(t, :v)', ...value({ N: '1' }) }),
    'bounds in the wrong order': put({ ConditionExpression: 'n BETWEEN :a AND :b', ExpressionAttributeValues: { ':a': { N: '5' }, ':b': { N: '1' } } }),
    'a comparison with itself': put({ ConditionExpression: 'n = n' }),
    'redundant parentheses': put({ ConditionExpression: '((n = :v))', ...value({ N: '1' }) }),
    'overlapping paths': update({ UpdateExpression: 'SET a.b = :v REMOVE a', ...value({ S: 'x' }) }),
    'conflicting paths': update({ UpdateExpression: 'SET a.b = :v REMOVE a[1]', ...value({ S: 'x' }) }),
    'a section twice': update({ UpdateExpression: 'SET a = :v SET b = :v', ...value({ S: 'x' }) }),
    'adding a string': update({ UpdateExpression: 'ADD a :v', ...value({ S: 'x' }) }),
    'deleting a number': update({ UpdateExpression: 'DELETE a :v', ...value({ N: '1' }) }),
    'arithmetic on a string value': update({ UpdateExpression: 'SET n = n + :v', ...value({ S: 'x' }) }),
    'arithmetic on a string attribute': update({ UpdateExpression: 'SET t = t + :v', ...value({ N: '1' }) }),
    'a missing attribute in an operand': update({ UpdateExpression: 'SET a = nothing' }),
    'a path through a scalar': update({ UpdateExpression: 'SET t.x = :v', ...value({ S: 'x' }) }),
    'a change of the key': update({ UpdateExpression: 'SET sk = :v', ...value({ N: '2' }) }),
    'an index key of the wrong type': update({ UpdateExpression: 'SET grp = :v', ...value({ N: '2' }) }),
    'a key attribute missing': { operation: 'PutItem', input: { TableName: tableName, Item: { pk: item.pk } } },
    'a key of the wrong type': { operation: 'PutItem', input: { TableName: tableName, Item: { pk: item.pk, sk: { S: '1' } } } },
    'a request key of the wrong shape': { operation: 'GetItem', input: { TableName: tableName, Key: { pk: item.pk } } },
    'an empty set': put({ Item: { ...item, ss: { SS: [] } } }),
    'a set with duplicates': put({ Item: { ...item, ss: { SS: ['a', 'a'] } } }),
    'text for a number': put({ Item: { ...item, n: { N: 'twelve' } } }),
    'a number with 39 digits': put({ Item: { ...item, n: { N: '1'.repeat(39) } } }),
    'a number too large': put({ Item: { ...item, n: { N: '1e126' } } }),
    'a number too small': put({ Item: { ...item, n: { N: '1e-131' } } }),
    'an item too large': put({ Item: { ...item, t: { S: 'x'.repeat(410_000) } } }),
    'ALL_NEW of a put': put({ ReturnValues: 'ALL_NEW' }),
    'a query without its partition key': query({ KeyConditionExpression: 'sk = :v', ...value({ N: '1' }) }),
    'a query with a partition key range': query({ KeyConditionExpression: 'pk > :v', ...value({ S: 'a' }) }),
    'a query joined with OR': query({ KeyConditionExpression: 'pk = :v OR sk = :v', ...value({ S: 'a' }) }),
    'a query with <>': query({ KeyConditionExpression: 'pk = :v AND sk <> :v', ...value({ S: 'a' }) }),
    'a query with the wrong type': query({ KeyConditionExpression: 'pk = :v', ...value({ N: '1' }) }),
    'a query on a third attribute': query({ KeyConditionExpression: 'pk = :v AND t = :v', ...value({ S: 'a' }) }),
    'a filter on the key': query({ KeyConditionExpression: 'pk = :v', FilterExpression: 'sk = :n', ExpressionAttributeValues: { ':v': { S: 'a' }, ':n': { N: '1' } } }),
    'an index that does not exist': query({ IndexName: 'other-index', KeyConditionExpression: 'pk = :v', ...value({ S: 'a' }) }),
    'a consistent read of an index': query({ IndexName: indexName, ConsistentRead: true, KeyConditionExpression: 'grp = :v', ...value({ S: 'a' }) }),
    'duplicate keys in a batch': { operation: 'BatchGetItem', input: { RequestItems: { [tableName]: { Keys: [key, key] } } } },
  };

  it('words its refusals alike', async () => {
    const ours = await freshTables();
    await client.send(new dynamodb.PutItemCommand({ TableName: tableName, Item: item }));
    await invoke(ours, 'PutItem', { TableName: tableName, Item: item }, 'us-east-1');
    const told: Record<string, unknown> = {};
    const expected: Record<string, unknown> = {};
    for (const [name, request] of Object.entries(mistakes)) {
      expected[name] = await settled(() => oracleAnswer(request));
      told[name] = await settled(() => invoke(ours, request.operation, request.input, 'us-east-1'));
    }
    expect(told).toEqual(expected);
    expect(Object.values(told).every((answer) => (answer as { refused?: string }).refused !== undefined)).toBe(true);
  });
});
