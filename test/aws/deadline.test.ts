import { describe, expect, it } from 'vitest';
import { DeadlineExceeded, withDeadline } from '../../src/aws/deadline.js';
import { systemClock } from '../../src/aws/system-clock.js';
import { failureKind } from '../../src/core/failure.js';

/** A call that nothing ends, not even hanging up: a socket into a black hole. */
const swallowed = (): Promise<never> => new Promise(() => {});

describe('a call with a deadline', () => {
  it('ends with it, as a time-out, whatever the call does', { timeout: 3000 }, async () => {
    const error = await withDeadline(systemClock, { timeoutMs: 30 }, 1e6, swallowed).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(DeadlineExceeded);
    expect(failureKind(error)).toBe('timeout');
  });

  it('has one where nobody gave it any', { timeout: 3000 }, async () => {
    await expect(withDeadline(systemClock, undefined, 30, swallowed)).rejects.toBeInstanceOf(DeadlineExceeded);
  });

  it('is hung up at its deadline, and when its caller stops', { timeout: 3000 }, async () => {
    const signals: AbortSignal[] = [];
    const note = (signal: AbortSignal): Promise<never> => { signals.push(signal); return swallowed(); };
    await withDeadline(systemClock, { timeoutMs: 30 }, 1e6, note).catch(() => {});
    expect(signals[0]?.reason).toBeInstanceOf(DeadlineExceeded);
    const stop = new AbortController();
    void withDeadline(systemClock, { signal: stop.signal, timeoutMs: 200 }, 1e6, note).catch(() => {});
    stop.abort(new Error('stopped'));
    expect(signals[1]?.reason).toEqual(new Error('stopped'));
  });

  it('gives its answer, and leaves no timer behind', async () => {
    const cleared: unknown[] = [];
    const clock = { now: () => new Date(), sleep: (_: number, signal?: AbortSignal) => new Promise<void>((_resolve, reject) => { signal?.addEventListener('abort', () => { cleared.push(true); reject(signal.reason as Error); }); }) };
    expect(await withDeadline(clock, undefined, 1e6, () => Promise.resolve('answer'))).toBe('answer');
    expect(cleared).toEqual([true]);
  });
});
