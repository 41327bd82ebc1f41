import { applyEvent, type OperationView } from '../../core/operation-fold.js';
import type { OperationEvent, Plan } from '../../core/operation.js';
import { operationScreen } from './model/operation-screen.js';
import { openScreen, type ScreenOptions } from './open-screen.js';

export interface OperationLiveOptions extends ScreenOptions {
  plan: Plan;
  /** What an interrupted run of the same operation left, when this one resumes it. */
  earlier?: OperationView | undefined;
  rtoTargetSeconds: number;
  /** Ctrl-C, which arrives as a key while the screen reads keys. */
  onInterrupt(): void;
}

export interface OperationLive {
  event(event: OperationEvent): void;
  /** The operation will stop at its next safe point; something may have been printed over the screen. */
  stopping(): void;
  /** Gives the terminal back, the last frame in its scrollback. Safe to call twice. */
  close(): void;
}

/** The operation screen: a fold over the same events that journal, history and reports read. */
export function openOperationScreen(options: OperationLiveOptions): OperationLive {
  let view = options.earlier;
  let stopping = false;
  const { plan, rtoTargetSeconds } = options;
  const screen = openScreen(options, {
    compose: (size, nowMs) => operationScreen({ plan, view, nowMs, rtoTargetSeconds, stopping, keys: true }, size),
    // A refusal before the first step has nothing to show; its message says it all.
    last: (size, nowMs) => (view ? operationScreen({ plan, view, nowMs, rtoTargetSeconds, stopping, keys: false }, { ...size, rows: size.rows - 1 }) : []),
    onKey: (key) => { if (key === 'interrupt') options.onInterrupt(); },
  });
  return {
    event(event) {
      view = applyEvent(view, event);
      screen.changed();
    },
    stopping() {
      stopping = true;
      screen.redraw();
    },
    close: () => screen.close(),
  };
}
