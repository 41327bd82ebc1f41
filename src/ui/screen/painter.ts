/** The terminal that a screen is drawn on; Node's tty streams are. */
export interface ScreenTerminal {
  write(text: string): boolean;
  columns?: number;
  rows?: number;
  on(event: 'resize', listener: () => void): unknown;
  off(event: 'resize', listener: () => void): unknown;
}

/**
 * Draws frames on the terminal's alternate screen and writes only the rows that changed, each frame as one write. The
 * alternate screen is why the scrollback stays as it was, and why a resize cannot leave pieces of old frames behind.
 */
export interface Painter {
  paint(rows: readonly string[]): void;
  /** The next frame is written whole: the terminal has changed size, or something else has written on it. */
  forget(): void;
  /** Back to the ordinary screen, where `rows` stay as the last lines of the scrollback. Safe to call twice. */
  leave(rows: readonly string[]): void;
}

const enterAlternateScreen = '\u001b[?1049h\u001b[?25l';
const leaveAlternateScreen = '\u001b[?25h\u001b[?1049l';
/** Terminals that know synchronised output show the frame at once; the others ignore the request. */
const beginFrame = '\u001b[?2026h';
const endFrame = '\u001b[?2026l';
const clearScreen = '\u001b[H\u001b[2J';
const resetStyle = '\u001b[0m';

export function openPainter(terminal: Pick<ScreenTerminal, 'write'>): Painter {
  let shown: readonly string[] | undefined;
  let open = true;
  terminal.write(enterAlternateScreen + clearScreen);
  return {
    paint(rows) {
      if (!open) return;
      const before = shown;
      const changed: string[] = [];
      for (let row = 0; row < Math.max(rows.length, before?.length ?? 0); row += 1) {
        const text = rows[row] ?? '';
        // Erasing comes first: after a row that fills the width it would take the last character with it.
        if (text !== before?.[row]) changed.push(`\u001b[${row + 1};1H\u001b[2K${text}${resetStyle}`);
      }
      shown = rows;
      if (changed.length === 0 && before) return;
      terminal.write(beginFrame + (before ? '' : clearScreen) + changed.join('') + endFrame);
    },
    forget: () => { shown = undefined; },
    leave(rows) {
      if (!open) return;
      open = false;
      terminal.write(leaveAlternateScreen + rows.map((row) => `${row}${resetStyle}\n`).join(''));
    },
  };
}
