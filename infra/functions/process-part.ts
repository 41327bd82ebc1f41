import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { S3Client } from '@aws-sdk/client-s3';
import type { JobRunInput } from '../../src/core/job.js';
import { type Environment, required } from '../pipeline/environment.js';
import type { Part } from '../pipeline/manifest.js';
import { type PartOutcome, processPart } from '../pipeline/process-part.js';
import { createReferenceLookup } from '../pipeline/reference.js';
import { type BuildOptions, createRuntime, onFirstCall } from '../pipeline/runtime.js';
import { createS3Objects } from '../pipeline/s3-objects.js';

export function build(environment: Environment, options?: BuildOptions): (event: { run: JobRunInput; part: Part }) => Promise<PartOutcome> {
  const runtime = createRuntime(environment, 'process-part', options);
  const ports = {
    objects: createS3Objects(new S3Client(runtime.client()), required(environment, 'BUCKET')),
    reference: createReferenceLookup({
      client: new DynamoDBClient(runtime.client({ requestTimeoutMs: 4000 })), table: required(environment, 'REFERENCE_TABLE'), clock: runtime.clock, random: runtime.random,
    }),
    telemetry: runtime.telemetry,
  };
  return ({ run, part }) => processPart(run, part, ports);
}

export const handler = onFirstCall(() => build(process.env));
