import { openScreen, type Screen, type ScreenOptions } from './open-screen.js';
import { createSignalHistory } from './model/signal-history.js';
import { watchModel, type WatchData, type WatchModel } from './model/watch-model.js';
import { watchScreen } from './model/watch-screen.js';
import { afterKey, firstState, type WatchState } from './model/watch-state.js';

export interface LiveScreenOptions extends ScreenOptions {
  deployment: string;
  /** Data older than this is called old. */
  staleAfterSeconds: number;
  /** The operator pressed q or Ctrl-C. */
  onQuit(): void;
}

export interface LiveScreen {
  show(data: WatchData): void;
  /** Gives the terminal back, the last frame in its scrollback. Safe to call twice. */
  close(): void;
}

/** The live screen of `status --watch` and `guard`: shows each look, remembers an hour of them, and answers keys. */
export function openLiveScreen(options: LiveScreenOptions): LiveScreen {
  const history = createSignalHistory();
  let model: WatchModel | undefined;
  let state: WatchState = firstState;
  const input = (shown: WatchState, nowMs: number, keys: boolean): Parameters<typeof watchScreen>[0] => ({ deployment: options.deployment, model, state: shown, nowMs, staleAfterSeconds: options.staleAfterSeconds, keys });
  const screen: Screen = openScreen(options, {
    compose: (size, nowMs) => watchScreen(input(state, nowMs, options.keyboard !== null), size),
    // One row less: the prompt comes below.
    last: (size, nowMs) => withoutEmptyEnd(watchScreen(input({ ...state, overlay: null }, nowMs, false), { ...size, rows: size.rows - 1 })),
    onKey(key) {
      if (key === 'quit' || key === 'interrupt') {
        options.onQuit();
        return;
      }
      state = afterKey(state, key, model);
      screen.changedNow();
    },
  });
  return {
    show(data) {
      history.record(data.snapshot, data.assessment);
      model = watchModel(data, history);
      screen.changed();
    },
    close: () => screen.close(),
  };
}

function withoutEmptyEnd<Row extends readonly { text: string }[]>(rows: Row[]): Row[] {
  const last = rows.findLastIndex((row) => row.some((part) => part.text.trim() !== ''));
  return rows.slice(0, last + 1);
}
