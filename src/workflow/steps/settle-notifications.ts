import { done, targetLedger, warned, type Step } from '../operation-context.js';

/**
 * Names the e-mails that are not settled. Pending ones are sent by the target's sweep within a minute; one whose sending
 * began in the lost Region stays uncertain until a person decides, because sending it again might be a second e-mail.
 */
export const settleNotifications: Step = {
  name: 'settle-notifications',
  async run(context) {
    const unsettled = await targetLedger(context).listUnsettledNotifications();
    const pending = unsettled.filter((job) => job.notification === 'PENDING').map((job) => job.key);
    const uncertain = unsettled.filter((job) => job.notification === 'SENDING' || job.notification === 'UNCERTAIN').map((job) => job.key);
    if (uncertain.length > 0) return warned(`${uncertain.length} e-mails may or may not have been sent`, { pending, uncertain });
    return done({ pending, uncertain });
  },
};
