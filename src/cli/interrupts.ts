import { setMaxListeners } from 'node:events';

/** What delivers SIGINT and SIGTERM; the process does. */
export interface SignalSource {
  on(signal: 'SIGINT' | 'SIGTERM', listener: () => void): unknown;
  off(signal: 'SIGINT' | 'SIGTERM', listener: () => void): unknown;
}

/** The reason of the abort that the first Ctrl-C causes. */
export class Interrupted extends Error {
  constructor() {
    super('stopped by the operator');
    this.name = 'Interrupted';
  }
}

/** The reason of the abort that `--timeout` causes. */
export class TimedOut extends Error {
  constructor(readonly timeoutMs: number) {
    super(`the time given by --timeout (${timeoutMs / 1000} s) is over`);
    this.name = 'TimedOut';
  }
}

export interface InterruptOptions {
  source: SignalSource;
  timeoutMs?: number;
  /** First signal: work stops at its next safe point. Called to tell the operator so. */
  onFirst(): void;
  /** Second signal: the operator does not want to wait. Expected to end the process. */
  onSecond(): void;
}

export interface Interrupts {
  signal: AbortSignal;
  dispose(): void;
}

/** Two-stage interrupt. The first signal, or the time limit, aborts `signal`; a second signal leaves at once. */
export function watchInterrupts(options: InterruptOptions): Interrupts {
  const controller = new AbortController();
  // Dozens of calls run side by side, and each listens; Node would take that for a leak.
  setMaxListeners(0, controller.signal);
  let seen = 0;
  const onSignal = (): void => {
    seen += 1;
    if (seen > 1) {
      options.onSecond();
      return;
    }
    options.onFirst();
    controller.abort(new Interrupted());
  };
  options.source.on('SIGINT', onSignal);
  options.source.on('SIGTERM', onSignal);
  const { timeoutMs } = options;
  const timer = timeoutMs === undefined ? undefined : setTimeout(() => controller.abort(new TimedOut(timeoutMs)), timeoutMs);
  timer?.unref();
  return {
    signal: controller.signal,
    dispose() {
      options.source.off('SIGINT', onSignal);
      options.source.off('SIGTERM', onSignal);
      clearTimeout(timer);
    },
  };
}
