import { setTimeout as delay } from 'node:timers/promises';
import type { Clock } from '../workflow/ports.js';

/** Real time. Everything below the command line takes a clock, so that tests and simulation can bring their own. */
export const systemClock: Clock = {
  now: () => new Date(),
  async sleep(milliseconds, signal) {
    signal?.throwIfAborted();
    try {
      await delay(milliseconds, undefined, signal ? { signal } : {});
    } catch (error) {
      signal?.throwIfAborted();
      throw error;
    }
  },
};
