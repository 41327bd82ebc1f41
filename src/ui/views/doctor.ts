import { checks } from '../../core/doctor.js';
import type { Finding } from '../../core/doctor-finding.js';
import type { Page } from '../output.js';
import { printable } from '../printable.js';
import { formatUtcWithAge, plural } from '../quantities.js';
import { levelMark } from '../theme.js';

export interface DoctorDocument {
  deployment: string;
  lookedAt: string;
  counts: Record<'ok' | 'warn' | 'bad' | 'unknown', number>;
  findings: Finding[];
}

/** Checks in order, each with what is not ok and what to do about it; what is ok is one line, unless all are wanted. */
export function doctorView(all: boolean): (document: DoctorDocument, page: Page) => string[] {
  return ({ deployment, lookedAt, counts, findings }, page) => [
    `${page.theme.heading(printable(deployment))}  ${page.theme.faint(`looked at ${formatUtcWithAge(lookedAt, page.now)}`)}`,
    '',
    ...checks.flatMap((check) => checkLines(check, findings.filter((finding) => finding.check === check.name), all, page)),
    '',
    `${plural(counts.bad, 'thing')} bad, ${plural(counts.warn, 'warning')}, ${counts.unknown} unknown, ${counts.ok} ok.`,
  ];
}

function checkLines(check: { name: string; title: string }, findings: Finding[], all: boolean, page: Page): string[] {
  const { theme } = page;
  const troubled = findings.filter((finding) => finding.level !== 'ok');
  const shown = all ? findings : troubled;
  const first = findings[0];
  if (shown.length === 0) return [`${levelMark('ok', theme)}  ${theme.strong(check.name)}  ${theme.faint(findings.length === 1 && first ? printable(first.detail) : check.title)}`];
  return [
    `${theme.strong(check.name)}  ${theme.faint(check.title)}`,
    ...shown.flatMap((finding) => [
      `  ${levelMark(finding.level, theme)}  ${printable(finding.subject)}: ${printable(finding.detail)}`,
      ...(finding.fix === null ? [] : [`      → ${printable(finding.fix)}`]),
    ]),
  ];
}
