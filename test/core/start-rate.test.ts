import { describe, expect, it } from 'vitest';
import { afterAccepted, afterThrottled, firstRate, refilled, secondsFor, waitMs } from '../../src/core/start-rate.js';
import { startingSeconds } from '../../src/core/start-quota.js';
import { seededRandom } from '../../src/sandbox/random.js';

const quota = { burst: 1300, perSecond: 300 };

interface Outcome {
  seconds: number;
  /** The soonest that any sender could have done it. */
  ceilingSeconds: number;
  throttled: number;
  perSecond: number;
  /** The guess at a quarter of the work, in seconds of the whole. */
  guessedSeconds: number;
}

/** Sends `count` calls, at most 192 at a time, to a real token bucket; every answer takes 40 to 120 ms. `perSecond` may change with time. */
function send(count: number, bucket: { filledWith: number; perSecond: (second: number) => number }): Outcome {
  const dice = seededRandom(7);
  const latency = (): number => 20 + dice.below(40);
  const events: { at: number; run: () => void }[] = [];
  let now = 0;
  let [tokens, filledAt] = [bucket.filledWith, 0];
  let rate = firstRate(quota, 0);
  let [left, underWay, accepted, throttled, guessedSeconds] = [count, 0, 0, 0, 0];
  const later = (milliseconds: number, run: () => void): void => { events.push({ at: now + milliseconds, run }); };
  const arrive = (): void => {
    for (let at = filledAt; at < now; at += 10) tokens = Math.min(quota.burst, tokens + (Math.min(10, now - at) / 1000) * bucket.perSecond(at / 1000));
    filledAt = now;
    const taken = tokens >= 1;
    if (taken) tokens -= 1;
    later(latency(), () => {
      underWay -= 1;
      if (taken) {
        accepted += 1;
        rate = afterAccepted(rate);
        if (accepted === Math.floor(count / 4)) guessedSeconds = now / 1000 + secondsFor(rate, left);
      } else {
        throttled += 1;
        left += 1;
        rate = afterThrottled(rate, now);
      }
    });
  };
  while (accepted < count) {
    rate = refilled(rate, now);
    while (left > 0 && underWay < 192 && rate.tokens >= 1) {
      left -= 1;
      underWay += 1;
      rate = { ...rate, tokens: rate.tokens - 1 };
      later(latency(), arrive);
    }
    const next = events.reduce((soonest, event) => Math.min(soonest, event.at), left > 0 && underWay < 192 ? now + Math.max(5, waitMs(rate)) : Infinity);
    now = next;
    const due = events.filter((event) => event.at <= now);
    for (const event of due) events.splice(events.indexOf(event), 1);
    for (const event of due) event.run();
  }
  let ceilingSeconds = 0;
  for (let owed = count - bucket.filledWith; owed > 0; ceilingSeconds += 0.01) owed -= bucket.perSecond(ceilingSeconds) * 0.01;
  return { seconds: now / 1000, ceilingSeconds, throttled, perSecond: rate.perSecond, guessedSeconds };
}

describe('starting at a quota that nobody tells', () => {
  it('takes all of the documented quota, with hardly a refusal, and knows when it will be done', () => {
    const { seconds, ceilingSeconds, throttled, guessedSeconds } = send(10_000, { filledWith: 1300, perSecond: () => 300 });
    expect(ceilingSeconds / seconds).toBeGreaterThan(0.98);
    expect(throttled).toBeLessThan(100);
    expect(Math.abs(guessedSeconds - seconds) / seconds).toBeLessThan(0.1);
  });

  it('learns that others use half of it, and makes no storm of it', () => {
    const { seconds, ceilingSeconds, throttled, perSecond } = send(10_000, { filledWith: 1300, perSecond: () => 150 });
    expect(ceilingSeconds / seconds).toBeGreaterThan(0.98);
    expect(throttled).toBeLessThan(300);
    expect(perSecond).toBeGreaterThan(130);
    expect(perSecond).toBeLessThan(200);
  });

  it('finds a bucket that others have emptied', () => {
    const { seconds, ceilingSeconds, throttled } = send(3000, { filledWith: 0, perSecond: () => 100 });
    expect(ceilingSeconds / seconds).toBeGreaterThan(0.95);
    expect(throttled).toBeLessThan(400);
  });

  it('takes back what others no longer use', () => {
    const { seconds, ceilingSeconds } = send(10_000, { filledWith: 1300, perSecond: (second) => (second < 10 ? 30 : 300) });
    expect(ceilingSeconds / seconds).toBeGreaterThan(0.9);
  });

  it('finds a quota that was raised', () => {
    const { seconds } = send(20_000, { filledWith: 1300, perSecond: () => 1000 });
    expect(seconds).toBeLessThan(startingSeconds(20_000, 'us-west-2') * 0.6);
  });
});
