import type { SandboxClock } from '../../clock.js';

/** AWS's way of limiting rates: `capacity` calls at once, refilled by `refillPerSecond`. */
export interface TokenBucket {
  /** Takes a token; false when there is none. */
  take(): boolean;
  /** Milliseconds until a token will be there; 0 when there is one. */
  waitMs(): number;
}

export function createTokenBucket(clock: SandboxClock, capacity: number, refillPerSecond: number): TokenBucket {
  let tokens = capacity;
  let filledAt = clock.now();
  const refill = (): void => {
    const now = clock.now();
    tokens = Math.min(capacity, tokens + ((now - filledAt) / 1000) * refillPerSecond);
    filledAt = now;
  };
  return {
    take() {
      refill();
      if (tokens < 1) return false;
      tokens -= 1;
      return true;
    },
    waitMs() {
      refill();
      return tokens >= 1 ? 0 : Math.ceil(((1 - tokens) / refillPerSecond) * 1000);
    },
  };
}
