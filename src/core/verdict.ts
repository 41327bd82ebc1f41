import type { Policy } from './policy.js';
import { inputsAtRisk, recoveryPoint } from './recovery-point.js';
import type { MoveMode, RecoveryPoint, RegionAssessment, Signal, Verdict } from './recommendation-types.js';
import { sourcesAgainst } from './region-health.js';
import type { Snapshot } from './snapshot.js';
import { ageSeconds, controlOf } from './view.js';

export interface MoveVerdict {
  verdict: Verdict;
  reasons: string[];
  blockers: string[];
  warnings: string[];
  rpo: RecoveryPoint;
}

/** May the pipeline move from `from` to `to` in this way now? Refusals name what is in the way. */
export function judgeMove(snapshot: Snapshot, regions: Record<string, RegionAssessment>, move: { from: string; to: string; mode: MoveMode }, policy: Policy): MoveVerdict {
  const { from, to, mode } = move;
  const target = regions[to]?.signals ?? [];
  const source = regions[from];
  const blockers = [...targetBlockers(target, to), ...lockBlockers(snapshot), ...routingBlockers(snapshot), ...controlBlockers(snapshot)];
  const warnings = [...targetWarnings(target), ...routingWarnings(snapshot), ...recencyWarnings(snapshot, policy), ...replicationWarnings(snapshot, from, to, policy)];
  const data = dataRisk(snapshot, to, policy);
  if (mode === 'graceful') blockers.push(...gracefulBlockers(snapshot, from, to, data));
  const base = { blockers, warnings, rpo: recoveryPoint(snapshot, to) };

  if (blockers.length > 0) return { ...base, verdict: 'NO_GO', reasons: [`${to} cannot take over now: ${blockers.length === 1 ? blockers[0] : `${blockers.length} things are in the way`}`] };
  if (mode === 'ungraceful') {
    const against = sourcesAgainst(source?.signals ?? []);
    if (source?.health !== 'impaired') return { ...base, verdict: 'INSUFFICIENT_DATA', reasons: [whyInsufficient(from, source, against)] };
    const reasons = [`${from} is impaired: ${against.join(' and ')} say so`, `${to} is fit to take over`];
    if (data.length > 0) return { ...base, verdict: 'GO_WITH_DATA_RISK', reasons: [...reasons, ...data] };
    return { ...base, verdict: 'GO', reasons: [...reasons, `every accepted input is in ${to}`] };
  }
  return { ...base, verdict: 'GO', reasons: [`${to} is fit to take over`, `every accepted input is in ${to}`] };
}

function whyInsufficient(from: string, source: RegionAssessment | undefined, against: string[]): string {
  if (!source || source.health === 'unknown') return `nobody could look at ${from}: this may be the network of this host`;
  if (against.length === 1) return `only one source says that ${from} is bad (${against[0]}): that may be the source's own fault`;
  return `nothing shows that ${from} fails: ${source.health}`;
}

function targetBlockers(signals: Signal[], to: string): string[] {
  const blockers: string[] = [];
  for (const signal of signals) {
    const fails = signal.level === 'bad';
    if (signal.kind === 'probe' && fails) blockers.push(signal.why);
    else if (signal.kind === 'ledger' && signal.level !== 'ok') blockers.push(signal.why);
    // A Region that is to take everything over must not have failed even once.
    else if (signal.kind === 'canary' && signal.level !== 'unknown' && Number(signal.value) > 0) blockers.push(signal.why);
    else if (signal.kind === 'headroom' && (fails || signal.level === 'unknown')) blockers.push(signal.why);
    else if (signal.kind === 'history' && fails) blockers.push(signal.why);
  }
  if (!signals.some((signal) => signal.kind === 'probe' && signal.seenFrom === 'operator')) blockers.push(`${to} was not probed`);
  return [...new Set(blockers)];
}

function targetWarnings(signals: Signal[]): string[] {
  return signals
    .filter((signal) => (signal.kind === 'version' && signal.level !== 'ok')
      || (signal.kind === 'canary' && signal.level === 'unknown')
      || (signal.level === 'warn' && ['probe', 'headroom', 'activity', 'history'].includes(signal.kind)))
    .map((signal) => signal.why);
}

