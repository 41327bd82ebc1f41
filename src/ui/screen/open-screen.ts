import type { Theme } from '../theme.js';
import { readKeys, type PressedKey } from './keys.js';
import { line, span, type Line } from './model/spans.js';
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
  onKey(key: PressedKey): void;
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

  const size = (): ScreenSize => ({ columns: Math.max(20, terminal.columns ?? 80), rows: Math.max(1, terminal.rows ?? 24) });
  const painted = (rows: Line[], { columns }: ScreenSize): string[] => rows.map((row) => paintLine(row, theme, columns));
  const frame = (): string[] => {
    const window = size();
    return painted(composed(() => drawing.compose(window, options.now().getTime())).slice(0, window.rows), window);
  };
  painter.paint(frame());
  const stopReadingKeys = keyboard ? readKeys(keyboard, drawing.onKey) : undefined;

  function draw(): void {
    clearTimeout(pending);
    pending = undefined;
    if (!open) return;
    lastDrawMs = performance.now();
    painter.paint(frame());
  }
  function changed(): void {
    if (pending || !open) return;
    const waitMs = lastDrawMs + fastestMs - performance.now();
    if (waitMs <= 0) draw();
    else pending = setTimeout(draw, waitMs);
  }
  function redraw(): void {
    painter.forget();
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
      stopReadingKeys?.();
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
