import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { S3Client } from '@aws-sdk/client-s3';
import { routingVetoFrom } from '../pipeline/arc-veto.js';
import { deadLetterQueueFrom } from '../pipeline/dead-letters.js';
import { type Environment, required } from '../pipeline/environment.js';
import { type BuildOptions, createRuntime, type InvocationContext, onFirstCall } from '../pipeline/runtime.js';
import { createS3Objects } from '../pipeline/s3-objects.js';
import { startExecutionFrom } from '../pipeline/start-job.js';
import { alertFrom } from '../pipeline/alerts.js';
import { jobExecutionsFrom } from '../pipeline/job-executions.js';
import { sweep, type SweepOutcome } from '../pipeline/sweep.js';

/** Used when nothing tells how long the invocation may take. */
const defaultRemainingMs = 45_000;

export function build(environment: Environment, options?: BuildOptions): (event: unknown, context?: InvocationContext) => Promise<SweepOutcome> {
  const runtime = createRuntime(environment, 'sweep', options);
  const lambda = new LambdaClient(runtime.client({ requestTimeoutMs: 5000 }));
  const ports = {
    ...runtime,
    ledger: runtime.ledger(),
    objects: createS3Objects(new S3Client(runtime.client({ requestTimeoutMs: 4000, maxAttempts: 2 })), required(environment, 'BUCKET')),
    routingVeto: routingVetoFrom(runtime),
    startExecution: startExecutionFrom(runtime),
    executions: jobExecutionsFrom(runtime),
    deadLetters: deadLetterQueueFrom(runtime),
    addressee: { ingestFunction: required(environment, 'INGEST_FUNCTION'), bucket: required(environment, 'BUCKET') },
    alert: alertFrom(runtime),
    invokeNotify: async (jobId: string): Promise<void> => {
      await lambda.send(new InvokeCommand({ FunctionName: required(environment, 'NOTIFY_FUNCTION'), InvocationType: 'Event', Payload: Buffer.from(JSON.stringify({ jobId })) }));
    },
    codeVersion: required(environment, 'CODE_VERSION'),
  };
  return (_event, context) => sweep({ ...ports, remainingMs: () => context?.getRemainingTimeInMillis?.() ?? defaultRemainingMs });
}

export const handler = onFirstCall(() => build(process.env));
