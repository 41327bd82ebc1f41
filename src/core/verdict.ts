import { judgeClock } from './clock-skew.js';
import type { Policy } from './policy.js';
import { inputsAtRisk, recoveryPoint } from './recovery-point.js';
import type { Acknowledgement, MoveMode, RecoveryPoint, RegionAssessment, Signal, Verdict } from './recommendation-types.js';
import { sourcesAgainst } from './region-health.js';
import { routingBlockers, routingWarnings } from './routing-fitness.js';
import type { Snapshot } from './snapshot.js';
import { acknowledgements, replicationWarnings, targetBlockers, targetWarnings } from './target-fitness.js';
import { controlOf } from './view.js';

export interface MoveVerdict {
  verdict: Verdict;
  reasons: string[];
  blockers: string[];
  warnings: string[];
  acknowledge: Acknowledgement[];
  rpo: RecoveryPoint;
}

/** May the pipeline move from `from` to `to` in this way now? Refusals name what is in the way. */
export function judgeMove(snapshot: Snapshot, regions: Record<string, RegionAssessment>, move: { from: string; to: string; mode: MoveMode }, policy: Policy): MoveVerdict {
  const { from, to, mode } = move;
  const target = regions[to]?.signals ?? [];
  const source = regions[from];
  const clock = judgeClock(snapshot, policy);
  const rpo = recoveryPoint(snapshot, to);
  const acknowledge = acknowledgements(snapshot, move, policy);
  const blockers = [...targetBlockers(snapshot, target, to), ...lockBlockers(snapshot), ...routingBlockers(snapshot, move), ...controlBlockers(snapshot), ...clock.blockers];
  const data = dataRisk(snapshot, to, policy);
  if (mode === 'graceful') blockers.push(...gracefulBlockers(snapshot, to, target, data));
  const warnings = [
    ...targetWarnings(target), ...routingWarnings(snapshot), ...acknowledge.map((each) => each.why), ...unknownRecency(snapshot),
    ...replicationWarnings(target).filter((each) => !blockers.includes(each)), ...clock.warnings,
    ...(rpo.crossCheck?.agrees === false ? [rpo.crossCheck.why] : []),
  ];
  const base = { blockers, warnings, acknowledge, rpo };

  if (blockers.length > 0) return { ...base, verdict: 'NO_GO', reasons: [`${to} cannot take over now: ${blockers.length === 1 ? blockers[0] : `${blockers.length} things are in the way`}`] };
  if (mode === 'ungraceful') {
    const against = sourcesAgainst(source?.signals ?? [], snapshot.standsIn);
    if (source?.health !== 'impaired') return { ...base, verdict: 'INSUFFICIENT_DATA', reasons: [whyInsufficient(from, source, against)] };
    const reasons = [`${from} is impaired: ${against.join(' and ')} say so`, `${to} is fit to take over`];
    if (data.length > 0) return { ...base, verdict: 'GO_WITH_DATA_RISK', reasons: [...reasons, ...data] };
    return { ...base, verdict: 'GO', reasons: [...reasons, nothingMissing(snapshot, to)] };
  }
  return { ...base, verdict: 'GO', reasons: [`${to} is fit to take over`, nothingMissing(snapshot, to)] };
}

function whyInsufficient(from: string, source: RegionAssessment | undefined, against: string[]): string {
  if (!source || source.health === 'unknown') return `nobody could look at ${from}: this may be the network of this host`;
  if (against.length === 1) return `only one source says that ${from} is bad (${against[0]}): that may be the source's own fault`;
  return `nothing shows that ${from} fails: ${source.health}`;
}

function lockBlockers(snapshot: Snapshot): string[] {
  const { lock } = snapshot;
  // With no ledger at all that is said already, once.
  if (!lock.known) return controlOf(snapshot).known ? [`it is not known whether another operation runs: ${lock.reason}`] : [];
  if (!lock.value) return [];
  if (Date.parse(lock.value.leaseEndsAt) < Date.parse(snapshot.observedAt)) return [];
  return [`${lock.value.owner} is running ${lock.value.kind} ${lock.value.operationId} since ${lock.value.acquiredAt}`];
}

function controlBlockers(snapshot: Snapshot): string[] {
  const control = controlOf(snapshot);
  if (!control.known) return [control.reason];
  return control.value ? [] : ['the deployment has no routing yet: run batchctl init'];
}

function unknownRecency({ lastMoveAt }: Snapshot): string[] {
  return lastMoveAt.known ? [] : [`it is not known when the pipeline last moved: ${lastMoveAt.reason}`];
}

function nothingMissing(snapshot: Snapshot, to: string): string {
  const missing = inputsAtRisk(snapshot, to)?.missing.length ?? 0;
  return missing === 0 ? `every accepted input is in ${to}` : `${counted(missing, 'accepted input is', 'accepted inputs are')} not in ${to}, which the policy allows`;
}

/** Empty: nothing accepted would be left behind, or no more than the policy allows. */
function dataRisk(snapshot: Snapshot, to: string, policy: Policy): string[] {
  const risk = inputsAtRisk(snapshot, to);
  if (!risk) return [`it is not known which inputs are open: ${snapshot.work.known ? '' : snapshot.work.reason}`];
  const reasons: string[] = [];
  if (risk.missing.length > policy.maxMissingInputs) reasons.push(`${counted(risk.missing.length, 'accepted input is', 'accepted inputs are')} not in ${to}`);
  if (risk.unknown.length > 0) reasons.push(`${counted(risk.unknown.length, 'accepted input', 'accepted inputs')} could not be looked up in ${to} (${risk.unknown[0]?.reason})`);
  return reasons;
}

/** A planned move leaves nothing behind, so whatever is missing is in the way instead of being a risk. */
function gracefulBlockers(snapshot: Snapshot, to: string, target: Signal[], data: string[]): string[] {
  const blockers = [...data];
  const missing = inputsAtRisk(snapshot, to)?.missing.length ?? 0;
  // What the policy tolerates in an emergency, a planned move waits for.
  if (missing > 0 && data.length === 0) blockers.push(`${counted(missing, 'accepted input is', 'accepted inputs are')} not in ${to}`);
  const zombies = snapshot.zombies[to];
  if (zombies?.known && zombies.value.length > 0) {
    blockers.push(`${counted(zombies.value.length, 'execution', 'executions')} of an older epoch still run in ${to} (${zombies.value.slice(0, 3).map((each) => each.name).join(', ')}${zombies.value.length > 3 ? ', …' : ''}); its sweep stops them within three minutes of the last move`);
  }
  blockers.push(...target.filter((signal) => signal.name === 'replication.failed' && signal.level === 'bad').map((signal) => signal.why));
  return blockers;
}

function counted(count: number, one: string, many: string): string {
  return `${count} ${count === 1 ? one : many}`;
}
