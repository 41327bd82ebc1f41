import type { Clock } from '../workflow/ports.js';

/** Real time, for adapters and functions that are given no other clock. */
export const systemClock: Clock = {
  now: () => new Date(),
  // Node's own promise of a timer makes an error with a stack trace for each one that is not needed any more: one a call.
  sleep: (milliseconds, signal) => new Promise((resolve, reject) => {
    if (signal?.aborted) {
      reject(signal.reason as Error);
      return;
    }
    const onAbort = (): void => {
      clearTimeout(timer);
      reject(signal?.reason as Error);
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener('abort', onAbort);
      resolve();
    }, milliseconds);
    signal?.addEventListener('abort', onAbort, { once: true });
  }),
};
