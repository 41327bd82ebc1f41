import type { Observed } from '../../core/observation.js';
import type { OperationReport, ReportedJob } from '../../core/report.js';
import { formatAge, formatBytes, formatSeconds, formatUtc, plural } from '../quantities.js';
import { milestoneLines } from './figures.js';

export type Chart = 'phases' | 'steps' | 'jobs';

/** A part of a report before it has a form: Markdown and HTML are two renderings of the same sections. Text is raw. */
export interface Section {
  title: string;
  /** Drawn by HTML; Markdown has the same numbers in the table beside it. */
  chart?: Chart;
  paragraphs: string[];
  table?: { columns: string[]; rows: string[][] };
}

/** At most this many rows of jobs are printed for people; JSON has them all. */
const shownJobs = 200;

export function sectionsOf(report: OperationReport): Section[] {
  return [
    timeSection(report),
    dataSection(report),
    decisionSection(report),
    ...evidenceSections(report),
    stepsSection(report),
    jobsSection(report),
    strayedSection(report),
    missingSection(report),
    timelineSection(report),
  ];
}

function timeSection({ phases, rto, milestones }: OperationReport): Section {
  return {
    title: 'Time to recover',
    chart: 'phases',
    paragraphs: [
      rto.seconds === null
        ? 'The target was not proven to work, so there is no time to recover.'
        : `${formatSeconds(rto.seconds)} from the confirmed start to the proof that the target works; the target is ${formatSeconds(rto.targetSeconds)}: ${rto.met ? 'met' : 'missed'}.`,
      ...(rto.sinceFirstSignSeconds === null ? [] : [`${formatSeconds(rto.sinceFirstSignSeconds)} from the first bad minute.`]),
      ...(rto.split === null ? [] : [splitLine(rto.split)]),
      ...milestoneLines(milestones),
    ],
    table: { columns: ['Phase', 'Took', 'Which is'], rows: phases.map((phase) => [phase.name, phase.seconds === null ? 'unknown' : formatSeconds(phase.seconds), phase.means]) },
  };
}

function splitLine({ awsSeconds, ownSeconds, waits }: NonNullable<OperationReport['rto']['split']>): string {
  const why = waits.map((wait) => `${wait.name} (${formatSeconds(wait.seconds)})`).join(', ');
  return `${formatSeconds(awsSeconds)} of it were waits that no client can shorten${why === '' ? '' : `, some of them at once: ${why}`}. The other ${formatSeconds(ownSeconds)} were batchctl's own, its calls included.`;
}

function dataSection({ rpo, jobs, to }: OperationReport): Section {
  const rows = [...jobs.parked].map((job) => [job.key, job.versionId, job.why ?? '', statusText(job)]);
  const named = new Set(jobs.parked.map((job) => job.key));
  for (const key of rpo.keys) if (!named.has(key)) rows.push([key, '', `not in ${to} when the plan was made`, 'not parked: it had arrived by then']);
  return {
    title: 'Data left behind',
    paragraphs: [
      rpo.objects === null
        ? 'It was unknown which accepted inputs the target lacked.'
        : `${plural(rpo.objects, 'accepted input')} (${formatBytes(rpo.bytes)}) ${rpo.objects === 1 ? 'was' : 'were'} not in ${to} when the plan was made; the target is at most ${rpo.targetObjects}: ${rpo.met ? 'met' : 'missed'}.`,
      ...(rpo.seconds ? [`The oldest of them had been accepted ${formatAge(rpo.seconds)}.`] : []),
    ],
    ...(rows.length > 0 ? { table: { columns: ['Key', 'Version', 'Why', 'Now'], rows } } : {}),
  };
}

function decisionSection({ recommendation, operator, host, reason, startedAt, resumedBy, mode }: OperationReport): Section {
  const { verdict, reasons, blockers, warnings } = recommendation;
  return {
    title: 'Who decided, and why',
    paragraphs: [
      `${operator} confirmed it at ${formatUtc(startedAt)}${host === null ? '' : ` on ${host}`}.`,
      `Reason given: ${reason ?? 'none'}.`,
      ...resumedBy.map((each) => `Resumed by ${each.operator} at ${formatUtc(each.at)}.`),
      `The verdict for this ${mode} move was ${verdict.replaceAll('_', ' ')}.`,
    ],
    ...(reasons.length + blockers.length + warnings.length > 0 ? {
      table: { columns: ['Kind', 'What it said'], rows: [...reasons.map((text) => ['reason', text]), ...blockers.map((text) => ['in the way', text]), ...warnings.map((text) => ['warning', text])] },
    } : {}),
  };
}

function evidenceSections({ evidence }: OperationReport): Section[] {
  if (!evidence) return [{ title: 'Evidence at the moment of the decision', paragraphs: ['This operation was run by a version that did not keep it.'] }];
  return Object.entries(evidence.regions).map(([region, { role, health, signals }]): Section => ({
    title: `Evidence on ${region} at the moment of the decision`,
    paragraphs: [`${region} was ${role === 'unknown' ? 'in an unknown role' : role} and ${health}, as seen at ${formatUtc(evidence.observedAt)}.`, ...(evidence.badSince[region] ? [`Bad since ${formatUtc(evidence.badSince[region])}, minute by minute.`] : [])],
    table: {
      columns: ['Level', 'Signal', 'Value', 'Seen from', 'Age', 'Why it counts'],
      rows: signals.map((signal) => [levelText(signal.level), signal.name, signal.value === null ? 'unknown' : `${signal.value} ${signal.unit}`.trim(), signal.seenFrom, formatSeconds(signal.ageSeconds), signal.why]),
    },
  }));
}

