import type { Environment } from '../config/locations.js';
import type { ScreenTerminal } from '../ui/screen/painter.js';
import type { OutputStream } from '../ui/terminal.js';
import type { Streams } from './streams.js';

/** A stream that a screen can be drawn on; undefined for files, pipes and streams without events. */
export function screenTerminal(stream: OutputStream): ScreenTerminal | undefined {
  const candidate = stream as OutputStream & Partial<ScreenTerminal>;
  return stream.isTTY === true && typeof candidate.on === 'function' && typeof candidate.off === 'function' ? candidate as ScreenTerminal : undefined;
}

/** Where keys come from; null when nobody sits there. */
export function keyboardOf(stdin: Streams['stdin']): NodeJS.ReadStream | null {
  return stdin.isTTY === true && typeof (stdin as Partial<NodeJS.ReadStream>).setRawMode === 'function' ? stdin as NodeJS.ReadStream : null;
}

/** The variable that ink itself and other tools made with it go by. */
export function wantsWords(env: Environment): boolean {
  return env['INK_SCREEN_READER'] === 'true' || env['INK_SCREEN_READER'] === '1';
}
