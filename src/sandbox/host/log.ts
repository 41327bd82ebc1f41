import { createWriteStream, type WriteStream } from 'node:fs';
import type { LogLine } from './protocol.js';

/** The sandbox's log: the newest lines in memory for `sandbox status`, all of them in a file. */
export interface SandboxLog {
  write(region: string, source: string, line: string): void;
  tail(lines: number, source?: string): LogLine[];
  close(): Promise<void>;
}

const keptLines = 5000;

export function openLog(file: string): SandboxLog {
  const stream: WriteStream = createWriteStream(file, { flags: 'a', mode: 0o600 });
  // A full disk must not take the sandbox down with it; the lines in memory remain.
  stream.on('error', () => undefined);
  const kept: LogLine[] = [];
  return {
    write: (region, source, line) => {
      const entry = { at: new Date().toISOString(), region, source, line };
      kept.push(entry);
      if (kept.length > keptLines * 2) kept.splice(0, kept.length - keptLines);
      stream.write(`${entry.at} ${region} ${source} ${onlyText(line)}\n`);
    },
    tail: (lines, source) => (source === undefined ? kept : kept.filter((entry) => entry.source === source)).slice(-lines),
    close: () => new Promise((resolve) => { stream.end(() => { resolve(); }); }),
  };
}

// eslint-disable-next-line no-control-regex
const unsafe = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]/g;

/** Functions print what files and callers hold: it can neither begin a line of the log nor be obeyed by a terminal that shows it. */
function onlyText(line: string): string {
  return line.replace(unsafe, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`).replaceAll('\n', '\n  | ');
}
