/**
 * active: the active Region claims and runs. draining: accepted jobs are held, running ones finish. fenced: nothing
 * is claimed anywhere.
 */
export type Phase = 'active' | 'draining' | 'fenced';

/** The one item that says which Region may claim work. Raising `epoch` is the fence. */
export interface ControlItem {
  epoch: number;
  activeRegion: string;
  phase: Phase;
  /** The Region that a draining pipeline is about to move to. */
  drainingTo?: string;
  operationId?: string;
  changedAt: string;
  changedBy: string;
  reason?: string;
  /** Set by a Region's configuration at the first `init`; kept for reports. */
  previousRegion?: string;
}

export interface OperationLock {
  operationId: string;
  /** user@host (process id), for the message that a second operator reads. */
  owner: string;
  kind: string;
  acquiredAt: string;
  leaseEndsAt: string;
}

/** A commit or a failure report that the fence refused: the proof that a zombie did no harm. */
export interface RefusedCommit {
  jobId: string;
  key: string;
  at: string;
  attempted: { epoch: number; region: string; attempt: number };
  holder: { epoch?: number; region?: string; attempt?: number; status: string };
  orphanOutputKey?: string;
}
