import { S3Client } from '@aws-sdk/client-s3';
import { type CanaryOutcome, runCanary } from '../pipeline/canary.js';
import { type Environment, required } from '../pipeline/environment.js';
import { type BuildOptions, createRuntime, type InvocationContext, onFirstCall } from '../pipeline/runtime.js';
import { createS3Objects } from '../pipeline/s3-objects.js';
import { startExecutionFrom } from '../pipeline/start-job.js';

/** Used when nothing tells how long the invocation may take. */
const defaultRemainingMs = 50_000;

export function build(environment: Environment, options?: BuildOptions): (event: unknown, context?: InvocationContext) => Promise<CanaryOutcome> {
  const runtime = createRuntime(environment, 'canary', options);
  const ports = {
    ...runtime,
    ledger: runtime.ledger(),
    objects: createS3Objects(new S3Client(runtime.client({ requestTimeoutMs: 5000, maxAttempts: 2 })), required(environment, 'BUCKET')),
    startExecution: startExecutionFrom(runtime),
  };
  return (_event, context) => {
    const startedAt = runtime.clock.now().getTime();
    return runCanary({ ...ports, remainingMs: () => context?.getRemainingTimeInMillis?.() ?? defaultRemainingMs - (runtime.clock.now().getTime() - startedAt) });
  };
}

export const handler = onFirstCall(() => build(process.env));
