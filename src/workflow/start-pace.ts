import { failureKind, isTransient } from '../core/failure.js';
import type { StartQuota } from '../core/start-quota.js';
import { afterAccepted, afterThrottled, firstRate, refilled, secondsFor, waitMs } from '../core/start-rate.js';
import type { Clock } from './ports.js';

/** Keeps calls under a quota that is shared with others and known only by its refusals. */
export interface StartPace {
  /**
   * Makes the call when it is its turn, and again when it was throttled or may not have arrived, so it must be one that
   * can be made twice. Throws what the call throws; a throttle only when nothing at all has been accepted for a minute.
   */
  run<T>(call: () => Promise<T>): Promise<T>;
  /** Seconds that `count` more calls will take, as far as the quota goes. */
  secondsFor(count: number): number;
  /** Calls a second that the quota is believed to allow. */
  readonly perSecond: number;
  /** How many calls were throttled. */
  readonly throttled: number;
  /** Since when calls have had to wait for the quota; undefined when none had to. */
  readonly waitingSince: Date | undefined;
}

const patienceMs = 60_000;
const tries = 3;
const pauseMs = 300;
/** Finer than this would only spin the event loop. */
const shortestWaitMs = 5;

export function createStartPace(clock: Clock, quota: StartQuota): StartPace {
  const now = (): number => clock.now().getTime();
  let rate = firstRate(quota, now());
  let throttled = 0;
  let waitingSince: Date | undefined;
  let acceptedAt: number | undefined;
  let pumping = false;
  const waiting: (() => void)[] = [];

  function turn(): Promise<void> {
    return new Promise((resolve) => {
      waiting.push(resolve);
      if (!pumping) void pump();
    });
  }

  async function pump(): Promise<void> {
    pumping = true;
    for (;;) {
      rate = refilled(rate, now());
      while (waiting.length > 0 && rate.tokens >= 1) {
        rate = { ...rate, tokens: rate.tokens - 1 };
        waiting.shift()?.();
      }
      if (waiting.length === 0) break;
      waitingSince ??= clock.now();
      await clock.sleep(Math.max(shortestWaitMs, waitMs(rate)));
    }
    pumping = false;
  }

  async function run<T>(call: () => Promise<T>): Promise<T> {
    acceptedAt ??= now();
    for (let failures = 0; ;) {
      await turn();
      try {
        const answer = await call();
        rate = afterAccepted(rate);
        acceptedAt = now();
        return answer;
      } catch (error) {
        if (failureKind(error) === 'throttled') {
          throttled += 1;
          rate = afterThrottled(rate, now());
          if (now() - acceptedAt > patienceMs) throw error;
        } else {
          failures += 1;
          if (!isTransient(error) || failures >= tries) throw error;
          await clock.sleep(pauseMs * failures);
        }
      }
    }
  }

  return {
    run,
    secondsFor: (count) => secondsFor(refilled(rate, now()), count),
    get perSecond() { return rate.perSecond; },
    get throttled() { return throttled; },
    get waitingSince() { return waitingSince; },
  };
}
