import type { Cell } from './terminal-emulator.js';

const cellWidth = 8.4;
const cellHeight = 18;
const margin = 14;
const background = '#14181f';
const foreground = '#d5dae3';
/** SGR colour codes in the colours of a common dark palette; each has a contrast of more than 4.5 to 1. */
const colours: Record<string, string> = { 31: '#ff7b72', 32: '#56d364', 33: '#e3b341', 34: '#79b8ff', 35: '#d2a8ff', 36: '#56d4dd' };

/** A captured frame as an SVG picture, cell by cell as the terminal showed it. `label` is what it shows, in words. */
export function pictureOf(cells: readonly (readonly Cell[])[], columns: number, label: string): string {
  const rows = cells.slice(0, cells.findLastIndex((row) => row.some((cell) => cell.text.trim() !== '')) + 1);
  const width = Math.ceil(columns * cellWidth + 2 * margin);
  const height = rows.length * cellHeight + 2 * margin;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" aria-label="${escaped(label)}">`,
    `<rect width="100%" height="100%" rx="8" fill="${background}"/>`,
    `<g font-family="ui-monospace, SFMono-Regular, Menlo, Consolas, 'DejaVu Sans Mono', monospace" font-size="14" fill="${foreground}">`,
    ...rows.flatMap((row, index) => runsOf(row).map((run) => textElement(run, index))),
    '</g>',
    '</svg>',
    '',
  ].join('\n');
}

interface Run {
  column: number;
  columns: number;
  text: string;
  style: string;
}

/** Neighbouring cells of one style; blanks on their own are not drawn. */
function runsOf(row: readonly Cell[]): Run[] {
  const runs: Run[] = [];
  row.forEach((cell, column) => {
    const last = runs.at(-1);
    if (last && last.style === cell.style && last.column + last.columns === column) {
      last.text += cell.text;
      last.columns += 1;
    } else runs.push({ column, columns: 1, text: cell.text, style: cell.style });
  });
  return runs.filter((run) => run.text.trim() !== '').map(withoutBlankEnds);
}

/** Blanks at the ends would only be stretched with the rest. */
function withoutBlankEnds(run: Run): Run {
  const before = run.text.length - run.text.trimStart().length;
  const after = run.text.length - run.text.trimEnd().length;
  return { ...run, column: run.column + before, columns: run.columns - before - after, text: run.text.trim() };
}

/** Spaces are drawn as no-break spaces: pictures collapse the others. */
function textElement(run: Run, row: number): string {
  const codes = run.style.split(';');
  const colour = codes.map((code) => colours[code]).find((each) => each !== undefined);
  const attributes = [
    `x="${round(margin + run.column * cellWidth)}"`, `y="${round(margin + row * cellHeight + 14)}"`,
    // Fonts differ in width; the terminal's columns do not.
    `textLength="${round(run.columns * cellWidth)}"`, 'lengthAdjust="spacingAndGlyphs"',
    ...(colour ? [`fill="${colour}"`] : []), ...(codes.includes('1') ? ['font-weight="bold"'] : []), ...(codes.includes('2') ? ['opacity="0.65"'] : []),
  ];
  return `<text ${attributes.join(' ')}>${escaped(run.text).replaceAll(' ', '\u00a0')}</text>`;
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
}
