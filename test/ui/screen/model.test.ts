import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Signal } from '../../../src/core/recommendation-types.js';
import { statusDocument } from '../../../src/ui/documents/status.js';
import { nextCommand } from '../../../src/ui/screen/model/next-command.js';
import { operationScreen } from '../../../src/ui/screen/model/operation-screen.js';
import { shareRows, windowOf } from '../../../src/ui/screen/model/rows-budget.js';
import { createSignalHistory, historyMinutes, minuteOf, signalKey } from '../../../src/ui/screen/model/signal-history.js';
import { sparkline } from '../../../src/ui/screen/model/sparkline.js';
import { cell, cutLine, fillLine, line, span, textOf, widthOf, wrapWords } from '../../../src/ui/screen/model/spans.js';
import { spokenChanges, spokenSummary } from '../../../src/ui/screen/model/spoken.js';
import { watchModel, type WatchData } from '../../../src/ui/screen/model/watch-model.js';
import { watchScreen } from '../../../src/ui/screen/model/watch-screen.js';
import { afterKey, firstState, type Key, type WatchState } from '../../../src/ui/screen/model/watch-state.js';
import { paintLine } from '../../../src/ui/screen/paint.js';
import { displayWidth } from '../../../src/ui/table.js';
import { plainTheme, verdictMark } from '../../../src/ui/theme.js';
import { east, job, seen, west } from '../../core/situation.js';
import { darkLook, driftedLook, noLedgerLook, nowMs, quietLook, stuckLook } from './sample-looks.js';
import { sampleEvents, samplePlan, viewAfter } from './sample-operation.js';

const looks: Record<string, () => WatchData> = { quiet: quietLook, dark: darkLook, drifted: driftedLook, stuck: stuckLook, 'no ledger': noLedgerLook };
const modelOf = (data: WatchData): ReturnType<typeof watchModel> => watchModel(data, createSignalHistory());
const rowsOf = (data: WatchData, size = { columns: 120, rows: 40 }, state: WatchState = firstState): string[] => (
  watchScreen({ deployment: 'orders', model: modelOf(data), state, nowMs, staleAfterSeconds: 20, keys: true }, size).map(textOf));

describe('a guard on the screen', () => {
  it.each([
    ['holding', { kind: 'holding', heldSeconds: 20, holdSeconds: 60, why: 'x' }, /guard +▸ GO held 20 s of 1 min {2}moves to us-west-2 by itself, once/],
    ['a person', { kind: 'needs-person', why: 'x' }, /guard +▲ a person has to decide/],
    ['unknown', { kind: 'unknown', why: 'x' }, /guard +\? unknown: nothing is done on that/],
  ] as const)('says how far it is: %s', (_, verdict, says) => {
    for (const size of [{ columns: 80, rows: 24 }, { columns: 120, rows: 40 }]) expect(rowsOf({ ...darkLook(), guard: { to: west, auto: true, verdict } }, size).join('\n')).toMatch(says);
  });

  it('is not there where none watches', () => { expect(rowsOf(darkLook()).join('\n')).not.toMatch(/^guard/m); });
});

describe('a small window', () => {
  const small = { columns: 60, rows: 20 };

  it('cuts neither the verdict for a glance nor the command to run', () => {
    expect(rowsOf(darkLook(), small)[0]).toContain('▲ GO WITH DATA RISK');
    const rows = rowsOf(stuckLook(), small);
    const from = rows.findIndex((row) => row.startsWith('next'));
    expect([rows[from], rows[from + 1]].map((row) => row?.trim())).toEqual(['next         $ batchctl -d orders failback --resume \\', '20261121T050000Z-5eed02']);
  });

  it('marks what it had to leave out', () => {
    const rows = rowsOf(darkLook(), small);
    const reason = rows.findIndex((row) => row.includes('• us-east-1 is impaired'));
    expect(rows[reason + 1]).toMatch(/… \d+ more lines: see batchctl assess/);
    expect(rowsOf(driftedLook(), small).find((row) => row.startsWith('drift'))).toMatch(/ …\s*$/);
  });
});

