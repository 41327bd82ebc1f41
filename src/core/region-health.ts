import type { RegionHealth, Signal } from './recommendation-types.js';
import { wentSilent } from './stamped-signals.js';

/**
 * Who says that a Region is bad, counted so that one broken network cannot speak twice: everything that this host saw
 * by calling the Region is one source, whatever it called. A host that `standsIn` the other Region sees what that Region's
 * observer sees, so the two are one.
 */
export function sourcesAgainst(signals: Signal[], standsIn?: string): string[] {
  const sources = new Set<string>();
  const thisHost = standsIn === undefined ? 'this host' : `the other Region (${standsIn})`;
  for (const signal of signals) {
    // Unknown, and still a source: where functions do not run, nothing is left to say that a job has failed.
    if (wentSilent(signal)) sources.add('its silent synthetic jobs');
    if (signal.level !== 'bad') continue;
    switch (signal.kind) {
      case 'probe':
        sources.add(signal.seenFrom === 'operator' ? thisHost : `the other Region (${signal.seenFrom})`);
        break;
      case 'ledger':
        sources.add(thisHost);
        break;
      case 'history':
        sources.add(`the other Region (${signal.seenFrom})`);
        break;
      case 'canary':
        sources.add('its synthetic jobs');
        break;
      case 'activity':
        sources.add('its executions and functions');
        break;
      case 'backlog':
        sources.add('its backlog');
        break;
      // A full or an outdated Region, or one that objects reach late, is unfit as a target; it is no sign that it fails.
      case 'headroom':
      case 'version':
      case 'routing':
      case 'replication':
        break;
    }
  }
  return [...sources];
}

/**
 * impaired: at least two independent sources say so. degraded: one does, or something warns. unknown: nobody could
 * look. A single source never makes a Region impaired: it may be the source that is broken.
 */
export function regionHealth(signals: Signal[], standsIn?: string): RegionHealth {
  const against = sourcesAgainst(signals, standsIn);
  if (against.length >= 2) return 'impaired';
  const looked = signals.filter((signal) => signal.kind === 'probe' && signal.level !== 'unknown');
  if (looked.length === 0) return 'unknown';
  if (against.length === 1) return 'degraded';
  const troubled = signals.some((signal) => signal.level === 'warn' && ['probe', 'history', 'canary', 'activity', 'backlog'].includes(signal.kind));
  return troubled ? 'degraded' : 'healthy';
}
