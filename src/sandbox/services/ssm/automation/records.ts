export type StepStatus = 'Pending' | 'InProgress' | 'Waiting' | 'Success' | 'Failed' | 'TimedOut' | 'Cancelled' | 'Rejected';

export interface StoredStep {
  id: string;
  name: string;
  action: string;
  status: StepStatus;
  startedAt: number;
  endedAt?: number;
  inputs: Record<string, string>;
  outputs: Record<string, unknown>;
  failure?: string;
  attempts: number;
  /** The loop that it ran in, and in which round. */
  parent?: { step: string; iteration: number };
}

/** Everything that an execution needs to go on after a restart: it resumes at the step that it had reached. */
export interface StoredExecution {
  id: string;
  region: string;
  documentName: string;
  documentVersion: number;
  parameters: Record<string, unknown>;
  given: Record<string, string[]>;
  executedBy: string;
  /** On whose behalf its steps call. */
  principalArn: string;
  status: StepStatus;
  startedAt: number;
  endedAt?: number;
  failure?: string;
  /** A step that was critical failed on the way, so the end is a failure. */
  blemish?: { status: StepStatus; failure: string };
  steps: StoredStep[];
  /** By `step.Output`, the newest value. */
  outputs: Record<string, unknown>;
  /** The step of the document that it is at; undefined when it has ended. */
  at?: string;
  /** Where it is in the loop that it is at. */
  loop?: { iteration: number; inner: number };
  clientToken?: string;
  /** Approvals that the step it is at has got: who, and what they decided. */
  decisions: { by: string; approve: boolean; comment: string }[];
}

export interface StoredDocument {
  region: string;
  name: string;
  /** Oldest first; version n is at n - 1. */
  versions: { content: unknown; at: number }[];
}
