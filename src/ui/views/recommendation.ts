import type { Recommendation, Signal } from '../../core/recommendation-types.js';
import type { Page } from '../output.js';
import { printable } from '../printable.js';
import { formatAge, formatBytes, formatCount, formatSeconds, plural } from '../quantities.js';
import { levelMark, verdictMark } from '../theme.js';

const shownKeys = 5;

/** What to do, why, and what it would cost. */
export function recommendationLines(recommendation: Recommendation, page: Page): string[] {
  const { theme } = page;
  const { action, to, verdict, reasons, blockers, warnings, rpo, rtoSeconds } = recommendation;
  const what = to && action !== 'stay' ? `${action} to ${to}` : action;
  const lines = [`${theme.strong(what)}   ${verdictMark(verdict, theme)}`];
  for (const reason of reasons) lines.push(`  ${printable(reason)}`);
  for (const blocker of blockers) lines.push(`  ${theme.bad('✖ in the way:')} ${printable(blocker)}`);
  for (const warning of warnings) lines.push(`  ${theme.warn('▲ warning:')} ${printable(warning)}`);
  if (to) {
    lines.push(`  ${theme.faint('would be left behind')}  ${recoveryPointText(recommendation)}`);
    for (const key of rpo.keys.slice(0, shownKeys)) lines.push(`    ${printable(key)}`);
    if (rpo.keys.length > shownKeys) lines.push(theme.faint(`    and ${rpo.keys.length - shownKeys} more (all of them with -o json)`));
    if (rtoSeconds.p50 !== null) lines.push(`  ${theme.faint('expected time')}  ${formatSeconds(rtoSeconds.p50)}, at most about ${formatSeconds(rtoSeconds.p95)}`);
  }
  return lines;
}

function recoveryPointText({ rpo }: Recommendation): string {
  if (rpo.objects === null) return 'unknown: nobody could tell which inputs are open';
  if (rpo.objects === 0) return 'nothing';
  return `${plural(rpo.objects, 'input')}, ${formatBytes(rpo.bytes)}, the oldest accepted ${formatSeconds(rpo.seconds)} ago`;
}

/** One signal with the very number that its rule used, from where it was seen, and why it counts. */
export function signalLine(signal: Signal, page: Page): string {
  const value = signal.value === null ? '' : `  ${typeof signal.value === 'number' ? formatCountOrFraction(signal.value) : printable(signal.value)} ${signal.unit}`.trimEnd();
  const seen = page.theme.faint(`(from ${printable(signal.seenFrom)}, ${formatAge(signal.ageSeconds)})`);
  return `${levelMark(signal.level, page.theme)}  ${printable(signal.name)}${value}  ${seen}  ${printable(signal.why)}`;
}

function formatCountOrFraction(value: number): string {
  return Number.isInteger(value) ? formatCount(value) : String(Number(value.toFixed(3)));
}
