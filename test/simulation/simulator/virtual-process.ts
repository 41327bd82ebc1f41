/**
 * The process itself, made replayable. The SDK waits between retries, stamps signatures and names invocations with the
 * computer's timers, date and dice; here all three are the simulation's. Import this module before any other: what is
 * loaded afterwards finds nothing real. Only `setImmediate` stays real, because it is how the virtual clock lets
 * promises run.
 */
import crypto from 'node:crypto';
import { syncBuiltinESMExports } from 'node:module';
import type { SandboxClock } from '../../../src/sandbox/clock.js';
import { seededRandom, type Random } from '../../../src/sandbox/random.js';

interface Bound {
  clock: SandboxClock;
  random: Random;
  uuids: Random;
}

let bound: Bound | undefined;

/** From now on all waiting, dates and dice of this process are those of one simulated run. */
export function bindProcess(clock: SandboxClock, random: Random): void {
  bound = { clock, random, uuids: seededRandom(random.below(2 ** 32)) };
}

/** The computer's own time, for budgets and reports about the simulation itself. */
export const realNow = performance.now.bind(performance);

const RealDate = Date;
const now = (): number => bound?.clock.now() ?? RealDate.now();

class VirtualDate extends RealDate {
  constructor(...given: unknown[]) {
    if (given.length === 0) super(now());
    else super(...(given as [number]));
  }

  static override now(): number {
    return now();
  }
}

type Callback = (...given: unknown[]) => void;

/** A timer as Node gives it, as far as the SDK uses one. */
class VirtualTimer {
  private cancel: (() => void) | undefined;

  constructor(private readonly callback: Callback, private readonly milliseconds: number, private readonly given: unknown[], private readonly repeats: boolean) {
    this.arm();
  }

  private arm(): void {
    // Nothing waits before the first run is bound; module initialisers that set timers only want them not to block.
    this.cancel = bound?.clock.after(this.milliseconds, () => {
      if (this.repeats) this.arm();
      this.callback(...this.given);
    });
  }

  clear(): void {
    this.cancel?.();
  }

  ref(): this { return this; }
  unref(): this { return this; }
  hasRef(): boolean { return true; }
  refresh(): this {
    this.clear();
    this.arm();
    return this;
  }
  [Symbol.toPrimitive](): number { return 0; }
}

const clear = (timer: unknown): void => { if (timer instanceof VirtualTimer) timer.clear(); };

Object.assign(globalThis, {
  Date: VirtualDate,
  setTimeout: (callback: Callback, milliseconds = 0, ...given: unknown[]) => new VirtualTimer(callback, milliseconds, given, false),
  setInterval: (callback: Callback, milliseconds = 0, ...given: unknown[]) => new VirtualTimer(callback, milliseconds, given, true),
  clearTimeout: clear,
  clearInterval: clear,
});
const realRandom = Math.random;
Math.random = () => (bound ? bound.random.next() : realRandom());
// From dice of their own: every call of the SDK draws one, in an order that nothing else may depend on.
crypto.randomUUID = (() => bound?.uuids.uuid() ?? crypto.webcrypto.randomUUID()) as typeof crypto.randomUUID;
AbortSignal.timeout = (milliseconds) => {
  const controller = new AbortController();
  bound?.clock.after(milliseconds, () => controller.abort(new DOMException('The operation was aborted due to timeout', 'TimeoutError')));
  return controller.signal;
};
syncBuiltinESMExports();
