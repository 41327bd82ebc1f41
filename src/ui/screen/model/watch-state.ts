import type { JobRow, SignalRow, WatchModel } from './watch-model.js';

/** The parts of the screen that can be moved in, in the order of Tab. */
export const panes = ['first', 'second', 'jobs'] as const;
export type Pane = typeof panes[number];

/** Shown instead of the main view. */
export type Overlay = { kind: 'signal'; pane: 'first' | 'second'; key: string; scroll: number } | { kind: 'job'; key: string; scroll: number } | { kind: 'failover'; scroll: number } | { kind: 'help'; scroll: number };

/** What the operator chose to look at. Rows are remembered by what they are, because looks move them about. */
export interface WatchState {
  pane: Pane;
  selected: Record<Pane, string | null>;
  overlay: Overlay | null;
}

export type Key = 'up' | 'down' | 'left' | 'right' | 'page-up' | 'page-down' | 'home' | 'end' | 'tab' | 'back-tab' | 'enter' | 'escape' | 'help' | 'failover' | 'quit';

export const firstState: WatchState = { pane: 'first', selected: { first: null, second: null, jobs: null }, overlay: null };
const pageRows = 10;

/** What a key does. `quit` is not known here: it ends the screen. */
export function afterKey(state: WatchState, key: Exclude<Key, 'quit'>, model: WatchModel | undefined): WatchState {
  if (state.overlay) return inOverlay(state, state.overlay, key);
  switch (key) {
    case 'help': return { ...state, overlay: { kind: 'help', scroll: 0 } };
    case 'failover': return { ...state, overlay: { kind: 'failover', scroll: 0 } };
    case 'tab': return { ...state, pane: panes[(panes.indexOf(state.pane) + 1) % panes.length] ?? 'first' };
    case 'back-tab': return { ...state, pane: panes[(panes.indexOf(state.pane) + panes.length - 1) % panes.length] ?? 'first' };
    case 'left': return state.pane === 'second' ? { ...state, pane: 'first' } : state;
    case 'right': return state.pane === 'first' ? { ...state, pane: 'second' } : state;
    case 'up': return moved(state, model, -1);
    case 'down': return moved(state, model, 1);
    case 'page-up': return moved(state, model, -pageRows);
    case 'page-down': return moved(state, model, pageRows);
    case 'home': return moved(state, model, -Infinity);
    case 'end': return moved(state, model, Infinity);
    case 'enter': return opened(state, model);
    case 'escape': return state;
  }
}

function inOverlay(state: WatchState, overlay: Overlay, key: Exclude<Key, 'quit'>): WatchState {
  const scrolled = (by: number): WatchState => ({ ...state, overlay: { ...overlay, scroll: Math.max(0, overlay.scroll + by) } });
  switch (key) {
    case 'up': return scrolled(-1);
    case 'down': return scrolled(1);
    case 'page-up': return scrolled(-pageRows);
    case 'page-down': return scrolled(pageRows);
    case 'home': return scrolled(-Infinity);
    case 'help': return { ...state, overlay: overlay.kind === 'help' ? null : { kind: 'help', scroll: 0 } };
    case 'failover': return { ...state, overlay: overlay.kind === 'failover' ? null : { kind: 'failover', scroll: 0 } };
    case 'end':
    case 'right':
    case 'tab':
    case 'back-tab': return state;
    case 'left':
    case 'enter':
    case 'escape': return { ...state, overlay: null };
  }
}

export function rowsOf(model: WatchModel | undefined, pane: Pane): readonly (SignalRow | JobRow)[] {
  if (!model) return [];
  return pane === 'jobs' ? model.jobs : model.signals[pane === 'first' ? 0 : 1];
}

/** The selected row's place now; the first row when that one is gone or nothing was selected. */
export function selectedIndex(state: WatchState, model: WatchModel | undefined, pane: Pane): number {
  return Math.max(0, rowsOf(model, pane).findIndex((row) => row.key === state.selected[pane]));
}

function moved(state: WatchState, model: WatchModel | undefined, by: number): WatchState {
  const rows = rowsOf(model, state.pane);
  const index = Math.min(rows.length - 1, Math.max(0, selectedIndex(state, model, state.pane) + by));
  const row = rows[index];
  return row ? { ...state, selected: { ...state.selected, [state.pane]: row.key } } : state;
}

function opened(state: WatchState, model: WatchModel | undefined): WatchState {
  const row = rowsOf(model, state.pane)[selectedIndex(state, model, state.pane)];
  if (!row) return state;
  // From now on it is this row that is selected, wherever the next look puts it.
  const selected = { ...state.selected, [state.pane]: row.key };
  return { ...state, selected, overlay: state.pane === 'jobs' ? { kind: 'job', key: row.key, scroll: 0 } : { kind: 'signal', pane: state.pane, key: row.key, scroll: 0 } };
}
