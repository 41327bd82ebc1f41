import { createServer, type Server } from 'node:http';
import { createRequire } from 'node:module';
import type { AddressInfo } from 'node:net';
import { CreateTableCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { createLedger, type Ledger } from '../../../src/aws/ledger/ledger.js';
import type { Clock } from '../../../src/workflow/ports.js';

const dynalite = createRequire(import.meta.url)('dynalite') as (options: object) => Server;

/** A clock that a test moves; sleeping moves it too. */
export class TestClock implements Clock {
  constructor(private time = Date.parse('2026-11-21T06:00:00.000Z')) {}

  now(): Date {
    return new Date(this.time);
  }

  at(): string {
    return this.now().toISOString();
  }

  advance(milliseconds: number): void {
    this.time += milliseconds;
  }

  /** Deadlines are not simulated: a sleep under a signal only ends when it is aborted. */
  async sleep(milliseconds: number, signal?: AbortSignal): Promise<void> {
    if (signal) return new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true }));
    this.time += milliseconds;
  }
}

export interface LedgerTable {
  clock: TestClock;
  /** The one table that both Regions see: what a strongly consistent global table looks like while nothing is broken. */
  ledger(region: string): Ledger;
  client: DynamoDBClient;
  /** The next write's request fails with `error` before it is sent. */
  failNextWrite(error: Error, times?: number): void;
  /** The next write takes effect and its answer is lost. */
  loseNextAnswer(): void;
  close(): Promise<void>;
}

const table = 'ledger';
const text = (AttributeName: string) => ({ AttributeName, AttributeType: 'S' as const });
const index = (IndexName: string, hash: string, range: string) => ({
  IndexName,
  KeySchema: [{ AttributeName: hash, KeyType: 'HASH' as const }, { AttributeName: range, KeyType: 'RANGE' as const }],
  Projection: { ProjectionType: 'ALL' as const },
});

/** An empty ledger in an in-process DynamoDB, with ways to lose requests and answers. */
export async function openLedgerTable(): Promise<LedgerTable> {
  const database = dynalite({ createTableMs: 0 });
  const server = createServer((request, response) => database.emit('request', request, response));
  await new Promise<void>((resolve) => { server.listen(0, '127.0.0.1', resolve); });
  const client = new DynamoDBClient({
    region: 'us-east-1', endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, credentials: { accessKeyId: 'test', secretAccessKey: 'test' }, maxAttempts: 1,
  });
  await client.send(new CreateTableCommand({
    TableName: table,
    BillingMode: 'PAY_PER_REQUEST',
    AttributeDefinitions: ['pk', 'sk', 'openShard', 'openSort', 'dayShard', 'daySort'].map(text),
    KeySchema: [{ AttributeName: 'pk', KeyType: 'HASH' }, { AttributeName: 'sk', KeyType: 'RANGE' }],
    GlobalSecondaryIndexes: [index('open', 'openShard', 'openSort'), index('recent', 'dayShard', 'daySort')],
  }));
  const failures: Error[] = [];
  let loseAnswer = false;
  client.middlewareStack.add((next, context) => async (args) => {
    const writes = /^(Put|Update|Delete)Item/.test((context as { commandName?: string }).commandName ?? '');
    if (!writes) return next(args);
    const failure = failures.shift();
    if (failure) throw failure;
    const answer = await next(args);
    if (!loseAnswer) return answer;
    loseAnswer = false;
    throw Object.assign(new Error('the answer was lost'), { name: 'TimeoutError' });
  }, { step: 'initialize' });
  const clock = new TestClock();
  return {
    clock,
    client,
    ledger: (region) => createLedger({ client, table, region, clock, random: () => 0.5 }),
    failNextWrite: (error, times = 1) => { for (let time = 0; time < times; time += 1) failures.push(error); },
    loseNextAnswer: () => { loseAnswer = true; },
    close: async () => {
      client.destroy();
      server.closeAllConnections();
      await new Promise((resolve) => { server.close(resolve); });
    },
  };
}