describe('rows of text', () => {
  it('show what came from outside and obey none of it, in every way that they are made', () => {
    const hostile = 'a\u001b[2J\u202eb\nc';
    const texts = [textOf(line(hostile)), span(hostile).text, cell(hostile, 40).text, textOf(cutLine(line(hostile), 40)), ...wrapWords(hostile, 40)];
    // eslint-disable-next-line no-control-regex
    for (const text of texts) expect(text).not.toMatch(/[\u0000-\u001f\u202e]/);
  });

  it('are cut by what is seen: wide characters count twice, combining marks not at all', () => {
    expect(textOf(cutLine(line('日本語のファイル'), 7))).toBe('日本語…');
    expect(textOf(cutLine(line('e\u0301e\u0301e\u0301e\u0301'), 3))).toBe('e\u0301e\u0301…');
    expect(widthOf(fillLine(line('日本'), 7))).toBe(7);
    expect(cell('日本語', 4).text).toBe('日… ');
  });

  it('mark a cut between two spans too', () => {
    expect(textOf(cutLine(line('abc', span('def', 'bad')), 3))).toBe('ab…');
    expect(textOf(cutLine(line('abc', span('def', 'bad')), 6))).toBe('abcdef');
  });

  it('are never wider than asked, whatever is in them', () => {
    fc.assert(fc.property(fc.array(fc.string({ unit: 'grapheme' }), { maxLength: 5 }), fc.integer({ min: 1, max: 60 }), (texts, width) => {
      expect(widthOf(cutLine(line(...texts), width))).toBeLessThanOrEqual(width);
      expect(widthOf(fillLine(line(...texts), width))).toBe(width);
    }));
  });

  it('are wrapped between words, and inside a word only when it is too long', () => {
    expect(wrapWords('the quick brown fox', 9)).toEqual(['the quick', 'brown fox']);
    expect(wrapWords('abcdefghij kl', 4)).toEqual(['abcd', 'efgh', 'ij', 'kl']);
    fc.assert(fc.property(fc.string({ unit: 'grapheme' }), fc.integer({ min: 2, max: 40 }), (text, width) => {
      for (const row of wrapWords(text, width)) expect(displayWidth(row)).toBeLessThanOrEqual(width);
    }));
  });

  it('show what a terminal would obey in outside text instead of obeying it', () => {
    const data = quietLook();
    data.snapshot.work = seen({ open: [job('x', { key: 'input/\u001b]0;owned\u0007\u202ecsv.exe\n\u001b[2J' })], failed: [], unsettledNotifications: [], presence: {} }, 'ledger');
    const painted = watchScreen({ deployment: 'orders', model: modelOf(data), state: firstState, nowMs, staleAfterSeconds: 20, keys: true }, { columns: 120, rows: 40 })
      .map((row) => paintLine(row, plainTheme, 120)).join('');
    expect(painted).toContain('input/\\x1b]0;owned\\x07\\u202ecsv.exe\\n');
    // eslint-disable-next-line no-control-regex
    expect(painted).not.toMatch(/[\u0000-\u001f\u007f-\u009f\u202e]/);
  });
});

