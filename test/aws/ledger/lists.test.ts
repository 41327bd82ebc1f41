import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Ledger } from '../../../src/aws/ledger/ledger.js';
import { type Job, jobIdOf } from '../../../src/core/job.js';
import { type LedgerTable, openLedgerTable } from './ledger-table.js';

let table: LedgerTable;
let ledger: Ledger;
const region = 'us-east-1';
const claim = { epoch: 1, region, attempt: 1 };
const commitResult = { outputKey: 'o', outputVersionId: 'v', outputBytes: 1, rows: { in: 1, out: 1, rejected: 0 }, parts: 1, partsKept: 0 };

beforeAll(async () => {
  table = await openLedgerTable();
  ledger = table.ledger(region);
});
afterAll(() => table.close());

async function accept(key: string, acceptedAt: string): Promise<string> {
  const jobId = jobIdOf(key, 'v');
  await ledger.acceptJob({ jobId, key, versionId: 'v', bytes: 1, acceptedAt, acceptedBy: region });
  return jobId;
}

const keys = (jobs: Job[]): string[] => jobs.map((job) => job.key);

describe('lists', () => {
  it('lists what is open, failed and unsettled, oldest first, and forgets what is settled', async () => {
    const jobIds: string[] = [];
    for (let minute = 59; minute >= 0; minute -= 1) jobIds.unshift(await accept(`input/${String(minute).padStart(2, '0')}.csv`, `2026-11-21T05:${String(minute).padStart(2, '0')}:00.000Z`));
    expect(keys(await ledger.listOpenJobs())).toEqual(Array.from({ length: 60 }, (_, minute) => `input/${String(minute).padStart(2, '0')}.csv`));
    for (const jobId of jobIds.slice(0, 4)) await ledger.claimJob(jobId, { ...claim, at: table.clock.at() });
    await ledger.failJob(jobIds[0]!, claim, { code: 'X', message: 'm', step: 's' }, table.clock.at());
    for (const jobId of jobIds.slice(1, 3)) await ledger.commitJob(jobId, claim, { ...commitResult, at: table.clock.at() });
    await ledger.beginNotification(jobIds[1]!, 'me', table.clock.at());
    await ledger.settleNotification(jobIds[1]!, 'me', 'SENT', table.clock.at());
    expect(keys(await ledger.listFailedJobs())).toEqual(['input/00.csv']);
    expect(keys(await ledger.listUnsettledNotifications())).toEqual(['input/02.csv']);
    expect(await ledger.listOpenJobs()).toHaveLength(57);
    const inOnePass = { open: await ledger.listOpenJobs(), failed: await ledger.listFailedJobs(), unsettledNotifications: await ledger.listUnsettledNotifications() };
    expect(await ledger.listUnsettled()).toEqual(inOnePass);
  });

  it('lists all jobs newest first by state and Region, up to a limit, old unfinished ones included', async () => {
    await accept('input/ancient.csv', '2026-01-02T00:00:00.000Z');
    expect(keys(await ledger.listJobs({ limit: 3 }))).toEqual(['input/59.csv', 'input/58.csv', 'input/57.csv']);
    expect(keys(await ledger.listJobs({ states: ['SUCCEEDED'] }))).toEqual(['input/02.csv', 'input/01.csv']);
    expect(keys(await ledger.listJobs({ states: ['FAILED', 'RUNNING'] }))).toEqual(['input/03.csv', 'input/00.csv']);
    expect(keys(await ledger.listJobs({ states: ['ACCEPTED'] })).at(-1)).toBe('input/ancient.csv');
    expect(await ledger.listJobs({ region: 'us-west-2' })).toEqual([]);
  });

  it('lists the jobs of a small ledger in a few calls, and those of a month by its days where the index may not be scanned', async () => {
    const calls: string[] = [];
    let mayScan = true;
    table.client.middlewareStack.add((next, context) => (args) => {
      const name = String((context as { commandName?: string }).commandName);
      calls.push(name);
      if (name === 'ScanCommand' && !mayScan) throw Object.assign(new Error('not authorized to perform: dynamodb:Scan'), { name: 'AccessDeniedException' });
      return next(args);
    }, { step: 'initialize', name: 'listed' });
    const few = await ledger.listJobs({ limit: 1000 });
    expect(calls.length).toBeLessThan(40);
    calls.length = 0;
    mayScan = false;
    expect(await ledger.listJobs({ limit: 1000 })).toEqual(few);
    expect(calls.filter((name) => name === 'QueryCommand').length).toBeGreaterThan(200);
    table.client.middlewareStack.remove('listed');
  });

  it('lists everything unsettled also where it does not fit into one page', async () => {
    const before = (await ledger.listOpenJobs()).length;
    const failures = Array.from({ length: 30 }, (_, file) => `input/failed ${file}.csv`);
    await Promise.all(failures.map(async (key) => {
      const jobId = await accept(key, '2026-11-22T05:00:00.000Z');
      await ledger.claimJob(jobId, { ...claim, at: table.clock.at() });
      await ledger.failJob(jobId, claim, { code: 'X', message: 'x'.repeat(40_000), step: 's' }, table.clock.at());
    }));
    const unsettled = await ledger.listUnsettled();
    expect(unsettled.open).toHaveLength(before);
    expect(keys(unsettled.failed).sort()).toEqual(['input/00.csv', ...failures].sort());
    expect(keys(unsettled.unsettledNotifications)).toEqual(['input/02.csv']);
  });

  it('reads many rows at once, strongly, and leaves out what is not there', async () => {
    const jobIds = (await ledger.listJobs({ limit: 200 })).map((job) => job.jobId);
    const found = await ledger.readJobs([...jobIds, 'unknown', jobIds[0]!]);
    expect([...found.keys()].sort()).toEqual([...jobIds].sort());
  });

  it('lists first what a clock that runs fast has stamped with tomorrow, where today alone would be enough', async () => {
    const jobId = await accept('input/of tomorrow.csv', '2026-11-22T01:00:00.000Z');
    await ledger.claimJob(jobId, { ...claim, at: table.clock.at() });
    await ledger.commitJob(jobId, claim, { ...commitResult, at: table.clock.at() });
    expect(keys(await ledger.listJobs({ states: ['SUCCEEDED'], limit: 2 }))).toEqual(['input/of tomorrow.csv', 'input/02.csv']);
  });
});

