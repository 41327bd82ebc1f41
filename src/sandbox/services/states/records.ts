import type { Json, JsonObject } from './json.js';

/** Everything in this file is plain JSON: it is the checkpoint that survives a restart, an outage and a redrive. */

export type ExecutionStatus = 'RUNNING' | 'SUCCEEDED' | 'FAILED' | 'TIMED_OUT' | 'ABORTED' | 'PENDING_REDRIVE';

export interface StateMachine {
  arn: string;
  name: string;
  region: string;
  roleArn: string;
  createdAt: number;
  updatedAt: number;
  /** The revision that new executions use. */
  revision: string;
  /** Definitions by revision: a redrive uses the one that the execution began with. */
  definitions: Record<string, string>;
  tags: Record<string, string>;
  loggingConfiguration?: Json;
  tracingConfiguration?: Json;
}

/** One run of a block of states: a whole execution, a branch of a Parallel, or an iteration of a Map. */
export interface Frame {
  status: 'running' | 'succeeded' | 'failed';
  /** The state that is about to be entered or is being run. */
  state: string;
  input: Json;
  variables: JsonObject;
  /** Set once the state's Entered event is in the history. */
  enteredAt?: number;
  /** When a Wait or the pause before a retry ends. */
  resumeAt?: number;
  /** Set once a Task's Scheduled event is in the history. */
  scheduled?: boolean;
  /** Retries used, by the retrier's position. */
  retries?: Record<string, number>;
  /** What a Map goes over, evaluated once. */
  items?: Json[];
  /** Branches of a Parallel, or iterations of an inline Map, by index; null: not begun. */
  branches?: (Frame | null)[];
  /** The Map Run of a Distributed Map. */
  mapRunArn?: string;
  /** `$states.context.Map.Item` inside a Map iteration. */
  mapItem?: { Index: number; Value: Json };
  output?: Json;
  /** Of a Map iteration: that its success is in the history. */
  reported?: boolean;
  error?: string;
  lastEventId: number;
}

export interface HistoryEvent {
  id: number;
  previousEventId: number;
  at: number;
  type: string;
  details?: JsonObject;
}

export interface Execution {
  arn: string;
  name: string;
  stateMachineArn: string;
  region: string;
  roleArn: string;
  revision: string;
  /** The block that it runs: `` for the whole definition, a Map's processor for a child. */
  blockId: string;
  /** JSON text, byte for byte as it was given. */
  input: string;
  status: ExecutionStatus;
  startedAt: number;
  stoppedAt?: number;
  output?: string;
  error?: string;
  cause?: string;
  redriveCount: number;
  redrivenAt?: number;
  /** What lists still show until they catch up with a redrive. */
  statusBeforeRedrive?: ExecutionStatus;
  redriveTokens?: { token: string; at: number }[];
  /** For the children of a Map Run. */
  child?: { mapRunArn: string; index: number; itemCount: number; express: boolean };
  frame: Frame;
  history: HistoryEvent[];
  /** Old executions keep their record and lose their history. */
  historyDropped?: boolean;
}

export interface MapRun {
  arn: string;
  executionArn: string;
  stateMachineArn: string;
  region: string;
  label: string;
  /** The Map's processor in the definition. */
  blockId: string;
  status: 'RUNNING' | 'SUCCEEDED' | 'FAILED' | 'ABORTED';
  startedAt: number;
  stoppedAt?: number;
  maxConcurrency: number;
  toleratedFailureCount: number;
  toleratedFailurePercentage: number;
  express: boolean;
  /** One per child execution. */
  inputs: { input: Json; itemCount: number }[];
  /** Child execution ARNs by index; null: not begun. */
  children: (string | null)[];
  resultsWritten: number;
  redriveCount: number;
  redrivenAt?: number;
}

/** What a frame holds for its present state only. */
export const scratchMembers = ['enteredAt', 'resumeAt', 'scheduled', 'retries', 'items', 'branches', 'mapRunArn'] as const;

/** Of these, what a retry or a redrive of the state begins anew. */
export const attemptMembers = ['scheduled', 'items', 'branches', 'mapRunArn'] as const;

export function newFrame(state: string, input: Json, lastEventId = 0): Frame {
  return { status: 'running', state, input, variables: {}, lastEventId };
}

export function isClosed(status: ExecutionStatus): boolean {
  return status !== 'RUNNING' && status !== 'PENDING_REDRIVE';
}

/** A child belongs to `<state machine>/<label of its Map>`. */
export function stateMachineOf(execution: Execution): string {
  if (!execution.child) return execution.stateMachineArn;
  const label = execution.child.mapRunArn.split('/').at(-1)?.split(':')[0] ?? '';
  return `${execution.stateMachineArn}/${label}`;
}
