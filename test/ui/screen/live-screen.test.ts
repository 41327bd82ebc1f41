import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { openLiveScreen, type LiveScreen } from '../../../src/ui/screen/live-screen.js';
import { openOperationScreen } from '../../../src/ui/screen/operation-live.js';
import { plainTheme } from '../../../src/ui/theme.js';
import type { Job } from '../../../src/core/job.js';
import { FakeKeyboard, FakeTerminal } from './fake-terminal.js';
import { darkLook, driftedLook, nowMs, quietLook } from './sample-looks.js';
import { sampleEnd, sampleEvents, samplePlan } from './sample-operation.js';

const keys = { up: '\u001b[A', down: '\u001b[B', right: '\u001b[C', escape: '\u001b', tab: '\t', enter: '\r' };

describe('the live screen on a terminal', () => {
  let clockMs = nowMs;
  let terminal: FakeTerminal;
  let keyboard: FakeKeyboard;
  let screen: LiveScreen;
  let quits = 0;

  beforeEach(() => {
    vi.useFakeTimers({ now: nowMs, toFake: ['setTimeout', 'clearTimeout', 'setInterval', 'clearInterval', 'Date', 'performance'] });
    clockMs = nowMs + 2000;
    quits = 0;
    terminal = new FakeTerminal(80, 24);
    terminal.emulator.write('$ batchctl status --watch\r\n');
    keyboard = new FakeKeyboard();
    screen = openLiveScreen({
      deployment: 'orders', terminal, keyboard: keyboard as unknown as NodeJS.ReadStream, theme: plainTheme, now: () => new Date(clockMs),
      staleAfterSeconds: 20, onQuit: () => { quits += 1; },
    });
  });

  afterEach(() => {
    screen.close();
    vi.useRealTimers();
  });

  const text = (): string => terminal.emulator.text().join('\n');
  const wait = async (ms: number): Promise<void> => {
    clockMs += ms;
    await vi.advanceTimersByTimeAsync(ms);
  };
  const press = async (typed: string): Promise<void> => {
    keyboard.type(typed);
    // A lone Escape is told from an escape sequence by what follows in the same turn.
    await new Promise<void>((resolve) => { setImmediate(resolve); });
    await new Promise<void>((resolve) => { setImmediate(resolve); });
  };

  it('says what it waits for, then shows the first look', async () => {
    expect(text()).toContain('looking at orders');
    screen.show(quietLook());
    await wait(300);
    expect(text()).toContain('us-east-1 active  epoch 1  phase active  stay: ✖ NO GO');
    expect(text()).not.toContain('looking at');
    expect(terminal.emulator.unknownSequences).toEqual([]);
    expect(terminal.emulator.cursorVisible).toBe(false);
  });

  it('writes nothing while nothing changes, and only the changed rows when the second ticks', async () => {
    screen.show(quietLook());
    await wait(300);
    terminal.writes = [];
    screen.show(quietLook());
    await wait(200);
    expect(terminal.writes).toEqual([]);
    await wait(1000);
    expect(terminal.writes).toHaveLength(1);
    // The age in the first row and the clock in the second; no other row is touched.
    // eslint-disable-next-line no-control-regex
    expect(terminal.writes[0]?.match(/\u001b\[\d+;1H/g)).toEqual(['\u001b[1;1H', '\u001b[2;1H']);
    expect(text()).toContain('seen 3 s ago');
  });

  it('draws at most four times a second, however often looks arrive', async () => {
    screen.show(quietLook());
    await wait(300);
    terminal.writes = [];
    for (let turn = 0; turn < 100; turn += 1) {
      screen.show(turn % 2 ? quietLook() : darkLook());
      await wait(20);
    }
    expect(terminal.writes.length).toBeGreaterThan(2);
    expect(terminal.writes.length).toBeLessThanOrEqual(9);
  });

  it('moves with the arrows and Tab, opens a detail with Enter and leaves it with Escape', async () => {
    screen.show(darkLook());
    await wait(300);
    await press(keys.down);
    expect(text()).toContain('> ✖ bad     states here');
    await press(keys.enter);
    expect(text()).toContain('✖ bad  probe.states  of us-east-1');
    expect(text()).toContain('Step Functions in us-east-1 did not answer this host: timed out');
    await press(keys.escape);
    expect(text()).toContain('> ✖ bad     states here');
    await press(keys.tab);
    await press(keys.tab);
    expect(text()).toContain('> ✖ FAILED     input/orders-0490.csv');
    await press(keys.enter);
    expect(text()).toContain('$ batchctl -d orders redrive orders-0490');
  });

  it('keeps the selection on the same job when a look moves it', async () => {
    screen.show(driftedLook(20));
    await wait(300);
    for (const key of [keys.tab, keys.tab, keys.down, keys.down]) await press(key);
    expect(text()).toMatch(/> ▸ RUNNING {4}input\/bulk-0002/);
    const next = darkLook();
    if (next.snapshot.work.known) next.snapshot.work.value.open.push(...driftedWork());
    screen.show(next);
    await wait(300);
    expect(text()).toMatch(/> ▸ RUNNING {4}input\/bulk-0002/);
  });

  it('shows the failover command and runs nothing', async () => {
    screen.show(darkLook());
    await wait(300);
    await press('f');
    expect(text()).toContain('$ batchctl -d orders failover --to us-west-2');
    expect(text()).toContain('This screen never runs it');
    expect(text()).toContain('input/orders-0504.csv');
    await press('f');
    expect(text()).toContain('advice');
    expect(quits).toBe(0);
  });

  it('quits on q and on Ctrl-C', async () => {
    await press('q');
    await press('\u0003');
    expect(quits).toBe(2);
  });

  it('follows every size of window, never taller or wider than it, and loses nothing above', async () => {
    screen.show(darkLook());
    await wait(300);
    for (const [columns, rows] of [[120, 40], [80, 24], [200, 60], [60, 15], [40, 10], [30, 5], [20, 1], [80, 24]] as const) {
      terminal.resize(columns, rows);
      const shown = terminal.emulator.text();
      expect(shown.length).toBe(rows);
      expect(shown[0]?.slice(0, 9)).toBe('us-east-1');
      if (rows > 3) expect(shown.at(-1)).toMatch(/^↑↓ move/);
      // Had a row been too wide or the frame too tall, the terminal would have wrapped or scrolled it.
      expect(shown.filter((row) => row.startsWith('us-east-1 active'))).toHaveLength(1);
    }
    screen.close();
    expect(terminal.emulator.history()[0]).toBe('$ batchctl status --watch');
    expect(terminal.emulator.scrollbackErased).toBe(0);
  });

  it('draws anew over whatever something else wrote on the terminal', async () => {
    screen.show(quietLook());
    await wait(300);
    const before = text();
    terminal.emulator.write('\u001b[5;1HStopping at the next safe point.\r\n\n\n');
    expect(text()).not.toBe(before);
    terminal.resize(80, 24);
    expect(text()).toBe(before);
  });

  it('leaves the last frame below what stood there, without keys, and gives the cursor and the keyboard back', async () => {
    screen.show(darkLook());
    await wait(300);
    await press('?');
    expect(keyboard.raw).toBe(true);
    screen.close();
    screen.close();
    const history = terminal.emulator.history().filter((row) => row !== '');
    expect(history[0]).toBe('$ batchctl status --watch');
    expect(history[1]).toContain('us-east-1 active  epoch 1');
    expect(history.at(-1)).toContain('last move');
    expect(history.filter((row) => row.includes('epoch 1  phase'))).toHaveLength(1);
    expect(terminal.emulator.alternate).toBe(false);
    expect(terminal.emulator.cursorVisible).toBe(true);
    expect(keyboard.raw).toBe(false);
    await wait(5000);
    expect(terminal.listenerCount('resize')).toBe(0);
  });

  function driftedWork(): Job[] {
    const { work } = driftedLook(20).snapshot;
    return work.known ? work.value.open : [];
  }
});

describe('the operation screen on a terminal', () => {
  it('shows steps as they come, hands Ctrl-C on, and leaves the end in the scrollback', async () => {
    const terminal = new FakeTerminal(100, 30);
    const keyboard = new FakeKeyboard();
    const plan = samplePlan();
    let interrupts = 0;
    let clockMs = nowMs;
    const screen = openOperationScreen({ plan, rtoTargetSeconds: 300, terminal, keyboard: keyboard as unknown as NodeJS.ReadStream, theme: plainTheme, now: () => new Date(clockMs), onInterrupt: () => { interrupts += 1; } });
    const text = (): string => terminal.emulator.text().join('\n');
    expect(text()).toContain('open until the point of no return');
    for (const event of sampleEvents(plan)) screen.event(event);
    clockMs += 14_000;
    keyboard.type('q');
    keyboard.type('\u0003');
    expect(interrupts).toBe(1);
    screen.stopping();
    expect(text()).toContain('RTO clock 14 s of 5 min');
    expect(text()).toContain('none any more');
    expect(text()).toContain('▸ running  re-drive');
    expect(text()).toContain('stopping at the next safe point');
    for (const event of sampleEnd(plan)) screen.event(event);
    screen.close();
    const left = terminal.emulator.history().join('\n');
    expect(left).toContain('✔ RTO 20 s of 5 min');
    expect(left).toContain('3 re-driven  0 already done  2 parked');
    expect(left).not.toContain('Ctrl-C');
  });

  it('leaves nothing behind when the operation was refused before it began', () => {
    const terminal = new FakeTerminal(80, 24);
    terminal.emulator.write('above\r\n');
    const screen = openOperationScreen({ plan: samplePlan(), rtoTargetSeconds: 300, terminal, keyboard: null, theme: plainTheme, now: () => new Date(nowMs), onInterrupt: () => {} });
    screen.close();
    expect(terminal.emulator.history().filter((row) => row !== '')).toEqual(['above']);
  });
});
