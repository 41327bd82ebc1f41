import { refused } from '../../errors.js';
import { done, poll, targetLedger, warned, type Step } from '../operation-context.js';

/** How far the ledger's index may lag behind a claim that was written before the drain began. */
const indexLagMs = 1500;

function jobsStillRun(running: readonly string[]): string {
  return running.length === 1 ? '1 job still runs' : `${running.length} jobs still run`;
}

/** Held jobs stay held; running ones are given until the drain deadline, and then the operator's choice decides. */
export const waitForRunningJobs: Step = {
  name: 'wait-for-running-jobs',
  async run(context) {
    const ledger = targetLedger(context);
    const deadlineMs = context.policy.drainDeadlineSeconds * 1000 - context.spentMs('wait-for-running-jobs');
    let running: string[] = [];
    // The index lags a little, so what it calls running is read again, and what it does not show yet is looked for once
    // more: a job that only turns up then is waited for like any other.
    const look = async (): Promise<boolean> => {
      const listed = (await ledger.listOpenJobs()).filter((job) => job.status === 'RUNNING');
      const strong = await ledger.readJobs(listed.map((job) => job.jobId));
      running = [...strong.values()].filter((job) => job.status === 'RUNNING').map((job) => job.jobId);
      context.progress('wait-for-running-jobs', running.length === 0 ? 'no job is running' : `${jobsStillRun(running)} in ${context.plan.from}`);
      return running.length === 0;
    };
    const finished = await poll(context, { everyMs: 1000, deadlineMs }, async () => {
      if (!await look()) return undefined;
      await context.read.clock.sleep(indexLagMs, context.signal);
      return await look() || undefined;
    });
    if (finished) return done({ running: 0 });
    if (await context.chooseOnDrainDeadline(running) === 'redrive') return warned(`${jobsStillRun(running)} and will be started again in ${context.plan.to}`, { running: running.length });
    throw refused('DRAIN_DEADLINE', `${jobsStillRun(running)} in ${context.plan.from}, ${context.policy.drainDeadlineSeconds} s after the drain began.`, [
      `Start them again in ${context.plan.to}, keeping their finished parts: add --on-drain-deadline redrive`,
      'See what they do: batchctl jobs --state RUNNING',
    ], { running });
  },
};
