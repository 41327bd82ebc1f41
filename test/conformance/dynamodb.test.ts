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
    { AttributeName: 'grp', AttributeType: 'S' as const }, { AttributeName: 'rank', AttributeType: 'S' as const },
  ],
  KeySchema: [{ AttributeName: 'pk', KeyType: 'HASH' as const }, { AttributeName: 'sk', KeyType: 'RANGE' as const }],
  GlobalSecondaryIndexes: [{
    IndexName: indexName,
    KeySchema: [{ AttributeName: 'grp', KeyType: 'HASH' as const }, { AttributeName: 'rank', KeyType: 'RANGE' as const }],
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
    return { refused: name, message };
  }
}

function canonical(output: unknown): unknown {
  const answer = structuredClone(output) as Record<string, unknown>;
  for (const name of ['Item', 'Attributes']) if (answer[name]) answer[name] = canonicalItem(answer[name] as Item);
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

function withoutScanOrder(request: Request, answer: unknown): unknown {
  const items = (answer as { Items?: unknown[] }).Items;
  if (request.operation !== 'Scan' || !items) return answer;
  return { ...(answer as object), Items: [...items].sort((one, two) => (JSON.stringify(one) < JSON.stringify(two) ? -1 : 1)) };
}

describe('DynamoDB compared with dynalite', () => {
  it.each([1, 2, 3])('answers 500 random calls alike (seed %i)', async (seed) => {
    const ours = await freshTables();
    const random = seededRandom(seed);
    const seen = { answered: 0, refused: 0 };
    for (let step = 0; step < 500; step += 1) {
      const request = randomRequest(random);
      const expected = await settled(() => oracleAnswer(request));
      const actual = await settled(() => invoke(ours, request.operation, request.input, 'us-east-1'));
      expect(withoutScanOrder(request, actual), JSON.stringify(request)).toEqual(withoutScanOrder(request, expected));
      if ((expected as { refused?: string }).refused) seen.refused += 1; else seen.answered += 1;
    }
    // A comparison of refusals only, or of none, would prove little.
    expect(seen.answered).toBeGreaterThan(150);
    expect(seen.refused).toBeGreaterThan(50);
  });
});
