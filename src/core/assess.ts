import { findDrift } from './drift.js';
import type { Policy } from './policy.js';
import type { Assessment, MoveMode, Recommendation, RegionAssessment } from './recommendation-types.js';
import { recoveryPoint } from './recovery-point.js';
import { recoveryTime } from './recovery-time.js';
import { regionHealth } from './region-health.js';
import { regionSignals } from './region-signals.js';
import type { Snapshot } from './snapshot.js';
import { judgeMove } from './verdict.js';
import { controlOf, otherRegion } from './view.js';

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
    regions[region] = { region, role: region === active ? 'active' : 'standby', health: regionHealth(signals), signals };
  }
  const drift = findDrift(snapshot);
  const recommendation = request.to && active
    ? recommendMove(snapshot, regions, policy, { from: active, to: request.to, ...(request.mode ? { mode: request.mode } : {}) })
    : recommend(snapshot, regions, policy, drift);
  return { regions, drift, recommendation };
}

/** `auto` as the command line understands it: graceful where the Region being left still answers, else ungraceful. */
export function automaticMode(regions: Record<string, RegionAssessment>, from: string): MoveMode {
  const health = regions[from]?.health;
  return health === 'healthy' || health === 'degraded' ? 'graceful' : 'ungraceful';
}

function recommendMove(snapshot: Snapshot, regions: Record<string, RegionAssessment>, policy: Policy, move: { from: string; to: string; mode?: MoveMode }): Recommendation {
  const mode = move.mode ?? automaticMode(regions, move.from);
  const judged = judgeMove(snapshot, regions, { ...move, mode }, policy);
  return {
    action: judged.verdict === 'GO' || judged.verdict === 'GO_WITH_DATA_RISK' ? (move.to === snapshot.homeRegion ? 'failback' : 'failover') : 'investigate',
    to: move.to,
    ...judged,
    rtoSeconds: recoveryTime(snapshot),
  };
}

function recommend(snapshot: Snapshot, regions: Record<string, RegionAssessment>, policy: Policy, drift: string[]): Recommendation {
  const control = controlOf(snapshot);
  const rtoSeconds = recoveryTime(snapshot);
  const nothing = { objects: null, bytes: null, seconds: null, keys: [] };
  if (!control.known) {
    return { action: 'investigate', to: null, verdict: 'INSUFFICIENT_DATA', reasons: [control.reason], blockers: [], warnings: ledgerOutageAdvice, rpo: nothing, rtoSeconds };
  }
  if (!control.value) {
    return { action: 'investigate', to: null, verdict: 'NO_GO', reasons: ['the deployment has no routing yet'], blockers: ['run batchctl init'], warnings: [], rpo: nothing, rtoSeconds };
  }
  const { activeRegion, phase } = control.value;
  const standby = otherRegion(snapshot, activeRegion);
  const interrupted = interruptedOperation(snapshot, phase);
  if (interrupted || drift.length > 0) {
    const to = control.value.drainingTo ?? activeRegion;
    return {
      action: 'resume', to, verdict: 'NO_GO', reasons: [...(interrupted ? [interrupted] : []), ...drift],
      blockers: ['an earlier operation has not been finished'], warnings: [], rpo: recoveryPoint(snapshot, to), rtoSeconds,
    };
  }
  const health = regions[activeRegion]?.health;
  if (health === 'impaired') {
    const judged = judgeMove(snapshot, regions, { from: activeRegion, to: standby, mode: 'ungraceful' }, policy);
    const go = judged.verdict === 'GO' || judged.verdict === 'GO_WITH_DATA_RISK';
    return { action: go ? 'failover' : 'investigate', to: standby, ...judged, rtoSeconds };
  }
  if (health !== 'healthy') {
    const judged = judgeMove(snapshot, regions, { from: activeRegion, to: standby, mode: 'ungraceful' }, policy);
    return { action: 'investigate', to: standby, ...judged, rtoSeconds };
  }
  if (activeRegion !== snapshot.homeRegion && regions[snapshot.homeRegion]?.health === 'healthy') {
    const judged = judgeMove(snapshot, regions, { from: activeRegion, to: snapshot.homeRegion, mode: 'graceful' }, policy);
    if (judged.verdict === 'GO') {
      return { action: 'failback', to: snapshot.homeRegion, ...judged, reasons: [`${snapshot.homeRegion} is healthy again`, ...judged.reasons], rtoSeconds };
    }
    return { action: 'stay', to: null, ...judged, reasons: [`${activeRegion} is healthy`, ...judged.reasons], rtoSeconds };
  }
  return {
    action: 'stay', to: null, verdict: 'NO_GO', reasons: [`${activeRegion} is healthy: there is nothing to move away from`],
    blockers: [], warnings: standbyWarnings(regions[standby]), rpo: recoveryPoint(snapshot, standby), rtoSeconds,
  };
}

const ledgerOutageAdvice = [
  'nothing can be claimed or committed while the ledger has no quorum: jobs wait, and none is lost',
  'routing alone can be moved with: batchctl failover --to REGION --routing-only',
];

/** A draining or fenced pipeline with nobody driving it was left half way. */
function interruptedOperation(snapshot: Snapshot, phase: string): string | undefined {
  const { lock } = snapshot;
  const held = lock.known ? lock.value : null;
  if (held && Date.parse(held.leaseEndsAt) >= Date.parse(snapshot.observedAt)) return undefined;
  if (held) return `${held.kind} ${held.operationId} of ${held.owner} stopped without finishing (its lease ended ${held.leaseEndsAt})`;
  return phase === 'active' ? undefined : `the pipeline is ${phase} and no operation is running`;
}

function standbyWarnings(standby: RegionAssessment | undefined): string[] {
  if (!standby || standby.health === 'healthy') return [];
  return [`the standby ${standby.region} is ${standby.health}`, ...standby.signals.filter((signal) => signal.level === 'bad').map((signal) => signal.why)];
}
