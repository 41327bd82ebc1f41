import { judgeClock } from './clock-skew.js';
import { findDrift } from './drift.js';
import type { Policy } from './policy.js';
import type { Assessment, MoveMode, Recommendation, RegionAssessment } from './recommendation-types.js';
import { recoveryPoint } from './recovery-point.js';
import { recoveryTime } from './recovery-time.js';
import { regionHealth } from './region-health.js';
import { regionSignals } from './region-signals.js';
import { routingBlockers, routingWarnings } from './routing-fitness.js';
import type { Snapshot } from './snapshot.js';
import { replicationWarnings, targetBlockers, targetWarnings, whyUnsettled } from './target-fitness.js';
import { judgeMove, type MoveVerdict } from './verdict.js';
import { controlOf, otherRegion, refusedByLedger } from './view.js';

export interface AssessRequest {
  /** Judge a move to this Region. Left out: say what to do. */
  to?: string;
  mode?: MoveMode;
}

/**
 * Turns one look at the deployment into evidence and advice. Pure: the same snapshot and policy always give the same
 * assessment, whoever asks and however it is shown.
 */
export function assess(snapshot: Snapshot, policy: Policy, request: AssessRequest = {}): Assessment {
  const control = controlOf(snapshot);
  const active = control.known ? control.value?.activeRegion : undefined;
  const regions: Record<string, RegionAssessment> = {};
  for (const region of snapshot.regions) {
    const signals = regionSignals(snapshot, region, policy);
    regions[region] = { region, role: active === undefined ? 'unknown' : region === active ? 'active' : 'standby', health: regionHealth(signals, snapshot.standsIn), signals };
  }
  const drift = findDrift(snapshot);
  const recommendation = request.to && active
    ? recommendMove(snapshot, regions, policy, { from: active, to: request.to, ...(request.mode ? { mode: request.mode } : {}) })
    : recommend(snapshot, regions, policy, drift);
  return { regions, drift, recommendation };
}

/**
 * `auto` as the command line understands it: graceful where the Region being left still answers this host, else ungraceful.
 * One source makes no Region impaired, and yet a graceful move must not begin by waiting for a Region that does not answer:
 * it would hold every new job until its deadline. Judged as ungraceful, it is refused for want of a second source instead.
 */
export function automaticMode(regions: Record<string, RegionAssessment>, from: string): MoveMode {
  const region = regions[from];
  const answers = !region?.signals.some((signal) => signal.level === 'bad' && (signal.kind === 'ledger' || (signal.kind === 'probe' && signal.seenFrom === 'operator')));
  return answers && (region?.health === 'healthy' || region?.health === 'degraded') ? 'graceful' : 'ungraceful';
}

function recommendMove(snapshot: Snapshot, regions: Record<string, RegionAssessment>, policy: Policy, move: { from: string; to: string; mode?: MoveMode }): Recommendation {
  const mode = move.mode ?? automaticMode(regions, move.from);
  const judged = judgeMove(snapshot, regions, { ...move, mode }, policy);
  return {
    action: isGo(judged) ? (move.to === snapshot.homeRegion ? 'failback' : 'failover') : 'investigate',
    to: move.to,
    ...judged,
    rtoSeconds: recoveryTime(snapshot, move.to),
  };
}

function recommend(snapshot: Snapshot, regions: Record<string, RegionAssessment>, policy: Policy, drift: string[]): Recommendation {
  const control = controlOf(snapshot);
  const nobodyKnows = { objects: null, bytes: null, seconds: null, keys: [] };
  const without = { acknowledge: [], rpo: nobodyKnows, rtoSeconds: { p50: null, p95: null } };
  if (!control.known) {
    return { action: 'investigate', to: null, verdict: 'INSUFFICIENT_DATA', reasons: [control.reason], blockers: [], warnings: [...silentLedgerAdvice(snapshot), ...judgeClock(snapshot, policy).warnings], ...without };
  }
  if (!control.value) {
    return { action: 'investigate', to: null, verdict: 'NO_GO', reasons: ['the deployment has no routing yet'], blockers: ['run batchctl init'], warnings: [], ...without };
  }
  const { activeRegion, phase } = control.value;
  const standby = otherRegion(snapshot, activeRegion);
  const interrupted = interruptedOperation(snapshot, phase);
  const underWay = runningOperation(snapshot);
  const unfinished = underWay ? [] : [...(interrupted ? [interrupted] : []), ...drift];
  const health = regions[activeRegion]?.health;
  if (health === 'impaired') {
    // A move away repairs what an earlier one left behind, too; finishing that one first would mean staying in the fire.
    const judged = judgeMove(snapshot, regions, { from: activeRegion, to: standby, mode: 'ungraceful' }, policy);
    return { action: isGo(judged) ? 'failover' : 'investigate', to: standby, ...judged, warnings: [...unfinished, ...judged.warnings], rtoSeconds: recoveryTime(snapshot, standby) };
  }
  if (underWay) {
    return {
      action: 'stay', to: null, verdict: 'NO_GO', reasons: [`${underWay}: what differs meanwhile is its doing`],
      blockers: [], warnings: [], acknowledge: [], rpo: recoveryPoint(snapshot, standby), rtoSeconds: recoveryTime(snapshot, standby),
    };
  }
  if (unfinished.length > 0) {
    const to = control.value.drainingTo ?? activeRegion;
    return {
      action: 'resume', to, verdict: 'NO_GO', reasons: unfinished,
      blockers: ['an earlier operation has not been finished'], warnings: [], acknowledge: [], rpo: recoveryPoint(snapshot, to), rtoSeconds: recoveryTime(snapshot, to),
    };
  }
  if (health !== 'healthy') {
    const judged = judgeMove(snapshot, regions, { from: activeRegion, to: standby, mode: 'ungraceful' }, policy);
    return { action: 'investigate', to: standby, ...judged, rtoSeconds: recoveryTime(snapshot, standby) };
  }
  return activeRegion === snapshot.homeRegion ? stayHome(snapshot, regions, policy, activeRegion) : recommendFailback(snapshot, regions, policy, activeRegion);
}

