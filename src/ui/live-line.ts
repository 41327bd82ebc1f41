import { truncate } from './table.js';
import type { OutputStream, Terminal } from './terminal.js';

/** The last line of stderr, rewritten in place. Text that is printed meanwhile goes above it. */
export interface LiveLine {
  show(text: string): void;
  clear(): void;
}

/** What moves while nothing else does, so that a long wait is told from a hang. */
export interface Spinner {
  text: string;
  start(): unknown;
  stop(): unknown;
}

const eraseLine = '\r\u001b[2K';
/** Redraws faster than this are dropped: nobody reads them, and a slow terminal would hold the work up. */
const minimumIntervalMs = 100;
/** The spinner and the blank after it. */
const spinnerColumns = 2;

/** The text stands alone until the spinner has been loaded, which only a line that is shown asks for. */
export function createLiveLine(stream: OutputStream, terminal: Terminal, nowMs: () => number, load: typeof loadSpinner = loadSpinner): LiveLine {
  if (!terminal.animated) return { show: () => {}, clear: () => {} };
  let visible = false;
  let lastDrawMs = -Infinity;
  let text = '';
  let spinner: Spinner | undefined;
  let loading: Promise<void> | undefined;

  const draw = (): void => {
    if (!spinner) {
      stream.write(eraseLine + text);
      return;
    }
    spinner.text = text;
    spinner.start();
  };
  const adopt = (loaded: Spinner | undefined): void => {
    if (!loaded) return;
    // What was drawn without it gives way; what has been cleared meanwhile stays away.
    if (visible) stream.write(eraseLine);
    spinner = loaded;
    if (visible) draw();
  };
  return {
    show(wanted) {
      const at = nowMs();
      if (visible && at - lastDrawMs < minimumIntervalMs) return;
      lastDrawMs = at;
      text = truncate(wanted, terminal.columns - 1 - spinnerColumns);
      visible = true;
      draw();
      // Without it the line is as good as it was: nothing that an operator waits for may fail for a spinner.
      loading ??= load(stream, terminal).then(adopt, () => {});
    },
    clear() {
      if (!visible) return;
      visible = false;
      lastDrawMs = -Infinity;
      spinner?.stop();
      stream.write(eraseLine);
    },
  };
}

/** Undefined: the stream is no terminal of Node's, so nothing can be moved on it. */
export async function loadSpinner(stream: OutputStream, terminal: Terminal): Promise<Spinner | undefined> {
  if (!isTerminalStream(stream)) return undefined;
  const { default: ora } = await import('ora');
  // Keys belong to the questions that may follow, the cursor to the terminal: a command that is killed leaves both as they were.
  return ora({ stream, isEnabled: true, discardStdin: false, hideCursor: false, color: terminal.colour && 'cyan' });
}

/** A terminal that tells no width (0 columns, as some recorders have) would make ora count endless lines to erase. */
function isTerminalStream(stream: OutputStream): stream is OutputStream & NodeJS.WriteStream {
  return (stream.columns ?? 0) > 0 && 'cursorTo' in stream && 'clearLine' in stream && 'moveCursor' in stream;
}
