import { detailLines } from './details.js';
import { failoverLines, helpLines } from './overlays.js';
import { shareRows, windowOf } from './rows-budget.js';
import { adviceLines, driftLines, guardLines, headerLine, jobLine, jobSummaryLines, lastOperationLine, regionHeading, replicationLines, routingLines, signalLine, titleRule } from './sections.js';
import { cutLine, fillLine, line, span, type Line } from './spans.js';
import type { WatchModel } from './watch-model.js';
import { selectedIndex, type WatchState } from './watch-state.js';

export interface ScreenSize {
  columns: number;
  rows: number;
}

export interface WatchScreenInput {
  deployment: string;
  /** Undefined until the first look has come back. */
  model: WatchModel | undefined;
  state: WatchState;
  nowMs: number;
  /** Data older than this is called old: looks have stopped coming back. */
  staleAfterSeconds: number;
  /** False where no keys can be read: none are offered then. */
  keys: boolean;
}

/** The live screen as rows, at most `size.rows` of them and none wider than `size.columns`. */
export function watchScreen(input: WatchScreenInput, size: ScreenSize): Line[] {
  const { model, state, nowMs } = input;
  const { columns, rows } = size;
  if (!model) return [line(span('▸ looking', 'accent'), ` at ${input.deployment} …`), ...keysLine(input, columns)].map((row) => cutLine(row, columns)).slice(0, rows);
  const top = [headerLine(model, nowMs, columns, input.staleAfterSeconds), titleRule(input.deployment, nowMs, columns)];
  const bottom = keysLine(input, columns);
  const space = rows - top.length - bottom.length;
  const body = state.overlay ? overlayLines(model, state, nowMs, { columns, rows: space }) : mainLines(model, state, nowMs, { columns, rows: space });
  const filler = Array.from({ length: Math.max(0, space - body.length) }, () => line(''));
  return [...top, ...body, ...filler, ...bottom].slice(0, Math.max(0, rows)).map((row) => cutLine(row, columns));
}

function keysLine(input: WatchScreenInput, columns: number): Line[] {
  if (!input.keys) return [];
  const text = input.state.overlay ? '↑↓ scroll   Esc back   ? help   q quit' : '↑↓ move   Tab pane   Enter detail   f failover command   ? help   q quit';
  return [cutLine(line(span(text, 'faint')), columns)];
}

function mainLines(model: WatchModel, state: WatchState, nowMs: number, size: ScreenSize): Line[] {
  const { columns, rows } = size;
  const advice = adviceLines(model, columns);
  const routing = routingLines(model, columns);
  const drift = driftLines(model, columns);
  const replication = replicationLines(model, columns);
  const summary = jobSummaryLines(model, columns);
  const { command } = advice;
  const guarding = guardLines(model, columns);
  const signalRows = Math.max(model.signals[0].length, model.signals[1].length);
  const inJobs = state.pane === 'jobs';
  // In the order of the screen; `turn` says who is served first when the window is small.
  const [headings = 0, signals = 0, routes = 0, drifts = 0, jobHead = 0, jobs = 0, copies = 0, head = 0, reasons = 0, guards = 0, commands = 0, last = 0] = shareRows([
    { wanted: 1, least: 1, turn: 2 },
    { wanted: signalRows, least: inJobs ? 2 : 3, turn: inJobs ? 11 : 10 },
    { wanted: routing.length, least: routing.length, turn: 6 },
    { wanted: drift.length, least: Math.min(1, drift.length), turn: 3 },
    { wanted: summary.length, least: summary.length, turn: 5 },
    { wanted: model.jobs.length, least: inJobs ? 3 : 1, turn: inJobs ? 10 : 12 },
    { wanted: replication.length, least: replication.length, turn: 7 },
    { wanted: 1, least: 1, turn: 0 },
    { wanted: advice.reasons.length, least: Math.min(2, advice.reasons.length), turn: 8 },
    { wanted: guarding.length, least: guarding.length, turn: 1 },
    { wanted: command.length, least: command.length, turn: 1 },
    { wanted: 1, least: 1, turn: 9 },
  ], rows);
  return [
    ...(headings === 0 ? [] : regionLines(model, state, { columns, rows: headings + signals })),
    ...routing.slice(0, routes),
    ...shortened(drift, drifts, columns),
    ...summary.slice(0, jobHead),
    ...jobList(model, state, { columns, rows: jobs }),
    ...replication.slice(0, copies),
    ...[advice.head].slice(0, head),
    ...shortened(advice.reasons, reasons, columns),
    ...guarding.slice(0, guards),
    ...command.slice(0, commands),
    ...[lastOperationLine(model, nowMs, columns)].slice(0, last),
  ];
}

/** The two Regions side by side, heading first. */
function regionLines(model: WatchModel, state: WatchState, size: ScreenSize): Line[] {
  const width = Math.floor((size.columns - 1) / 2);
  const [left = [], right = []] = ([0, 1] as const).map((index) => regionColumn(model, state, index, { columns: width, rows: size.rows }));
  return Array.from({ length: size.rows }, (_, row) => cutLine([...fillLine(left[row] ?? [], width), span('│', 'faint'), ...(right[row] ?? [])], size.columns));
}

function regionColumn(model: WatchModel, state: WatchState, index: 0 | 1, size: ScreenSize): Line[] {
  const pane = index === 0 ? 'first' : 'second';
  const rows = model.signals[index];
  const selected = selectedIndex(state, model, pane);
  const shown = windowOf(rows.length, size.rows - 1, selected);
  return [
    regionHeading(model, index, shown, size.columns),
    ...rows.slice(shown.from, shown.to).map((row, offset) => signalLine(model, row, state.pane === pane && shown.from + offset === selected, size.columns)),
  ];
}

function jobList(model: WatchModel, state: WatchState, size: ScreenSize): Line[] {
  const selected = selectedIndex(state, model, 'jobs');
  const shown = windowOf(model.jobs.length, size.rows, selected);
  return model.jobs.slice(shown.from, shown.to).map((row, offset) => jobLine(row, state.pane === 'jobs' && shown.from + offset === selected, size.columns));
}

/** Says when something was left out: in place of the last row, or at the end of the only one. */
function shortened(lines: Line[], rows: number, columns: number): Line[] {
  if (lines.length <= rows || rows === 0) return lines.slice(0, rows);
  if (rows === 1) return [line(...cutLine(lines[0] ?? [], columns - 2), span(' …', 'faint'))];
  return [...lines.slice(0, rows - 1), line(span(`             … ${lines.length - rows + 1} more lines: see batchctl assess`, 'faint'))];
}

function overlayLines(model: WatchModel, state: WatchState, nowMs: number, size: ScreenSize): Line[] {
  const { overlay } = state;
  if (!overlay) return [];
  const lines = overlay.kind === 'help' ? helpLines(size.columns)
    : overlay.kind === 'failover' ? failoverLines(model, size.columns)
      : detailLines(model, overlay, nowMs, size.columns);
  const from = Math.max(0, Math.min(overlay.scroll, lines.length - size.rows));
  const shown = lines.slice(from, from + Math.max(0, size.rows));
  const more = lines.length - from - shown.length;
  if (more > 0 && shown.length > 1) shown[shown.length - 1] = line(span(`… ${more + 1} more lines below`, 'faint'));
  return shown;
}
