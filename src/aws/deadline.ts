import { setMaxListeners } from 'node:events';
import type { CallOptions } from '../workflow/call-options.js';
import type { Clock } from '../workflow/ports.js';

/**
 * Runs `call` under the caller's signal and time-out, measured by the given clock. The call is aborted at the
 * deadline and its promise is left to settle alone: a black-holed socket must not hold up an operation.
 */
export async function withDeadline<T>(clock: Clock, options: CallOptions | undefined, defaultTimeoutMs: number, call: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const timeoutMs = options?.timeoutMs ?? defaultTimeoutMs;
  const controller = new AbortController();
  const outer = options?.signal;
  const onOuterAbort = (): void => controller.abort(outer?.reason);
  if (outer?.aborted) onOuterAbort();
  if (outer) {
    // A look at everything makes dozens of calls at once under one signal; that is no leak.
    setMaxListeners(0, outer);
    outer.addEventListener('abort', onOuterAbort, { once: true });
  }
  const timer = new AbortController();
  const deadline = clock.sleep(timeoutMs, timer.signal).then(
    () => {
      const error = new DeadlineExceeded(timeoutMs);
      controller.abort(error);
      throw error;
    },
    () => new Promise<never>(() => {}),
  );
  const work = call(controller.signal);
  work.catch(() => {});
  try {
    return await Promise.race([work, deadline]);
  } finally {
    timer.abort(over);
    outer?.removeEventListener('abort', onOuterAbort);
  }
}

/** Given as a reason, because making one anew for every call costs a stack trace each. */
const over = new Error('the call is over');

export class DeadlineExceeded extends Error {
  constructor(readonly timeoutMs: number) {
    super(`no answer within ${timeoutMs / 1000} s`);
    this.name = 'DeadlineExceeded';
  }
}
