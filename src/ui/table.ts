import { printable } from './printable.js';

export interface Column<Row> {
  title: string;
  value(row: Row): string;
  align?: 'left' | 'right';
  /** Colours the padded cell. Values themselves must be plain, because they are made printable and measured. */
  paint?(padded: string, row: Row): string;
  /** The column that gives way when the terminal is too narrow. */
  shrinks?: boolean;
}

const gap = 2;
const ellipsis = '…';

/** Left-aligned columns two spaces apart, no rules; the title row in capitals. Every value is made printable here. */
export function table<Row>(columns: Column<Row>[], rows: Row[], options: { width: number; paintTitle?: (text: string) => string; indent?: string } ): string[] {
  const indent = options.indent ?? '';
  const cells = rows.map((row) => columns.map((column) => printable(column.value(row))));
  const widths = columns.map((column, index) => Math.max(displayWidth(column.title), ...cells.map((line) => displayWidth(line[index] ?? ''))));
  fit(columns, widths, options.width - indent.length);
  const title = columns.map((column, index) => pad(column.title.toUpperCase(), widths[index] ?? 0, column.align)).join(' '.repeat(gap));
  const lines = [indent + (options.paintTitle ?? ((text) => text))(title.trimEnd())];
  rows.forEach((row, rowIndex) => {
    const painted = columns.map((column, index) => {
      const padded = pad(cells[rowIndex]?.[index] ?? '', widths[index] ?? 0, column.align);
      return column.paint ? column.paint(padded, row) : padded;
    });
    lines.push(indent + painted.join(' '.repeat(gap)).trimEnd());
  });
  return lines;
}

/** Takes what is too much from the shrinking column, never below ten characters. */
function fit<Row>(columns: Column<Row>[], widths: number[], available: number): void {
  const index = columns.findIndex((column) => column.shrinks);
  if (index < 0) return;
  const total = widths.reduce((sum, width) => sum + width, 0) + gap * (widths.length - 1);
  if (total > available) widths[index] = Math.max(10, (widths[index] ?? 0) - (total - available));
}

function pad(text: string, width: number, align: 'left' | 'right' = 'left'): string {
  const short = truncate(text, width);
  const filler = ' '.repeat(Math.max(0, width - displayWidth(short)));
  return align === 'right' ? filler + short : short + filler;
}

/** Cuts at the end, by what is seen rather than by units of the string. */
export function truncate(text: string, width: number): string {
  if (displayWidth(text) <= width) return text;
  let used = 0;
  let kept = '';
  for (const character of text) {
    const wide = characterWidth(character);
    if (used + wide > width - 1) break;
    used += wide;
    kept += character;
  }
  return kept + ellipsis;
}

/** Columns that a string takes in a terminal: wide East Asian characters and emoji take two, combining marks none. */
export function displayWidth(text: string): number {
  let width = 0;
  for (const character of text) width += characterWidth(character);
  return width;
}

function characterWidth(character: string): number {
  const code = character.codePointAt(0) ?? 0;
  if (code < 0x300) return 1;
  if (/\p{Mark}|\u200d|\ufe0f/u.test(character)) return 0;
  return isWide(code) ? 2 : 1;
}

/** The wide and full-width blocks of Unicode's East Asian Width (UAX #11). */
function isWide(code: number): boolean {
  return (code >= 0x1100 && code <= 0x115f) || (code >= 0x2e80 && code <= 0xa4cf) || (code >= 0xac00 && code <= 0xd7a3)
    || (code >= 0xf900 && code <= 0xfaff) || (code >= 0xfe30 && code <= 0xfe6f) || (code >= 0xff00 && code <= 0xff60)
    || (code >= 0xffe0 && code <= 0xffe6) || (code >= 0x1f300 && code <= 0x1faff) || (code >= 0x20000 && code <= 0x3fffd);
}
