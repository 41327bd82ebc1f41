import type { Ledger } from '../../src/aws/ledger/ledger.js';
import { describeFailure, failureKind } from '../../src/core/failure.js';
import type { Job, NotificationState } from '../../src/core/job.js';
import type { Clock } from './clock.js';
import { jobFields, type Telemetry } from './telemetry.js';

export interface Mail {
  subject: string;
  text: string;
  jobId: string;
}

export interface NotifyPorts {
  ledger: Pick<Ledger, 'readJob' | 'beginNotification' | 'settleNotification'>;
  /** One attempt and no more: neither SES nor SNS has an idempotency token, so a repeated request may be a second mail. */
  send(mail: Mail): Promise<void>;
  /** A URL that is valid for `linkMinutes`. */
  presign(object: { key: string; versionId: string | undefined }): Promise<string>;
  /** Unique to this invocation, also among its own automatic retries. */
  sender: string;
  clock: Clock;
  telemetry: Telemetry;
}

export const linkMinutes = 60;

/**
 * Sends the one e-mail of a job. The row says SENDING before anything is sent, and afterwards how it went: SENT when the
 * mail service took it, UNCERTAIN when its answer never came (never sent again by itself), PENDING when it certainly took
 * nothing and may later, FAILED when it refused for good.
 */
export async function notify(jobId: string, ports: NotifyPorts): Promise<{ state: NotificationState }> {
  const { ledger, clock } = ports;
  const job = await ledger.readJob(jobId);
  if (job?.status !== 'SUCCEEDED' || job.notification !== 'PENDING') return { state: job?.notification ?? 'NONE' };
  const mail = await composeMail(job, ports);
  if (!await ledger.beginNotification(jobId, ports.sender, clock.now().toISOString())) {
    return { state: (await ledger.readJob(jobId))?.notification ?? 'NONE' };
  }
  const state = await trySending(job, mail, ports);
  await ledger.settleNotification(jobId, ports.sender, state, clock.now().toISOString());
  return { state };
}

type Sent = 'SENT' | 'UNCERTAIN' | 'FAILED' | 'PENDING';

async function trySending(job: Job, mail: Mail, { send, telemetry }: NotifyPorts): Promise<Sent> {
  try {
    await send(mail);
    telemetry.count({ NotificationsSent: 1 });
    telemetry.info('e-mail sent', jobFields(job));
    return 'SENT';
  } catch (error) {
    const state = stateAfter(error);
    telemetry.count(state === 'UNCERTAIN' ? { NotificationsUncertain: 1 } : { NotificationsFailed: 1 });
    telemetry.warn('e-mail not sent', { ...jobFields(job), state, error: describeFailure(error) });
    return state;
  }
}

/** Codes of a connection that was never made: no request left this machine. */
const neverConnected = new Set(['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH', 'ENETUNREACH']);
/** Refusals that time or an administrator lifts. Source: SES API v2 reference, SendEmail errors; SNS API reference, Publish errors. */
const refusedForNow = new Set([
  'TooManyRequestsException', 'LimitExceededException', 'SendingPausedException', 'AccountSuspendedException', 'MailFromDomainNotVerifiedException',
  'NotFoundException', 'KMSAccessDeniedException', 'KMSDisabledException', 'KMSInvalidStateException', 'KMSNotFoundException', 'KMSOptInRequired', 'KMSThrottlingException',
]);

export function stateAfter(error: unknown): Exclude<Sent, 'SENT'> {
  const { name = '', code = '', $metadata } = error as { name?: string; code?: string; $metadata?: { httpStatusCode?: number } };
  const status = $metadata?.httpStatusCode;
  if (neverConnected.has(code) || refusedForNow.has(name)) return 'PENDING';
  const kind = failureKind(error);
  if (kind === 'throttled' || kind === 'permission' || kind === 'credentials') return 'PENDING';
  // A definite answer that refuses the message itself. A 408 says only that somebody waited too long.
  if (status !== undefined && status >= 400 && status < 500 && status !== 408) return 'FAILED';
  return 'UNCERTAIN';
}

async function composeMail(job: Job, { presign }: NotifyPorts): Promise<Mail> {
  const rows = job.rows ?? { in: 0, out: 0, rejected: 0 };
  const output = await presign({ key: job.outputKey ?? '', versionId: job.outputVersionId });
  const lines = [
    `${job.key} has been processed.`,
    '',
    `Rows read:      ${rows.in}`,
    `Rows written:   ${rows.out}`,
    `Rows rejected:  ${rows.rejected}`,
    '',
    `Output (valid for ${linkMinutes} minutes):`,
    output,
  ];
  if (job.rejectsKey) lines.push('', `Rejected rows, with the reason of each (valid for ${linkMinutes} minutes):`, await presign({ key: job.rejectsKey, versionId: job.rejectsVersionId }));
  lines.push('', `When the links have expired: batchctl output ${job.jobId}`, '');
  const name = job.key.slice(job.key.lastIndexOf('/') + 1);
  return { subject: `${name}: ${rows.out} rows, ${rows.rejected} rejected`, text: lines.join('\n'), jobId: job.jobId };
}
