import type { JobGroup, JobRow, SignalRow, WatchModel } from './watch-model.js';
import type { Observed } from '../../../core/observation.js';
import { controlOf } from '../../../core/view.js';
import { displayWidth } from '../../table.js';
import { roleText } from '../../theme.js';
import type { Recommendation, SignalLevel } from '../../../core/recommendation-types.js';
import { formatAge, formatBytes, formatCount, formatSeconds, formatUtc, plural } from '../../quantities.js';
import { healthSpan, jobSpan, levelSpan, verdictSpan } from './marks.js';
import { nextCommand } from './next-command.js';
import { minuteOf } from './signal-history.js';
import { sparkline } from './sparkline.js';
import { cell, cutLine, flow, line, span, spread, widthOf, wrapWords, type Line, type Span } from './spans.js';

/** The column in which every section's text begins. */
const labelWidth = 13;
/** As wide as `? unknown`. */
const markWidth = 9;

export function label(text: string): Span {
  return cell(text, labelWidth, 'faint');
}

/** Active Region, epoch, phase, verdict, age of data: what somebody sees who only glances. */
export function headerLine(model: WatchModel, nowMs: number, columns: number, staleAfterSeconds: number): Line {
  const { snapshot, assessment } = model;
  const control = controlOf(snapshot);
  const item = control.known ? control.value : null;
  const ageSeconds = (nowMs - Date.parse(snapshot.observedAt)) / 1000;
  const stale = ageSeconds > staleAfterSeconds;
  const age = stale ? line(span(`▲ old: seen ${formatAge(ageSeconds)}`, 'warn')) : line(span(`seen ${formatAge(ageSeconds)}`, 'faint'));
  const { action, verdict } = assessment.recommendation;
  const where: (Span | string)[] = item
    ? [span(`${item.activeRegion} active`, 'heading'), '  epoch ', span(String(item.epoch), 'strong'), '  phase ', span(item.phase, item.phase === 'active' ? 'strong' : 'warn')]
    : [span('? active Region unknown', 'uncertain')];
  const judged = verdictSpan(verdict, action !== 'stay');
  const active = item?.phase === 'active';
  // A verdict that is cut short reads like another one: everything else gives way first.
  const told = [
    line(...where, '  ', span(`${action}: `), judged),
    line(...where, '  ', judged),
    ...(item ? [[`  epoch ${item.epoch}`], []].map((epoch) => line(span(`${item.activeRegion} active`, 'heading'), ...epoch, '  ', ...(active ? [] : [span(item.phase, 'warn'), '  ']), judged)) : []),
  ];
  const beside = told.find((each) => widthOf(each) + widthOf(age) < columns);
  if (beside) return spread(beside, age, columns);
  return cutLine(told.find((each) => widthOf(each) <= columns) ?? told.at(-1) ?? [], columns);
}

export function titleRule(deployment: string, nowMs: number, columns: number): Line {
  const title = ` ${deployment} `;
  const clock = ` ${formatUtc(new Date(nowMs))} `;
  const rule = '─'.repeat(Math.max(2, columns - title.length - clock.length - 4));
  return cutLine(line(span('──', 'faint'), span(title, 'accent'), span(rule, 'faint'), span(clock, 'faint'), span('──', 'faint')), columns);
}

export function regionHeading(model: WatchModel, index: 0 | 1, shown: { from: number; to: number }, width: number): Line {
  const region = model.snapshot.regions[index];
  const assessed = model.assessment.regions[region];
  if (!assessed) return line(span(region, 'strong'));
  const rows = model.signals[index];
  const head = line(span(region, 'strong'), `  ${roleText(assessed.role)}  `, healthSpan(assessed.health));
  const window = line(span(shown.to - shown.from < rows.length ? `${shown.from + 1}–${shown.to} of ${rows.length}` : '', 'faint'));
  const told = line(...head, span(troubles(rows), 'faint'));
  if (widthOf(told) + widthOf(window) < width) return spread(told, window, width);
  return widthOf(head) + widthOf(window) < width ? spread(head, window, width) : cutLine(widthOf(told) <= width ? told : head, width);
}

