import { S3Client } from '@aws-sdk/client-s3';
import { routingVetoFrom } from '../pipeline/arc-veto.js';
import { type Environment, required } from '../pipeline/environment.js';
import { ingest, type IngestOutcome, type ObjectCreatedEvent } from '../pipeline/ingest.js';
import { type BuildOptions, createRuntime, onFirstCall } from '../pipeline/runtime.js';
import { createS3Objects } from '../pipeline/s3-objects.js';
import { startExecutionFrom } from '../pipeline/start-job.js';

export function build(environment: Environment, options?: BuildOptions): (event: ObjectCreatedEvent) => Promise<IngestOutcome> {
  const runtime = createRuntime(environment, 'ingest', options);
  const ports = {
    ...runtime,
    ledger: runtime.ledger(),
    objects: createS3Objects(new S3Client(runtime.client({ requestTimeoutMs: 5000 })), required(environment, 'BUCKET')),
    routingVeto: routingVetoFrom(runtime),
    startExecution: startExecutionFrom(runtime),
  };
  return (event) => ingest(event, ports);
}

export const handler = onFirstCall(() => build(process.env));
