import { describe, expect, it } from 'vitest';
import { createSteadyClock } from '../../src/aws/steady-clock.js';

const start = Date.UTC(2026, 9, 25, 0, 30);
const hour = 3_600_000;

/** A host whose clock is set, and that is suspended, as a test says. */
function host() {
  const state = { wall: start, running: 5000, uptime: 90_000 };
  const jumps: number[] = [];
  const clock = createSteadyClock((seconds) => jumps.push(seconds), { wallMs: () => state.wall, runningMs: () => state.running, uptimeSeconds: () => Math.floor(state.uptime) });
  return {
    jumps,
    passed: () => clock.now().getTime() - start,
    pass(milliseconds: number) { state.wall += milliseconds; state.running += milliseconds; state.uptime += milliseconds / 1000; },
    suspend(milliseconds: number) { state.wall += milliseconds; state.uptime += milliseconds / 1000; },
    setClock(milliseconds: number) { state.wall += milliseconds; },
  };
}

describe('a steady clock', () => {
  it('passes as time does', () => {
    const { passed, pass, jumps } = host();
    for (let second = 1; second <= 5000; second += 1) {
      pass(1000);
      expect(passed()).toBe(second * 1000);
    }
    expect(jumps).toEqual([]);
  });

  it.each([2 * hour, -2 * hour, 15_000, -15_000])('is not moved by a clock that is set by %d ms, and tells of it once', (by) => {
    const { passed, pass, setClock, jumps } = host();
    pass(10_000);
    setClock(by);
    for (let second = 11; second <= 40; second += 1) {
      pass(1000);
      expect(passed()).toBe(second * 1000);
    }
    expect(jumps).toEqual([by / 1000]);
    setClock(-by);
    pass(2000);
    expect(passed()).toBe(42_000);
    expect(jumps).toEqual([by / 1000, -by / 1000]);
  });

  it('lets the time pass that the host was suspended: a lease runs out meanwhile', () => {
    const { passed, pass, suspend, jumps } = host();
    pass(10_000);
    suspend(hour);
    pass(2000);
    expect(Math.abs(passed() - hour - 12_000)).toBeLessThan(1000);
    suspend(hour);
    pass(2000);
    expect(Math.abs(passed() - 2 * hour - 14_000)).toBeLessThan(1000);
    expect(jumps).toEqual([]);
  });

  it('is not moved where it was slewed, as NTP does it', () => {
    const { passed, pass, setClock, jumps } = host();
    for (let second = 1; second <= 100; second += 1) {
      pass(1000);
      setClock(1);
    }
    expect(passed()).toBe(100_000);
    expect(jumps).toEqual([]);
  });

  it('keeps this host\'s own time', async () => {
    const clock = createSteadyClock(() => {});
    await clock.sleep(30);
    expect(Math.abs(clock.now().getTime() - Date.now())).toBeLessThan(50);
  });
});
