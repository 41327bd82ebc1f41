import { describe, expect, it } from 'vitest';
import { commit } from '../../../infra/pipeline/commit.js';
import { ingest } from '../../../infra/pipeline/ingest.js';
import { sweep } from '../../../infra/pipeline/sweep.js';
import { jobIdOf } from '../../../src/core/job.js';
import { control, created, east, ledger, merged, runningIn, table, west, withTwoRegions } from './two-regions.js';

withTwoRegions();

describe('ingest', () => {
  it('accepts, claims and starts in the active Region, once for any number of events', async () => {
    await control(3);
    east.objects.put('input/a.csv', 'abc', { sha256: 'cafe' }, 'v');
    const outcomes = await Promise.all([created('input/a.csv'), created('input/a.csv')].map((event) => ingest(event, east.ports)));
    expect(outcomes).toEqual([{ jobId: jobIdOf('input/a.csv', 'v'), action: 'started' }, { jobId: jobIdOf('input/a.csv', 'v'), action: 'started' }]);
    expect(east.started[0]).toEqual({ jobId: jobIdOf('input/a.csv', 'v'), key: 'input/a.csv', versionId: 'v', bytes: 3, epoch: 3, region: 'us-east-1', attempt: 1 });
    // The same name and the same text: Step Functions takes both for one.
    expect(JSON.stringify(east.started[1])).toBe(JSON.stringify(east.started[0]));
    expect(await ledger().readJob(outcomes[0]!.jobId!)).toMatchObject({ status: 'RUNNING', checksum: 'cafe', executionArn: expect.any(String) as string });
  });

  it('only notes the arrival in the passive Region, in either order of events', async () => {
    await control(1);
    for (const [key, order] of [['input/b.csv', [east, west]], ['input/c.csv', [west, east]]] as const) {
      for (const where of order) { where.objects.put(key, 'x', {}, 'v'); await ingest(created(key), where.ports); }
      const job = await ledger().readJob(jobIdOf(key, 'v'));
      expect(Object.keys(job!.presentIn).sort()).toEqual(['us-east-1', 'us-west-2']);
      expect(job).toMatchObject({ status: 'RUNNING', region: 'us-east-1' });
    }
    expect(west.started).toEqual([]);
  });

  it.each(['draining', 'fenced'] as const)('holds what comes while %s', async (phase) => {
    await control(1, 'us-east-1', phase);
    east.objects.put('input/d.csv', 'x', {}, 'v');
    expect(await ingest(created('input/d.csv'), east.ports)).toMatchObject({ action: 'held' });
    expect(await ledger().readJob(jobIdOf('input/d.csv', 'v'))).toMatchObject({ status: 'ACCEPTED' });
  });

  it('holds before there is a control item, and under a veto', async () => {
    east.objects.put('input/e.csv', 'x', {}, 'v');
    expect((await ingest(created('input/e.csv'), east.ports)).action).toBe('held');
    await control(1);
    expect((await ingest(created('input/e.csv'), { ...east.ports, routingVeto: () => Promise.resolve(true) })).action).toBe('held');
    expect(east.started).toEqual([]);
  });

  it('takes a key as it is first, decoded only when that does not exist', async () => {
    await control(1);
    east.objects.put('input/50%25+1.csv', 'raw', {}, 'v');
    east.objects.put('input/50% 1.csv', 'decoded', {}, 'v');
    east.objects.put('input/a b.csv', 'x', {}, 'v');
    expect((await ingest(created('input/50%25+1.csv'), east.ports)).jobId).toBe(jobIdOf('input/50%25+1.csv', 'v'));
    expect((await ingest(created('input/a+b.csv'), east.ports)).jobId).toBe(jobIdOf('input/a b.csv', 'v'));
    expect(await ingest(created('input/%zz.csv'), east.ports)).toEqual({ action: 'gone' });
  });

  it.each(['output/x.csv', 'work/x.csv', 'canary/x.csv', 'input/folder/'])('ignores %s', async (key) => {
    expect(await ingest(created(key), east.ports)).toEqual({ action: 'ignored' });
    expect(await ledger().readJob(jobIdOf(key, 'v'))).toBeUndefined();
  });
});

