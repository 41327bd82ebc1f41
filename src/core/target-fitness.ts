import { standingOf } from './minute-history.js';
import type { Policy } from './policy.js';
import type { Acknowledgement, MoveMode, Signal } from './recommendation-types.js';
import type { Snapshot } from './snapshot.js';
import { ageSeconds, otherRegion } from './view.js';

/** What makes the target unfit. What is not known about it blocks as much as what is bad (invariant 6). */
export function targetBlockers(snapshot: Snapshot, signals: Signal[], to: string): string[] {
  const canary = snapshot.canaries[to];
  // No synthetic job has run at all: the last step of a move runs one, and that is proof enough.
  const newDeployment = canary?.known === true && (canary.value?.results.length ?? 0) === 0;
  const blockers: string[] = [];
  for (const signal of signals) {
    const bad = signal.level === 'bad';
    const unknown = signal.level === 'unknown';
    switch (signal.kind) {
      case 'probe':
        // That the other Region could not be asked is no news when that Region is the one being left.
        if (bad || (unknown && signal.seenFrom === 'operator')) blockers.push(signal.why);
        break;
      case 'ledger':
      case 'history':
        if (bad) blockers.push(signal.why);
        break;
      case 'canary':
        // A Region that is to take everything over must not have failed even once, nor have gone silent.
        if (unknown ? !newDeployment : Number(signal.value) > 0) blockers.push(signal.why);
        break;
      case 'headroom':
        if (bad || unknown) blockers.push(signal.why);
        break;
      case 'activity':
      case 'backlog':
      case 'version':
      case 'routing':
      case 'replication':
        break;
    }
  }
  if (!signals.some((signal) => signal.kind === 'probe' && signal.seenFrom === 'operator')) blockers.push(`${to} was not probed`);
  return [...new Set(blockers)];
}

export function targetWarnings(signals: Signal[]): string[] {
  return signals
    .filter((signal) => (signal.kind === 'version' && signal.level !== 'ok')
      || (signal.kind === 'canary' && signal.level === 'unknown')
      || (signal.kind === 'history' && signal.level === 'unknown')
      || (signal.level === 'warn' && ['probe', 'headroom', 'activity', 'history'].includes(signal.kind))
      || (signal.level === 'bad' && signal.kind === 'activity'))
    .map((signal) => signal.why);
}

/** Only the metrics that matter for this direction, and what they leave open. */
export function replicationWarnings(signals: Signal[]): string[] {
  return signals.filter((signal) => signal.kind === 'replication' && (signal.level === 'bad' || signal.level === 'warn')).map((signal) => signal.why);
}

/**
 * What the operator has to name before the move. Moving again at once is how pipelines start to flap; a Region that was
 * bad a moment ago may be bad again in a moment, and a planned move back can wait until it has been clean for long.
 */
export function acknowledgements(snapshot: Snapshot, move: { to: string; mode: MoveMode }, policy: Policy): Acknowledgement[] {
  const needed: Acknowledgement[] = [];
  const { lastMoveAt } = snapshot;
  if (lastMoveAt.known && lastMoveAt.value) {
    const age = ageSeconds(lastMoveAt.value, snapshot.observedAt);
    if (age < policy.minSecondsBetweenMoves) needed.push({ name: 'recent-move', why: `the pipeline moved ${Math.round(age / 60)} min ago; ${Math.round(policy.minSecondsBetweenMoves / 60)} min between moves are asked for` });
  }
  const unsettled = whyUnsettled(snapshot, move, policy);
  if (unsettled) needed.push({ name: 'unsettled-target', why: unsettled });
  return needed;
}

/** Undefined: the target has been clean for long enough for this kind of move. */
export function whyUnsettled(snapshot: Snapshot, { to, mode }: { to: string; mode: MoveMode }, policy: Policy): string | undefined {
  const history = snapshot.probes[to]?.history;
  const standing = history?.known ? standingOf(history.value, policy) : undefined;
  if (mode === 'graceful' && to === snapshot.homeRegion) {
    if (!standing) return `nobody has recorded how ${to} was in the last ${policy.failbackCleanMinutes} min (${history?.known === false ? history.reason : 'no sample'}), and a failback waits for so many clean ones`;
    // The newest sample is up to a minute old, and tells of the minute before it.
    const clean = standing.cleanMinutes + 1;
    return clean >= policy.failbackCleanMinutes ? undefined : `${to} has been clean for ${standing.cleanMinutes} min as ${otherRegion(snapshot, to)} recorded it; a failback waits for ${policy.failbackCleanMinutes}`;
  }
  if (standing?.state !== 'recovering') return undefined;
  return `${to} was bad a short while ago and has been clean for ${standing.cleanMinutes} min; it counts as good after ${policy.recoveredCleanMinutes}`;
}
