import type { ControlItem } from './control.js';
import type { Job } from './job.js';
import type { Observed, Unknown } from './observation.js';
import { isCallersFault } from './probe-sample.js';
import type { Snapshot } from './snapshot.js';

/**
 * The control item that counts: the highest epoch that any replica answered. Both replicas of a strongly consistent
 * table agree, so this only matters when one of them did not answer.
 */
export function controlOf(snapshot: Pick<Snapshot, 'ledgers' | 'observedAt'>): Observed<ControlItem | null> {
  const answers = Object.values(snapshot.ledgers);
  const answered = answers.filter((answer) => answer.known);
  if (answered.length === 0) {
    const reasons = Object.entries(snapshot.ledgers).map(([region, answer]) => `${region}: ${answer.known ? '' : answer.reason}`);
    return { known: false, reason: `no replica of the ledger answered (${reasons.join('; ')})`, at: snapshot.observedAt, seenFrom: 'operator' };
  }
  return answered.reduce((best, answer) => ((answer.value?.epoch ?? -1) > (best.value?.epoch ?? -1) ? answer : best));
}

/**
 * What every replica says when each of them answers and lets nobody in: that tells of the caller and nothing of the
 * ledger. Undefined where one answered, or was silent.
 */
export function refusedByLedger(snapshot: Pick<Snapshot, 'ledgers'>): Unknown | undefined {
  const refusals = Object.values(snapshot.ledgers).filter((answer): answer is Unknown => !answer.known && isCallersFault(answer.failure));
  return refusals.length === Object.keys(snapshot.ledgers).length ? refusals[0] : undefined;
}

export function otherRegion(snapshot: Pick<Snapshot, 'regions'>, region: string): string {
  return snapshot.regions[0] === region ? snapshot.regions[1] : snapshot.regions[0];
}

/** Whether a Region's bucket holds a job's input: the row's stamp is proof, else what a HEAD said. */
export function presenceOf(snapshot: Pick<Snapshot, 'work' | 'observedAt'>, job: Job, region: string): Observed<boolean> {
  const stamped = job.presentIn[region];
  if (stamped) return { known: true, value: true, at: stamped, seenFrom: region };
  const looked = snapshot.work.known ? snapshot.work.value.presence[region]?.[job.jobId] : undefined;
  return looked ?? { known: false, reason: 'nobody looked', at: snapshot.observedAt, seenFrom: 'operator' };
}

export function ageSeconds(at: string, now: string): number {
  return Math.max(0, Math.round((Date.parse(now) - Date.parse(at)) / 1000));
}
