import { describe, expect, it } from 'vitest';
import { printable, printableJson, printableLines } from '../../src/ui/printable.js';
import { formatAge, formatBytes, formatCount, formatSeconds, formatUtcWithAge, plural } from '../../src/ui/quantities.js';
import { displayWidth, table, truncate } from '../../src/ui/table.js';
import { detectTerminal } from '../../src/ui/terminal.js';

describe('text from outside', () => {
  const hostile = 'a\u001b]0;title\u0007\u009b31m\u202egpj.exe\nb\tc';

  it('is shown, never obeyed', () => {
    expect(printable(hostile)).toBe('a\\x1b]0;title\\x07\\x9b31m\\u202egpj.exe\\nb\\tc');
    expect(printableLines(hostile)).toBe('a\\x1b]0;title\\x07\\x9b31m\\u202egpj.exe\nb\tc');
    expect(printable('Österreich 日本 𐍈')).toBe('Österreich 日本 𐍈');
  });

  it('keeps its value in JSON', () => {
    const text = printableJson({ hostile });
    // eslint-disable-next-line no-control-regex
    expect(text).not.toMatch(/[\u0000-\u001f\u007f-\u009f\u202e]/);
    expect(JSON.parse(text)).toEqual({ hostile });
  });
});

describe('quantities', () => {
  it('are written for people', () => {
    expect([0, 999, 1500, 12_000_000, 1e13].map(formatBytes)).toEqual(['0 B', '999 B', '1.5 kB', '12 MB', '10 TB']);
    expect([0.44, 9.94, 12, 200, 3600, 7500, 273_600].map(formatSeconds)).toEqual(['0.4 s', '9.9 s', '12 s', '3 min 20 s', '1 h', '2 h 5 min', '3 d 4 h']);
    expect(formatCount(1_234_567)).toBe('1,234,567');
    expect(plural(1, 'job')).toBe('1 job');
    expect(plural(2, 'property', 'properties')).toBe('2 properties');
    expect(formatAge(-30)).toBe('in 30 s');
  });

  it('are unknown, never zero, when they are not known', () => {
    expect([formatBytes(null), formatCount(undefined), formatSeconds(null)]).toEqual(['unknown', 'unknown', 'unknown']);
    expect(formatUtcWithAge(undefined, new Date())).toBe('unknown');
  });

  it('give times in UTC with their age', () => {
    expect(formatUtcWithAge('2026-11-21T06:00:00.000Z', new Date('2026-11-21T06:03:20Z'))).toBe('2026-11-21 06:00:00Z (3 min 20 s ago)');
  });
});

describe('tables', () => {
  it('line up by what is seen', () => {
    expect(table([{ title: 'name', value: (row: string[]) => row[0] ?? '' }, { title: 'n', value: (row) => row[1] ?? '', align: 'right' }], [['日本', '1'], ['a', '22']], { width: 80 })).toEqual(['NAME   N', '日本   1', 'a     22']);
  });

  it('take what is too much from the column that shrinks', () => {
    const lines = table([{ title: 'key', value: (row: string[]) => row[0] ?? '', shrinks: true }, { title: 'state', value: () => 'RUNNING' }], [['x'.repeat(80)]], { width: 40 });
    expect(Math.max(...lines.map(displayWidth))).toBe(40);
    expect(lines[1]).toContain('…');
    expect(truncate('日本語', 5)).toBe('日本…');
  });

  it('never let a cell break the line', () => {
    expect(table([{ title: 'key', value: (row: string) => row }], ['a\nb\u001b[2J'], { width: 80 })).toEqual(['KEY', 'a\\nb\\x1b[2J']);
  });
});

describe('terminals', () => {
  const tty = { write: () => true, isTTY: true, columns: 120 };
  it.each([
    ['a terminal', tty, {}, false, true, true],
    ['a pipe', { write: () => true }, {}, false, false, false],
    ['NO_COLOR', tty, { NO_COLOR: '1' }, false, false, true],
    ['an empty NO_COLOR', tty, { NO_COLOR: '' }, false, true, true],
    ['--no-color', tty, {}, true, false, true],
    ['TERM=dumb', tty, { TERM: 'dumb' }, false, false, false],
    ['a pipe with FORCE_COLOR', { write: () => true }, { FORCE_COLOR: '1' }, false, true, false],
    ['NO_COLOR against FORCE_COLOR', tty, { NO_COLOR: '1', FORCE_COLOR: '1' }, false, false, true],
    ['a screen reader', tty, { INK_SCREEN_READER: 'true' }, false, true, false],
    ['a terminal in CI', tty, { CI: 'true' }, false, true, false],
  ])('%s', (_, stream, env, noColour, colour, animated) => {
    expect(detectTerminal(stream, env, { noColour })).toMatchObject({ colour, animated });
  });
});
