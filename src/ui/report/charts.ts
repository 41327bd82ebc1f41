import type { OperationReport } from '../../core/report.js';
import { formatSeconds } from '../quantities.js';
import { escapeHtml } from './escape.js';

const width = 1000;
const margin = 16;

/** How the time to recover was spent, to scale; a phase too short to see still gets a sliver. */
export function phasesChart({ phases }: OperationReport): string[] {
  const known = phases.flatMap((phase) => (phase.seconds === null ? [] : [{ name: phase.name, seconds: phase.seconds }]));
  const total = known.reduce((sum, phase) => sum + phase.seconds, 0);
  if (total === 0) return [];
  const height = 84;
  const sliver = 3;
  const scale = (width - 2 * margin - known.length * sliver) / total;
  let x = margin;
  const bars = known.map((phase, index) => {
    const barWidth = phase.seconds * scale + sliver;
    // Labels stand in two rows, so that two short neighbours do not overprint each other.
    const y = index % 2 === 0 ? 22 : 74;
    const anchor = x + 130 > width - margin ? ` text-anchor="end" x="${px(x + barWidth)}"` : ` x="${px(x)}"`;
    const drawn = `<rect class="${phase.name}" x="${px(x)}" y="32" width="${px(barWidth)}" height="26" rx="2"/><text${anchor} y="${y}">${phase.name} ${escapeHtml(formatSeconds(phase.seconds))}</text>`;
    x += barWidth;
    return drawn;
  });
  return svg(height, `Time to recover: ${known.map((phase) => `${phase.name} ${formatSeconds(phase.seconds)}`).join(', ')}`, bars);
}

const labelWidth = 190;
const rowHeight = 22;

/** Every step as a bar on one time axis, with the point of no return. */
export function stepsChart({ steps }: OperationReport): string[] {
  const ran = steps.flatMap((step) => (step.offsetSeconds === null ? [] : [{ ...step, offsetSeconds: step.offsetSeconds, seconds: step.seconds ?? 0 }]));
  if (ran.length === 0) return [];
  const end = Math.max(1, ...ran.map((step) => step.offsetSeconds + step.seconds));
  const height = margin * 2 + ran.length * rowHeight + 20;
  const left = margin + labelWidth;
  const room = width - left - margin - 60;
  const at = (seconds: number): number => left + (seconds / end) * room;
  const ticks = ticksUpTo(end).map((seconds) => `<line class="grid" x1="${px(at(seconds))}" x2="${px(at(seconds))}" y1="${margin}" y2="${height - 28}"/><text class="soft" x="${px(at(seconds))}" y="${height - 12}" text-anchor="middle">${escapeHtml(formatSeconds(seconds))}</text>`);
  const bars = ran.map((step, index) => {
    const y = margin + index * rowHeight;
    const barWidth = Math.max(2, at(step.seconds) - left);
    return `<text x="${margin}" y="${y + 15}">${escapeHtml(step.name)}</text><rect class="${step.state}" x="${px(at(step.offsetSeconds))}" y="${y + 4}" width="${px(barWidth)}" height="14" rx="2"/><text class="soft" x="${px(at(step.offsetSeconds) + barWidth + 5)}" y="${y + 15}">${escapeHtml(formatSeconds(step.seconds))}</text>`;
  });
  const fence = ran.find((step) => step.pointOfNoReturn);
  const line = fence ? [`<line class="fence" x1="${px(at(fence.offsetSeconds + fence.seconds))}" x2="${px(at(fence.offsetSeconds + fence.seconds))}" y1="${margin}" y2="${height - 28}"/>`] : [];
  return svg(height, `Steps on a time axis of ${formatSeconds(end)}${fence ? '; the dashed line is the point of no return' : ''}`, [...ticks, ...bars, ...line]);
}

/** About five round numbers. */
function ticksUpTo(end: number): number[] {
  const rough = end / 5;
  const magnitude = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((factor) => factor * magnitude).find((candidate) => candidate >= rough) ?? rough;
  return Array.from({ length: Math.floor(end / step) + 1 }, (_, index) => Number((index * step).toFixed(3)));
}

/** What became of every job, as shares of one bar with a legend. */
export function jobsChart({ jobs }: OperationReport): string[] {
  const groups = ([['redriven', 're-driven', jobs.redriven.length], ['already', 'already done', jobs.alreadyDone.length], ['adopted', 'adopted', jobs.adopted.length], ['parked', 'parked', jobs.parked.length], ['failed', 'failed', jobs.failed.length]] as const).filter(([, , count]) => count > 0);
  const total = groups.reduce((sum, [, , count]) => sum + count, 0);
  if (total === 0) return [];
  const room = width - 2 * margin;
  let x = margin;
  const bars = groups.map(([name, , count]) => {
    const bar = `<rect class="${name}" x="${px(x)}" y="14" width="${px((count / total) * room)}" height="24"/>`;
    x += (count / total) * room;
    return bar;
  });
  const legend = groups.map(([name, words, count], index) => `<rect class="${name}" x="${margin + index * 190}" y="52" width="12" height="12"/><text x="${margin + index * 190 + 18}" y="62">${count} ${words}</text>`);
  return svg(78, `Jobs: ${groups.map(([, words, count]) => `${count} ${words}`).join(', ')}`, [...bars, ...legend]);
}

function svg(height: number, label: string, content: string[]): string[] {
  return [`<svg viewBox="0 0 ${width} ${height}" role="img" aria-label="${escapeHtml(label)}">`, ...content, '</svg>'];
}

function px(value: number): string {
  return String(Number(value.toFixed(1)));
}
