import { describe, expect, it } from 'vitest';
import { policySchema } from '../../src/config/schema.js';
import type { Job } from '../../src/core/job.js';
import type { OperationContext } from '../../src/workflow/operation-context.js';
import { waitForRunningJobs } from '../../src/workflow/steps/wait-for-running-jobs.js';

/** What the ledger says at a look: each job's status in the index, and in the item itself where that differs. */
type Look = Record<string, { index: Job['status']; item?: Job['status'] }>;

/** A ledger that says the next look's words each time that its open jobs are listed, and the last one's for ever after. */
function draining(looks: Look[], choice: 'undo' | 'redrive' = 'undo'): { context: OperationContext; seconds: () => number; asked: string[][] } {
  let [nowMs, next] = [0, 0];
  const asked: string[][] = [];
  const current = (): Look => looks[Math.min(next, looks.length) - 1] ?? {};
  const context = {
    plan: { from: 'us-east-1', to: 'us-west-2' },
    policy: policySchema.parse({ drainDeadlineSeconds: 60 }),
    signal: new AbortController().signal,
    progress: () => {},
    spentMs: () => 0,
    chooseOnDrainDeadline: (running: string[]) => { asked.push(running); return Promise.resolve(choice); },
    read: { clock: { now: () => new Date(nowMs), sleep: (milliseconds: number) => { nowMs += milliseconds; return Promise.resolve(); } } },
    write: {
      ledgers: { 'us-west-2': {
        listOpenJobs: () => { next += 1; return Promise.resolve(Object.entries(current()).map(([jobId, { index }]) => ({ jobId, status: index }))); },
        readJobs: (jobIds: string[]) => Promise.resolve(new Map(jobIds.map((jobId) => [jobId, { jobId, status: current()[jobId]?.item ?? current()[jobId]?.index }]))),
      } },
    },
  };
  return { context: context as unknown as OperationContext, seconds: () => nowMs / 1000, asked };
}

describe('waiting for running jobs', () => {
  it('waits for a job that the index shows only at the second look', async () => {
    const { context, asked, seconds } = draining([{}, { late: { index: 'RUNNING' } }, { late: { index: 'RUNNING' } }, {}, {}]);
    expect(await waitForRunningJobs.run(context)).toMatchObject({ state: 'done', detail: { running: 0 } });
    expect(asked).toEqual([]);
    expect(seconds()).toBeLessThan(10);
  });

  it('is not held up by an index that still calls running what has ended', async () => {
    const { context } = draining([{}, { ended: { index: 'RUNNING', item: 'SUCCEEDED' } }]);
    expect(await waitForRunningJobs.run(context)).toMatchObject({ state: 'done' });
  });

  it('does not wait for what is held', async () => {
    const { context, seconds } = draining([{ held: { index: 'ACCEPTED' } }]);
    expect(await waitForRunningJobs.run(context)).toMatchObject({ state: 'done' });
    expect(seconds()).toBeLessThan(3);
  });

  it('names the jobs that still run at the deadline, and no job before it', async () => {
    const { context, asked, seconds } = draining([{ long: { index: 'RUNNING' } }]);
    await expect(waitForRunningJobs.run(context)).rejects.toMatchObject({ code: 'DRAIN_DEADLINE', message: '1 job still runs in us-east-1, 60 s after the drain began.' });
    expect(asked).toEqual([['long']]);
    expect(seconds()).toBeGreaterThanOrEqual(59);
  });

  it('goes on with what still runs where the operator says so', async () => {
    const { context } = draining([{ long: { index: 'RUNNING' } }], 'redrive');
    expect(await waitForRunningJobs.run(context)).toMatchObject({ state: 'warned' });
  });
});
