import { GetItemCommand } from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Ledger } from '../../../src/aws/ledger/ledger.js';
import { jobIdOf } from '../../../src/core/job.js';
import type { CommitResult } from '../../../src/workflow/ledger-ports.js';
import { type LedgerTable, openLedgerTable } from './ledger-table.js';

let table: LedgerTable;
let east: Ledger;
let west: Ledger;
let serial = 0;

beforeAll(async () => {
  table = await openLedgerTable();
  east = table.ledger('us-east-1');
  west = table.ledger('us-west-2');
});
afterAll(() => table.close());

const at = '2026-11-21T06:00:00.000Z';
const inEast = (epoch: number) => ({ epoch, region: 'us-east-1', at });
const inWest = (epoch: number) => ({ epoch, region: 'us-west-2', at });
const result: CommitResult = {
  at, outputKey: 'output/x/e1-a1/x.csv', outputVersionId: 'v1', outputBytes: 10, rows: { in: 3, out: 2, rejected: 1 }, parts: 1, partsKept: 0,
};

async function accepted(key = `input/file-${serial += 1}.csv`): Promise<string> {
  const jobId = jobIdOf(key, 'version');
  await east.acceptJob({ jobId, key, versionId: 'version', bytes: 100, acceptedAt: at, acceptedBy: 'us-east-1', presentIn: { 'us-east-1': at } });
  return jobId;
}

async function running(epoch = 1): Promise<string> {
  const jobId = await accepted();
  await east.claimJob(jobId, inEast(epoch));
  return jobId;
}

describe('accepting', () => {
  it('creates the row once, whatever events say how often', async () => {
    const jobId = await accepted('input/twice.csv');
    const again = await west.acceptJob({ jobId, key: 'input/twice.csv', versionId: 'version', bytes: 100, acceptedAt: '2026-11-21T07:00:00.000Z', acceptedBy: 'us-west-2' });
    expect(again.created).toBe(false);
    expect(again.job).toMatchObject({ acceptedAt: at, acceptedBy: 'us-east-1', status: 'ACCEPTED', notification: 'NONE' });
  });

  it('keeps the first presence stamp of each Region', async () => {
    const jobId = await accepted();
    await west.stampPresence(jobId, 'us-west-2', '2026-11-21T06:00:05.000Z');
    await west.stampPresence(jobId, 'us-west-2', '2026-11-21T09:00:00.000Z');
    expect((await west.readJob(jobId))?.presentIn).toEqual({ 'us-east-1': at, 'us-west-2': '2026-11-21T06:00:05.000Z' });
  });

  it('makes no row by a presence stamp alone', async () => {
    await west.stampPresence('unknown', 'us-west-2', at);
    expect(await west.readJob('unknown')).toBeUndefined();
  });
});