describe('the last hour', () => {
  const at = (minute: number): string => new Date(minute * 60_000).toISOString();
  function recorded(minutes: number[], level: Signal['level'] = 'ok', value: number | null = 0): ReturnType<typeof createSignalHistory> {
    const history = createSignalHistory();
    for (const minute of minutes) {
      const data = quietLook();
      data.snapshot.observedAt = at(minute);
      const first = data.assessment.regions[east]?.signals[0] as Signal;
      history.record(data.snapshot, { ...data.assessment, regions: { [east]: { region: east, role: 'active', health: 'healthy', signals: [{ ...first, level, value }] } } });
    }
    return history;
  }

  it('keeps one sample a minute, the worst and the highest of it, and never more than an hour', () => {
    const history = recorded(Array.from({ length: 500 }, (_, index) => index));
    expect(history.samples(east, 'probe.s3')).toHaveLength(historyMinutes);
    expect(history.samples(east, 'probe.s3')[0]?.minute).toBe(440);
    expect(history.size()).toBeLessThanOrEqual(2 * historyMinutes);
  });

  it('forgets a signal that is not seen any more', () => {
    const history = createSignalHistory();
    const data = quietLook();
    data.snapshot.observedAt = at(10);
    history.record(data.snapshot, data.assessment);
    const later = quietLook();
    later.snapshot.observedAt = at(10 + historyMinutes);
    history.record(later.snapshot, { ...later.assessment, regions: {} });
    expect(history.size()).toBe(0);
  });

  it('is seeded with what the other Region observed before the screen was opened', () => {
    const data = quietLook();
    data.snapshot.probes[east] = { ...data.snapshot.probes[east] as WatchData['snapshot']['probes'][string], history: seen([30, 20, 10].map((minutes) => ({ at: new Date(nowMs - minutes * 60_000).toISOString(), ok: minutes !== 20 })), west) };
    const history = createSignalHistory();
    history.record(data.snapshot, data.assessment);
    expect(history.samples(east, 'observer.minutes').map((sample) => sample.level)).toEqual(['ok', 'bad', 'ok', 'ok']);
  });

  it('is drawn newest at the right, with letters for what colour alone must not say', () => {
    const draw = (history: ReturnType<typeof createSignalHistory>): string => sparkline(history.samples(east, 'probe.s3'), 60, 60, 'ms').map((part) => part.text).join('');
    expect(draw(recorded([59, 60], 'ok', 0))).toBe(`${'·'.repeat(58)}▁▁`);
    expect(draw(recorded([60], 'ok', 1000)).at(-1)).toBe('█');
    expect(draw(recorded([60], 'bad', 3000)).at(-1)).toBe('x');
    expect(draw(recorded([60], 'unknown', null)).at(-1)).toBe('?');
  });

  it('keeps the worst minute of each column when there is less room than minutes', () => {
    const samples = Array.from({ length: 60 }, (_, index) => ({ minute: index + 1, level: index === 31 ? 'bad' as const : 'ok' as const, value: 1 }));
    expect(sparkline(samples, 60, 6, 'ms').map((part) => part.text).join('')).toBe('▁▁▁x▁▁');
    expect(minuteOf('1970-01-01T01:00:30Z')).toBe(60);
  });

  it('tells the same probe from two places apart', () => {
    expect(new Set((quietLook().assessment.regions[east]?.signals ?? []).map(signalKey)).size).toBe(quietLook().assessment.regions[east]?.signals.length);
  });
});

describe('sharing the window', () => {
  it('gives every block its least in turn, then what it wants, and never more than there is', () => {
    const block = { wanted: fc.integer({ min: 0, max: 50 }), least: fc.integer({ min: 0, max: 5 }), turn: fc.integer({ min: 0, max: 9 }) };
    fc.assert(fc.property(fc.array(fc.record(block), { maxLength: 12 }), fc.integer({ min: 0, max: 60 }), (blocks, rows) => {
      const given = shareRows(blocks, rows);
      expect(given.reduce((sum, each) => sum + each, 0)).toBe(Math.min(rows, blocks.reduce((sum, each) => sum + each.wanted, 0)));
      given.forEach((each, index) => expect(each).toBeLessThanOrEqual(blocks[index]?.wanted ?? 0));
    }));
    expect(shareRows([{ wanted: 10, least: 2, turn: 1 }, { wanted: 3, least: 3, turn: 0 }], 4)).toEqual([1, 3]);
  });

  it('keeps the selected row in sight', () => {
    fc.assert(fc.property(fc.integer({ min: 1, max: 2000 }), fc.integer({ min: 1, max: 60 }), fc.nat(), (total, rows, pick) => {
      const selected = pick % total;
      const { from, to } = windowOf(total, rows, selected);
      expect(to - from).toBe(Math.min(rows, total));
      expect(selected).toBeGreaterThanOrEqual(from);
      expect(selected).toBeLessThan(to);
    }));
  });

  it('makes every screen fit every window, whatever was pressed', () => {
    const keys = fc.array(fc.constantFrom<Exclude<Key, 'quit'>>('up', 'down', 'left', 'right', 'page-down', 'home', 'end', 'tab', 'back-tab', 'enter', 'escape', 'help'), { maxLength: 12 });
    const models = Object.values(looks).map((make) => modelOf(make()));
    fc.assert(fc.property(fc.nat(models.length - 1), keys, fc.integer({ min: 20, max: 220 }), fc.integer({ min: 1, max: 70 }), (which, pressed, columns, rows) => {
      const model = models[which];
      const state = pressed.reduce<WatchState>((before, key) => afterKey(before, key, model), firstState);
      const screen = watchScreen({ deployment: 'orders', model, state, nowMs, staleAfterSeconds: 20, keys: true }, { columns, rows });
      expect(screen.length).toBeLessThanOrEqual(rows);
      for (const row of screen) expect(widthOf(row)).toBeLessThanOrEqual(columns);
    }), { numRuns: 150 });
  });

  it('makes the operation screen fit every window, the running step in sight', () => {
    const view = viewAfter(sampleEvents());
    fc.assert(fc.property(fc.integer({ min: 20, max: 200 }), fc.integer({ min: 1, max: 50 }), (columns, rows) => {
      const screen = operationScreen({ plan: samplePlan(), view, nowMs: nowMs + 14_000, rtoTargetSeconds: 300, stopping: false, keys: true }, { columns, rows });
      expect(screen.length).toBeLessThanOrEqual(rows);
      for (const row of screen) expect(widthOf(row)).toBeLessThanOrEqual(columns);
      if (rows >= 10) expect(screen.some((row) => textOf(row).startsWith(' ▸ running'))).toBe(true);
    }), { numRuns: 100 });
  });
});

