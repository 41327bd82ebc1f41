import { setTimeout as delay } from 'node:timers/promises';
import type { Clock } from '../workflow/ports.js';

/** Real time, for adapters and functions that are given no other clock. */
export const systemClock: Clock = {
  now: () => new Date(),
  sleep: (milliseconds, signal) => delay(milliseconds, undefined, { signal }).catch((error: unknown) => {
    throw signal?.aborted ? signal.reason : error;
  }),
};
