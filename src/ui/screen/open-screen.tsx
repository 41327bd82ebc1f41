import { render } from 'ink';
import type { Theme } from '../theme.js';
import { Frame } from './frame.js';
import { line, span, type Line } from './model/spans.js';
import type { Key } from './model/watch-state.js';
import type { ScreenSize } from './model/watch-screen.js';
import { paintLine } from './paint.js';
import { openPainter, type ScreenTerminal } from './painter.js';

export interface ScreenOptions {
  terminal: ScreenTerminal;
  /** Null: no keys are read. */
  keyboard: NodeJS.ReadStream | null;
  theme: Theme;
  now(): Date;
}

export interface Drawing {
  /** The rows of the screen now. Called again whenever something may have changed; has to be cheap. */
  compose(size: ScreenSize, nowMs: number): Line[];
  /** What stays in the scrollback at the end. */
  last(size: ScreenSize, nowMs: number): Line[];
  onKey(key: Key | 'interrupt'): void;
}

export interface Screen {
  /** Something changed: draws it soon, at most four times a second. */
  changed(): void;
  /** Somebody pressed a key and waits for what it does. */
  changedNow(): void;
  /** Draws everything anew, because something else may have written on the terminal. */
  redraw(): void;
  /** Gives the terminal back, the last frame in its scrollback. Safe to call twice. */
  close(): void;
}

const fastestMs = 250;
const tickMs = 1000;

/** Takes the terminal over and keeps a drawing on it, fitted to the window and redrawn only where it changes. */
export function openScreen(options: ScreenOptions, drawing: Drawing): Screen {
  const { terminal, keyboard, theme } = options;
  const painter = openPainter(terminal);
  let open = true;
  let lastDrawMs = -Infinity;
  let pending: NodeJS.Timeout | undefined;
  let drawn = '';

  const size = (): ScreenSize => ({ columns: Math.max(20, terminal.columns ?? 80), rows: Math.max(1, terminal.rows ?? 24) });
  const painted = (rows: Line[], { columns }: ScreenSize): string[] => rows.map((row) => paintLine(row, theme, columns));
  const frame = (): { element: React.ReactElement; text: string } => {
    const window = size();
    const rows = painted(composed(() => drawing.compose(window, options.now().getTime())).slice(0, window.rows), window);
    return { element: <Frame rows={rows} onKey={keyboard ? drawing.onKey : undefined} />, text: rows.join('\n') };
  };
  const first = frame();
  // In this mode ink hands over whole frames and leaves the terminal alone: how they get there is the painter's part.
  const ink = render(first.element, { stdout: frameSink(terminal, (text) => painter.paint(text.split('\n'))), stdin: keyboard ?? noKeyboard, stderr: noOutput, debug: true, patchConsole: false, exitOnCtrlC: false, isScreenReaderEnabled: false });

  function draw(): void {
    clearTimeout(pending);
    pending = undefined;
    if (!open) return;
    lastDrawMs = performance.now();
    const next = frame();
    if (next.text === drawn) return;
    drawn = next.text;
    ink.rerender(next.element);
  }
  function changed(): void {
    if (pending || !open) return;
    const waitMs = lastDrawMs + fastestMs - performance.now();
    if (waitMs <= 0) draw();
    else pending = setTimeout(draw, waitMs);
  }
  function redraw(): void {
    painter.forget();
    drawn = '';
    draw();
  }
  const tick = setInterval(changed, tickMs);
  terminal.on('resize', redraw);
  return {
    changed,
    changedNow: draw,
    redraw,
    close() {
      if (!open) return;
      open = false;
      clearInterval(tick);
      clearTimeout(pending);
      terminal.off('resize', redraw);
      const window = size();
      painter.leave(painted(composed(() => drawing.last(window, options.now().getTime())), window));
      ink.unmount();
    },
  };
}

/** Whatever runs behind the screen, perhaps half a failover, must not end because it cannot be drawn. */
function composed(compose: () => Line[]): Line[] {
  try {
    return compose();
  } catch (error) {
    return [line(span('✖ the screen cannot be drawn', 'bad'), `: ${error instanceof Error ? error.message : String(error)}`), line('What it shows goes on all the same. This is a bug in batchctl: please report it.')];
  }
}

/** What ink takes for a terminal: it asks for the width and writes frames. */
function frameSink(terminal: ScreenTerminal, onFrame: (text: string) => void): NodeJS.WriteStream {
  const sink = {
    isTTY: false,
    get columns() { return Math.max(20, terminal.columns ?? 80); },
    write(text: string) {
      if (text !== '') onFrame(text);
      return true;
    },
    on: () => sink,
    off: () => sink,
  };
  return sink as unknown as NodeJS.WriteStream;
}

const noOutput = { isTTY: false, write: () => true, on: () => noOutput, off: () => noOutput } as unknown as NodeJS.WriteStream;
const noKeyboard = { isTTY: false, on: () => noKeyboard, off: () => noKeyboard } as unknown as NodeJS.ReadStream;
