import type { StartQuota } from './start-quota.js';

/**
 * What is believed of a token bucket that others draw on too. It begins with the quota that AWS documents and learns the
 * rest: a refusal says that the bucket is empty, so what was accepted between two refusals is what it was refilled by.
 */
export interface StartRate {
  /** What may be sent at once. */
  tokens: number;
  /** The most that `tokens` may come to. */
  capacity: number;
  perSecond: number;
  /** What AWS documents: the yardstick of growth, and a twentieth of it the least that is tried. */
  quotaPerSecond: number;
  /** The time, in milliseconds, up to which the tokens are counted. */
  at: number;
  /** When the rate was last known to be no more than it is: growth is reckoned from here. */
  steadySince: number;
  /** When the bucket was last seen empty, and what it has given since. */
  emptyAt: number | undefined;
  acceptedSinceEmpty: number;
}

/** Refusals closer together than this are one event: what was under way when the bucket ran dry. */
const oneEventMs = 250;
/** Growth a second while nothing is refused, as a share of the quota: gentle at first, so that an exact guess costs few refusals. */
const leastGrowth = 0.01;
const mostGrowth = 0.3;
const growthDoublesMs = 1500;

export function firstRate({ burst, perSecond }: StartQuota, now: number): StartRate {
  return { tokens: burst, capacity: burst, perSecond, quotaPerSecond: perSecond, at: now, steadySince: now, emptyAt: undefined, acceptedSinceEmpty: 0 };
}

/** The same belief at a later time: refilled, and a little bolder unless the sender is not using what it has. */
export function refilled(rate: StartRate, now: number): StartRate {
  if (now <= rate.at) return rate;
  const seconds = (now - rate.at) / 1000;
  const tokens = Math.min(rate.capacity, rate.tokens + seconds * rate.perSecond);
  // Whoever does not use what it has learns nothing about what it could have.
  if (tokens >= rate.capacity) return { ...rate, tokens, at: now, steadySince: now };
  const growth = Math.min(mostGrowth, leastGrowth * 2 ** ((now - rate.steadySince) / growthDoublesMs));
  return { ...rate, tokens, perSecond: rate.perSecond + growth * seconds * rate.quotaPerSecond, at: now };
}

export function afterAccepted(rate: StartRate): StartRate {
  return { ...rate, acceptedSinceEmpty: rate.acceptedSinceEmpty + 1 };
}

export function afterThrottled(before: StartRate, now: number): StartRate {
  const rate = { ...refilled(before, now), tokens: 0 };
  // It may have been refilled a little since, never by much more than a second's worth that nobody took.
  const dry = { ...rate, capacity: Math.max(1, Math.min(rate.capacity, rate.perSecond)), steadySince: now };
  if (rate.emptyAt === undefined) return { ...dry, emptyAt: now, acceptedSinceEmpty: 0 };
  const sinceMs = now - rate.emptyAt;
  if (sinceMs < oneEventMs) return dry;
  const given = rate.acceptedSinceEmpty / (sinceMs / 1000);
  return { ...dry, perSecond: Math.max(rate.quotaPerSecond / 20, Math.min(rate.perSecond, given)), emptyAt: now, acceptedSinceEmpty: 0 };
}

/** Milliseconds until the next one may be sent; 0: now. */
export function waitMs(rate: StartRate): number {
  return rate.tokens >= 1 ? 0 : Math.ceil(((1 - rate.tokens) / rate.perSecond) * 1000);
}

/** Seconds until `count` more have been sent. */
export function secondsFor(rate: StartRate, count: number): number {
  return Math.max(0, count - rate.tokens) / rate.perSecond;
}
