import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Buckets } from './buckets.js';
import type { JobDocument, MoveDocument, OneJobDocument } from './documents.js';
import type { Operator } from './operator.js';
import type { OrderFile } from './orders.js';
import { breakHomeWhileHalfDone, emailsByJob, eventually, home, openStage, readJobs, standby, untilSucceeded, type Stage } from './scene.js';

/** The worse case: nobody reaches the Region, and it does not know it. Its functions and executions go on. */
describe('a Region is cut off and goes on working', () => {
  let stage: Stage;
  let operator: Operator;
  let buckets: Buckets;
  let expected: Map<string, OrderFile>;
  let jobIds: string[];
  let result: MoveDocument;
  let finished: JobDocument[];

  beforeAll(async () => {
    stage = await openStage();
    ({ operator, buckets } = stage);
  });

  afterAll(() => stage?.leave());

  it('fails over without it, and finishes every job in the other Region', { timeout: 240_000 }, async () => {
    expected = await breakHomeWhileHalfDone(operator, buckets, { files: 16, rowsEach: 3000, how: 'isolated' });
    jobIds = [...expected.keys()];
    result = await operator.document<MoveDocument>(['failover', '--to', standby, '--yes', '--confirm', standby, '--accept-data-loss', '0']);
    expect(result).toMatchObject({ outcome: 'done', mode: 'ungraceful', epoch: 2, parked: [], failed: [] });
    expect([...result.redriven, ...result.alreadyDone].map((job) => job.jobId).sort()).toEqual([...jobIds].sort());
    finished = await untilSucceeded(operator, jobIds);
    expect(finished.every((job) => job.status === 'SUCCEEDED')).toBe(true);
    for (const job of finished.filter((each) => each.region === standby)) expect(await buckets.read(standby, job.outputKey ?? '')).toBe(expected.get(job.jobId)?.expected);
  });

  it('refuses the commits that the cut-off Region tries when it is back, and shows each', { timeout: 240_000 }, async () => {
    await operator.fault('region', home, 'up');
    const moved = result.redriven.map((job) => job.jobId);
    const refusals = await eventually('a refused commit to be seen', async () => {
      const seen = (await Promise.all(moved.slice(0, 4).map((jobId) => operator.document<OneJobDocument>(['job', jobId])))).filter((job) => job.refusedCommits.length > 0);
      return seen.length > 0 ? seen : undefined;
    }, 90_000);
    for (const job of refusals) {
      expect(job.refusedCommits).toEqual([expect.objectContaining({ region: home, epoch: 1, attempt: 1 })]);
      expect(job).toMatchObject({ status: 'SUCCEEDED', region: standby, epoch: 2 });
    }
    const shown = await operator.run(['job', refusals[0]?.jobId ?? '']);
    expect(shown.stdout).toMatch(/refused +a late commit of us-east-1, epoch 1/);
    // What it would have committed lies there, beside the output that counts.
    expect(await buckets.keys(home, `output/${refusals[0]?.jobId}/e1-a1/`)).toHaveLength(1);
  });

  it('leaves one output and at most one e-mail for each job', { timeout: 240_000 }, async () => {
    const counts = await emailsByJob(operator, jobIds);
    expect(Math.max(...counts.values())).toBe(1);
    // What is still to be sent, and what may have been, the ledger says.
    for (const job of await readJobs(operator, jobIds)) expect(job.notification).toMatch(counts.has(job.jobId) ? /SENT|UNCERTAIN|SENDING/ : /PENDING|UNCERTAIN|SENDING/);
    const now = await readJobs(operator, jobIds);
    expect(now.map(({ jobId, outputKey, finishedAt, epoch }) => ({ jobId, outputKey, finishedAt, epoch })))
      .toEqual(finished.map(({ jobId, outputKey, finishedAt, epoch }) => ({ jobId, outputKey, finishedAt, epoch })));
  });
});
