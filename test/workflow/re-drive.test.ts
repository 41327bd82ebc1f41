import { describe, expect, it } from 'vitest';
import type { Job } from '../../src/core/job.js';
import type { OperationResult } from '../../src/core/operation.js';
import type { OperationContext } from '../../src/workflow/operation-context.js';
import type { ObjectFacts } from '../../src/workflow/ports.js';
import { redrive } from '../../src/workflow/steps/re-drive.js';

const standby = 'us-west-2';
/** The new execution's first part is made within the same second, which is all that S3 tells. */
const claimedAt = '2026-03-01T06:00:10.300Z';
const running: Job = { jobId: 'job', key: 'input/a.csv', versionId: 'v', status: 'RUNNING', epoch: 1, region: 'us-east-1', attempt: 1, presentIn: { [standby]: 'then' } } as unknown as Job;
const part = (index: number, lastModified: string): ObjectFacts => ({ key: `work/job/parts/part-${index}.csv`, versionId: 'v', bytes: 1, etag: '', lastModified });
const kept = [part(0, '2026-03-01T05:59:00.000Z'), { ...part(0, '2026-03-01T05:59:00.000Z'), key: 'work/job/parts/part-0.rejects.csv' }, part(1, '2026-03-01T05:59:30.000Z')];

/**
 * One running job is re-driven to a bucket that holds two of its parts. The new execution makes a third in no time. When
 * it was `startedBefore`, by the sweep or by this operation's earlier run, it has made the third already. So many `others`
 * come first, whose buckets take long to list.
 */
async function partsToldOf({ startedBefore = false, unreadable = false, others = 0 }: { startedBefore?: boolean; unreadable?: boolean; others?: number } = {}): Promise<number | undefined> {
  const bucket = [...kept];
  const runs = (): void => { bucket.push(part(2, '2026-03-01T06:00:10.000Z')); };
  if (startedBefore) runs();
  const claim = { epoch: 2, region: standby, attempt: 1 };
  const claimed = { ...running, ...claim, claimedAt, ...(startedBefore ? { executionArn: 'arn:before' } : {}) };
  const context = {
    plan: { from: 'us-east-1', to: standby, epochBefore: 1, epochAfter: 2, redrive: ['job'] },
    progress: () => {},
    starts: { run: (call: () => Promise<unknown>) => call(), secondsFor: () => 0, perSecond: 300, throttled: 0 },
    read: {
      clock: { now: () => new Date(claimedAt), sleep: () => Promise.resolve() },
      objects: { [standby]: { list: async function* list(prefix: string) {
        await (prefix.includes('/job/') ? undefined : new Promise((resolve) => { setTimeout(resolve, 20); }));
        if (unreadable) throw new Error('no answer');
        if (prefix.includes('/job/')) yield* [...bucket];
      } } },
    },
    write: {
      ledgers: { [standby]: {
        listOpenJobs: () => Promise.resolve([...Array.from({ length: others }, (_, index) => ({ ...running, jobId: `other-${index}` })), running]),
        listJobs: () => Promise.resolve([]),
        claimJob: (jobId: string) => Promise.resolve({ kind: 'claimed', job: { ...claimed, jobId }, claim }),
        recordExecution: () => Promise.resolve(),
      } },
      executions: { [standby]: { start: ({ jobId }: { jobId: string }) => { if (jobId === 'job') runs(); return Promise.resolve({ executionArn: 'arn:new' }); } } },
    },
  };
  const { state, detail } = await redrive.run(context as unknown as OperationContext);
  expect(state).toBe('done');
  return (detail['redriven'] as OperationResult['redriven']).find((job) => job.jobId === 'job')?.partsKept;
}

describe('re-driving tells of the parts that are kept', () => {
  it('those that the target held, and not what the new execution has made since', async () => {
    expect(await partsToldOf()).toBe(2);
  });

  it('also when the execution runs already', async () => {
    expect(await partsToldOf({ startedBefore: true })).toBe(2);
  });

  it('also when so many other buckets are being listed that its own has to wait', async () => {
    expect(await partsToldOf({ others: 180 })).toBe(2);
  });

  it('none when its bucket cannot be listed, which holds nothing up', async () => {
    expect(await partsToldOf({ unreadable: true })).toBe(0);
  });
});
