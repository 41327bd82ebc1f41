import type { SandboxClock } from './clock.js';
import { sleepWith } from './real-clock.js';
import { TimerQueue, type Timer } from './timer-queue.js';

/**
 * Time that only moves when a simulation moves it. Timers fire in order of their time, and of their making when the
 * times are equal; between two timers everything that is already running settles first, so that the same seed gives the
 * same schedule.
 */
export interface VirtualClock extends SandboxClock {
  /** Moves time forward, firing every timer that falls due, also those that timers set on the way. */
  advance(milliseconds: number): Promise<void>;
  /** Fires timers until none is left or `limitMs` of simulated time have passed. Tells which of the two it was. */
  runUntilIdle(limitMs?: number): Promise<'idle' | 'limit'>;
  /** Moves time just far enough for `work` to settle; rejects when no timer is left and it still has not. */
  runUntil<T>(work: Promise<T>, limitMs?: number): Promise<T>;
  /** When the next timer falls due, in milliseconds since 1970. */
  nextTimerAt(): number | undefined;
  pendingTimers(): number;
  /** Time stands still until the returned function is called: for work outside the event loop (a worker, a file). */
  hold(): () => void;
}

export interface VirtualClockOptions {
  /** Milliseconds since 1970. */
  startAt: number;
  /** Lets what is running settle; turns of the event loop unless told. */
  settle?: () => Promise<void>;
}

/** Enough turns for an SDK call through streams and hashing, which hops between promises and the event loop. */
const settlingTurns = 24;

export function createVirtualClock(options: VirtualClockOptions): VirtualClock {
  const settle = options.settle ?? settleEventLoop;
  const timers = new TimerQueue();
  let now = options.startAt;
  let sequence = 0;
  let holds = 0;
  let released: (() => void)[] = [];

  function after(milliseconds: number, action: () => void): () => void {
    sequence += 1;
    const timer: Timer = { at: now + Math.max(milliseconds, 0), sequence, action, place: -1 };
    timers.add(timer);
    return () => timers.remove(timer);
  }

  async function settled(): Promise<void> {
    await settle();
    while (holds > 0) {
      await new Promise<void>((resolve) => released.push(resolve));
      await settle();
    }
  }

  /** Fires the earliest timer if it falls due by `until`, unless `enough` says that what is awaited has come. */
  async function step(until: number, enough?: () => boolean): Promise<boolean> {
    await settled();
    if (enough?.()) return false;
    const first = timers.first();
    if (!first || first.at > until) return false;
    timers.remove(first);
    now = Math.max(now, first.at);
    first.action();
    return true;
  }

  async function advance(milliseconds: number): Promise<void> {
    const until = now + milliseconds;
    while (await step(until));
    now = Math.max(now, until);
    await settled();
  }

  async function runUntilIdle(limitMs = Infinity): Promise<'idle' | 'limit'> {
    const until = now + limitMs;
    while (await step(until));
    return timers.size === 0 ? 'idle' : 'limit';
  }

  async function runUntil<T>(work: Promise<T>, limitMs = Infinity): Promise<T> {
    const until = now + limitMs;
    let done = false;
    const finish = (): void => { done = true; };
    work.then(finish, finish);
    do {
      if (!(await step(until, () => done)) && !done) throw new Error(`nothing is left that could settle the work by ${new Date(Math.min(until, now)).toISOString()}`);
    } while (!done);
    return work;
  }

  function hold(): () => void {
    holds += 1;
    let over = false;
    return () => {
      if (over) return;
      over = true;
      holds -= 1;
      if (holds > 0) return;
      const waiting = released;
      released = [];
      for (const resume of waiting) resume();
    };
  }

  return {
    now: () => now,
    after,
    sleep: (milliseconds, signal) => sleepWith(after, milliseconds, signal),
    advance,
    runUntilIdle,
    runUntil,
    hold,
    nextTimerAt: () => timers.first()?.at,
    pendingTimers: () => timers.size,
  };
}

async function settleEventLoop(): Promise<void> {
  for (let turn = 0; turn < settlingTurns; turn += 1) await new Promise((resolve) => { setImmediate(resolve); });
}
