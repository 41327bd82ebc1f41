import { randomUUID } from 'node:crypto';
import { presignGet } from '../../src/aws/presign/presign.js';
import type { NotificationState } from '../../src/core/job.js';
import { type Environment, required } from '../pipeline/environment.js';
import { linkMinutes, notify } from '../pipeline/notify.js';
import { resultSender } from '../pipeline/result-senders.js';
import { type BuildOptions, createRuntime, type InvocationContext, onFirstCall } from '../pipeline/runtime.js';

export function build(environment: Environment, options?: BuildOptions): (event: { jobId: string }, context?: InvocationContext) => Promise<{ state: NotificationState }> {
  const runtime = createRuntime(environment, 'notify', options);
  const { send, credentials } = resultSender(runtime);
  const accessPointArn = required(environment, 'MRAP_ARN');
  const ports = {
    ...runtime,
    ledger: runtime.ledger(),
    send,
    presign: async ({ key, versionId }: { key: string; versionId: string | undefined }): Promise<string> => presignGet(
      { accessPointArn, key, ...(versionId ? { versionId } : {}), expiresInSeconds: linkMinutes * 60 },
      await credentials(),
      runtime.clock.now(),
    ),
  };
  // Lambda keeps the request id when it repeats an invocation, so the id alone would let a repetition send again.
  return (event, context) => notify(event.jobId, { ...ports, sender: `${runtime.region}/${context?.awsRequestId ?? 'direct'}/${randomUUID()}` });
}

export const handler = onFirstCall(() => build(process.env));
