import { S3Client } from '@aws-sdk/client-s3';
import type { JobRunInput } from '../../src/core/job.js';
import { type Environment, required } from '../pipeline/environment.js';
import { merge, type MergeResult } from '../pipeline/merge.js';
import { type BuildOptions, createRuntime, onFirstCall } from '../pipeline/runtime.js';
import { createS3Objects } from '../pipeline/s3-objects.js';

export function build(environment: Environment, options?: BuildOptions): (event: { run: JobRunInput; partCount: number }) => Promise<MergeResult> {
  const runtime = createRuntime(environment, 'merge', options);
  // Copying a part answers when the copy is done, which takes as long as the part is large.
  const objects = createS3Objects(new S3Client(runtime.client({ requestTimeoutMs: 60_000 })), required(environment, 'BUCKET'));
  return ({ run, partCount }) => merge(run, partCount, { objects, telemetry: runtime.telemetry });
}

export const handler = onFirstCall(() => build(process.env));