describe('evidence', () => {
  it('counts successes by the hour', async () => {
    await ledger.countSuccess(region, '2026-11-21T05:59:59.000Z');
    await ledger.countSuccess(region, '2026-11-21T06:00:00.000Z');
    await ledger.countSuccess('us-west-2', '2026-11-21T06:00:00.000Z');
    await ledger.countSuccess(region, '2026-11-20T05:00:00.000Z');
    expect(await ledger.countSucceeded(1)).toBe(2);
    expect(await ledger.countSucceeded(24)).toBe(3);
  });

  it('keeps an hour and a quarter of an observer\'s minutes, one sample a minute, with what it counted', async () => {
    const sample = (at: string, ok: boolean) => ({ at, ok, calls: 15, failed: ok ? 0 : 2, services: { s3: { failed: ok ? 0 : 2, milliseconds: 12 } } });
    for (let minute = 0; minute < 80; minute += 1) {
      const at = new Date(Date.parse('2026-11-21T04:00:00.000Z') + minute * 60_000).toISOString();
      await ledger.stampObservation('us-west-2', region, sample(at, minute % 2 === 0));
    }
    await ledger.stampObservation('us-west-2', region, sample('2026-11-21T05:19:30.000Z', false));
    const { histories } = await ledger.readStanding([region, 'us-west-2']);
    const history = histories['us-west-2'] ?? [];
    expect(history).toHaveLength(75);
    expect(history[0]).toEqual(sample('2026-11-21T04:05:00.000Z', false));
    expect(history.at(-1)).toEqual(sample('2026-11-21T05:19:30.000Z', false));
    expect(histories[region]).toEqual([]);
  });

  it('loses no stamp when two write at once', async () => {
    await Promise.all(['2026-11-21T04:00:00.000Z', '2026-11-21T04:01:00.000Z', '2026-11-21T04:02:00.000Z'].map((at, second) => ledger.stampCanary('us-west-2', at, true, second)));
    expect((await ledger.readCanary('us-west-2'))?.results.map((run) => run.seconds)).toEqual([0, 1, 2]);
    expect((await ledger.readStanding([region, 'us-west-2'])).canaries).toEqual({ [region]: undefined, 'us-west-2': await ledger.readCanary('us-west-2') });
  });

  it('reads what stands in one call: control, lock, and nothing where there is nothing', async () => {
    expect(await ledger.readStanding(['us-east-1', 'us-west-2'])).toMatchObject({ control: undefined, lock: undefined });
    const control = { epoch: 4, activeRegion: region, phase: 'active' as const, since: table.clock.at() };
    await ledger.createControl(control as never);
    const lock = { operationId: 'op', holder: 'somebody', acquiredAt: table.clock.at(), leaseEndsAt: table.clock.at() };
    await ledger.acquireLock(lock as never, table.clock.at());
    expect(await ledger.readStanding(['us-east-1', 'us-west-2'])).toMatchObject({ control, lock });
  });

  it('tells the version of each Region and the refused commits since a time', async () => {
    await ledger.stampVersion(region, 'one', table.clock.at());
    await ledger.stampVersion('us-west-2', 'two', table.clock.at());
    expect((await ledger.readStanding(['us-east-1', 'us-west-2'])).versions).toEqual({ 'us-east-1': 'one', 'us-west-2': 'two' });
    const refused = { jobId: 'j', key: 'k', at: '2026-11-21T05:00:00.000Z', attempted: claim, holder: { status: 'RUNNING', epoch: 2, region: 'us-west-2', attempt: 1 } };
    await ledger.recordRefusedCommit(refused);
    await ledger.recordRefusedCommit(refused);
    expect(await ledger.listRefusedCommits('2026-11-21T05:00:00.000Z')).toEqual([refused]);
    expect(await ledger.listRefusedCommits('2026-11-21T05:00:01.000Z')).toEqual([]);
  });
});