function troubles(rows: SignalRow[]): string {
  const count = (level: SignalLevel): number => rows.filter((row) => row.signal.level === level).length;
  const parts = (['bad', 'warn', 'unknown'] as const).map((level) => [count(level), level] as const).filter(([number]) => number > 0).map(([number, level]) => `${number} ${level}`);
  return parts.length === 0 ? '' : `  ${parts.join(', ')}`;
}

export function signalLine(model: WatchModel, row: SignalRow, selected: boolean, width: number): Line {
  const roomy = width >= 50;
  const valueWidth = roomy ? 11 : 7;
  const labelColumns = roomy ? 20 : 13;
  const sparkColumns = Math.min(30, width - 2 - markWidth - 1 - labelColumns - 1 - valueWidth - 1);
  const samples = model.history.samples(row.region, row.key);
  const spark = sparkColumns < 4 ? [] : sparkline(samples, minuteOf(model.snapshot.observedAt), sparkColumns, row.signal.unit);
  const mark = levelSpan(row.signal.level);
  return cutLine(line(
    span(selected ? '> ' : '  ', 'strong'), cell(mark.text, markWidth, mark.tone), ' ',
    cell(row.label, labelColumns, selected ? 'strong' : 'plain'), ' ', cell(valueText(row), valueWidth, 'plain', 'right'), ' ', ...spark,
  ), width);
}

/** The rule's own number with a unit that is short; the whole unit stands in the detail. */
function valueText({ signal }: SignalRow): string {
  const { value, unit } = signal;
  if (value === null) return '–';
  if (typeof value === 'string') return value;
  if (unit.startsWith('%')) return `${value} %`;
  if (unit === 'epoch') return `epoch ${value}`;
  if (unit === 's') return formatSeconds(value);
  if (unit === 'ms') return value >= 1000 ? formatSeconds(value / 1000) : `${formatCount(value)} ms`;
  return unit.includes('of last 5') ? `${value} of 5` : formatCount(value);
}

/** Where the ledger, ARC and the traffic dials point, and whether they agree, in words. */
export function routingLines(model: WatchModel, columns: number): Line[] {
  const { snapshot, assessment } = model;
  const control = controlOf(snapshot);
  const item = control.known ? control.value : null;
  const { arc, mrap } = snapshot.routing;
  const chunks: Line[] = [line(span('ledger ', 'faint'), item ? `${item.activeRegion}${item.drainingTo ? ` → ${item.drainingTo}` : ''}` : span(control.known ? 'no routing yet' : '? unknown', 'uncertain'))];
  chunks.push(line(span('uploads ', 'faint'), mrap.known ? snapshot.regions.map((region) => `${region} ${mrap.value[region] ?? 'unknown'}`).join(', ') : span('? unknown', 'uncertain')));
  if (arc === null) chunks.push(line(span('ARC ', 'faint'), 'none'));
  else if (!arc.known) chunks.push(line(span('ARC ', 'faint'), span('? unknown', 'uncertain')));
  else {
    const { states, answering, endpoints, disagree } = arc.value;
    const asked = Object.keys(endpoints).length;
    chunks.push(line(span('ARC ', 'faint'), snapshot.regions.map((region) => `${region} ${states[region] ?? 'unknown'}`).join(', '), span(` (${answering} of ${asked} answer${disagree ? ', disagreeing' : ''})`, answering < 3 || disagree ? 'warn' : 'faint')));
  }
  const complete = mrap.known && (arc === null || arc.known) && item !== null;
  if (assessment.drift.length === 0) chunks.push(line(complete ? span('✔ no drift', 'good') : span('? drift cannot be told', 'uncertain')));
  return flow(span('routing', 'faint'), labelWidth, chunks, columns);
}

export function driftLines(model: WatchModel, columns: number): Line[] {
  const rows = model.assessment.drift.flatMap((drift) => wrapWords(drift, textWidth(columns)).map((row, index) => [index === 0 ? span('▲ ', 'warn') : span('  '), span(row)]));
  return rows.map((row, index) => line(label(index === 0 ? 'drift' : ''), ...row));
}

/** What is left of a row after the label and a mark. */
function textWidth(columns: number): number {
  return Math.max(20, columns - labelWidth - 2);
}

