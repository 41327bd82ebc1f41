import { refused } from '../../errors.js';
import { done, poll, targetLedger, warned, type Step } from '../operation-context.js';

/** Held jobs stay held; running ones are given until the drain deadline, and then the operator's choice decides. */
export const waitForRunningJobs: Step = {
  name: 'wait-for-running-jobs',
  async run(context) {
    const ledger = targetLedger(context);
    const deadlineMs = context.policy.drainDeadlineSeconds * 1000 - context.spentMs('wait-for-running-jobs');
    let running: string[] = [];
    const finished = await poll(context, { everyMs: 1000, deadlineMs }, async () => {
      // The index lags a little, so what it calls running is read again; what it does not show yet is at most a second
      // old and was claimed before the drain began, so the second look below sees it.
      const listed = (await ledger.listOpenJobs()).filter((job) => job.status === 'RUNNING');
      const strong = await ledger.readJobs(listed.map((job) => job.jobId));
      running = [...strong.values()].filter((job) => job.status === 'RUNNING').map((job) => job.jobId);
      context.progress('wait-for-running-jobs', running.length === 0 ? 'no job is running' : `${running.length} jobs still run in ${context.plan.from}`);
      return running.length === 0 ? true : undefined;
    });
    if (finished) {
      await context.read.clock.sleep(1500, context.signal);
      const late = (await ledger.listOpenJobs()).filter((job) => job.status === 'RUNNING');
      if (late.length === 0) return done({ running: 0 });
      running = late.map((job) => job.jobId);
    }
    if (await context.chooseOnDrainDeadline(running) === 'redrive') return warned(`${running.length} jobs still run and will be started again in ${context.plan.to}`, { running: running.length });
    throw refused('DRAIN_DEADLINE', `${running.length} jobs still ran in ${context.plan.from} after ${context.policy.drainDeadlineSeconds} s.`, [
      `Start them again in ${context.plan.to}, keeping their finished parts: add --on-drain-deadline redrive`,
      'See what they do: batchctl jobs --state RUNNING',
    ], { running });
  },
};
