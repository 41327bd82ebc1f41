import type { Policy } from './policy.js';
import type { ObserverMinute } from './snapshot.js';
import { ageSeconds } from './view.js';

/** What an hour of one-minute samples adds up to. */
export interface MinuteStanding {
  /** bad: 3 of the last 5. recovering: was bad, and has not been clean for long enough. good: neither. */
  state: 'good' | 'bad' | 'recovering';
  /** Among the newest five. */
  badOfRecent: number;
  slowOfRecent: number;
  recent: number;
  /** Whole minutes since the newest bad sample; without one, since the oldest sample. */
  cleanMinutes: number;
  everBad: boolean;
  lastAt: string;
}

const recentSamples = 5;
const badSamples = 3;

/**
 * Hysteresis: one bad minute condemns nobody, and one good minute absolves nobody. A Region turns bad after 3 of 5
 * samples and good again after `recoveredCleanMinutes` without a bad one. Undefined: there are no samples.
 */
export function standingOf(stamped: readonly ObserverMinute[], policy: Policy): MinuteStanding | undefined {
  // A minute in which no call was let in tells nothing.
  const minutes = stamped.filter((minute) => minute.calls !== 0);
  const last = minutes.at(-1);
  const first = minutes[0];
  if (!last || !first) return undefined;
  let condemned = false;
  let lastBadAt: string | undefined;
  minutes.forEach((minute, index) => {
    const cleanFor = ageSeconds(lastBadAt ?? first.at, minute.at) / 60;
    if (condemned && cleanFor >= policy.recoveredCleanMinutes) condemned = false;
    if (isBadMinute(minute, policy)) lastBadAt = minute.at;
    if (countBad(minutes.slice(Math.max(0, index - recentSamples + 1), index + 1), policy) >= badSamples) condemned = true;
  });
  const recent = minutes.slice(-recentSamples);
  const badOfRecent = countBad(recent, policy);
  const cleanMinutes = Math.floor(ageSeconds(lastBadAt ?? first.at, last.at) / 60);
  const recovered = cleanMinutes >= policy.recoveredCleanMinutes;
  return {
    state: badOfRecent >= badSamples ? 'bad' : condemned && !recovered ? 'recovering' : 'good',
    badOfRecent,
    slowOfRecent: recent.filter((minute) => isSlowMinute(minute, policy)).length,
    recent: recent.length,
    cleanMinutes,
    everBad: lastBadAt !== undefined,
    lastAt: last.at,
  };
}

export function isBadMinute(minute: ObserverMinute, policy: Policy): boolean {
  if (minute.calls === undefined || minute.failed === undefined) return !minute.ok;
  return minute.calls > 0 && minute.failed > 0 && minute.failed / minute.calls >= policy.probeErrorFraction;
}

function isSlowMinute(minute: ObserverMinute, policy: Policy): boolean {
  return Object.values(minute.services ?? {}).some((service) => service.milliseconds > policy.probeSlowMs);
}

function countBad(minutes: readonly ObserverMinute[], policy: Policy): number {
  return minutes.filter((minute) => isBadMinute(minute, policy)).length;
}
