import type { DecisionEvidence } from './evidence.js';
import type { MoveMode, RecoveryPoint, Recommendation } from './recommendation-types.js';

export type OperationKind = 'failover' | 'failback' | 'drill';

/** Step names are part of the JSON contract: they may be added to, never renamed. */
export type StepName =
  | 'acquire-lock'
  | 'verify-preconditions'
  | 'drain'
  | 'shift-uploads'
  | 'wait-for-running-jobs'
  | 'wait-for-replication'
  | 'fence'
  | 'stop-old-executions'
  | 'flip-routing-controls'
  | 'flip-traffic-dials'
  | 're-drive'
  | 'adopt-unknown-inputs'
  | 'settle-notifications'
  | 'prove'
  | 'verify-traffic-dials'
  | 'release-lock'
  /** Opens a pipeline again that an interrupted graceful move left draining, in the Region that was and is active. */
  | 'undo'
  /** A step of the user's own, by the name that the deployment file gives it. */
  | `extension:${string}`;

export interface ExtensionCall {
  when: 'before' | 'after';
  /** Where it is called. */
  region: string;
  function?: string;
  document?: string;
  parameters: Record<string, string>;
}

export interface PlannedStep {
  name: StepName;
  /** What will be true afterwards, in words: "ledger says us-west-2 is active, epoch 4". A target, never a change. */
  target: string;
  expectedSeconds: number;
  /** How long it may take before it counts as failed. */
  deadlineSeconds: number;
  /** A failure of a best-effort step is an observation; the operation goes on. */
  bestEffort: boolean;
  /** From this step on there is no undo, only forward. */
  pointOfNoReturn: boolean;
  /** Runs beside the step before it instead of after it. */
  withPrevious: boolean;
  /** Of a step of the user's own: what it calls, as it stood when the plan was made. */
  extension?: ExtensionCall;
}

export interface Plan {
  schemaVersion: 1;
  kind: OperationKind;
  mode: MoveMode;
  deployment: string;
  /** The account of the deployment. Absent from plans of versions that did not keep it. */
  account?: string;
  from: string;
  to: string;
  /** Moves ARC and the traffic dials alone, because the ledger has no quorum. No epoch is read or written. */
  routingOnly?: true;
  /** The epoch that the plan expects to find, and the one that it will write. */
  epochBefore: number;
  epochAfter: number;
  madeAt: string;
  steps: PlannedStep[];
  redrive: string[];
  park: { jobId: string; key: string; versionId: string; why: string }[];
  rpo: RecoveryPoint;
  recommendation: Recommendation;
  warnings: string[];
  /** SHA-256 over the facts that the plan rests on; differs when one of them changed. */
  fingerprint: string;
  facts: Record<string, unknown>;
  /** What was seen when the plan was made. Absent from plans of versions that did not keep it. */
  evidence?: DecisionEvidence;
}

export type StepState = 'pending' | 'running' | 'done' | 'skipped' | 'failed' | 'warned';
export type Outcome = 'done' | 'done_with_exceptions' | 'refused' | 'failed' | 'interrupted' | 'cancelled';

/** What a step found and did, all of it safe to print. */
export type StepDetail = Record<string, unknown>;

/** Everything that an operation says. The screen, the JSON stream, the journal, history and reports fold over these. */
export type OperationEvent =
  | { type: 'operation-started'; at: string; operationId: string; plan: Plan; operator: string; reason?: string; resumed?: boolean; journalVersion?: number }
  | { type: 'step-started'; at: string; step: StepName; target: string }
  | { type: 'step-progress'; at: string; step: StepName; message: string; done?: number; total?: number; secondsLeft?: number }
  | { type: 'step-finished'; at: string; step: StepName; state: 'done' | 'skipped' | 'warned'; seconds: number; detail: StepDetail }
  | { type: 'step-failed'; at: string; step: StepName; seconds: number; code: string; message: string; nextSteps: string[] }
  /** The process that drove it stopped in order and another one goes on: a function whose time was up. */
  | { type: 'operation-suspended'; at: string; why: string }
  | { type: 'note'; at: string; level: 'info' | 'warn'; message: string }
  | { type: 'operation-finished'; at: string; operationId: string; outcome: Outcome; result: OperationResult };

export interface JobReference {
  jobId: string;
  key: string;
  versionId: string;
}

export interface OperationResult {
  schemaVersion: 1;
  operationId: string;
  kind: OperationKind;
  mode: MoveMode;
  deployment: string;
  from: string;
  to: string;
  epoch: number;
  outcome: Outcome;
  startedAt: string;
  finishedAt: string;
  steps: { name: StepName; state: StepState; startedAt: string | null; seconds: number | null; detail: StepDetail }[];
  redriven: (JobReference & { partsKept: number; executionArn: string })[];
  parked: (JobReference & { why: string })[];
  failed: (JobReference & { why: string })[];
  alreadyDone: JobReference[];
  /** Of those, the outputs that had not reached the target: they count, and can be fetched once they have replicated. */
  outputsPending: (JobReference & { outputKey: string })[];
  adopted: JobReference[];
  /** Commits that the fence refused while this operation ran, with the output that nobody will ever be shown. */
  refusedCommits: { jobId: string; key: string; at: string; epoch: number; region: string; orphanOutputKey: string | null }[];
  /** Seconds from the operator's confirmation to the proof that the target works. */
  rtoSeconds: number | null;
  rpo: RecoveryPoint;
  /** Why it did not end as planned: the step that failed last, in its own words. Null when none failed. */
  error: { step: StepName; code: string; message: string } | null;
  nextSteps: string[];
}

/** One line of `history`. */
export interface OperationSummary {
  operationId: string;
  kind: OperationKind;
  mode: MoveMode;
  from: string;
  to: string;
  epoch: number;
  operator: string;
  reason?: string;
  startedAt: string;
  finishedAt?: string;
  outcome?: Outcome;
  rtoSeconds?: number | null;
}
