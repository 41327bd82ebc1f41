import { OperatorError, ExitCode } from '../../errors.js';
import { done, type Step } from '../operation-context.js';

/** Nothing short of a job that ran proves that jobs run. */
export const prove: Step = {
  name: 'prove',
  async run(context) {
    const { to, epochAfter } = context.plan;
    const proof = await context.write.prover.prove(to, epochAfter, { timeoutMs: 80_000 });
    if (!proof.ok) {
      throw new OperatorError('NOT_PROVEN', `${to} is active, but ${proof.detail}.`, {
        exitCode: ExitCode.failed,
        nextSteps: ['See what fails there: batchctl status', `Try the proof again: batchctl ${context.plan.kind} --resume ${context.operationId}`],
      });
    }
    return done({ seconds: proof.seconds, detail: proof.detail });
  },
};