describe('what the screen says', () => {
  it.each(Object.keys(looks))('has the verdict of status: %s', (name) => {
    const data = (looks[name] as () => WatchData)();
    const { recommendation } = statusDocument(data.snapshot, data.assessment);
    const rows = rowsOf(data);
    expect(rows[0]).toContain(verdictMark(recommendation.verdict, plainTheme));
    const advice = rows.find((row) => row.startsWith('advice')) ?? '';
    expect(advice).toContain(recommendation.action);
    expect(advice).toContain(verdictMark(recommendation.verdict, plainTheme));
    expect(spokenSummary(modelOf(data))).toContain(recommendation.verdict.replaceAll('_', ' '));
  });

  it('names the exact command that follows', () => {
    const command = (data: WatchData): string | undefined => nextCommand(data.snapshot, data.assessment.recommendation, data.lastOperation.known ? data.lastOperation.value : null);
    expect(command(quietLook())).toBeUndefined();
    expect(command(darkLook())).toBe('batchctl -d orders failover --to us-west-2');
    expect(command(driftedLook())).toBe('batchctl -d orders failover --to us-east-1');
    expect(command(stuckLook())).toBe('batchctl -d orders failback --resume 20261121T050000Z-5eed02');
    expect(command(noLedgerLook())).toBe('batchctl -d orders assess');
  });

  it('shows unknown as unknown, never as nothing', () => {
    const text = rowsOf(noLedgerLook()).join('\n');
    expect(text).toContain('? active Region unknown');
    expect(text).toMatch(/jobs +\? unknown/);
    expect(text).toContain('missing unknown');
    expect(text).not.toMatch(/\b0 running/);
    expect(text).not.toContain('no drift');
  });

  it('calls data old when looks stop coming back', () => {
    const header = (ageMs: number): string => textOf(watchScreen({ deployment: 'orders', model: modelOf(quietLook()), state: firstState, nowMs: nowMs + ageMs, staleAfterSeconds: 20, keys: true }, { columns: 80, rows: 24 })[0] ?? []);
    expect(header(19_000)).not.toContain('old');
    expect(header(21_000)).toContain('▲ old: seen 21 s ago');
  });

  it('tells in sentences what changed, and nothing when nothing did', () => {
    const [quiet, dark] = [modelOf(quietLook()), modelOf(darkLook())];
    expect(spokenChanges(quiet, modelOf(quietLook()))).toEqual([]);
    const said = spokenChanges(quiet, dark);
    expect(said[0]).toMatch(/^Advice is now failover to us-west-2, verdict GO WITH DATA RISK: .* Next: batchctl -d orders failover --to us-west-2$/);
    expect(said).toContain('us-east-1 is impaired.');
    expect(said).toContain('In us-east-1, ledger.strong-read is bad: the ledger\'s replica in us-east-1 did not answer a strong read: timed out.');
    expect(said.at(-1)).toContain('1 parked');
    expect(spokenChanges(quiet, modelOf(driftedLook()))).toContain('Drift: traffic dial of us-east-1 is 0; new uploads should go to us-east-1, so it should be 100.');
  });
});
