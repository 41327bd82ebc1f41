import { standingOf } from './minute-history.js';
import type { Policy } from './policy.js';
import type { Signal } from './recommendation-types.js';
import type { Snapshot } from './snapshot.js';
import { ageSeconds, otherRegion } from './view.js';

/** The other Region's observer, minute by minute, with hysteresis. */
export function observerSignal(snapshot: Snapshot, region: string, policy: Policy): Signal {
  const other = otherRegion(snapshot, region);
  const history = snapshot.probes[region]?.history;
  const common = { name: 'observer.minutes', kind: 'history' as const, unit: 'bad of last 5', seenFrom: other };
  if (!history?.known) return { ...common, level: 'unknown', value: null, ageSeconds: 0, why: `the observer in ${other} has left no readable record: ${history?.known === false ? history.reason : 'not asked'}` };
  const standing = standingOf(history.value, policy);
  if (!standing) return { ...common, level: 'unknown', value: null, ageSeconds: 0, why: `the observer in ${other} has recorded nothing yet` };
  const age = ageSeconds(standing.lastAt, snapshot.observedAt);
  const { badOfRecent, slowOfRecent, recent, state, cleanMinutes } = standing;
  if (age > policy.evidenceStaleSeconds) return { ...common, level: 'unknown', value: badOfRecent, ageSeconds: age, why: `the observer in ${other} last recorded ${age} s ago` };
  const found = `${other} found ${region} bad in ${badOfRecent} of its last ${recent} one-minute looks`;
  if (state === 'bad') return { ...common, level: 'bad', value: badOfRecent, ageSeconds: age, why: found };
  if (state === 'recovering') return { ...common, level: 'warn', value: badOfRecent, ageSeconds: age, why: `${region} was bad, and has been clean for ${cleanMinutes} of ${policy.recoveredCleanMinutes} min as ${other} sees it` };
  if (badOfRecent > 0) return { ...common, level: 'warn', value: badOfRecent, ageSeconds: age, why: found };
  if (slowOfRecent >= 3) return { ...common, level: 'warn', value: 0, ageSeconds: age, why: `${other} found ${region} slow in ${slowOfRecent} of its last ${recent} one-minute looks` };
  return { ...common, level: 'ok', value: 0, ageSeconds: age, why: found };
}

/** They used to report and do so no longer; that none has run yet, or that nobody could read, is something else. */
export function wentSilent(signal: Signal): boolean {
  return signal.kind === 'canary' && signal.level === 'unknown' && signal.value !== null;
}

/**
 * Synthetic jobs through the Region's real state machine. A record that has stopped is not a good one: the Region could
 * neither run the job nor say so.
 */
export function canarySignal(snapshot: Snapshot, region: string, policy: Policy): Signal {
  const canary = snapshot.canaries[region];
  const common = { name: 'canary', kind: 'canary' as const, unit: 'failed of last 5', seenFrom: region };
  if (!canary?.known) return { ...common, level: 'unknown', value: null, ageSeconds: 0, why: `the synthetic job's record of ${region} could not be read: ${canary?.reason ?? 'not asked'}` };
  const recent = canary.value?.results.slice(-5) ?? [];
  const last = recent.at(-1);
  if (!last) return { ...common, level: 'unknown', value: null, ageSeconds: 0, why: `no synthetic job has run in ${region} yet` };
  const age = ageSeconds(last.at, snapshot.observedAt);
  const good = recent.filter((result) => result.ok).length;
  const failed = recent.length - good;
  if (age > policy.evidenceStaleSeconds) return { ...common, level: 'unknown', value: failed, ageSeconds: age, why: `the last synthetic job in ${region} ended ${age} s ago: none has reported since` };
  const level = failed >= 3 ? 'bad' : failed === 2 ? 'warn' : 'ok';
  return { ...common, level, value: failed, ageSeconds: age, why: `${good} of the last ${recent.length} synthetic jobs in ${region} succeeded` };
}
