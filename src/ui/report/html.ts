import type { OperationReport } from '../../core/report.js';
import { formatUtc } from '../quantities.js';
import { jobsChart, phasesChart, stepsChart } from './charts.js';
import { escapeHtml } from './escape.js';
import { figuresOf, outcomeText, titleOf } from './figures.js';
import { reportStyle } from './style.js';
import { sectionsOf, type Section } from './sections.js';

/**
 * Reports as one file that opens anywhere: no script, no network (its own policy forbids both), everything from outside
 * escaped. Several reports follow each other, with a list at the top.
 */
export function reportHtml(reports: OperationReport[], title: string): string[] {
  return [
    '<!doctype html>',
    '<html lang="en">',
    '<head>',
    '<meta charset="utf-8">',
    // The browser itself then refuses whatever would leave the file.
    '<meta http-equiv="Content-Security-Policy" content="default-src \'none\'; style-src \'unsafe-inline\'">',
    '<meta name="viewport" content="width=device-width, initial-scale=1">',
    `<title>${escapeHtml(title)}</title>`,
    `<style>${reportStyle}</style>`,
    '</head>',
    '<body>',
    ...(reports.length === 1 ? [] : contents(reports, title)),
    ...reports.flatMap(article),
    '</body>',
    '</html>',
  ];
}

function contents(reports: OperationReport[], title: string): string[] {
  return [
    `<h1>${escapeHtml(title)}</h1>`,
    ...(reports.length === 0 ? ['<p>No operation.</p>'] : ['<ul class="contents">', ...reports.map((report) => `<li><a href="#${idOf(report)}">${escapeHtml(`${formatUtc(report.startedAt)} · ${titleOf(report)} · ${outcomeText(report.outcome)}`)}</a></li>`), '</ul>']),
  ];
}

function article(report: OperationReport): string[] {
  const { outcome } = report;
  const level = outcome === 'done' ? 'good' : outcome === 'done_with_exceptions' || outcome === 'cancelled' ? 'warn' : 'bad';
  return [
    `<article id="${idOf(report)}">`,
    '<header>',
    `<p class="kicker">After-action report</p><h1>${escapeHtml(titleOf(report))}</h1>`,
    `<p><span class="badge ${level}">${escapeHtml(outcomeText(outcome))}</span> ${escapeHtml(`${report.mode} · epoch ${report.epochBefore} → ${report.epochAfter} · ${formatUtc(report.startedAt)}`)} · <code>${escapeHtml(report.operationId)}</code></p>`,
    '</header>',
    '<div class="figures">',
    ...figuresOf(report).map((figure) => `<div class="figure ${figure.level}"><p class="label">${escapeHtml(figure.label)}</p><p class="value">${escapeHtml(figure.value)}</p><p class="note">${escapeHtml(figure.note)}</p></div>`),
    '</div>',
    ...sectionsOf(report).flatMap((section) => sectionHtml(section, report)),
    ...(report.nextSteps.length > 0 ? ['<section><h2>Next steps</h2><ul>', ...report.nextSteps.map((step) => `<li>${escapeHtml(step)}</li>`), '</ul></section>'] : []),
    `<footer>Jobs, zombies and missing items as seen at ${formatUtc(report.aftermathAt)}.</footer>`,
    '</article>',
  ];
}

function sectionHtml(section: Section, report: OperationReport): string[] {
  return [
    '<section>',
    `<h2>${escapeHtml(section.title)}</h2>`,
    ...section.paragraphs.map((text) => `<p>${escapeHtml(text)}</p>`),
    ...(section.chart ? chartOf(section.chart, report) : []),
    ...(section.table ? tableHtml(section.table) : []),
    '</section>',
  ];
}

function chartOf(chart: NonNullable<Section['chart']>, report: OperationReport): string[] {
  switch (chart) {
    case 'phases': return phasesChart(report);
    case 'steps': return stepsChart(report);
    case 'jobs': return jobsChart(report);
  }
}

function tableHtml(table: NonNullable<Section['table']>): string[] {
  return [
    '<div class="table"><table>',
    `<thead><tr>${table.columns.map((column) => `<th scope="col">${escapeHtml(column)}</th>`).join('')}</tr></thead>`,
    '<tbody>',
    ...table.rows.map((row) => `<tr>${row.map((cell) => `<td${levelClass(cell)}>${escapeHtml(cell)}</td>`).join('')}</tr>`),
    '</tbody></table></div>',
  ];
}

/** Colour follows the word that is there anyway. */
function levelClass(cell: string): string {
  if (cell.startsWith('✔ ')) return ' class="good"';
  if (cell.startsWith('▲ ') || cell === 'warned') return ' class="warn"';
  if (cell.startsWith('✖ ') || cell === 'failed') return ' class="bad"';
  return '';
}

function idOf(report: OperationReport): string {
  return `operation-${report.operationId.replace(/[^\w-]/g, '-')}`;
}
