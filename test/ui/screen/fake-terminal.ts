import { EventEmitter } from 'node:events';
import { TerminalEmulator } from './terminal-emulator.js';

/** A terminal for screens under test: what is written is drawn, and counted. */
export class FakeTerminal extends EventEmitter {
  readonly emulator: TerminalEmulator;
  writes: string[] = [];

  constructor(public columns: number, public rows: number) {
    super();
    this.emulator = new TerminalEmulator(columns, rows);
  }

  write(text: string): boolean {
    this.writes.push(text);
    this.emulator.write(text.replaceAll('\n', '\r\n'));
    return true;
  }

  resize(columns: number, rows: number): void {
    this.columns = columns;
    this.rows = rows;
    this.emulator.resize(columns, rows);
    this.emit('resize');
  }
}

/** Keys for ink: a stream that claims to be a terminal and delivers what is typed. */
export class FakeKeyboard extends EventEmitter {
  readonly isTTY = true;
  raw = false;
  private typed: string[] = [];

  setRawMode(on: boolean): this {
    this.raw = on;
    return this;
  }

  setEncoding(): void {}
  ref(): void {}
  unref(): void {}
  resume(): void {}
  pause(): void {}

  read(): string | null {
    return this.typed.shift() ?? null;
  }

  type(keys: string): void {
    this.typed.push(keys);
    this.emit('readable');
  }
}
