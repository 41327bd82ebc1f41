import { S3Client } from '@aws-sdk/client-s3';
import type { JobRunInput } from '../../src/core/job.js';
import { type Environment, required, requiredBytes } from '../pipeline/environment.js';
import { type BuildOptions, createRuntime, onFirstCall } from '../pipeline/runtime.js';
import { createS3Objects } from '../pipeline/s3-objects.js';
import { split, type SplitResult } from '../pipeline/split.js';

export function build(environment: Environment, options?: BuildOptions): (run: JobRunInput) => Promise<SplitResult> {
  const runtime = createRuntime(environment, 'split', options);
  const objects = createS3Objects(new S3Client(runtime.client()), required(environment, 'BUCKET'));
  const sizes = {
    minBytes: requiredBytes(environment, 'PART_MIN_BYTES'),
    maxBytes: requiredBytes(environment, 'PART_MAX_BYTES'),
    inlineParts: requiredBytes(environment, 'INLINE_PARTS'),
  };
  return (run) => split(run, { objects, sizes, telemetry: runtime.telemetry });
}

export const handler = onFirstCall(() => build(process.env));
