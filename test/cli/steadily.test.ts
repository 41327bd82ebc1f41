import { afterEach, describe, expect, it, vi } from 'vitest';
import { systemClock } from '../../src/aws/system-clock.js';
import type { CommandContext } from '../../src/cli/context.js';
import { steadily } from '../../src/cli/steadily.js';

afterEach(() => { vi.restoreAllMocks(); });

describe('the time of an operation', () => {
  it.each([[2, 'set 2 h forward'], [-2, 'set 2 h back']])('is not moved where the host\'s clock is by %d hours, which is said', (hours, says) => {
    const warned: string[] = [];
    const given = { clock: systemClock, output: { event: (event: { message: string }) => warned.push(event.message) } } as unknown as CommandContext;
    const running = vi.spyOn(performance, 'now');
    const real = Date.now.bind(Date);
    const began = performance.now();
    running.mockImplementation(() => began);
    const { clock } = steadily(given);
    const before = clock.now().getTime();
    // Two seconds later somebody sets the clock.
    running.mockImplementation(() => began + 2000);
    vi.spyOn(Date, 'now').mockImplementation(() => real() + 2000 + hours * 3_600_000);
    expect(Math.abs(clock.now().getTime() - before - 2000)).toBeLessThan(500);
    expect(warned).toEqual([expect.stringContaining(says)]);
  });
});
