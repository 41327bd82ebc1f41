import { usage } from '../errors.js';

const unitMs: Record<string, number> = { ms: 1, s: 1000, m: 60_000, min: 60_000, h: 3_600_000, d: 86_400_000 };

/**
 * Milliseconds of `90s`, `5m`, `1h30m`, `250ms` or `1.5s`. A bare number is refused: whoever types `--timeout 5` may
 * mean seconds or minutes. Throws `USAGE` naming `flag`.
 */
export function parseDuration(text: string, flag: string): number {
  const normal = text.trim().toLowerCase();
  if (/^(\d+(\.\d+)?(ms|s|min|m|h|d))+$/.test(normal)) {
    let total = 0;
    for (const [, amount, unit] of normal.matchAll(/(\d+(?:\.\d+)?)(ms|s|min|m|h|d)/g)) total += Number(amount) * (unitMs[unit as string] ?? 0);
    if (Number.isSafeInteger(Math.round(total))) return Math.round(total);
  }
  throw usage('USAGE', `${flag} is not a duration: ${JSON.stringify(text)}.`, ['Write a number with a unit, such as 30s, 5m or 1h30m.']);
}

/** A whole number within bounds, or `USAGE` naming `flag`. */
export function parseWhole(text: string, flag: string, bounds: { min?: number; max?: number } = {}): number {
  const { min = 0, max = Number.MAX_SAFE_INTEGER } = bounds;
  const value = /^\d+$/.test(text.trim()) ? Number(text) : Number.NaN;
  if (Number.isNaN(value) || value < min || value > max) {
    const range = max === Number.MAX_SAFE_INTEGER ? `of at least ${min}` : `from ${min} to ${max}`;
    throw usage('USAGE', `${flag} must be a whole number ${range}, not ${JSON.stringify(text)}.`);
  }
  return value;
}
