import { describe, expect, it } from 'vitest';
import { firstAnswerInTurn } from '../../src/workflow/first-answer.js';
import type { Clock } from '../../src/workflow/ports.js';

/** Sleeps end when the test says so, or when they are called off. */
function heldClock(): Clock & { pass(): void; sleeping(): number } {
  const sleeps = new Set<() => void>();
  return {
    now: () => new Date(0),
    sleep: (_ms, signal) => new Promise<void>((resolve, reject) => {
      sleeps.add(resolve);
      signal?.addEventListener('abort', () => { sleeps.delete(resolve); reject(signal.reason as Error); });
    }),
    pass: () => { for (const wake of sleeps) wake(); },
    sleeping: () => sleeps.size,
  };
}

const never = (): Promise<string> => new Promise(() => {});

describe('asking two replicas in turn', () => {
  it('leaves the second alone when the first answers, and no timer behind', async () => {
    const clock = heldClock();
    let asked = 0;
    expect(await firstAnswerInTurn(clock, () => Promise.resolve('first'), () => { asked += 1; return Promise.resolve('second'); })).toBe('first');
    await new Promise((resolve) => { setImmediate(resolve); });
    expect({ asked, sleeping: clock.sleeping() }).toEqual({ asked: 0, sleeping: 0 });
  });

  it('asks the second at once when the first fails', async () => {
    expect(await firstAnswerInTurn(heldClock(), () => Promise.reject(new Error('refused')), () => Promise.resolve('second'))).toBe('second');
  });

  it('asks the second when the first is slow, and still takes whichever answers', async () => {
    const clock = heldClock();
    const answer = firstAnswerInTurn(clock, never, () => Promise.resolve('second'));
    clock.pass();
    expect(await answer).toBe('second');
  });

  it('throws the first one\'s reason when both fail', async () => {
    await expect(firstAnswerInTurn(heldClock(), () => Promise.reject(new Error('one')), () => Promise.reject(new Error('two')))).rejects.toThrow('one');
  });
});
