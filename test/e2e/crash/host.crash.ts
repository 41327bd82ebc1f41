import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openBuckets, type Buckets } from '../buckets.js';
import { createOperator, type Operator } from '../operator.js';
import { emailsByJob, eventually, home, loadReferences, submitMany, untilSucceeded } from '../scene.js';

describe('a sandbox that ends in the middle of work', () => {
  let operator: Operator;

  beforeAll(async () => {
    operator = await createOperator();
    await operator.startSandbox();
    await loadReferences(operator);
  });

  afterAll(() => operator?.leave());

  const untilUnderWay = async (jobIds: string[]): Promise<void> => {
    const buckets = await openBuckets(operator);
    await eventually('some parts', async () => (await buckets.parts(home)).filter((part) => jobIds.includes(part.jobId)).length >= 4 || undefined);
    buckets.close();
  };

  it.each([
    ['stopped', async () => { await operator.run(['sandbox', 'stop', '--dir', operator.sandbox]); }],
    ['killed', async () => { process.kill(await hostProcess(operator), 'SIGKILL'); }],
  ])('goes on where it was when it was %s', { timeout: 240_000 }, async (how, end) => {
    const expected = await submitMany(operator, 5, 3000, how);
    const jobIds = [...expected.keys()];
    await untilUnderWay(jobIds);
    await end();
    await operator.startSandbox();
    const finished = await untilSucceeded(operator, jobIds);
    expect(finished.map((job) => job.status)).toEqual(jobIds.map(() => 'SUCCEEDED'));
    const buckets: Buckets = await openBuckets(operator);
    for (const job of finished) expect(await buckets.read(home, job.outputKey ?? '')).toBe(expected.get(job.jobId)?.expected);
    buckets.close();
    expect(Math.max(...(await emailsByJob(operator, jobIds)).values())).toBe(1);
  });
});

async function hostProcess(operator: Operator): Promise<number> {
  return (JSON.parse(await readFile(path.join(operator.sandbox, 'sandbox.json'), 'utf8')) as { pid: number }).pid;
}
