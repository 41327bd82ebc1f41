import type { Job } from '../../core/job.js';
import { forEachLimited } from '../concurrency.js';
import { done, nowOf, targetLedger, warned, type OperationContext, type Step } from '../operation-context.js';

/**
 * Names the e-mails that are not settled. Pending ones are sent by the target's sweep within a minute; one whose sending
 * began in a lost Region is called uncertain, because nobody there may ever say how it went, and sending it again might be
 * a second e-mail. Should its sender come back with the answer, that replaces it.
 */
export const settleNotifications: Step = {
  name: 'settle-notifications',
  async run(context) {
    const unsettled = await targetLedger(context).listUnsettledNotifications();
    const pending = keysOf(unsettled.filter((job) => job.notification === 'PENDING'));
    const sending = unsettled.filter((job) => job.notification === 'SENDING');
    // In a planned move the Region being left is well and settles its own.
    const lost = context.plan.mode === 'graceful' ? [] : sending.filter((job) => job.epoch !== undefined && job.epoch < context.plan.epochAfter);
    await forEachLimited(lost, 16, (job) => callUncertain(context, job));
    const uncertain = keysOf([...unsettled.filter((job) => job.notification === 'UNCERTAIN'), ...lost]);
    const underWay = keysOf(sending.filter((job) => !lost.includes(job)));
    if (uncertain.length > 0) return warned(`${uncertain.length} e-mails may or may not have been sent`, { pending, uncertain });
    return done({ pending, uncertain, ...(underWay.length > 0 ? { underWay } : {}) });
  },
};

async function callUncertain(context: OperationContext, job: Job): Promise<void> {
  if (job.notificationSender !== undefined) await targetLedger(context).settleNotification(job.jobId, job.notificationSender, 'UNCERTAIN', nowOf(context));
}

function keysOf(jobs: Job[]): string[] {
  return jobs.map((job) => job.key);
}
