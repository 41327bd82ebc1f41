import path from 'node:path';
import { DynamoDBClient, GetItemCommand } from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openBuckets, type Buckets } from '../buckets.js';
import type { SandboxDocument, StatusDocument } from '../documents.js';
import { createOperator, type Operator } from '../operator.js';
import { eventually, home, loadReferences, standby, submitMany, untilSucceeded } from '../scene.js';
import { synthesise } from './synthesise.js';

interface History { operations: { operationId: string; kind: string; mode: string; from: string; to: string; epoch: number; operator: string; outcome: string }[] }

/** Five minutes until the lost Region's synthetic jobs count as silent, the alarm, the hold, the move; on a slow machine. */
const moved = { timeout: 900_000 };

/** One story: nobody does anything, and the pipeline moves once. */
describe('automatic failover', () => {
  let operator: Operator;
  let buckets: Buckets;

  beforeAll(async () => {
    operator = await createOperator();
    await operator.startSandbox({ assembly: await synthesise(path.join(operator.home, 'cdk.out'), { autoFailover: 'true', alertsTo: 'on-call@example.com' }) });
    await loadReferences(operator);
    buckets = await openBuckets(operator);
  });

  afterAll(async () => {
    buckets?.close();
    await operator?.leave();
  });

  const status = (): Promise<StatusDocument> => operator.document<StatusDocument>(['status']);
  const history = async (): Promise<History['operations']> => (await operator.document<History>(['history'])).operations;
  const alerts = async (): Promise<string[]> => (await operator.document<SandboxDocument>(['sandbox', 'status', '--dir', operator.sandbox])).outbox.filter((each) => each.via === 'sns').map((each) => each.subject);

  /** As it remembers it in the ledger. */
  async function guard(region: string): Promise<{ armed: boolean; kinds: string[] } | undefined> {
    const { environment } = await operator.document<{ environment: Record<string, string> }>(['sandbox', 'env', '--dir', operator.sandbox]);
    const client = new DynamoDBClient({ region, endpoint: environment['AWS_ENDPOINT_URL'] ?? '', credentials: { accessKeyId: environment['AWS_ACCESS_KEY_ID'] ?? '', secretAccessKey: environment['AWS_SECRET_ACCESS_KEY'] ?? '' } });
    try {
      const { Item } = await client.send(new GetItemCommand({ TableName: 'batchctl-ledger', Key: { pk: { S: 'guard' }, sk: { S: region } }, ConsistentRead: true }));
      return Item && { armed: Item['armed']?.BOOL === true, kinds: (Item['entries']?.L ?? []).map((entry) => entry.M?.['kind']?.S ?? '') };
    } finally {
      client.destroy();
    }
  }

  it('does nothing while both Regions are well', { timeout: 400_000 }, async () => {
    await eventually('both Regions to have looked', async () => ((await guard(home)) && (await guard(standby)) ? true : undefined), 240_000);
    await eventually('synthetic jobs of both Regions', async () => ((await status()).recommendation.action === 'stay' ? true : undefined), 240_000);
    // A new Region's alarm is on until its first synthetic jobs have ended; then it looks, and sees nothing to leave.
    expect([...(await guard(home))?.kinds ?? [], ...(await guard(standby))?.kinds ?? []].filter((kind) => !['quiet', 'watching', 'unknown', 'arrived'].includes(kind))).toEqual([]);
    expect(await history()).toEqual([]);
  });

  it('moves the pipeline by itself when the active Region is cut off, and finishes its jobs', moved, async () => {
    const expected = await submitMany(operator, 4, 1500);
    await eventually('every input to be in both Regions', async () => ((await buckets.keys(standby, 'input/')).length >= expected.size ? true : undefined));
    await operator.fault('region', home, 'isolated');
    const [operation] = await eventually('a move of its own', async () => {
      const operations = await history();
      return operations[0]?.outcome === 'done' ? operations : undefined;
    }, 850_000);
    expect(operation).toMatchObject({ kind: 'failover', mode: 'ungraceful', from: home, to: standby, epoch: 2, operator: `automatic failover of ${standby}` });
    expect((await status()).routing).toMatchObject({ epoch: 2, phase: 'active', activeRegion: standby, mrap: { [home]: 0, [standby]: 100 } });
    for (const job of await untilSucceeded(operator, [...expected.keys()])) {
      expect(job.status).toBe('SUCCEEDED');
      if (job.region === standby) expect(await buckets.read(standby, job.outputKey ?? '')).toBe(expected.get(job.jobId)?.expected);
    }
  });

  it('has told the topic, and is disarmed: it acts once', { timeout: 400_000 }, async () => {
    await eventually('it to be disarmed', async () => ((await guard(standby))?.armed === false ? true : undefined), 120_000);
    const { kinds = [] } = await guard(standby) ?? {};
    expect(kinds.slice(kinds.indexOf('holding'))).toEqual(expect.arrayContaining(['holding', 'moving', 'moved']));
    expect(await alerts()).toEqual(expect.arrayContaining([`Automatic failover to ${standby} has begun`, `Automatic failover to ${standby}: done`]));
    // The Region that was left comes back, and its own guard does not take the pipeline back.
    await operator.fault('region', home, 'up');
    await eventually('the other guard to look again', async () => ((await guard(home))?.kinds.at(-1) === 'quiet' ? true : undefined), 240_000);
    expect(await history()).toHaveLength(1);
    expect((await status()).routing).toMatchObject({ epoch: 2, activeRegion: standby });
  });
});