/** Never a colour or a symbol alone: the word is part of it. */
function levelText(level: 'ok' | 'warn' | 'bad' | 'unknown'): string {
  return { ok: '✔ ok', warn: '▲ warn', bad: '✖ bad', unknown: '? unknown' }[level];
}

function stepsSection({ steps, error }: OperationReport): Section {
  return {
    title: 'Steps',
    chart: 'steps',
    paragraphs: error ? [`It stopped at ${error.step}: ${error.message}`] : [],
    table: {
      columns: ['Step', 'State', 'Began at', 'Took', 'Expected', 'What is true afterwards'],
      rows: steps.map((step) => [
        step.name + (step.pointOfNoReturn ? ' (point of no return)' : ''), step.state,
        step.offsetSeconds === null ? '' : `+${formatSeconds(step.offsetSeconds)}`,
        step.seconds === null ? '' : formatSeconds(step.seconds),
        step.expectedSeconds === null ? '' : formatSeconds(step.expectedSeconds),
        step.why ?? step.target,
      ]),
    },
  };
}

function jobsSection({ jobs }: OperationReport): Section {
  const groups = [['re-driven', jobs.redriven], ['parked', jobs.parked], ['failed', jobs.failed], ['adopted', jobs.adopted], ['already done', jobs.alreadyDone]] as const;
  const all = groups.flatMap(([name, list]) => list.map((job) => [name, job.key, job.jobId, statusText(job), job.partsKept === null ? '' : String(job.partsKept)]));
  return {
    title: 'Jobs',
    chart: 'jobs',
    paragraphs: [
      `${groups.map(([name, list]) => `${list.length} ${name}`).join(', ')}. ${plural(jobs.partsKept, 'finished part')} of re-driven jobs ${jobs.partsKept === 1 ? 'was' : 'were'} kept.`,
      ...(all.length > shownJobs ? [`The first ${shownJobs} of ${all.length} are listed; JSON has all of them.`] : []),
    ],
    ...(all.length > 0 ? { table: { columns: ['What became of it', 'Key', 'Job', 'Now', 'Parts kept'], rows: all.slice(0, shownJobs) } } : {}),
  };
}

function statusText(job: ReportedJob): string {
  if (job.statusNow === null) return 'unknown';
  return job.finishedAt === null ? job.statusNow : `${job.statusNow}, ${formatUtc(job.finishedAt)}`;
}

function strayedSection({ refusedCommits, zombies }: OperationReport): Section {
  const running = Object.entries(zombies).map(([region, seen]) => `Executions of an older epoch still running in ${region}: ${countOf(seen)}${seen.known && seen.value.length > 0 ? ` (${seen.value.slice(0, 5).map((each) => each.name).join(', ')}${seen.value.length > 5 ? ', …' : ''})` : ''}.`);
  const rows = refusedCommits.known ? refusedCommits.value.map((each) => [each.key, `${each.region}, epoch ${each.epoch}`, formatUtc(each.at), each.orphanOutputKey ?? 'none']) : [];
  return {
    title: 'Zombies and orphans',
    paragraphs: [...running, `Late commits that the ledger refused: ${countOf(refusedCommits)}. None of them changed anything; an output that one left counts for nothing and may be deleted.`],
    ...(rows.length > 0 ? { table: { columns: ['Key', 'Tried by', 'At', 'Orphaned output'], rows } } : {}),
  };
}

function missingSection({ missing, from, to }: OperationReport): Section {
  const title = `What ${from} holds and ${to} does not`;
  if (!missing.known) return { title, paragraphs: [`Not known yet: ${missing.reason}. Ask for this report again when ${from} answers.`] };
  if (missing.value.length === 0) return { title, paragraphs: [`Nothing of the day of the move, as seen at ${formatUtc(missing.at)}.`] };
  return {
    title,
    paragraphs: [`${plural(missing.value.length, 'object')}, as seen at ${formatUtc(missing.at)}. What is PENDING replicates by itself; what FAILED has to be uploaded again.`],
    table: {
      columns: ['Kind', 'Key', 'Version', 'Size', 'Last modified', 'Replication', 'Job'],
      rows: missing.value.map((item) => [item.kind, item.key, item.versionId, formatBytes(item.bytes), formatUtc(item.lastModified), item.replication ?? 'unknown', item.kind === 'input' ? item.jobStatus ?? 'not in the ledger' : '']),
    },
  };
}

function timelineSection({ timeline }: OperationReport): Section {
  return {
    title: 'Timeline',
    paragraphs: [],
    table: { columns: ['Time (UTC)', 'From the start', 'What'], rows: timeline.map((moment) => [formatUtc(moment.at), `${moment.offsetSeconds < 0 ? '−' : '+'}${formatSeconds(Math.abs(moment.offsetSeconds))}`, `${mark(moment.level)} ${moment.what}`]) },
  };
}

function mark(level: 'info' | 'good' | 'warn' | 'bad'): string {
  return { info: '·', good: '✔', warn: '▲ warning:', bad: '✖' }[level];
}

function countOf(seen: Observed<unknown[]>): string {
  return seen.known ? String(seen.value.length) : `unknown (${seen.reason})`;
}
