import type { SandboxClock } from './clock.js';

/** Delays longer than Node's timers can hold (about 24.8 days) are cut to it: they would fire at once otherwise. */
const longestTimerMs = 2_147_483_647;

export interface RealClockOptions {
  /** How many times faster than real time delays pass; 1 unless told. `now()` stays the wall clock in any case. */
  speed?: number;
}

/**
 * Wall-clock time, for the command line. `now()` is not sped up, because clients sign requests with their own clock
 * and AWS refuses one that is 15 minutes off. Timers never keep the process alive.
 */
export function createRealClock(options: RealClockOptions = {}): SandboxClock {
  const speed = options.speed ?? 1;
  if (!(speed > 0)) throw new RangeError(`the clock's speed must be above zero, not ${speed}`);

  function after(milliseconds: number, action: () => void): () => void {
    const timer = setTimeout(action, Math.min(Math.max(milliseconds, 0) / speed, longestTimerMs));
    timer.unref();
    return () => clearTimeout(timer);
  }

  return { now: () => Date.now(), after, sleep: (milliseconds, signal) => sleepWith(after, milliseconds, signal) };
}

/** A sleep made of a timer: rejects with the signal's reason, and leaves no timer behind when it does. */
export function sleepWith(after: SandboxClock['after'], milliseconds: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) return reject(signal.reason as Error);
    const stop = (): void => {
      cancel();
      reject(signal?.reason as Error);
    };
    const cancel = after(milliseconds, () => {
      signal?.removeEventListener('abort', stop);
      resolve();
    });
    return signal?.addEventListener('abort', stop, { once: true });
  });
}
