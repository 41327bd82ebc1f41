import { Box, Text, Transform, useInput } from 'ink';
import type { Key as InkKey } from 'ink';
import { memo, type ReactElement } from 'react';
import type { Key } from './model/watch-state.js';

export interface FrameProps {
  /** Painted rows, each no wider than the terminal. */
  rows: readonly string[];
  /** Left out: no keys are read. `interrupt` is Ctrl-C, which raw mode delivers as a key. */
  onKey?: ((key: Key | 'interrupt') => void) | undefined;
}

/** The one component of every screen: it lays painted rows under each other and reads keys. */
export function Frame({ rows, onKey }: FrameProps): ReactElement {
  useInput((input, key) => {
    for (const pressed of keysOf(input, key)) onKey?.(pressed);
  }, { isActive: onKey !== undefined });
  return (
    <Box flexDirection="column">
      {rows.map((row, index) => <Row key={index} row={row} />)}
    </Box>
  );
}

/**
 * ink remembers the width of every text that it ever measured. What it measures here is always the same one character,
 * and the row takes its place afterwards, so a screen may run for weeks.
 */
const Row = memo(function Row({ row }: { row: string }): ReactElement {
  return <Transform transform={() => row}><Text>.</Text></Transform>;
});

/** Keys that were pressed faster than they were read arrive together. */
export function keysOf(input: string, key: InkKey): (Key | 'interrupt')[] {
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

const letterKeys: Record<string, Key | 'interrupt'> = { q: 'quit', Q: 'quit', '?': 'help', h: 'help', f: 'failover', F: 'failover', k: 'up', j: 'down', '\r': 'enter', '\n': 'enter', '\t': 'tab', '\u0003': 'interrupt' };
