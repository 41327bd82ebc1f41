import { createHash } from 'node:crypto';
import { automaticMode } from './assess.js';
import type { Phase } from './control.js';
import { evidenceOf } from './evidence.js';
import { extensionSteps } from './extension-steps.js';
import { isUnfinished } from './job.js';
import type { OperationKind, Plan, PlannedStep } from './operation.js';
import type { ExtensionPoint, Policy } from './policy.js';
import { inputsAtRisk } from './recovery-point.js';
import type { Assessment, MoveMode, RecoveryTime } from './recommendation-types.js';
import type { Snapshot } from './snapshot.js';
import { startingSeconds } from './start-quota.js';
import { controlOf } from './view.js';

export interface MoveRequest {
  kind: OperationKind;
  to: string;
  mode: MoveMode | 'auto';
  policy: Policy;
  /** Steps of the user's own, as the deployment file declares them. */
  extensionPoints?: readonly ExtensionPoint[];
  /** Taken from a snapshot's time when left out; a plan has no clock of its own. */
  madeAt?: string;
}

/** Why no plan can be made. The command line turns it into a refusal with next steps. */
export interface NoPlan {
  kind: 'no-plan';
  code: 'LEDGER_UNREADABLE' | 'NOT_INITIALISED' | 'UNKNOWN_REGION';
  reason: string;
}

/** The Region is active already, ARC and dials agree, and nothing is half done: there is nothing to move. */
export interface NothingToDo {
  kind: 'nothing-to-do';
  region: string;
  epoch: number;
}

export type Planned = { kind: 'plan'; plan: Plan } | NothingToDo | NoPlan;

/**
 * The steps of a move, as a value. Four cases: nothing to do; the ledger already names the target, so the rest is
 * repaired (which is what makes running a command again the same as resuming it); a graceful move; an ungraceful one.
 */
export function planMove(snapshot: Snapshot, assessment: Assessment, request: MoveRequest): Planned {
  const { to } = request;
  if (!snapshot.regions.includes(to)) return { kind: 'no-plan', code: 'UNKNOWN_REGION', reason: `${to} is not one of this deployment's Regions (${snapshot.regions.join(', ')})` };
  const control = controlOf(snapshot);
  if (!control.known) return { kind: 'no-plan', code: 'LEDGER_UNREADABLE', reason: control.reason };
  if (!control.value) return { kind: 'no-plan', code: 'NOT_INITIALISED', reason: 'the deployment has no routing yet' };

  const { activeRegion, epoch, phase, operationId } = control.value;
  const arrived = activeRegion === to;
  const leftHalfWay = phase !== 'active' || assessment.drift.length > 0 || staleWork(snapshot, epoch).length > 0;
  if (arrived && !leftHalfWay) return { kind: 'nothing-to-do', region: to, epoch };

  const from = snapshot.regions.find((region) => region !== to) ?? to;
  const mode: MoveMode = request.mode === 'auto' ? automaticMode(assessment.regions, from) : request.mode;
  const risk = inputsAtRisk(snapshot, to);
  const park = mode === 'graceful' ? [] : [
    ...(risk?.missing ?? []).map((job) => ({ job, why: `its input is not in ${to}` })),
    ...(risk?.unknown ?? []).map(({ job, reason }) => ({ job, why: `it is not known whether ${to} holds its input (${reason})` })),
  ].map(({ job, why }) => ({ jobId: job.jobId, key: job.key, versionId: job.versionId, why }));
  const parked = new Set(park.map((each) => each.jobId));
  const redrive = snapshot.work.known ? snapshot.work.value.open.filter((job) => isUnfinished(job) && !parked.has(job.jobId)).map((job) => job.jobId) : [];
  const facts = { epoch, activeRegion, phase, operationId: operationId ?? null, from, to, mode, atRisk: park.map((each) => each.jobId).sort() };
  return {
    kind: 'plan',
    plan: {
      schemaVersion: 1,
      kind: request.kind,
      mode,
      deployment: snapshot.deployment,
      from,
      to,
      epochBefore: epoch,
      epochAfter: arrived ? epoch : epoch + 1,
      madeAt: request.madeAt ?? snapshot.observedAt,
      steps: stepsOf({ mode, arrived, phase, hasArc: snapshot.routing.arc !== null, from, to, epoch, policy: request.policy, openJobs: redrive.length, drainSeconds: drainSeconds(snapshot, assessment.recommendation.rtoSeconds.of), kind: request.kind, extensionPoints: request.extensionPoints ?? [] }),
      redrive,
      park,
      rpo: assessment.recommendation.rpo,
      recommendation: assessment.recommendation,
      warnings: assessment.recommendation.warnings,
      fingerprint: fingerprintOf(facts),
      facts,
      evidence: evidenceOf(snapshot, assessment),
    },
  };
}

