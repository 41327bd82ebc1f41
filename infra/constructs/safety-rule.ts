import type { Settings } from './settings.js';

/**
 * The one safety rule: never both routing controls On. "At least two On", inverted; "at least one On" would allow both, and
 * forbid the fenced state. The stack makes it, and the description tells operators of it, from this one place.
 */
export const neverBothOn = {
  name: (settings: Settings): string => `${settings.app}-never-both-on`,
  rule: { type: 'ATLEAST', threshold: 2, inverted: true },
} as const;
