import type { OperationView, StepView } from '../../../core/operation-fold.js';
import type { Plan, PlannedStep } from '../../../core/operation.js';
import { formatCount, formatSeconds, plural } from '../../quantities.js';
import { stepSpan } from './marks.js';
import { shareRows, windowOf } from './rows-budget.js';
import { label, titleRule } from './sections.js';
import { cell, cutLine, line, span, spread, wrapWords, type Line, type Span } from './spans.js';
import type { ScreenSize } from './watch-screen.js';

export interface OperationScreenInput {
  plan: Plan;
  /** Undefined until the lock is held and the operation has begun. */
  view: OperationView | undefined;
  nowMs: number;
  rtoTargetSeconds: number;
  /** The operator has asked it to stop. */
  stopping: boolean;
  /** Offer keys; not in what stays in the scrollback. */
  keys: boolean;
}

/** A running operation: every step with its time against the expected one, the clock, the counts, the point of no return. */
export function operationScreen(input: OperationScreenInput, size: ScreenSize): Line[] {
  const { columns, rows } = size;
  const steps = stepLines(input, columns);
  const notes = noteLines(input, columns);
  const keys = input.keys ? [keysLine(input)] : [];
  const [head = 0, stand = 0, list = 0, jobs = 0, said = 0, foot = 0] = shareRows([
    { wanted: 2, least: 1, turn: 0 },
    { wanted: 1, least: 1, turn: 2 },
    { wanted: steps.lines.length, least: 3, turn: 4 },
    { wanted: 1, least: 1, turn: 3 },
    { wanted: notes.length, least: 0, turn: 5 },
    { wanted: keys.length, least: keys.length, turn: 1 },
  ], rows);
  const shown = windowOf(steps.lines.length, list, steps.current);
  const body = [
    ...[headLine(input, columns), titleRule(input.plan.deployment, input.nowMs, columns)].slice(0, head),
    ...[standLine(input)].slice(0, stand),
    ...steps.lines.slice(shown.from, shown.to),
    ...[countsLine(input)].slice(0, jobs),
    ...(said === 0 ? [] : notes.slice(-said)),
  ];
  const filler = input.keys ? Array.from({ length: Math.max(0, rows - body.length - foot) }, () => line('')) : [];
  return [...body, ...filler, ...keys.slice(0, foot)].map((row) => cutLine(row, columns));
}

function headLine({ plan, view, nowMs, rtoTargetSeconds }: OperationScreenInput, columns: number): Line {
  const what = line(span(`${plan.kind} ${plan.from} → ${plan.to}`, 'heading'), `  ${plan.mode}  epoch ${plan.epochBefore}${plan.epochAfter === plan.epochBefore ? '' : ` → ${plan.epochAfter}`}`);
  if (!view) return spread(what, line(span('RTO clock not started', 'faint')), columns);
  const proved = provedSeconds(view);
  const seconds = proved ?? (Date.parse(view.result?.finishedAt ?? '') || nowMs) / 1000 - Date.parse(view.startedAt) / 1000;
  const late = seconds > rtoTargetSeconds;
  const clock = proved === null ? `RTO clock ${formatSeconds(Math.floor(seconds))}` : `✔ RTO ${formatSeconds(Math.round(seconds))}`;
  return spread(what, line(span(`${clock}${late ? ', over' : ' of'} ${formatSeconds(rtoTargetSeconds)}`, late ? 'warn' : proved === null ? 'strong' : 'good')), columns);
}

/** From the operator's confirmation to the proof that the target works; null until then. */
function provedSeconds(view: OperationView): number | null {
  const prove = view.steps.find((step) => step.name === 'prove' && step.state === 'done');
  return prove?.startedAt ? (Date.parse(prove.startedAt) - Date.parse(view.startedAt)) / 1000 + (prove.seconds ?? 0) : null;
}

/** Whether there is a way back, in words. */
function standLine(input: OperationScreenInput): Line {
  const { plan, view } = input;
  if (view?.result) return line(label('outcome'), span(view.result.outcome.replaceAll('_', ' '), view.result.outcome === 'done' ? 'good' : 'warn'));
  const turning = plan.steps.find((step) => step.pointOfNoReturn);
  if (!turning) return line(label('way back'), span('none: the ledger names the target already, and the rest is brought in line', 'warn'));
  const state = stateOf(view, turning).state;
  if (state === 'done' || state === 'warned') return line(label('way back'), span('none any more: the old Region is fenced, and only forward is safe', 'warn'));
  if (state === 'running' || state === 'failed') return line(label('way back'), span('? being decided: the fence is being written', 'uncertain'));
  return line(label('way back'), span('open until the point of no return: Ctrl-C puts everything back', 'good'));
}

