import { isTransient } from '../../core/failure.js';
import { OperatorError } from '../../errors.js';
import { tell, type CommandContext } from '../context.js';

const pollMs = 300;

/**
 * Asks `check` again and again, with a progress line, until it has an answer. A call that got no answer is asked again
 * too: Regions come and go in this story. Throws `DEMO_STUCK` after `deadlineMs`.
 */
export async function until<T>(context: CommandContext, task: string, deadlineMs: number, check: (progress: (done: number, total: number | null) => void) => Promise<T | undefined>): Promise<T> {
  const end = context.clock.now().getTime() + deadlineMs;
  const progress = (done: number, total: number | null): void => tell(context, { type: 'progress', task, done, total, unit: 'items' });
  try {
    for (;;) {
      const found = await check(progress).catch((error: unknown) => {
        if (context.signal.aborted || !isTransient(error)) throw error;
        return undefined;
      });
      if (found !== undefined) return found;
      if (context.clock.now().getTime() > end) throw new OperatorError('DEMO_STUCK', `The demo waited ${deadlineMs / 1000} s in vain: ${task}.`, { nextSteps: ['Run it again with --keep and look around: batchctl -d sandbox status'] });
      await context.clock.sleep(pollMs, context.signal);
    }
  } finally {
    tell(context, { type: 'progress-finished', task });
  }
}
