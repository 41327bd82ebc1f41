import type { Milestones } from '../../core/report-phases.js';
import type { OperationReport } from '../../core/report.js';
import { formatSeconds, formatUtc, plural } from '../quantities.js';

export interface Figure {
  label: string;
  value: string;
  /** What the value is held against. */
  note: string;
  level: 'good' | 'bad' | 'neutral';
}

export function titleOf(report: Pick<OperationReport, 'kind' | 'deployment' | 'from' | 'to'>): string {
  return `${capital(report.kind)} of ${report.deployment}: ${report.from} → ${report.to}`;
}

export function outcomeText(outcome: OperationReport['outcome']): string {
  switch (outcome) {
    case 'done': return '✔ done';
    case 'done_with_exceptions': return '▲ done, with exceptions';
    case 'unfinished': return '▲ not finished';
    case 'interrupted': return '▲ interrupted';
    case 'refused': return '✖ refused';
    case 'failed': return '✖ failed';
    case 'cancelled': return '– cancelled';
  }
}

/** The few numbers that most readers came for. */
export function figuresOf({ rto, rpo, jobs }: OperationReport): Figure[] {
  return [
    { label: 'Time to recover (RTO)', value: rto.seconds === null ? 'not reached' : formatSeconds(rto.seconds), note: `target ${formatSeconds(rto.targetSeconds)}: ${verdictOf(rto.met)}`, level: levelOf(rto.met) },
    { label: 'Inputs left behind (RPO)', value: rpo.objects === null ? 'unknown' : String(rpo.objects), note: `target ${rpo.targetObjects}: ${verdictOf(rpo.met)}`, level: levelOf(rpo.met) },
    { label: 'Jobs re-driven', value: String(jobs.redriven.length), note: `${plural(jobs.partsKept, 'finished part')} kept`, level: 'neutral' },
    { label: 'Parked, failed', value: `${jobs.parked.length}, ${jobs.failed.length}`, note: 'named below', level: jobs.parked.length + jobs.failed.length > 0 ? 'bad' : 'good' },
  ];
}

export function verdictOf(met: boolean | null): string {
  return met === null ? 'unknown' : met ? 'met' : 'missed';
}

function levelOf(met: boolean | null): Figure['level'] {
  return met === null ? 'neutral' : met ? 'good' : 'bad';
}

export function milestoneLines({ firstSignAt, plannedAt, confirmedAt, movedAt, provedAt }: Milestones): string[] {
  const moments = [['first bad minute', firstSignAt], ['looked at', plannedAt], ['confirmed', confirmedAt], ['moved', movedAt], ['proven', provedAt]] as const;
  return [`${moments.flatMap(([name, at]) => (at === null ? [] : [`${capital(name)} ${formatUtc(at)}`])).join('; ')}.`];
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
