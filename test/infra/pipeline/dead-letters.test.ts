import { describe, expect, it } from 'vitest';
import { inputEventOf } from '../../../infra/pipeline/dead-letters.js';
import { sweep } from '../../../infra/pipeline/sweep.js';
import { jobIdOf } from '../../../src/core/job.js';
import { control, east, ledger, table, type Vantage, west, withTwoRegions } from './two-regions.js';

const bucketOf = (region: string): string => `bucket-${region}`;
const functionOf = (name: string): string => `arn:aws:lambda:us-east-1:111122223333:function:batchctl-${name}`;

/** What the bus keeps when it finds no function. */
const fromTheBus = (key: string, region = 'us-east-1') => ({
  version: '0', id: '1', 'detail-type': 'Object Created', source: 'aws.s3', account: '111122223333', time: '2026-11-28T00:00:00Z', region, resources: [`arn:aws:s3:::${bucketOf(region)}`],
  detail: { version: '0', bucket: { name: bucketOf(region) }, object: { key, size: 1, etag: 'e', 'version-id': 'v', sequencer: '0' }, 'request-id': 'r', requester: '111122223333', reason: 'PutObject' },
});

/** What Lambda keeps when the function failed too often. */
const fromLambda = (requestPayload: unknown, functionArn = `${functionOf('ingest')}:$LATEST`) => ({
  version: '1.0', timestamp: '2026-11-28T00:03:00.000Z', requestContext: { requestId: 'q', functionArn, condition: 'RetriesExhausted', approximateInvokeCount: 3 }, requestPayload,
  responseContext: { statusCode: 200, executedVersion: '$LATEST', functionError: 'Unhandled' }, responsePayload: { errorType: 'TimeoutError', errorMessage: 'no answer' },
});

const ofFail = {
  version: '0', id: '2', 'detail-type': 'Step Functions Execution Status Change', source: 'aws.states', account: '111122223333', time: '2026-11-28T00:00:00Z', region: 'us-east-1', resources: [],
  detail: { executionArn: 'arn:aws:states:us-east-1:111122223333:execution:batchctl-job:a', status: 'FAILED' },
};
const nameless = (object: object) => ({ ...fromTheBus('input/a.csv'), detail: { bucket: { name: bucketOf('us-east-1') }, object } });

const foreign: [string, unknown][] = [
  ['an event of the fail function', ofFail],
  ['a record of another function', fromLambda(fromTheBus('input/a.csv'), functionOf('notify'))],
  ['a record of a function whose name only begins like ingest\'s', fromLambda(fromTheBus('input/a.csv'), functionOf('ingest-two'))],
  ['a record without its event, which was too large', fromLambda(undefined)],
  ['an event of another bucket', fromTheBus('input/a.csv', 'us-west-2')],
  ['a record about another bucket', fromLambda(fromTheBus('input/a.csv', 'us-west-2'))],
  ['another event of S3', { ...fromTheBus('input/a.csv'), 'detail-type': 'Object Deleted' }],
  ['an event of somebody who calls it the same', { ...fromTheBus('input/a.csv'), source: 'shop' }],
  ['an event that names no object', nameless({})],
  ['an event whose key is no text', nameless({ key: 7 })],
  ['an event whose version is no text', nameless({ key: 'input/a.csv', 'version-id': {} })],
  ['a function that is no text', { ...fromLambda(fromTheBus('input/a.csv')), requestContext: { functionArn: {} } }],
  ['no JSON', 'input/a.csv'],
  ['nothing', null],
  ['a list', [fromTheBus('input/a.csv')]],
];

describe('a dead letter', () => {
  const addressee = { ingestFunction: 'batchctl-ingest', bucket: bucketOf('us-east-1') };
  const read = (letter: unknown) => inputEventOf(typeof letter === 'string' ? letter : JSON.stringify(letter), addressee);

  it.each([
    ['from the bus is the event', fromTheBus('input/a b.csv')],
    ['from Lambda holds it', fromLambda(fromTheBus('input/a b.csv'))],
    ['from Lambda may name the function alone', fromLambda(fromTheBus('input/a b.csv'), functionOf('ingest'))],
  ])('%s', (_what, letter) => {
    expect(read(letter)?.detail.object).toMatchObject({ key: 'input/a b.csv', 'version-id': 'v' });
  });

  it.each(foreign)('is not ingest\'s: %s', (_what, letter) => {
    expect(read(letter)).toBeUndefined();
  });
});