export function jobSummaryLines(model: WatchModel, columns: number): Line[] {
  const { snapshot, groups } = model;
  if (!groups) return [cutLine(line(label('jobs'), span('? unknown', 'uncertain'), ` ${snapshot.work.known ? '' : snapshot.work.reason}`), columns)];
  const narrow = columns < roomyColumns;
  const age = (seconds: number): string => (narrow ? ` (${coarseAge(seconds)})` : ` (oldest ${formatSeconds(seconds)})`);
  const chunks = groups.map((group) => line(groupSpan(group), span(group.oldestSeconds === null ? '' : age(group.oldestSeconds), 'faint')));
  const { succeededLast24h } = snapshot;
  const done = line(span(`${succeededLast24h.known ? formatCount(succeededLast24h.value) : '? unknown'} done in 24 h`, 'faint'));
  const name = span('jobs', 'faint');
  const rows = flow(name, labelWidth, chunks, columns);
  const withDone = flow(name, labelWidth, [...chunks, done], columns);
  // What is done is no news: where it would cost a row of its own, it is left to `status`.
  return withDone.length > rows.length && narrow ? rows : withDone;
}

/** From here on there is room for words that only explain. */
const roomyColumns = 100;

/** The largest unit alone: `2 min`, `3 h`. */
function coarseAge(seconds: number): string {
  return formatSeconds(seconds).split(' ').slice(0, 2).join(' ');
}

function groupSpan({ name, count }: JobGroup): Span {
  const tone = count === 0 ? 'plain' : name === 'failed' ? 'bad' : name === 'parked' ? 'warn' : 'strong';
  return span(`${formatCount(count)} ${name}`, tone);
}

export function jobLine(row: JobRow, selected: boolean, columns: number): Line {
  const { job } = row;
  const mark = jobSpan(job.status);
  const why = job.error ? `${job.error.code}: ${job.error.message}` : job.parkedReason ?? (job.region ? `in ${job.region}` : '');
  const keyWidth = Math.max(16, Math.floor((columns - 29) * 0.5));
  return cutLine(line(span(selected ? '> ' : '  ', 'strong'), cell(mark.text, 12, mark.tone), ' ', cell(job.key, keyWidth, selected ? 'strong' : 'plain'), ' ', cell(formatSeconds(row.ageSeconds), 12, 'plain', 'right'), '  ', span(why, 'faint')), columns);
}

export function replicationLines(model: WatchModel, columns: number): Line[] {
  return Object.values(model.snapshot.replication).map((view, index) => {
    const part = (name: string, value: number | null, tone: 'warn' | 'bad'): Span => (value === null ? span(`${name} unknown`, 'uncertain') : span(`${name} ${formatCount(value)}`, value > 0 ? tone : 'plain'));
    const oldest = view.oldestPendingSeconds.known ? view.oldestPendingSeconds.value : 0;
    const age = oldest === 0 ? '' : columns < roomyColumns ? ` (${coarseAge(oldest)})` : ` (oldest ${formatSeconds(oldest)})`;
    return cutLine(line(
      index === 0 ? label('replication') : span(' '.repeat(labelWidth)), `${view.from} → ${view.to}  `,
      part('missing', model.inputsMissing[view.to] ?? null, 'warn'), '  ', part('pending', valueOf(view.pendingObjects), 'warn'), span(age, 'faint'), '  ', part('failed', valueOf(view.failedObjects), 'bad'),
    ), columns);
  });
}

function valueOf(observed: Observed<number>): number | null {
  return observed.known ? observed.value : null;
}

/** What to do, and every reason for and against it. */
export function adviceLines(model: WatchModel, columns: number): { head: Line; reasons: Line[]; command: Line[] } {
  const { recommendation } = model.assessment;
  const { action, to, verdict, reasons, blockers, warnings, rtoSeconds } = recommendation;
  const what = to !== null && action !== 'stay' ? `${action} to ${to}` : action;
  const bullet = (mark: Span, text: string): Line[] => wrapWords(text, textWidth(columns)).map((row, index) => line(span(' '.repeat(labelWidth)), index === 0 ? mark : span('  '), row));
  const lastOperation = model.lastOperation.known ? model.lastOperation.value : undefined;
  const command = nextCommand(model.snapshot, recommendation, lastOperation);
  const told = [...blockers, ...model.assessment.drift];
  const head = line(label('advice'), span(what, 'strong'), '  ', verdictSpan(verdict, action !== 'stay'));
  const time = rtoSeconds.p50 === null ? '' : `, about ${formatSeconds(rtoSeconds.p50)}`;
  const costs = to === null ? [''] : [`  ${lossText(recommendation)}${time}`, `  ${lossText(recommendation, true)}${time}`, `  ${lossText(recommendation, true)}`];
  const cost = costs.find((text) => widthOf(head) + displayWidth(text) <= columns) ?? costs.at(-1) ?? '';
  return {
    head: cutLine(line(...head, span(cost, 'faint')), columns),
    reasons: [
      ...blockers.flatMap((text) => bullet(span('✖ ', 'bad'), text)),
      ...reasons.filter((text) => !told.includes(text)).flatMap((text) => bullet(span('• ', 'faint'), text)),
      ...warnings.flatMap((text) => bullet(span('▲ ', 'warn'), text)),
    ],
    command: command === undefined ? [] : commandLines(command, columns),
  };
}

