import { epochOfExecution } from '../../core/layout.js';
import { describeFailure } from '../../core/failure.js';
import { forEachLimited } from '../concurrency.js';
import { done, warned, type Step } from '../operation-context.js';

/**
 * Courtesy, not safety: the fence already refuses whatever these executions would commit. They are stopped to spare
 * their cost and the confusion of seeing them run.
 */
export const stopOldExecutions: Step = {
  name: 'stop-old-executions',
  async run(context) {
    const { plan } = context;
    const reader = context.read.executions[plan.from];
    const writer = context.write.executions[plan.from];
    if (!reader || !writer) return done({ stopped: 0 });
    const stopped: string[] = [];
    const notStopped: string[] = [];
    try {
      await forEachLimited(reader.listRunning({ timeoutMs: 3000 }), 16, async (execution) => {
        const epoch = epochOfExecution(execution.name);
        if (epoch === undefined || epoch >= plan.epochAfter) return;
        try {
          await writer.stop(execution.executionArn, `superseded by epoch ${plan.epochAfter} in ${plan.to}`, { timeoutMs: 3000 });
          stopped.push(execution.name);
        } catch (error) {
          notStopped.push(`${execution.name}: ${describeFailure(error)}`);
        }
      });
    } catch (error) {
      return warned(`${plan.from} does not say what still runs there (${describeFailure(error)}); whatever it is, the ledger refuses its commits`, { stopped: stopped.length });
    }
    if (notStopped.length > 0) return warned(`${notStopped.length} executions could not be stopped; the ledger refuses their commits`, { stopped: stopped.length, notStopped: notStopped.slice(0, 20) });
    return done({ stopped: stopped.length });
  },
};