/** Differs when a fact changed that the plan rests on. Jobs that come and go do not: they are looked at again. */
export function fingerprintOf(facts: Record<string, unknown>): string {
  return createHash('sha256').update(JSON.stringify(Object.entries(facts).sort(([a], [b]) => (a < b ? -1 : 1)))).digest('hex');
}

/** Jobs that an older epoch claimed and nobody has taken over. */
function staleWork(snapshot: Snapshot, epoch: number): string[] {
  if (!snapshot.work.known) return [];
  return snapshot.work.value.open.filter((job) => job.status === 'RUNNING' && (job.epoch ?? 0) < epoch).map((job) => job.jobId);
}

interface StepsInput {
  mode: MoveMode;
  arrived: boolean;
  phase: Phase;
  hasArc: boolean;
  from: string;
  to: string;
  epoch: number;
  policy: Policy;
  openJobs: number;
  /** What the jobs that run now are expected to take. */
  drainSeconds: number;
  kind: OperationKind;
  extensionPoints: readonly ExtensionPoint[];
}

/** When nobody can tell how long the jobs will take, or whether there are any. */
const unknownDrainSeconds = 60;

function drainSeconds(snapshot: Snapshot, of: RecoveryTime['of']): number {
  if (!snapshot.work.known || !of) return unknownDrainSeconds;
  const running = snapshot.work.value.open.some((job) => job.status === 'RUNNING');
  return running ? Math.max(1, Math.ceil(of.rounds * of.partSeconds.p50)) : 1;
}

function stepsOf(input: StepsInput): PlannedStep[] {
  const { mode, arrived, phase, hasArc, from, to, epoch, policy, openJobs } = input;
  const step = (name: PlannedStep['name'], target: string, expectedSeconds: number, deadlineSeconds: number, more: Partial<PlannedStep> = {}): PlannedStep => (
    { name, target, expectedSeconds, deadlineSeconds, bestEffort: false, pointOfNoReturn: false, withPrevious: false, ...more });
  const reopen = phase === 'active' ? [] : [step('undo', `the pipeline is active in ${to} again; nothing is held`, 1, 15)];
  const before = arrived ? reopen : mode === 'graceful' ? [
    step('drain', `new jobs are accepted and held; ${from} starts nothing more`, 1, 15),
    step('shift-uploads', `new uploads land in ${to}`, 5, 30, { bestEffort: true }),
    step('wait-for-running-jobs', `no job runs in ${from}`, Math.min(input.drainSeconds, policy.drainDeadlineSeconds), policy.drainDeadlineSeconds),
    step('wait-for-replication', `everything accepted and committed is in ${to}`, 15, policy.replicationDeadlineSeconds),
  ] : [];
  const fence = arrived ? [] : [step('fence', `the ledger says epoch ${epoch + 1}, active Region ${to}`, 1, 15, { pointOfNoReturn: true })];
  const redriveSeconds = Math.ceil(Math.max(1, startingSeconds(openJobs, to)));
  return [
    step('acquire-lock', 'this operation alone may move the pipeline', 1, 15),
    step('verify-preconditions', 'the facts that this plan rests on still hold', 3, 30),
    ...before,
    // When nothing runs any more and everything can still be put back; a repair is behind that.
    ...(arrived ? [] : extensionSteps(input, 'before')),
    ...fence,
    // Behind the fence nothing depends on the order any more, so AWS's waiting times overlap instead of adding up.
    step('stop-old-executions', `no execution of an older epoch runs in ${from}`, 3, 10, { bestEffort: true }),
    ...(hasArc ? [step('flip-routing-controls', `ARC says ${to} On, ${from} Off, on at least two endpoints`, 5, 30, { withPrevious: true })] : []),
    step('flip-traffic-dials', `traffic dials ask for ${to} 100, ${from} 0`, 2, 30, { withPrevious: true }),
    step('re-drive', `every open job whose input is in ${to} runs there`, redriveSeconds, 120 + redriveSeconds * 3, { withPrevious: true }),
    step('adopt-unknown-inputs', `no input in ${to} is without a row in the ledger`, 2, 120, { bestEffort: true }),
    // Listing every input takes as long as there are inputs; the proof does not wait for it.
    step('settle-notifications', 'no e-mail is left half sent without saying so', 1, 30, { bestEffort: true, withPrevious: true }),
    step('prove', `a synthetic job succeeds in ${to}`, 5, 90, { withPrevious: true }),
    ...extensionSteps(input, 'after'),
    step('verify-traffic-dials', `the access point reports ${to} 100, ${from} 0`, 5, 125, { bestEffort: true }),
    step('release-lock', 'the next operation may begin', 1, 15),
  ];
}