/** Whole, however narrow the window is: over several rows as a shell takes them. */
function commandLines(command: string, columns: number): Line[] {
  const rows = wrapWords(command, Math.max(10, columns - labelWidth - 4));
  return rows.map((row, index) => cutLine(line(index === 0 ? label('next') : ' '.repeat(labelWidth), span(`${index === 0 ? '$ ' : '  '}${row}${index < rows.length - 1 ? ' \\' : ''}`, 'accent')), columns));
}

function lossText({ rpo }: Recommendation, short = false): string {
  if (rpo.objects === null) return 'unknown loss';
  if (rpo.objects === 0) return 'nothing left behind';
  return `${plural(rpo.objects, 'input')} left behind${short ? '' : ` (${formatBytes(rpo.bytes)}, oldest ${formatSeconds(rpo.seconds)})`}`;
}

/** How far a guard is from moving, or why it will not; the reasons are the advice's. */
export function guardLines(model: WatchModel, columns: number): Line[] {
  if (!model.guard) return [];
  const { to, auto, verdict } = model.guard;
  const told = (): Span => {
    switch (verdict.kind) {
      case 'watching': return span('watching: no move is called for', 'plain');
      case 'unknown': return span('? unknown: nothing is done on that', 'uncertain');
      case 'needs-person': return span('▲ a person has to decide', 'warn');
      case 'holding': return span(`▸ GO held ${formatSeconds(verdict.heldSeconds)} of ${formatSeconds(verdict.holdSeconds)}`, 'accent');
      case 'move': return span(`▸ GO has held ${formatSeconds(verdict.heldSeconds)}${auto ? ': moving' : ''}`, 'accent');
      case 'arrived': return span('✔ arrived', 'good');
    }
  };
  return [cutLine(line(label('guard'), told(), span(auto ? `  moves to ${to} by itself, once` : `  only tells; --auto would move to ${to}`, 'faint')), columns)];
}

export function lastOperationLine(model: WatchModel, nowMs: number, columns: number): Line {
  const { lastOperation, snapshot } = model;
  const lock = snapshot.lock.known ? snapshot.lock.value : null;
  if (lock && Date.parse(lock.leaseEndsAt) >= Date.parse(snapshot.observedAt)) {
    return cutLine(line(label('running'), span(`▸ ${lock.kind} ${lock.operationId}`, 'accent'), ` by ${lock.owner}, for ${formatSeconds(Math.floor((nowMs - Date.parse(lock.acquiredAt)) / 1000))}`), columns);
  }
  if (!lastOperation.known) return cutLine(line(label('last move'), span('? unknown', 'uncertain'), ` ${lastOperation.reason}`), columns);
  const operation = lastOperation.value;
  if (!operation) return line(label('last move'), span('none yet', 'faint'));
  const { kind, from, to, outcome, rtoSeconds, finishedAt, startedAt } = operation;
  const ended = outcome === undefined ? span('not finished', 'warn') : span(outcome.replaceAll('_', ' '), outcome === 'done' ? 'good' : 'warn');
  const rto = rtoSeconds == null ? '' : `, RTO ${formatSeconds(rtoSeconds)}`;
  const told = line(label('last move'), `${kind} ${from} → ${to}, `, ended, `${rto}, ${formatAge((nowMs - Date.parse(finishedAt ?? startedAt)) / 1000)}`);
  const withId = line(...told, span(`  ${operation.operationId}`, 'faint'));
  return cutLine(widthOf(withId) <= columns ? withId : told, columns);
}
