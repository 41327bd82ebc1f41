import type { Signal } from '../../../core/recommendation-types.js';
import { formatAge, formatBytes, formatCount, formatUtc, plural } from '../../quantities.js';
import { jobSpan, levelSpan } from './marks.js';
import { historyMinutes, minuteOf } from './signal-history.js';
import { label } from './sections.js';
import { sparkline } from './sparkline.js';
import { line, span, wrapWords, type Line, type Span } from './spans.js';
import type { JobRow, SignalRow, WatchModel } from './watch-model.js';
import { rowsOf, type Overlay } from './watch-state.js';

/** Everything about one signal or job, as tall as it needs to be. */
export function detailLines(model: WatchModel, overlay: Extract<Overlay, { kind: 'signal' | 'job' }>, nowMs: number, columns: number): Line[] {
  const row = rowsOf(model, overlay.kind === 'job' ? 'jobs' : overlay.pane).find((each) => each.key === overlay.key);
  if (!row) return [line(overlay.kind === 'job' ? 'This job is neither open nor failed any more.' : 'This signal is not seen any more.'), ...(overlay.kind === 'job' ? [line(), commandLine(model, `job ${overlay.key}`)] : [])];
  return 'signal' in row ? signalDetail(model, row, nowMs, columns) : jobDetail(model, row, nowMs, columns);
}

function signalDetail(model: WatchModel, row: SignalRow, nowMs: number, columns: number): Line[] {
  const { signal, region } = row;
  const samples = model.history.samples(region, row.key);
  const numbers = samples.flatMap((sample) => (sample.value === null ? [] : [sample.value]));
  const sparkColumns = Math.min(historyMinutes, Math.max(10, columns - 14));
  const elapsed = (nowMs - Date.parse(model.snapshot.observedAt)) / 1000;
  return [
    line(levelSpan(signal.level), '  ', span(signal.name, 'heading'), `  of ${region}`),
    line(),
    ...field('why', signal.why, columns),
    ...field('value', exactValue(signal), columns),
    ...field('seen from', signal.seenFrom === 'operator' ? 'this host' : signal.seenFrom, columns),
    ...field('age', formatAge(signal.ageSeconds + elapsed), columns),
    line(),
    line(label('last hour'), ...sparkline(samples, minuteOf(model.snapshot.observedAt), sparkColumns, signal.unit)),
    ...field('', `${plural(samples.length, 'minute')} seen${numbers.length === 0 ? '' : `, from ${formatCount(Math.min(...numbers))} to ${formatCount(Math.max(...numbers))} ${signal.unit}`}; x bad, ? unknown, · not looked`, columns),
  ];
}

function exactValue({ value, unit }: Signal): string {
  return value === null ? 'none: it could not be told' : `${value} ${unit}`.trimEnd();
}

function jobDetail(model: WatchModel, { job }: JobRow, nowMs: number, columns: number): Line[] {
  const at = (time: string): string => `${formatUtc(time)} (${formatAge((nowMs - Date.parse(time)) / 1000)})`;
  const present = model.snapshot.regions.filter((region) => job.presentIn[region] !== undefined);
  return [
    line(jobSpan(job.status), '  ', span(job.key, 'heading')),
    line(),
    ...field('job', job.jobId, columns),
    ...(job.error ? field('error', `${job.error.code}: ${job.error.message} (in ${job.error.step})`, columns, 'bad') : []),
    ...(job.parkedReason ? field('parked', job.parkedReason, columns, 'warn') : []),
    ...field('input', `${formatBytes(job.bytes)}, version ${job.versionId}, known to be in ${present.join(' and ') || 'no bucket'}`, columns),
    ...field('accepted', `${at(job.acceptedAt)} by ${job.acceptedBy}`, columns),
    ...(job.region === undefined ? [] : field('claimed by', `${job.region}, epoch ${job.epoch}, attempt ${job.attempt}${job.claimedAt ? `, ${at(job.claimedAt)}` : ''}`, columns)),
    ...(job.finishedAt ? field('finished', at(job.finishedAt), columns) : []),
    ...(job.parts === undefined ? [] : field('parts', `${formatCount(job.parts)}${job.partsKept ? `, ${formatCount(job.partsKept)} kept from an earlier run` : ''}`, columns)),
    line(),
    commandLine(model, `job ${job.jobId}`),
    ...(job.status === 'FAILED' || job.status === 'PARKED' ? [commandLine(model, `redrive ${job.jobId}`)] : []),
  ];
}

export function commandLine(model: WatchModel, command: string): Line {
  return line(span(`$ batchctl -d ${model.snapshot.deployment} ${command}`, 'accent'));
}

/** A label and its text, wrapped beside it. */
export function field(name: string, text: string, columns: number, tone: Span['tone'] = 'plain'): Line[] {
  const head = label(`${name} `);
  const width = Math.max(20, columns - 15);
  return wrapWords(text, width).map((row, index) => line(index === 0 ? head : label(''), ' ', span(row, tone)));
}