function lockBlockers(snapshot: Snapshot): string[] {
  const { lock } = snapshot;
  if (!lock.known || !lock.value) return [];
  if (Date.parse(lock.value.leaseEndsAt) < Date.parse(snapshot.observedAt)) return [];
  return [`${lock.value.owner} is running ${lock.value.kind} ${lock.value.operationId} since ${lock.value.acquiredAt}`];
}

function controlBlockers(snapshot: Snapshot): string[] {
  const control = controlOf(snapshot);
  if (!control.known) return [control.reason];
  return control.value ? [] : ['the deployment has no routing yet: run batchctl init'];
}

function routingBlockers(snapshot: Snapshot): string[] {
  const arc = snapshot.routing.arc;
  if (arc === null) return [];
  if (!arc.known || arc.value.answering === 0) return [`no ARC endpoint answers${arc.known ? '' : `: ${arc.reason}`}`];
  return [];
}

function routingWarnings(snapshot: Snapshot): string[] {
  const warnings: string[] = [];
  const arc = snapshot.routing.arc;
  if (arc?.known && arc.value.answering > 0 && arc.value.answering < 3) warnings.push(`only ${arc.value.answering} of ${Object.keys(arc.value.endpoints).length} ARC endpoints answer`);
  if (arc?.known && arc.value.disagree) warnings.push('the ARC endpoints disagree, as they may for up to 15 s after a change');
  if (!snapshot.routing.mrap.known) warnings.push(`the traffic dials cannot be read (${snapshot.routing.mrap.reason}); they will be retried in the background`);
  return warnings;
}

function recencyWarnings(snapshot: Snapshot, policy: Policy): string[] {
  const { lastMoveAt } = snapshot;
  if (!lastMoveAt.known) return [`it is not known when the pipeline last moved: ${lastMoveAt.reason}`];
  if (!lastMoveAt.value) return [];
  const age = ageSeconds(lastMoveAt.value, snapshot.observedAt);
  return age < policy.minSecondsBetweenMoves ? [`the pipeline moved ${Math.round(age / 60)} min ago; ${Math.round(policy.minSecondsBetweenMoves / 60)} min between moves are usual`] : [];
}

function replicationWarnings(snapshot: Snapshot, from: string, to: string, policy: Policy): string[] {
  const view = snapshot.replication[`${from}->${to}`];
  if (!view) return [];
  const warnings: string[] = [];
  if (view.failedObjects.known && view.failedObjects.value > 0) warnings.push(`${view.failedObjects.value} objects failed to replicate from ${from} to ${to}, and S3 will not retry them`);
  if (view.latencySeconds.known && view.latencySeconds.value > policy.replicationWarnSeconds) warnings.push(`replication from ${from} to ${to} is ${Math.round(view.latencySeconds.value)} s behind`);
  return warnings;
}

/** Empty: nothing accepted would be left behind. */
function dataRisk(snapshot: Snapshot, to: string, policy: Policy): string[] {
  const risk = inputsAtRisk(snapshot, to);
  if (!risk) return [`it is not known which inputs are open: ${snapshot.work.known ? '' : snapshot.work.reason}`];
  const reasons: string[] = [];
  if (risk.missing.length > policy.maxMissingInputs) reasons.push(`${counted(risk.missing.length, 'accepted input is', 'accepted inputs are')} not in ${to}`);
  if (risk.unknown.length > 0) reasons.push(`${counted(risk.unknown.length, 'accepted input', 'accepted inputs')} could not be looked up in ${to} (${risk.unknown[0]?.reason})`);
  return reasons;
}

/** A planned move leaves nothing behind, so whatever is missing is in the way instead of being a risk. */
function gracefulBlockers(snapshot: Snapshot, from: string, to: string, data: string[]): string[] {
  const blockers = [...data];
  const zombies = snapshot.zombies[to];
  if (zombies?.known && zombies.value.length > 0) {
    blockers.push(`${counted(zombies.value.length, 'execution', 'executions')} of an older epoch still run in ${to} (${zombies.value.slice(0, 3).map((each) => each.name).join(', ')}${zombies.value.length > 3 ? ', …' : ''}); its sweep stops them within three minutes of the last move`);
  }
  const failed = snapshot.replication[`${from}->${to}`]?.failedObjects;
  if (failed?.known && failed.value > 0) blockers.push(`${counted(failed.value, 'object', 'objects')} failed to replicate from ${from} to ${to}`);
  return blockers;
}

function counted(count: number, one: string, many: string): string {
  return `${count} ${count === 1 ? one : many}`;
}
