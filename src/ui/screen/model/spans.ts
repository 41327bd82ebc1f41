import { printable } from '../../printable.js';
import { displayWidth, truncate } from '../../table.js';
import type { Theme } from '../../theme.js';

/** What a piece of text means; the theme knows which colour that is. Never the only carrier of the meaning. */
export type Tone = keyof Theme | 'plain';

export interface Span {
  readonly text: string;
  readonly tone: Tone;
}

/** One row of the screen, still without colours, so that it can be measured, cut and compared. */
export type Line = readonly Span[];

/** Text from anywhere: whatever a terminal would obey in it is shown instead (see `printable`). */
export function span(text: string, tone: Tone = 'plain'): Span {
  return { text: printable(text), tone };
}

export function line(...parts: (Span | string)[]): Line {
  return parts.map((part) => (typeof part === 'string' ? span(part) : part));
}

export function textOf(row: Line): string {
  return row.map((part) => part.text).join('');
}

export function widthOf(row: Line): number {
  return row.reduce((total, part) => total + displayWidth(part.text), 0);
}

/** Cuts a row to `width` columns, with an ellipsis where something was lost. */
export function cutLine(row: Line, width: number): Line {
  if (widthOf(row) <= width) return row;
  const kept: Span[] = [];
  let left = width;
  for (const part of row) {
    const wide = displayWidth(part.text);
    // A part that fills the row exactly still hides what follows it, so it is cut too.
    if (wide < left) {
      kept.push(part);
      left -= wide;
      continue;
    }
    if (left > 0) kept.push({ ...part, text: truncate(`${part.text} `, left) });
    break;
  }
  return kept;
}

/** Exactly `width` columns: cut or filled with spaces. */
export function fillLine(row: Line, width: number): Line {
  const cut = cutLine(row, width);
  const missing = width - widthOf(cut);
  return missing > 0 ? [...cut, span(' '.repeat(missing))] : cut;
}

/** `text` in exactly `width` columns. */
export function cell(text: string, width: number, tone: Tone = 'plain', align: 'left' | 'right' = 'left'): Span {
  const cut = truncate(printable(text), Math.max(0, width));
  const filler = ' '.repeat(Math.max(0, width - displayWidth(cut)));
  return { text: align === 'left' ? cut + filler : filler + cut, tone };
}

/** Two texts at the two ends of a row; the left one gives way. */
export function spread(left: Line, right: Line, width: number): Line {
  const space = width - widthOf(right);
  return space < 4 ? cutLine(left, width) : [...fillLine(left, space - 1), span(' '), ...right];
}

/** Breaks `text` between words into rows of at most `width` columns; a longer word is broken inside. */
export function wrapWords(text: string, width: number): string[] {
  const rows: string[] = [];
  let row = '';
  for (const word of printable(text).split(' ')) {
    const joined = row === '' ? word : `${row} ${word}`;
    if (displayWidth(joined) <= width) {
      row = joined;
      continue;
    }
    if (row !== '') rows.push(row);
    row = word;
    while (displayWidth(row) > width) {
      const head = headOf(row, width);
      rows.push(head);
      row = row.slice(head.length);
    }
  }
  rows.push(row);
  return rows;
}

/** As much of the start of `text` as fits, at least one character. */
function headOf(text: string, width: number): string {
  let head = '';
  for (const character of text) {
    if (head !== '' && displayWidth(head + character) > width) break;
    head += character;
  }
  return head;
}

/** Rows of `chunks` side by side, as many on a row as fit, each row after `indent` columns; the first after `label`. */
export function flow(label: Span, indent: number, chunks: readonly Line[], width: number): Line[] {
  const rows: Line[] = [];
  let row: Line = [];
  for (const chunk of chunks) {
    const joined: Line = row.length === 0 ? chunk : [...row, span('  '), ...chunk];
    if (row.length > 0 && indent + widthOf(joined) > width) {
      rows.push(row);
      row = chunk;
    } else row = joined;
  }
  rows.push(row);
  return rows.map((each, index) => cutLine([index === 0 ? cell(label.text, indent, label.tone) : span(' '.repeat(indent)), ...each], width));
}
