import { displayWidth } from '../../../src/ui/table.js';

export interface Cell {
  text: string;
  /** The SGR codes in force, such as `1;36`; empty for plain. */
  style: string;
}

interface Buffer {
  rows: Cell[][];
  row: number;
  column: number;
}

/**
 * As much of a terminal as the screens need, so that tests see what an operator sees: two buffers, a scrollback, cursor
 * addressing, erasing, styles. Anything else that is written is kept in `unknownSequences`.
 */
export class TerminalEmulator {
  readonly scrollback: string[] = [];
  readonly unknownSequences: string[] = [];
  cursorVisible = true;
  alternate = false;
  /** Times that the scrollback was thrown away (CSI 3 J). */
  scrollbackErased = 0;
  private style: string[] = [];
  private pending = '';
  private main: Buffer;
  private other: Buffer;

  constructor(public columns: number, public rows: number) {
    this.main = emptyBuffer(rows);
    this.other = emptyBuffer(rows);
  }

  write(text: string): void {
    let rest = this.pending + text;
    this.pending = '';
    while (rest !== '') {
      const taken = this.take(rest);
      if (taken === 0) {
        this.pending = rest;
        return;
      }
      rest = rest.slice(taken);
    }
  }

  /** What is on the screen, row by row, without trailing spaces. */
  text(): string[] {
    return this.screen.rows.map((row) => textOf(row));
  }

  /** The ordinary screen's lines, scrollback included, whichever buffer is shown. */
  history(): string[] {
    return [...this.scrollback, ...this.main.rows.map((row) => textOf(row))];
  }

  cells(): Cell[][] {
    return this.screen.rows.map((row) => row.map((cell) => cell ?? { text: ' ', style: '' }));
  }

  /** A terminal keeps what fits; nothing is reflowed on the alternate screen. */
  resize(columns: number, rows: number): void {
    this.columns = columns;
    this.rows = rows;
    for (const buffer of [this.main, this.other]) {
      while (buffer.rows.length > rows) {
        const lost = buffer.rows.shift() ?? [];
        if (buffer === this.main) this.scrollback.push(textOf(lost));
      }
      while (buffer.rows.length < rows) buffer.rows.push([]);
      buffer.rows.forEach((row) => { row.length = Math.min(row.length, columns); });
      buffer.row = Math.min(buffer.row, rows - 1);
    }
  }

  private get screen(): Buffer {
    return this.alternate ? this.other : this.main;
  }

  /** Handles what `text` begins with; tells how much of it that was, 0 when the rest of a sequence is still to come. */
  private take(text: string): number {
    if (text.startsWith('\u001b')) {
      // eslint-disable-next-line no-control-regex
      const sequence = /^\u001b\[([?>=]?)([0-9;]*)([A-Za-z])/.exec(text);
      if (sequence) {
        this.obey(sequence[1] ?? '', sequence[2] ?? '', sequence[3] ?? '');
        return sequence[0].length;
      }
      // eslint-disable-next-line no-control-regex
      if (/^\u001b(\[[?>=]?[0-9;]*)?$/.test(text)) return 0;
      this.unknownSequences.push(text.slice(0, 6));
      return 1;
    }
    const character = String.fromCodePoint(text.codePointAt(0) ?? 0);
    if (character === '\n') this.newLine();
    else if (character === '\r') this.screen.column = 0;
    else this.put(character);
    return character.length;
  }

  private put(character: string): void {
    const width = displayWidth(character);
    const { screen } = this;
    if (width === 0) {
      const before = screen.rows[screen.row]?.[screen.column - 1];
      if (before) before.text += character;
      return;
    }
    if (screen.column + width > this.columns) this.newLine();
    const row = screen.rows[screen.row] ?? [];
    while (row.length < screen.column) row.push({ text: ' ', style: '' });
    row[screen.column] = { text: character, style: this.style.join(';') };
    if (width === 2) row[screen.column + 1] = { text: '', style: this.style.join(';') };
    screen.column += width;
  }

  private newLine(): void {
    const { screen } = this;
    screen.column = 0;
    if (screen.row < this.rows - 1) {
      screen.row += 1;
      return;
    }
    const top = screen.rows.shift() ?? [];
    if (!this.alternate) this.scrollback.push(textOf(top));
    screen.rows.push([]);
  }

  private obey(prefix: string, parameters: string, final: string): void {
    const numbers = parameters.split(';').map((part) => (part === '' ? undefined : Number(part)));
    const { screen } = this;
    const first = numbers[0];
    if (prefix === '?') this.mode(first ?? 0, final === 'h');
    else if (final === 'H') {
      screen.row = Math.min(this.rows, first ?? 1) - 1;
      screen.column = Math.min(this.columns, numbers[1] ?? 1) - 1;
    } else if (final === 'J') this.erase(first ?? 0);
    else if (final === 'K') this.eraseLine(first ?? 0);
    else if (final === 'm') this.restyle(parameters);
    else this.unknownSequences.push(`${prefix}${parameters}${final}`);
  }

  private mode(number: number, on: boolean): void {
    if (number === 25) this.cursorVisible = on;
    else if (number === 1049) {
      this.alternate = on;
      if (on) this.other = emptyBuffer(this.rows);
    } else if (number !== 2026) this.unknownSequences.push(`?${number}${on ? 'h' : 'l'}`);
  }

  private erase(how: number): void {
    if (how === 3) {
      this.scrollbackErased += 1;
      this.scrollback.length = 0;
      return;
    }
    const { screen } = this;
    const from = how === 2 ? 0 : screen.row + 1;
    for (let row = from; row < this.rows; row += 1) screen.rows[row] = [];
    if (how === 0) this.eraseLine(0);
  }

  private eraseLine(how: number): void {
    const row = this.screen.rows[this.screen.row] ?? [];
    if (how === 2) row.length = 0;
    else if (how === 0) row.length = Math.min(row.length, this.screen.column);
    else this.unknownSequences.push(`${how}K`);
  }

  private restyle(parameters: string): void {
    for (const code of (parameters === '' ? '0' : parameters).split(';')) {
      const ends: Record<string, string[]> = { 22: ['1', '2'], 39: ['31', '32', '33', '34', '35', '36'] };
      if (code === '0') this.style = [];
      else if (ends[code]) this.style = this.style.filter((each) => !ends[code]?.includes(each));
      else this.style.push(code);
    }
  }
}

function emptyBuffer(rows: number): Buffer {
  return { rows: Array.from({ length: rows }, () => []), row: 0, column: 0 };
}

function textOf(row: readonly (Cell | undefined)[]): string {
  return Array.from(row, (cell) => cell?.text ?? ' ').join('').trimEnd();
}
