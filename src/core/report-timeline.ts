import type { Aftermath } from './aftermath.js';
import type { OperationEvent, Outcome } from './operation.js';
import { secondsBetween, type Milestones } from './report-phases.js';

export type MomentLevel = 'info' | 'good' | 'warn' | 'bad';

/** One line of the timeline. */
export interface Moment {
  at: string;
  /** From the confirmed start; negative before it. */
  offsetSeconds: number;
  level: MomentLevel;
  what: string;
}

type Told = Omit<Moment, 'offsetSeconds'>;

/** Everything worth a line, from the first bad sign to the last job that the move had started again, in order. */
export function timelineOf(events: readonly OperationEvent[], milestones: Milestones, aftermath: Aftermath): Moment[] {
  const told: Told[] = [
    ...(milestones.firstSignAt === null ? [] : [{ at: milestones.firstSignAt, level: 'bad' as const, what: 'the first bad minute, as the other Region\'s observer saw it' }]),
    ...events.flatMap(momentsOf),
    ...jobMoments(events, aftermath),
  ];
  const zero = milestones.confirmedAt;
  return told
    .map((moment) => ({ ...moment, offsetSeconds: moment.at < zero ? -(secondsBetween(moment.at, zero) ?? 0) : secondsBetween(zero, moment.at) ?? 0 }))
    .sort((a, b) => Date.parse(a.at) - Date.parse(b.at));
}

function momentsOf(event: OperationEvent): Told[] {
  switch (event.type) {
    case 'operation-started': {
      if (event.resumed) return [{ at: event.at, level: 'info', what: `resumed by ${event.operator}` }];
      const { plan } = event;
      const { verdict, reasons } = plan.recommendation;
      return [
        { at: plan.madeAt, level: 'info', what: `looked at: ${verdict}${reasons.length > 0 ? `, because ${reasons.join('; ')}` : ''}` },
        { at: event.at, level: 'info', what: `confirmed and started by ${event.operator}` },
      ];
    }
    case 'step-finished':
      return [{ at: event.at, level: event.state === 'warned' ? 'warn' : event.state === 'done' ? 'good' : 'info', what: `${event.step}: ${event.state}${typeof event.detail['why'] === 'string' ? `, ${event.detail['why']}` : ''}` }];
    case 'step-failed':
      return [{ at: event.at, level: 'bad', what: `${event.step}: failed, ${event.message}` }];
    case 'note':
      return [{ at: event.at, level: event.level, what: event.message }];
    case 'operation-finished':
      return [{ at: event.at, level: levelOf(event.outcome), what: `ended: ${event.outcome.replaceAll('_', ' ')}` }];
    case 'operation-suspended':
      return [{ at: event.at, level: 'info', what: `handed over: ${event.why}` }];
    case 'step-started':
    case 'step-progress':
      return [];
    default:
      // A newer version may say more.
      return [];
  }
}

function levelOf(outcome: Outcome): MomentLevel {
  if (outcome === 'done') return 'good';
  return outcome === 'failed' ? 'bad' : 'warn';
}

function jobMoments(events: readonly OperationEvent[], aftermath: Aftermath): Told[] {
  const moments: Told[] = [];
  const redriven = new Set(events.flatMap((event) => (event.type === 'operation-finished' ? event.result.redriven.map((job) => job.jobId) : [])));
  const finished = aftermath.jobs.known ? aftermath.jobs.value.filter((job) => redriven.has(job.jobId) && job.finishedAt !== undefined) : [];
  const last = finished.map((job) => job.finishedAt as string).sort().at(-1);
  if (last !== undefined) {
    const all = finished.length === redriven.size;
    moments.push({ at: last, level: all ? 'good' : 'info', what: `${all ? 'the last' : `${finished.length}`} of ${redriven.size} re-driven jobs ${all ? 'has' : 'have'} finished` });
  }
  const refused = aftermath.refusedCommits.known ? aftermath.refusedCommits.value.map((each) => each.at).sort() : [];
  if (refused[0] !== undefined) moments.push({ at: refused[0], level: 'info', what: `the ledger refuses the first of ${refused.length} late commits` });
  return moments;
}