/** Going home is never urgent: it is advised once home has been clean for long, and the last move is not fresh. */
function recommendFailback(snapshot: Snapshot, regions: Record<string, RegionAssessment>, policy: Policy, activeRegion: string): Recommendation {
  const home = snapshot.homeRegion;
  if (regions[home]?.health !== 'healthy') return stayHome(snapshot, regions, policy, activeRegion);
  const judged = judgeMove(snapshot, regions, { from: activeRegion, to: home, mode: 'graceful' }, policy);
  const rtoSeconds = recoveryTime(snapshot, home);
  if (judged.verdict === 'GO' && judged.acknowledge.length === 0) {
    return { action: 'failback', to: home, ...judged, reasons: [`${home} is healthy again`, ...judged.reasons], rtoSeconds };
  }
  const waiting = judged.verdict === 'GO' ? judged.acknowledge.map((each) => `not yet: ${each.why}`) : judged.reasons;
  return { action: 'stay', to: null, ...judged, verdict: 'NO_GO', reasons: [`${activeRegion} is healthy`, ...waiting], acknowledge: [], rtoSeconds };
}

function stayHome(snapshot: Snapshot, regions: Record<string, RegionAssessment>, policy: Policy, activeRegion: string): Recommendation {
  const standby = otherRegion(snapshot, activeRegion);
  const clock = judgeClock(snapshot, policy);
  return {
    action: 'stay', to: null, verdict: 'NO_GO', reasons: [`${activeRegion} is healthy: there is nothing to move away from`],
    blockers: [], warnings: [...standbyWarnings(snapshot, regions[standby], policy), ...routingWarnings(snapshot), ...clock.blockers, ...clock.warnings],
    acknowledge: [], rpo: recoveryPoint(snapshot, standby), rtoSeconds: recoveryTime(snapshot, standby),
  };
}

function isGo({ verdict }: Pick<MoveVerdict, 'verdict'>): boolean {
  return verdict === 'GO' || verdict === 'GO_WITH_DATA_RISK';
}

const ledgerOutageAdvice = [
  'nothing can be claimed or committed while the ledger has no quorum: jobs wait, and none is lost',
  'routing alone can be moved with: batchctl failover --to REGION --routing-only',
];

/** A ledger that answers and refuses is not out of order: whoever asked may not look, or no longer. */
function silentLedgerAdvice(snapshot: Snapshot): string[] {
  if (!refusedByLedger(snapshot)) return ledgerOutageAdvice;
  return ['AWS answers this host and refuses it, which tells nothing about the pipeline: sign in again, look with a role that may, or set the clock right where that is the reason'];
}

function runningOperation({ lock, observedAt }: Snapshot): string | undefined {
  if (!lock.known || !lock.value || Date.parse(lock.value.leaseEndsAt) < Date.parse(observedAt)) return undefined;
  return `${lock.value.kind} ${lock.value.operationId} of ${lock.value.owner} is under way`;
}

/** A draining or fenced pipeline with nobody driving it was left half way. */
function interruptedOperation(snapshot: Snapshot, phase: string): string | undefined {
  const { lock } = snapshot;
  const held = lock.known ? lock.value : null;
  if (held) return `${held.kind} ${held.operationId} of ${held.owner} stopped without finishing (its lease ended ${held.leaseEndsAt})`;
  return phase === 'active' ? undefined : `the pipeline is ${phase} and no operation is running`;
}

/** What would be in the way of a failover, told while there is time to mend it. */
function standbyWarnings(snapshot: Snapshot, standby: RegionAssessment | undefined, policy: Policy): string[] {
  if (!standby) return [];
  const unwell = standby.health === 'healthy' ? [] : [`the standby ${standby.region} is ${standby.health}`];
  const inTheWay = [...targetBlockers(snapshot, standby.signals, standby.region), ...routingBlockers(snapshot, { from: otherRegion(snapshot, standby.region), to: standby.region })];
  const unsettled = whyUnsettled(snapshot, { to: standby.region, mode: 'ungraceful' }, policy);
  return [...new Set([...unwell, ...inTheWay, ...targetWarnings(standby.signals), ...(unsettled ? [unsettled] : []), ...replicationWarnings(standby.signals)])];
}
