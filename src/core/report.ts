import type { Aftermath, MissingItem } from './aftermath.js';
import type { DecisionEvidence } from './evidence.js';
import type { Job, JobStatus } from './job.js';
import { mapObserved, type Observed } from './observation.js';
import { foldOperation, resultOf, type OperationView, type StepView } from './operation-fold.js';
import type { JobReference, OperationEvent, OperationKind, OperationResult, Outcome, StepState } from './operation.js';
import type { Policy } from './policy.js';
import type { MoveMode, Recommendation, RecoveryPoint } from './recommendation-types.js';
import { milestonesOf, phasesOf, secondsBetween, type Milestones, type Phase } from './report-phases.js';
import { timelineOf, type Moment } from './report-timeline.js';
import { recoverySplit, type RecoverySplit } from './recovery-split.js';

/** The after-action report of one operation: what happened, why, and what it cost, by key. Null is unknown, never zero. */
export interface OperationReport {
  operationId: string;
  deployment: string;
  kind: OperationKind;
  mode: MoveMode;
  from: string;
  to: string;
  epochBefore: number;
  epochAfter: number;
  outcome: Outcome | 'unfinished';
  /** Who, from where, and why. */
  operator: string;
  host: string | null;
  reason: string | null;
  resumedBy: { at: string; operator: string }[];
  startedAt: string;
  finishedAt: string | null;
  milestones: Milestones;
  phases: Phase[];
  rto: { seconds: number | null; targetSeconds: number; met: boolean | null; sinceFirstSignSeconds: number | null; split: RecoverySplit | null };
  rpo: RecoveryPoint & { targetObjects: number; met: boolean | null };
  recommendation: Recommendation;
  evidence: DecisionEvidence | null;
  steps: ReportedStep[];
  timeline: Moment[];
  jobs: ReportedJobs;
  /** Commits of the epoch being left that the fence refused: each is a zombie that did no harm. */
  refusedCommits: Observed<{ jobId: string; key: string; at: string; region: string; epoch: number; orphanOutputKey: string | null }[]>;
  zombies: Record<string, Observed<{ name: string; epoch: number }[]>>;
  missing: Observed<MissingItem[]>;
  error: OperationResult['error'];
  nextSteps: string[];
  /** When the aftermath (jobs as they are now, zombies, missing items) was looked at. */
  aftermathAt: string;
}

export interface ReportedStep {
  name: string;
  target: string;
  state: StepState;
  startedAt: string | null;
  /** From the confirmed start. */
  offsetSeconds: number | null;
  seconds: number | null;
  expectedSeconds: number | null;
  pointOfNoReturn: boolean;
  why: string | null;
}

export type ReportedJob = JobReference & { statusNow: JobStatus | null; finishedAt: string | null; why: string | null; partsKept: number | null };

export interface ReportedJobs {
  redriven: ReportedJob[];
  parked: ReportedJob[];
  failed: ReportedJob[];
  alreadyDone: ReportedJob[];
  adopted: ReportedJob[];
  partsKept: number;
}

export interface ReportInput {
  events: readonly OperationEvent[];
  aftermath: Aftermath;
  policy: Pick<Policy, 'rtoTargetSeconds' | 'rpoTargetObjects'>;
}

/** Undefined: the events do not begin with an operation. */
export function reportOf({ events, aftermath, policy }: ReportInput): OperationReport | undefined {
  const view = foldOperation(events);
  if (!view) return undefined;
  const { plan } = view;
  const result = view.result ?? resultOf(view, { outcome: 'interrupted', at: aftermath.observedAt, epoch: plan.epochAfter, nextSteps: [], refusedCommits: [] });
  const milestones = milestonesOf(plan, events);
  const rtoSeconds = secondsBetween(milestones.confirmedAt, milestones.provedAt);
  return {
    operationId: view.operationId, deployment: plan.deployment, kind: plan.kind, mode: plan.mode, from: plan.from, to: plan.to,
    epochBefore: plan.epochBefore, epochAfter: plan.epochAfter,
    outcome: view.result?.outcome ?? 'unfinished',
    operator: view.operator,
    host: /@([^\s]+)/.exec(view.operator)?.[1] ?? null,
    reason: view.reason ?? null,
    resumedBy: events.flatMap((event) => (event.type === 'operation-started' && event.resumed ? [{ at: event.at, operator: event.operator }] : [])),
    startedAt: view.startedAt,
    finishedAt: view.result?.finishedAt ?? null,
    milestones,
    phases: phasesOf(milestones),
    rto: { seconds: rtoSeconds, targetSeconds: policy.rtoTargetSeconds, met: rtoSeconds === null ? null : rtoSeconds <= policy.rtoTargetSeconds, sinceFirstSignSeconds: secondsBetween(milestones.firstSignAt, milestones.provedAt), split: recoverySplit(events) },
    rpo: { ...plan.rpo, targetObjects: policy.rpoTargetObjects, met: plan.rpo.objects === null ? null : plan.rpo.objects <= policy.rpoTargetObjects },
    recommendation: plan.recommendation,
    evidence: plan.evidence ?? null,
    steps: view.steps.map((step) => reportedStep(step, view, milestones.confirmedAt)),
    timeline: timelineOf(events, milestones, aftermath),
    jobs: jobsOf(result, aftermath.jobs),
    refusedCommits: mapObserved(aftermath.refusedCommits, (refused) => refused
      .filter((each) => each.attempted.epoch <= plan.epochBefore)
      .map(({ jobId, key, at, attempted, orphanOutputKey }) => ({ jobId, key, at, region: attempted.region, epoch: attempted.epoch, orphanOutputKey: orphanOutputKey ?? null }))),
    zombies: Object.fromEntries(Object.entries(aftermath.zombies).map(([region, zombies]) => [region, mapObserved(zombies, (all) => all.map(({ name, epoch }) => ({ name, epoch })))])),
    missing: aftermath.missing,
    error: result.error,
    nextSteps: result.nextSteps,
    aftermathAt: aftermath.observedAt,
  };
}

function reportedStep(step: StepView, view: OperationView, confirmedAt: string): ReportedStep {
  const planned = view.plan.steps.find((each) => each.name === step.name);
  return {
    name: step.name, target: step.target, state: step.state, startedAt: step.startedAt,
    offsetSeconds: secondsBetween(confirmedAt, step.startedAt),
    seconds: step.seconds,
    expectedSeconds: planned?.expectedSeconds ?? null,
    pointOfNoReturn: planned?.pointOfNoReturn ?? false,
    why: step.failure?.message ?? (typeof step.detail['why'] === 'string' ? step.detail['why'] : null),
  };
}

function jobsOf(result: OperationResult, now: Observed<Job[]>): ReportedJobs {
  const rows = new Map(now.known ? now.value.map((job) => [job.jobId, job]) : []);
  const reported = (job: JobReference & { why?: string; partsKept?: number }): ReportedJob => {
    const row = rows.get(job.jobId);
    return { jobId: job.jobId, key: job.key, versionId: job.versionId, statusNow: row?.status ?? null, finishedAt: row?.finishedAt ?? null, why: job.why ?? null, partsKept: row?.partsKept ?? job.partsKept ?? null };
  };
  const redriven = result.redriven.map(reported);
  return {
    redriven,
    parked: result.parked.map(reported),
    failed: result.failed.map(reported),
    alreadyDone: result.alreadyDone.map(reported),
    adopted: result.adopted.map(reported),
    partsKept: redriven.reduce((total, job) => total + (job.partsKept ?? 0), 0),
  };
}
