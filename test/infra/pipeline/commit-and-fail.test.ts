import { describe, expect, it } from 'vitest';
import { commit } from '../../../infra/pipeline/commit.js';
import { fail, jobErrorOf } from '../../../infra/pipeline/fail.js';
import { recordFailedExecution } from '../../../infra/pipeline/failed-execution.js';
import type { JobRunInput } from '../../../src/core/job.js';
import { control, east, ledger, merged, runningIn, table, withTwoRegions } from './two-regions.js';

withTwoRegions();

describe('an execution that ended badly', () => {
  const event = (run: JobRunInput) => ({ detail: { executionArn: `arn:us-east-1:${run.jobId}-${run.epoch}` } });

  it('is written into its row, with the state that failed and what that state said', async () => {
    await control(1);
    const run = await runningIn(east, 'input/a.csv');
    east.executions.set(event(run).detail.executionArn, { status: 'FAILED', input: JSON.stringify(run), error: 'States.Timeout', cause: 'too slow' });
    expect(await recordFailedExecution(event(run), east.ports)).toEqual({ recorded: true });
    expect(await ledger().readJob(run.jobId)).toMatchObject({ status: 'FAILED', error: { code: 'PART_FAILED', message: 'States.Timeout: too slow', step: 'Parts' } });
  });

  it('is old news when the execution was redriven meanwhile, or is no job of ours', async () => {
    await control(1);
    const run = await runningIn(east, 'input/a.csv');
    east.executions.set(event(run).detail.executionArn, { status: 'RUNNING', input: JSON.stringify(run) });
    expect(await recordFailedExecution(event(run), east.ports)).toEqual({ recorded: false });
    east.executions.set(event(run).detail.executionArn, { status: 'FAILED', input: '{"other":1}' });
    expect(await recordFailedExecution(event(run), east.ports)).toEqual({ recorded: false });
    expect(await ledger().readJob(run.jobId)).toMatchObject({ status: 'RUNNING' });
  });

  it('is no failure when a newer epoch had it stopped and has not claimed the job yet', async () => {
    await control(1);
    const run = await runningIn(east, 'input/a.csv');
    await control(2, 'us-west-2');
    east.executions.set(event(run).detail.executionArn, { status: 'ABORTED', input: JSON.stringify(run), error: 'Superseded', cause: 'superseded by epoch 2 in us-west-2' });
    expect(await recordFailedExecution(event(run), east.ports)).toEqual({ recorded: false });
    expect(await ledger().readJob(run.jobId)).toMatchObject({ status: 'RUNNING', epoch: 1 });
  });

  it('can go on under the same claim, and commits then', async () => {
    await control(1);
    const run = await runningIn(east, 'input/a.csv');
    const claim = { epoch: run.epoch, region: run.region, attempt: run.attempt };
    await ledger().failJob(run.jobId, claim, { code: 'PART_FAILED', message: 'x', step: 'Parts' }, table.clock.at());
    expect(await ledger().reopenJob(run.jobId, { ...claim, attempt: 2 }, table.clock.at())).toMatchObject({ kind: 'superseded' });
    const before = await ledger().readJob(run.jobId);
    expect(await ledger().reopenJob(run.jobId, claim, table.clock.at())).toMatchObject({ kind: 'claimed', claim });
    expect(await ledger().readJob(run.jobId)).toMatchObject({ status: 'RUNNING', executionArn: before?.executionArn });
    expect(await commit(run, merged, east.ports as never)).toEqual({ committed: true });
    expect(await ledger().reopenJob(run.jobId, claim, table.clock.at())).toMatchObject({ kind: 'finished' });
  });
});

describe('commit and fail', () => {
  it('counts and reports a success', async () => {
    await control(1);
    const run = await runningIn(east, 'input/a.csv');
    expect(await commit(run, merged, east.ports as never)).toEqual({ committed: true });
    expect(await ledger().countSucceeded(1)).toBe(1);
    expect(east.telemetry.total('JobsSucceeded')).toBe(1);
  });

  it('counts it once, when its step runs again because the answer was lost', async () => {
    await control(1);
    const run = await runningIn(east, 'input/a.csv');
    await commit(run, merged, east.ports as never);
    await table.clock.sleep(1000);
    expect(await commit(run, merged, east.ports as never)).toEqual({ committed: true });
    expect(await ledger().countSucceeded(1)).toBe(1);
    expect(east.telemetry.total('JobsSucceeded')).toBe(1);
  });

  it('keeps the proof of a refused commit', async () => {
    await control(1);
    const run = await runningIn(east, 'input/a.csv');
    await ledger().claimJob(run.jobId, { epoch: 2, region: 'us-west-2', at: table.clock.at() });
    expect(await commit(run, merged, east.ports as never)).toMatchObject({ committed: false, reason: expect.stringContaining('epoch 2') as string });
    expect(await ledger().listRefusedCommits('2026')).toMatchObject([{ jobId: run.jobId, attempted: { epoch: 1 }, holder: { epoch: 2, region: 'us-west-2' }, orphanOutputKey: merged.outputKey }]);
    expect(east.telemetry.total('CommitRefused')).toBe(1);
  });

  it('writes the cause and alerts, and a lost alert changes nothing', async () => {
    await control(1);
    const run = await runningIn(east, 'input/a.csv');
    const caught = { step: 'Split', error: 'InputRejected', cause: JSON.stringify({ errorType: 'InputRejected', errorMessage: 'WRONG_HEADER: the header must be: x' }) };
    expect(await fail(run, caught, { ...east.ports, alert: () => Promise.reject(new Error('SNS is down')) } as never)).toEqual({ recorded: true });
    expect(await ledger().readJob(run.jobId)).toMatchObject({ status: 'FAILED', error: { code: 'WRONG_HEADER', message: 'the header must be: x', step: 'Split' } });
  });

  it('neither fails nor alerts about a job that has moved on', async () => {
    await control(1);
    const run = await runningIn(east, 'input/a.csv');
    await ledger().claimJob(run.jobId, { epoch: 2, region: 'us-west-2', at: table.clock.at() });
    const alerts: string[] = [];
    expect(await fail(run, { step: 'Merge', error: 'Error', cause: 'x' }, { ...east.ports, alert: (subject: string) => { alerts.push(subject); return Promise.resolve(); } } as never)).toEqual({ recorded: false });
    expect(alerts).toEqual([]);
  });

  it.each([
    [{ step: 'Parts', error: 'States.Timeout', cause: '' }, { code: 'PART_FAILED', message: 'States.Timeout', step: 'Parts' }],
    [{ step: 'Merge', error: 'Error', cause: '{"errorMessage":"part 3 is missing"}' }, { code: 'MERGE_FAILED', message: 'Error: part 3 is missing', step: 'Merge' }],
    [{ step: 'Elsewhere', error: 'X', cause: 'not JSON' }, { code: 'JOB_FAILED', message: 'X: not JSON', step: 'Elsewhere' }],
  ])('reads %j', (caught, error) => expect(jobErrorOf(caught)).toEqual(error));
});
