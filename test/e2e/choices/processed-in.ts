import { expect } from 'vitest';
import type { JobDocument } from '../documents.js';
import { eventually, submitMany, untilSucceeded, type Stage } from '../scene.js';

/** Submits files, and gives their jobs once each has run in `region` with the right output. */
export async function processedIn({ operator, buckets }: Stage, region: string, { files, prefix }: { files: number; prefix: string }): Promise<JobDocument[]> {
  // Until a flip of the dials has spread, uploads may still be led to the Region that was left.
  const expected = await eventually('uploads to be taken', () => submitMany(operator, files, 1500, prefix).catch(() => undefined), 180_000);
  const jobs = await untilSucceeded(operator, [...expected.keys()]);
  for (const job of jobs) {
    expect(job).toMatchObject({ status: 'SUCCEEDED', region });
    expect(await buckets.read(region, job.outputKey ?? '')).toBe(expected.get(job.jobId)?.expected);
  }
  return jobs;
}
