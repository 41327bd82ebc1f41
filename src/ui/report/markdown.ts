import type { OperationReport } from '../../core/report.js';
import { printable } from '../printable.js';
import { formatUtc } from '../quantities.js';
import { figuresOf, outcomeText, titleOf } from './figures.js';
import { sectionsOf } from './sections.js';

/** A report as GitHub-flavoured Markdown. Text from outside is escaped, so that a key cannot become a heading or a link. */
export function reportMarkdown(report: OperationReport, level = 1): string[] {
  const heading = (depth: number, text: string): string => `${'#'.repeat(level + depth)} ${escapeMarkdown(text)}`;
  const lines = [
    heading(0, titleOf(report)),
    '',
    `**${outcomeText(report.outcome)}** · ${report.mode} · epoch ${report.epochBefore} → ${report.epochAfter} · operation \`${printable(report.operationId).replaceAll('`', '')}\` · ${formatUtc(report.startedAt)}`,
    '',
    ...markdownTable(['', 'Value', 'Held against'], figuresOf(report).map((figure) => [figure.label, figure.value, figure.note])),
  ];
  for (const section of sectionsOf(report)) {
    lines.push('', heading(1, section.title), '');
    if (section.paragraphs.length > 0) lines.push(...section.paragraphs.map((text) => `${escapeMarkdown(text)}  `), '');
    if (section.table) lines.push(...markdownTable(section.table.columns, section.table.rows), '');
    if (lines.at(-1) === '') lines.pop();
  }
  if (report.nextSteps.length > 0) lines.push('', heading(1, 'Next steps'), '', ...report.nextSteps.map((step) => `- ${escapeMarkdown(step)}`));
  lines.push('', `Jobs, zombies and missing items as seen at ${formatUtc(report.aftermathAt)}.`);
  return lines;
}

export function markdownTable(columns: string[], rows: string[][]): string[] {
  const row = (cells: string[]): string => `| ${cells.map(escapeMarkdown).join(' | ')} |`;
  return [row(columns), `|${columns.map(() => ' --- |').join('')}`, ...rows.map(row)];
}

export function escapeMarkdown(text: string): string {
  return printable(text).replace(/[\\`*_[\]<>|#]/g, (character) => (character === '<' ? '&lt;' : character === '>' ? '&gt;' : `\\${character}`));
}