describe('claiming', () => {
  it('believes nothing that was seen but what still stands, and then only writes on it', async () => {
    const jobId = await running(1);
    const seen = (await east.readJob(jobId))!;
    expect(await west.claimJob(jobId, { ...inWest(2), seen })).toMatchObject({ kind: 'claimed', claim: { epoch: 2, region: 'us-west-2', attempt: 1 } });
    // Seen as another Region's of an older epoch, it is ours by now; and seen as still running, it has finished.
    expect(await west.claimJob(jobId, { ...inWest(2), seen })).toMatchObject({ kind: 'claimed', job: { epoch: 2 } });
    await west.commitJob(jobId, { epoch: 2, region: 'us-west-2', attempt: 1 }, result);
    expect((await west.claimJob(jobId, { ...inWest(3), seen })).kind).toBe('finished');
    // A list may show an end that a retry has undone since.
    const failed = await running(1);
    const claim = { epoch: 1, region: 'us-east-1', attempt: 1 };
    await east.failJob(failed, claim, { code: 'X', message: 'x', step: 'Split' }, at);
    const ended = (await east.readJob(failed))!;
    await east.retryJob(failed, { ...inEast(1), expectedAttempt: 1 });
    expect((await west.claimJob(failed, { ...inWest(2), seen: ended })).kind).toBe('claimed');
  });

  it('starts attempts at 1 and keeps the attempt of the same claim', async () => {
    const jobId = await accepted();
    expect(await east.claimJob(jobId, inEast(1))).toMatchObject({ kind: 'claimed', claim: { epoch: 1, region: 'us-east-1', attempt: 1 } });
    expect(await east.claimJob(jobId, inEast(1))).toMatchObject({ kind: 'claimed', claim: { epoch: 1, region: 'us-east-1', attempt: 1 } });
  });

  it('refuses the other Region in the same epoch and anybody of an older one', async () => {
    const jobId = await running(2);
    expect(await west.claimJob(jobId, inWest(2))).toMatchObject({ kind: 'superseded' });
    expect(await west.claimJob(jobId, inWest(1))).toMatchObject({ kind: 'superseded' });
    expect((await east.readJob(jobId))?.region).toBe('us-east-1');
  });

  it('gives a newer epoch the job, with attempt 1 and without the old execution', async () => {
    const jobId = await running(1);
    await east.recordExecution(jobId, { epoch: 1, region: 'us-east-1', attempt: 1 }, 'arn:old');
    const outcome = await west.claimJob(jobId, inWest(2));
    expect(outcome).toMatchObject({ kind: 'claimed', claim: { epoch: 2, region: 'us-west-2', attempt: 1 } });
    expect((await west.readJob(jobId))?.executionArn).toBeUndefined();
  });

  it('lets exactly one of two Regions win an epoch that both ask for', async () => {
    const jobIds = await Promise.all(Array.from({ length: 12 }, () => accepted()));
    for (const jobId of jobIds) {
      const outcomes = await Promise.all([east.claimJob(jobId, inEast(5)), west.claimJob(jobId, inWest(5))]);
      expect(outcomes.map((outcome) => outcome.kind).sort()).toEqual(['claimed', 'superseded']);
    }
  });

  it('says finished, failed and absent', async () => {
    const done = await running();
    await east.commitJob(done, { epoch: 1, region: 'us-east-1', attempt: 1 }, result);
    const failed = await running();
    await east.failJob(failed, { epoch: 1, region: 'us-east-1', attempt: 1 }, { code: 'X', message: 'm', step: 'Split' }, at);
    expect((await west.claimJob(done, inWest(2))).kind).toBe('finished');
    expect((await west.claimJob(failed, inWest(2))).kind).toBe('failed');
    expect((await west.claimJob('unknown', inWest(2))).kind).toBe('absent');
  });

  it('recognises its own claim when the answer was lost', async () => {
    const jobId = await accepted();
    table.loseNextAnswer();
    await expect(east.claimJob(jobId, inEast(1))).rejects.toThrow('lost');
    expect(await east.claimJob(jobId, inEast(1))).toMatchObject({ kind: 'claimed', claim: { attempt: 1 } });
  });

  it('makes a write again that conflicted with the other Region', async () => {
    const jobId = await accepted();
    table.failNextWrite(Object.assign(new Error('conflict'), { name: 'ReplicatedWriteConflictException' }), 3);
    expect((await east.claimJob(jobId, inEast(1))).kind).toBe('claimed');
  });
});

describe('retrying', () => {
  it('raises the attempt of a failed job, the same for two operators who saw the same attempt', async () => {
    const jobId = await running();
    await east.failJob(jobId, { epoch: 1, region: 'us-east-1', attempt: 1 }, { code: 'X', message: 'm', step: 'Merge' }, at);
    const retry = { epoch: 1, region: 'us-east-1', expectedAttempt: 1, at };
    const outcomes = await Promise.all([east.retryJob(jobId, retry), west.retryJob(jobId, retry)]);
    for (const outcome of outcomes) expect(outcome).toMatchObject({ kind: 'claimed', claim: { attempt: 2 } });
    expect(await east.readJob(jobId)).toMatchObject({ status: 'RUNNING', attempt: 2 });
    expect((await east.readJob(jobId))?.error).toBeUndefined();
  });

  it('refuses when the attempt is not the one that was seen, and for jobs that did not fail', async () => {
    const jobId = await running();
    expect((await east.retryJob(jobId, { epoch: 1, region: 'us-east-1', expectedAttempt: 1, at })).kind).toBe('superseded');
    await east.failJob(jobId, { epoch: 1, region: 'us-east-1', attempt: 1 }, { code: 'X', message: 'm', step: 'Merge' }, at);
    expect((await east.retryJob(jobId, { epoch: 1, region: 'us-east-1', expectedAttempt: 3, at })).kind).toBe('failed');
  });
});