function stepLines(input: OperationScreenInput, columns: number): { lines: Line[]; current: number } {
  const lines: Line[] = [];
  let current = 0;
  for (const planned of input.plan.steps) {
    if (planned.pointOfNoReturn) lines.push(line(span(`  ── point of no return ${'─'.repeat(Math.max(2, Math.min(columns, 100) - 26))}`, 'warn')));
    const step = stateOf(input.view, planned);
    if (step.state !== 'pending') current = lines.length;
    lines.push(stepLine(planned, step, input.nowMs, columns));
  }
  for (const step of input.view?.steps ?? []) {
    if (!input.plan.steps.some((planned) => planned.name === step.name)) lines.push(stepLine(undefined, step, input.nowMs, columns));
  }
  return { lines, current };
}

function stateOf(view: OperationView | undefined, planned: PlannedStep): StepView {
  return view?.steps.find((step) => step.name === planned.name) ?? { name: planned.name, target: planned.target, state: 'pending', startedAt: null, seconds: null, detail: {} };
}

const barColumns = 10;

function stepLine(planned: PlannedStep | undefined, step: StepView, nowMs: number, columns: number): Line {
  const mark = stepSpan(step.state);
  const elapsed = step.state === 'running' && step.startedAt ? Math.max(0, Math.floor((nowMs - Date.parse(step.startedAt)) / 1000)) : step.seconds;
  const expected = planned?.expectedSeconds ?? null;
  const slow = elapsed !== null && planned !== undefined && elapsed > 2 * planned.expectedSeconds + 5;
  const time = elapsed === null ? (expected === null ? '' : `about ${formatSeconds(expected)}`) : step.state === 'running' && expected !== null ? `${formatSeconds(elapsed)} of ${formatSeconds(expected)}` : formatSeconds(elapsed);
  const bar = step.state === 'running' && columns >= 100 ? [barSpan(step, elapsed ?? 0, expected), span('  ')] : [];
  return line(
    ' ', cell(mark.text, 10, mark.tone), ' ', cell(step.name, 22, step.state === 'running' ? 'strong' : step.state === 'pending' ? 'faint' : 'plain'),
    cell(time, 17, slow ? 'warn' : step.state === 'pending' ? 'faint' : 'plain', 'right'), '  ', ...bar, ...about(step),
  );
}

/** Counted where the step counts, else time against the expected time. */
function barSpan(step: StepView, elapsed: number, expected: number | null): Span {
  const { done, total } = step.progress ?? {};
  const fraction = total ? (done ?? 0) / total : expected ? Math.min(1, elapsed / expected) : 0;
  const filled = Math.round(Math.min(1, fraction) * barColumns);
  return span(`${'█'.repeat(filled)}${'░'.repeat(barColumns - filled)}`, 'accent');
}

/** What the step has to say: why it failed, how far it is, what it found, or what will be true after it. */
function about(step: StepView): Span[] {
  if (step.failure) return [span(step.failure.message, 'bad')];
  if (step.state === 'running') return [span(step.progress?.message ?? step.target)];
  if (step.state === 'warned') return [span(String(step.detail['why'] ?? step.target), 'warn')];
  return [span(step.target, 'faint')];
}

function countsLine({ plan, view }: OperationScreenInput): Line {
  const redrive = view?.steps.find((step) => step.name === 're-drive');
  const counted = (name: string): number | null => {
    const value = redrive?.detail[name];
    return Array.isArray(value) ? value.length : null;
  };
  const redriven = counted('redriven');
  if (redriven === null) {
    const { done, total } = redrive?.progress ?? {};
    const progress = total === undefined ? `${plural(plan.redrive.length, 'open job')} to re-drive` : `${formatCount(done ?? 0)} of ${formatCount(total)} open jobs looked after`;
    return line(label('jobs'), progress, span(`  ${plan.park.length} would be parked`, plan.park.length > 0 ? 'warn' : 'faint'));
  }
  const part = (name: string, count: number | null, tone: Span['tone']): Span => span(`  ${count ?? 0} ${name}`, (count ?? 0) > 0 ? tone : 'faint');
  return line(label('jobs'), span(`${redriven} re-driven`, 'strong'), part('already done', counted('alreadyDone'), 'plain'), part('parked', counted('parked'), 'warn'), part('failed', counted('failed'), 'bad'));
}

const shownNotes = 4;

function noteLines({ view }: OperationScreenInput, columns: number): Line[] {
  return (view?.notes ?? []).slice(-shownNotes).flatMap((note) => wrapWords(note.message, Math.max(20, columns - 16)).map((row, index) => (
    index === 0 ? line(label('note'), note.level === 'warn' ? span('▲ ', 'warn') : '  ', row) : line(label(''), '  ', row))));
}

function keysLine({ stopping }: OperationScreenInput): Line {
  return stopping
    ? line(span('▲ stopping at the next safe point; Ctrl-C again leaves at once', 'warn'))
    : line(span('Ctrl-C stops at the next safe point; the command that goes on is printed then', 'faint'));
}