describe('the sweep takes dead letters back', () => {
  withTwoRegions();
  const job = (key: string) => ledger().readJob(jobIdOf(key, 'v'));
  const put = (where: Vantage, ...keys: string[]): void => { for (const key of keys) where.objects.put(key, 'x', {}, 'v'); };

  it('of both kinds: the files are known and their work begins, once', async () => {
    await control(3);
    put(east, 'input/a.csv', 'input/b.csv');
    east.letters.put(fromLambda(fromTheBus('input/a.csv')), fromTheBus('input/b.csv'), fromTheBus('input/b.csv'));
    expect(await sweep(east.ports)).toMatchObject({ lettersTaken: 3, lettersLeft: 0, failures: 0 });
    for (const key of ['input/a.csv', 'input/b.csv']) expect(await job(key)).toMatchObject({ status: 'RUNNING', epoch: 3, region: 'us-east-1', attempt: 1 });
    expect(east.letters.bodies()).toEqual([]);
    expect(east.telemetry.total('DeadLettersTaken')).toBe(3);
    expect(await sweep(east.ports)).toMatchObject({ lettersTaken: 0 });
  });

  it('in the passive Region too, where they only note the arrival', async () => {
    await control(1);
    put(west, 'input/a.csv');
    west.letters.put(fromTheBus('input/a.csv', 'us-west-2'));
    expect(await sweep(west.ports)).toMatchObject({ lettersTaken: 1 });
    expect(await job('input/a.csv')).toMatchObject({ status: 'ACCEPTED', acceptedBy: 'us-west-2' });
    expect(west.started).toEqual([]);
  });

  it('and leaves all others, which hide nothing that lies behind them and are there for people in between', async () => {
    await control(1);
    put(east, 'input/behind.csv');
    const others = Array.from({ length: 45 }, (_, index) => foreign[index % foreign.length]![1] ?? 'null').map((letter) => (typeof letter === 'string' ? letter : JSON.stringify(letter)));
    east.letters.put(...others, fromTheBus('input/behind.csv'));
    expect(await sweep(east.ports)).toMatchObject({ lettersTaken: 1, lettersLeft: 45, failures: 0 });
    expect(await job('input/behind.csv')).toMatchObject({ status: 'RUNNING' });
    expect(east.letters.bodies()).toEqual(others);
    table.clock.advance(30_000);
    expect(east.letters.visible()).toBe(45);
  });

  it('one that fails stays and stops no other; the next minute takes it', async () => {
    await control(1);
    const keys = Array.from({ length: 12 }, (_, index) => `input/${index}.csv`);
    put(east, ...keys);
    east.letters.put(...keys.map((key) => fromLambda(fromTheBus(key))));
    const head = east.objects.head.bind(east.objects);
    east.objects.head = (key, versionId) => (key === 'input/3.csv' ? Promise.reject(new Error('slow down')) : head(key, versionId));
    expect(await sweep(east.ports)).toMatchObject({ lettersTaken: 11, failures: 1 });
    expect(east.telemetry.total('SweepFailures')).toBe(1);
    expect(await job('input/3.csv')).toBeUndefined();
    expect(east.letters.bodies()).toEqual([JSON.stringify(fromLambda(fromTheBus('input/3.csv')))]);
    east.objects.head = head;
    table.clock.advance(60_000);
    expect(await sweep(east.ports)).toMatchObject({ lettersTaken: 1, failures: 0 });
    expect(await job('input/3.csv')).toMatchObject({ status: 'RUNNING' });
  });

  it.each([['whose object is gone', 'input/gone.csv'], ['that is about no input', 'input/folder/']])('one %s is done with', async (_what, key) => {
    await control(1);
    east.letters.put(fromTheBus(key));
    expect(await sweep(east.ports)).toMatchObject({ lettersTaken: 1, failures: 0 });
    expect(east.letters.bodies()).toEqual([]);
    expect(await job(key)).toBeUndefined();
  });

  it('one that cannot be deleted comes again, to no effect', async () => {
    await control(1);
    put(east, 'input/a.csv');
    east.letters.put(fromTheBus('input/a.csv'));
    const remove = east.letters.delete.bind(east.letters);
    east.letters.delete = () => Promise.reject(new Error('no answer'));
    expect(await sweep(east.ports)).toMatchObject({ lettersTaken: 0, failures: 1 });
    east.letters.delete = remove;
    table.clock.advance(60_000);
    expect(await sweep(east.ports)).toMatchObject({ lettersTaken: 1, failures: 0 });
    expect(new Set(east.started.map(({ jobId, attempt }) => `${jobId} ${attempt}`)).size).toBe(1);
  });

  it('a queue that cannot be asked keeps nothing else from being done', async () => {
    await control(1, 'us-east-1', 'draining');
    put(east, 'input/held.csv');
    east.letters.put(fromTheBus('input/held.csv'));
    await sweep(east.ports);
    await control(2);
    east.letters.receive = () => Promise.reject(new Error('AccessDenied'));
    expect(await sweep(east.ports)).toMatchObject({ started: 1, failures: 1 });
    expect(east.telemetry.lines).toContainEqual(expect.objectContaining({ message: 'part of the sweep failed', section: 'dead letters' }));
  });

  it('no more of them when the invocation comes to its end', async () => {
    await control(1);
    put(east, 'input/a.csv');
    east.letters.put(fromTheBus('input/a.csv'));
    expect(await sweep({ ...east.ports, remainingMs: () => 7000 })).toMatchObject({ lettersTaken: 0, failures: 0 });
    expect(east.letters.receives).toBe(0);
  });

  it('for twenty seconds at most, so that it never meets those again that it left', async () => {
    await control(1);
    const others = Array.from({ length: 60 }, () => ofFail);
    east.letters.put(...others);
    const receive = east.letters.receive.bind(east.letters);
    east.letters.receive = async (hiddenSeconds) => {
      const letters = await receive(hiddenSeconds);
      table.clock.advance(6000);
      return letters;
    };
    expect(await sweep(east.ports)).toMatchObject({ lettersLeft: 40, failures: 0 });
    expect(east.letters.bodies()).toHaveLength(60);
  });

  it('an empty queue is asked once a minute', async () => {
    await control(1);
    await sweep(east.ports);
    expect(east.letters.receives).toBe(1);
  });
});
