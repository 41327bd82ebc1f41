import { randomUUID } from 'node:crypto';
import { SendEmailCommand, SESv2Client } from '@aws-sdk/client-sesv2';
import { presignGet } from '../../src/aws/presign/presign.js';
import type { NotificationState } from '../../src/core/job.js';
import { type Environment, required } from '../pipeline/environment.js';
import { linkMinutes, type Mail, notify } from '../pipeline/notify.js';
import { type BuildOptions, createRuntime, type InvocationContext, onFirstCall } from '../pipeline/runtime.js';

export function build(environment: Environment, options?: BuildOptions): (event: { jobId: string }, context?: InvocationContext) => Promise<{ state: NotificationState }> {
  const runtime = createRuntime(environment, 'notify', options);
  const ses = new SESv2Client(runtime.client({ maxAttempts: 1, requestTimeoutMs: 10_000 }));
  const accessPointArn = required(environment, 'MRAP_ARN');
  const ports = {
    ...runtime,
    ledger: runtime.ledger(),
    send: async ({ subject, text, jobId }: Mail): Promise<void> => {
      await ses.send(new SendEmailCommand({
        FromEmailAddress: required(environment, 'NOTIFY_FROM'),
        Destination: { ToAddresses: [required(environment, 'NOTIFY_TO')] },
        Content: { Simple: { Subject: { Data: subject, Charset: 'UTF-8' }, Body: { Text: { Data: text, Charset: 'UTF-8' } } } },
        EmailTags: [{ Name: 'job', Value: jobId }],
      }));
    },
    presign: async ({ key, versionId }: { key: string; versionId: string | undefined }): Promise<string> => presignGet(
      { accessPointArn, key, ...(versionId ? { versionId } : {}), expiresInSeconds: linkMinutes * 60 },
      await ses.config.credentials(),
      runtime.clock.now(),
    ),
  };
  // Lambda keeps the request id when it repeats an invocation, so the id alone would let a repetition send again.
  return (event, context) => notify(event.jobId, { ...ports, sender: `${runtime.region}/${context?.awsRequestId ?? 'direct'}/${randomUUID()}` });
}

export const handler = onFirstCall(() => build(process.env));