describe('sweep', () => {
  it('goes on in the new Region after a failover: starts what is there, parks what is not, starts that when it comes', async () => {
    await control(1);
    await runningIn(east, 'input/here.csv');
    await runningIn(east, 'input/absent.csv');
    west.objects.put('input/here.csv', 'x', {}, 'v');
    await control(2, 'us-west-2');
    expect(await sweep(west.ports)).toMatchObject({ open: 2, started: 1, parked: 1, failures: 0 });
    expect(west.started).toMatchObject([{ key: 'input/here.csv', epoch: 2, region: 'us-west-2' }]);
    expect(await ledger().readJob(jobIdOf('input/absent.csv', 'v'))).toMatchObject({ status: 'PARKED', parkedReason: expect.stringContaining('us-west-2') as string });
    expect(await sweep(west.ports)).toMatchObject({ started: 0, parked: 0 });
    west.objects.put('input/absent.csv', 'x', {}, 'v');
    expect(await sweep(west.ports)).toMatchObject({ started: 1, stamped: 1 });
    expect(await sweep(east.ports)).toMatchObject({ started: 0 });
  });

  it('starts what was held, but not while the pipeline drains', async () => {
    await control(1, 'us-east-1', 'draining');
    east.objects.put('input/a.csv', 'x', {}, 'v');
    await ingest(created('input/a.csv'), east.ports);
    expect(await sweep(east.ports)).toMatchObject({ started: 0 });
    await control(2);
    expect(await sweep(east.ports)).toMatchObject({ started: 1 });
  });

  it('starts a claim again whose start was never recorded, after a minute', async () => {
    await control(1);
    east.objects.put('input/a.csv', 'x', {}, 'v');
    await expect(ingest(created('input/a.csv'), { ...east.ports, startExecution: () => Promise.reject(new Error('throttled')) })).rejects.toThrow();
    expect(await sweep(east.ports)).toMatchObject({ started: 0 });
    table.clock.advance(61_000);
    expect(await sweep(east.ports)).toMatchObject({ started: 1 });
    expect(east.started[0]).toMatchObject({ attempt: 1 });
  });

  it('parks an input of the other Region that does not arrive, although nobody ever claimed it', async () => {
    await control(1);
    west.objects.put('input/late.csv', 'x', {}, 'v');
    await ingest(created('input/late.csv'), west.ports);
    expect(await sweep(east.ports)).toMatchObject({ started: 0, parked: 0 });
    table.clock.advance(5 * 60_000 + 1);
    expect(await sweep(west.ports)).toMatchObject({ parked: 0 });
    expect(await sweep(east.ports)).toMatchObject({ parked: 1 });
    expect(await ledger().readJob(jobIdOf('input/late.csv', 'v'))).toMatchObject({ status: 'PARKED', parkedReason: expect.stringContaining('us-east-1') as string });
    east.objects.put('input/late.csv', 'x', {}, 'v');
    expect(await sweep(east.ports)).toMatchObject({ started: 1 });
  });

  it('notes in the passive Region which inputs have arrived', async () => {
    await control(1);
    const { jobId } = await runningIn(east, 'input/a.csv');
    west.objects.put('input/a.csv', 'x', {}, 'v');
    expect(await sweep(west.ports)).toMatchObject({ stamped: 1, started: 0 });
    expect((await ledger().readJob(jobId))?.presentIn).toHaveProperty('us-west-2');
    expect((await ledger().readStanding(['us-east-1', 'us-west-2'])).versions).toEqual({ 'us-west-2': 'code' });
  });

  it('asks again for e-mails that nobody sent, and gives up on those that nobody will settle', async () => {
    await control(1);
    const pending = await runningIn(east, 'input/pending.csv');
    const sending = await runningIn(east, 'input/sending.csv');
    for (const run of [pending, sending]) await commit(run, merged, east.ports as never);
    await ledger().beginNotification(sending.jobId, 'dead', table.clock.at());
    await sweep(east.ports);
    expect(east.notified).toEqual([]);
    table.clock.advance(61_000);
    await sweep(east.ports);
    await sweep(west.ports);
    expect(east.notified).toEqual([pending.jobId]);
    expect(west.notified).toEqual([]);
    table.clock.advance(15 * 60_000);
    await sweep(east.ports);
    expect((await ledger().readJob(sending.jobId))?.notification).toBe('UNCERTAIN');
  });

  it('fails a job whose execution was stopped or timed out, and no other', async () => {
    await control(1);
    const stopped = await runningIn(east, 'input/stopped.csv');
    const alive = await runningIn(east, 'input/alive.csv');
    east.executions.set(`arn:us-east-1:${stopped.jobId}-1`, { status: 'ABORTED', stoppedAt: table.clock.at(), input: JSON.stringify(stopped) });
    east.executions.set(`arn:us-east-1:${alive.jobId}-1`, { status: 'RUNNING', input: JSON.stringify(alive) });
    table.clock.advance(5 * 60_000);
    await sweep(east.ports);
    expect(await ledger().readJob(stopped.jobId)).toMatchObject({ status: 'FAILED', error: { code: 'PART_FAILED', message: expect.stringContaining('EXECUTION_ABORTED') as string, step: 'Parts' } });
    expect(await ledger().readJob(alive.jobId)).toMatchObject({ status: 'RUNNING' });
  });

  it('stops what an older epoch left running here, but not before it had time to be refused, and nothing that is not ours', async () => {
    await control(2, 'us-west-2');
    const id = 'a'.repeat(32);
    east.running.push(`${id}-e1-a1`, `${id}-e2-a1`, 'somebody-elses-e1-a1');
    expect(await sweep(east.ports)).toMatchObject({ zombiesStopped: 0 });
    table.clock.advance(3 * 60_000);
    expect(await sweep(east.ports)).toMatchObject({ zombiesStopped: 1 });
    expect(east.stopped).toEqual([`arn:${id}-e1-a1`]);
  });

  it('goes on with the other jobs when one cannot be looked at', async () => {
    await control(1);
    await runningIn(east, 'input/a.csv');
    await runningIn(east, 'input/b.csv');
    west.objects.put('input/b.csv', 'x', {}, 'v');
    await control(2, 'us-west-2');
    const head = west.objects.head.bind(west.objects);
    west.objects.head = (key, versionId) => (key === 'input/a.csv' ? Promise.reject(new Error('slow down')) : head(key, versionId));
    expect(await sweep(west.ports)).toMatchObject({ started: 1, parked: 0, failures: 1 });
  });
});
