import type { Readable } from 'node:stream';
import type { OutputStream } from '../ui/terminal.js';

/** The three streams of a command; tests give their own. */
export interface Streams {
  stdin: Readable & { isTTY?: boolean };
  stdout: OutputStream;
  stderr: OutputStream;
}
