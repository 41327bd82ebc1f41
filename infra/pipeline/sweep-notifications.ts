import { describeFailure } from '../../src/core/failure.js';
import type { Job } from '../../src/core/job.js';
import { mapConcurrently } from './concurrency.js';
import { ageMs, type SweepPorts } from './sweep.js';
import { jobFields } from './telemetry.js';

/** Long enough for the state machine's own notify step, with its retries, to come first. */
const pendingMs = 60_000;
/** A function lives at most 15 minutes, so whoever is still SENDING after that will never say how it went. */
const sendingMs = 15 * 60_000;
const atOnce = 8;

/** E-mails that nobody is about to send or settle any more. */
export async function settleNotifications(ports: SweepPorts): Promise<void> {
  const jobs = await ports.ledger.listUnsettledNotifications();
  await mapConcurrently(jobs, atOnce, async (job) => {
    try {
      await settle(job, ports);
    } catch (error) {
      ports.telemetry.warn('notification not settled', { ...jobFields(job), error: describeFailure(error) });
    }
  });
}

async function settle(job: Job, ports: SweepPorts): Promise<void> {
  const since = job.notificationAt ?? job.finishedAt;
  if (job.notification === 'PENDING' && ageMs(since, ports) > pendingMs) await ports.invokeNotify(job.jobId);
  if (job.notification === 'SENDING' && ageMs(since, ports) > sendingMs) {
    await ports.ledger.settleNotification(job.jobId, job.notificationSender ?? '', 'UNCERTAIN', ports.clock.now().toISOString());
    ports.telemetry.count({ NotificationsUncertain: 1 });
    ports.telemetry.warn('notification is uncertain', jobFields(job));
  }
}
