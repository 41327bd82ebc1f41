import { OperatorError, ExitCode } from '../../errors.js';
import { done, type Step } from '../operation-context.js';
import { resumeCommand } from './lock.js';

/** Nothing short of a job that ran proves that jobs run. */
export const prove: Step = {
  name: 'prove',
  async run(context) {
    const { to, epochAfter } = context.plan;
    const proof = await context.write.prover.prove(to, epochAfter, { timeoutMs: 80_000, signal: context.signal });
    if (!proof.ok) {
      throw new OperatorError('NOT_PROVEN', `${to} is active, but ${proof.detail}.`, {
        exitCode: ExitCode.failed,
        nextSteps: ['See what fails there: batchctl status', `Try the proof again: batchctl ${resumeCommand(context)}`],
      });
    }
    return done({ seconds: proof.seconds, detail: proof.detail });
  },
};
