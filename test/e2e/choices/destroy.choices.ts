import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openBuckets, type Buckets } from '../buckets.js';
import type { ErrorDocument, JobDocument } from '../documents.js';
import { createOperator, type Operator } from '../operator.js';
import { home, loadReferences, standby, submitMany, untilSucceeded } from '../scene.js';
import { synthesise } from './synthesise.js';

interface Destroyed { removed: number; kept: { type: string; name: string; region: string; why: string }[] }
interface Status { status: { deployment: { stacks: unknown[] }; services: Record<string, Record<string, unknown>> } }

const bucket = (region: string): string => `batchctl-111122223333-${region}`;

/** infra/README.md, "Taking it away", word for word. */
describe('taking a deployment away', () => {
  let operator: Operator;
  let buckets: Buckets;
  let done: JobDocument[];

  beforeEach(async () => {
    operator = await createOperator();
    await operator.startSandbox();
    await loadReferences(operator);
    buckets = await openBuckets(operator);
    done = await untilSucceeded(operator, [...(await submitMany(operator, 2, 1500)).keys()]);
  });

  afterEach(async () => {
    buckets?.close();
    await operator?.leave();
  });

  const sandbox = <Document>(words: string[], exitCode = 0): Promise<Document> => operator.document<Document>(['sandbox', ...words, '--dir', operator.sandbox], exitCode);

  async function nothingRuns(): Promise<void> {
    const { status } = await sandbox<Status>(['status']);
    expect(status.deployment.stacks).toEqual([]);
    expect(status.services['states']).toMatchObject({ stateMachines: 0, running: [] });
    expect(status.services['scheduler']).toMatchObject({ schedules: 0 });
  }

  it('leaves the data and nothing else', async () => {
    const { removed, kept } = await sandbox<Destroyed>(['destroy']);
    expect(removed).toBeGreaterThan(150);
    expect(kept.map(({ type, name }) => `${type} ${name}`).sort()).toEqual([
      'AWS::DynamoDB::GlobalTable batchctl-ledger', 'AWS::DynamoDB::GlobalTable batchctl-reference', `AWS::S3::Bucket ${bucket(home)}`, `AWS::S3::Bucket ${bucket(standby)}`,
    ]);
    expect(new Set(kept.map((each) => each.why))).toEqual(new Set(['its template retains it']));
    await nothingRuns();
    for (const job of done) expect((await buckets.read(home, job.outputKey ?? '')).length).toBeGreaterThan(0);
    // Whoever has the file can still look the jobs up: the ledger stands in both Regions.
    expect((await operator.document<{ jobs: JobDocument[] }>(['jobs'])).jobs.map((job) => job.jobId).sort()).toEqual(done.map((job) => job.jobId).sort());
  });

  it('takes the data too once that was said, and not while a bucket holds anything', async () => {
    await sandbox(['deploy', '--assembly', await synthesise(path.join(operator.home, 'given-up'), { keepData: 'false' })]);
    const refused = await sandbox<ErrorDocument>(['destroy'], 1);
    expect(refused.error).toMatchObject({ code: 'SANDBOX_DEPLOYMENT' });
    expect(refused.error.message).toContain('is not empty');
    for (const job of done) expect((await buckets.read(home, job.outputKey ?? '')).length).toBeGreaterThan(0);
    for (const region of [home, standby]) await buckets.empty(region);
    expect((await sandbox<Destroyed>(['destroy'])).kept).toEqual([]);
    await nothingRuns();
    await expect(buckets.keys(home, '')).rejects.toMatchObject({ name: 'NoSuchBucket' });
  });
});