describe('committing', () => {
  const claim = { epoch: 1, region: 'us-east-1', attempt: 1 };

  it('makes the output count and leaves an e-mail to send', async () => {
    const jobId = await running();
    expect(await east.commitJob(jobId, claim, result)).toMatchObject({ committed: true });
    expect(await west.readJob(jobId)).toMatchObject({ status: 'SUCCEEDED', outputKey: result.outputKey, outputRegion: 'us-east-1', finishedAt: at, rows: result.rows, notification: 'PENDING' });
  });

  it.each([
    ['an older epoch', { epoch: 1, region: 'us-east-1', attempt: 1 }],
    ['the other Region', { epoch: 2, region: 'us-east-1', attempt: 1 }],
    ['an older attempt', { epoch: 2, region: 'us-west-2', attempt: 0 }],
  ])('refuses %s', async (_, zombie) => {
    const jobId = await running(1);
    await west.claimJob(jobId, inWest(2));
    const outcome = await east.commitJob(jobId, zombie, result);
    expect(outcome).toMatchObject({ committed: false, job: { status: 'RUNNING', epoch: 2, region: 'us-west-2' } });
    expect((await west.readJob(jobId))?.outputKey).toBeUndefined();
  });

  it('refuses a parked job, whose input the new Region waits for', async () => {
    const jobId = await running(1);
    expect(await west.parkJob(jobId, 'not here', 2)).toBe(true);
    expect((await east.commitJob(jobId, claim, result)).committed).toBe(false);
  });

  it('recognises its own commit when the answer was lost', async () => {
    const jobId = await running();
    table.loseNextAnswer();
    await expect(east.commitJob(jobId, claim, result)).rejects.toThrow('lost');
    expect((await east.commitJob(jobId, claim, result)).committed).toBe(true);
  });

  it('never lets two claims commit one job, in any order of claims and commits', async () => {
    const jobId = await running(1);
    const outcomes = await Promise.all([
      east.commitJob(jobId, claim, result),
      west.claimJob(jobId, inWest(2)).then((outcome) => (outcome.kind === 'claimed' ? west.commitJob(jobId, outcome.claim, { ...result, outputVersionId: 'west' }) : { committed: false })),
    ]);
    expect(outcomes.filter((outcome) => outcome.committed)).toHaveLength(1);
  });
});

describe('failing and parking', () => {
  it('records the failure of the claim that holds the row, and of no other', async () => {
    const jobId = await running();
    const error = { code: 'WRONG_HEADER', message: 'm', step: 'Split' };
    expect(await east.failJob(jobId, { epoch: 1, region: 'us-east-1', attempt: 1 }, error, at)).toBe(true);
    expect(await east.failJob(jobId, { epoch: 1, region: 'us-east-1', attempt: 1 }, error, at)).toBe(true);
    expect(await east.readJob(jobId)).toMatchObject({ status: 'FAILED', error });
    const moved = await running();
    await west.claimJob(moved, inWest(2));
    expect(await east.failJob(moved, { epoch: 1, region: 'us-east-1', attempt: 1 }, error, at)).toBe(false);
  });

  it('parks only what no current claim holds', async () => {
    const jobId = await running(2);
    expect(await west.parkJob(jobId, 'absent', 2)).toBe(false);
    expect(await west.parkJob(jobId, 'absent', 3)).toBe(true);
    expect(await west.readJob(jobId)).toMatchObject({ status: 'PARKED', parkedReason: 'absent' });
    expect((await west.claimJob(jobId, inWest(3))).kind).toBe('claimed');
    expect((await west.readJob(jobId))?.parkedReason).toBeUndefined();
  });
});

describe('notifications', () => {
  it('has one sender at a time and remembers how it ended', async () => {
    const jobId = await running();
    await east.commitJob(jobId, { epoch: 1, region: 'us-east-1', attempt: 1 }, result);
    const began = await Promise.all(['a', 'b', 'c'].map((sender) => east.beginNotification(jobId, sender, at)));
    expect(began.filter(Boolean)).toHaveLength(1);
    const sender = ['a', 'b', 'c'][began.indexOf(true)]!;
    await east.settleNotification(jobId, 'somebody else', 'FAILED', at);
    expect((await east.readJob(jobId))?.notification).toBe('SENDING');
    await east.settleNotification(jobId, sender, 'UNCERTAIN', at);
    await east.settleNotification(jobId, sender, 'SENT', at);
    expect(await east.readJob(jobId)).toMatchObject({ notification: 'SENT', notifiedAt: at });
    expect(await west.beginNotification(jobId, 'd', at)).toBe(false);
  });

  it('recognises its own beginning when the answer was lost, and nobody else\'s', async () => {
    const jobId = await running();
    await east.commitJob(jobId, { epoch: 1, region: 'us-east-1', attempt: 1 }, result);
    table.loseNextAnswer();
    await expect(east.beginNotification(jobId, 'mine', at)).rejects.toThrow('lost');
    expect(await east.beginNotification(jobId, 'mine', at)).toBe(true);
    expect(await east.beginNotification(jobId, 'yours', at)).toBe(false);
  });
});

describe('synthetic jobs', () => {
  it('are indexed nowhere and send no e-mail', async () => {
    const jobId = await accepted('canary/prove.csv');
    await east.claimJob(jobId, inEast(1));
    await east.commitJob(jobId, { epoch: 1, region: 'us-east-1', attempt: 1 }, result);
    expect(await east.readJob(jobId)).toMatchObject({ status: 'SUCCEEDED', notification: 'NONE' });
    const row = await table.client.send(new GetItemCommand({ TableName: 'ledger', Key: { pk: { S: `job#${jobId}` }, sk: { S: 'job' } } }));
    expect(row.Item).not.toHaveProperty('openSort');
    expect(row.Item).not.toHaveProperty('daySort');
    expect((await east.listUnsettledNotifications()).map((job) => job.jobId)).not.toContain(jobId);
  });
});
