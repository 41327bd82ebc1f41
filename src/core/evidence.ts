import type { Assessment, RegionHealth, RegionRole, Signal } from './recommendation-types.js';
import type { Snapshot } from './snapshot.js';

/** What was known when a plan was made: the very signals that its verdict rests on, kept for the report. */
export interface DecisionEvidence {
  observedAt: string;
  regions: Record<string, { role: RegionRole; health: RegionHealth; signals: Signal[] }>;
  /** Region → the minute since which the other Region's observer had found it bad; null when it had not. */
  badSince: Record<string, string | null>;
  drift: string[];
}

export function evidenceOf(snapshot: Snapshot, assessment: Assessment): DecisionEvidence {
  return {
    observedAt: snapshot.observedAt,
    regions: Object.fromEntries(Object.entries(assessment.regions).map(([region, { role, health, signals }]) => [region, { role, health, signals }])),
    badSince: Object.fromEntries(snapshot.regions.map((region) => {
      const history = snapshot.probes[region]?.history;
      return [region, history?.known ? firstBadMinute(history.value) : null];
    })),
    drift: assessment.drift,
  };
}

/** As many good minutes in a row end an episode: what was bad before them was another one. */
const goodMinutesBetweenEpisodes = 3;

/**
 * The first bad minute of the episode that was going on at the end of `minutes` (oldest first), or null when the
 * last minutes were good. A good minute or two inside an episode do not end it: a gray Region answers now and then.
 */
export function firstBadMinute(minutes: readonly { at: string; ok: boolean }[]): string | null {
  let first: string | null = null;
  let goodInARow = 0;
  for (const minute of minutes) {
    goodInARow = minute.ok ? goodInARow + 1 : 0;
    if (goodInARow >= goodMinutesBetweenEpisodes) first = null;
    if (!minute.ok) first ??= minute.at;
  }
  return first;
}
