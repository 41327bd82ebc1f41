import { truncate } from './table.js';
import type { OutputStream, Terminal } from './terminal.js';

/** The last line of stderr, rewritten in place. Text that is printed meanwhile goes above it. */
export interface LiveLine {
  show(text: string): void;
  clear(): void;
}

const eraseLine = '\r\u001b[2K';
/** Redraws faster than this are dropped: nobody reads them, and a slow terminal would hold the work up. */
const minimumIntervalMs = 100;

export function createLiveLine(stream: OutputStream, terminal: Terminal, nowMs: () => number): LiveLine {
  if (!terminal.animated) return { show: () => {}, clear: () => {} };
  let visible = false;
  let lastDrawMs = -Infinity;
  return {
    show(text) {
      const at = nowMs();
      if (visible && at - lastDrawMs < minimumIntervalMs) return;
      lastDrawMs = at;
      visible = true;
      stream.write(eraseLine + truncate(text, terminal.columns - 1));
    },
    clear() {
      if (!visible) return;
      visible = false;
      lastDrawMs = -Infinity;
      stream.write(eraseLine);
    },
  };
}
