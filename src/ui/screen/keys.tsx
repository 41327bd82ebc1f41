import { render, useInput } from 'ink';
import type { Key as InkKey } from 'ink';
import type { Key } from './model/watch-state.js';

/** What the screens obey. `interrupt` is Ctrl-C, which raw mode delivers as a key. */
export type PressedKey = Key | 'interrupt';

/**
 * Reads keys until it is called back; gives the terminal's modes back then. ink knows the sequences that terminals send and
 * puts the keyboard into raw mode and out of it. Rows do not go through it: it takes each of them apart and
 * puts it together again for every frame, which cost more than all the rest of a watch, AWS calls included.
 */
export function readKeys(keyboard: NodeJS.ReadStream, onKey: (key: PressedKey) => void): () => void {
  const ink = render(<Keys onKey={onKey} />, { stdout: noOutput, stdin: keyboard, stderr: noOutput, debug: true, patchConsole: false, exitOnCtrlC: false, isScreenReaderEnabled: false });
  return () => ink.unmount();
}

function Keys({ onKey }: { onKey(key: PressedKey): void }): null {
  useInput((input, key) => {
    for (const pressed of keysOf(input, key)) onKey(pressed);
  });
  return null;
}

const noOutput = { isTTY: false, columns: 80, write: () => true, on: () => noOutput, off: () => noOutput } as unknown as NodeJS.WriteStream;

/** Keys that were pressed faster than they were read arrive together. */
export function keysOf(input: string, key: InkKey): PressedKey[] {
  if (key.ctrl && input === 'c') return ['interrupt'];
  if (key.upArrow) return ['up'];
  if (key.downArrow) return ['down'];
  if (key.leftArrow) return ['left'];
  if (key.rightArrow) return ['right'];
  if (key.pageUp) return ['page-up'];
  if (key.pageDown) return ['page-down'];
  if (key.home) return ['home'];
  if (key.end) return ['end'];
  if (key.tab) return [key.shift ? 'back-tab' : 'tab'];
  if (key.return) return ['enter'];
  if (key.escape || key.backspace || key.delete) return ['escape'];
  if (key.ctrl || key.meta) return [];
  return [...input].flatMap((letter) => letterKeys[letter] ?? []);
}

const letterKeys: Record<string, PressedKey> = { q: 'quit', Q: 'quit', '?': 'help', h: 'help', f: 'failover', F: 'failover', k: 'up', j: 'down', '\r': 'enter', '\n': 'enter', '\t': 'tab', '\u0003': 'interrupt' };
