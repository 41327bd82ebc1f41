import { maximumEvents, record } from './history.js';
import { attemptMembers, isClosed, type Execution, type Frame } from './records.js';
import type { StatesStore } from './store.js';

/** Source: Step Functions developer guide, "Redrive eligibility". */
const redrivableMs = 14 * 86_400_000;

export interface RedriveStatus {
  redriveStatus: 'REDRIVABLE' | 'NOT_REDRIVABLE' | 'REDRIVABLE_BY_MAP_RUN';
  redriveStatusReason?: string;
}

/** Whether, and if not why not, an execution can be redriven at `now`. */
export function redriveStatus(execution: Execution, now: number): RedriveStatus {
  const refused = (redriveStatusReason: string): RedriveStatus => ({ redriveStatus: 'NOT_REDRIVABLE', redriveStatusReason });
  if (!isClosed(execution.status) || execution.status === 'SUCCEEDED') return refused(`Execution is ${execution.status} and cannot be redriven`);
  if (now - (execution.stoppedAt ?? now) > redrivableMs) return refused('Execution redrivable period exceeded');
  if (execution.history.length >= maximumEvents - 1) return refused('Execution history event limit exceeded');
  return { redriveStatus: execution.child ? 'REDRIVABLE_BY_MAP_RUN' : 'REDRIVABLE' };
}

/**
 * Sets a checkpoint back to where its unsuccessful work begins: finished states, branches, iterations and children stay
 * as they are; retriers begin anew. An overflow of data runs all iterations of its Map or Parallel again.
 */
export function rewindFrame(store: StatesStore, execution: Execution, frame: Frame, now: number): void {
  if (frame.status === 'succeeded') return;
  const overflowed = frame.error === 'States.DataLimitExceeded';
  frame.status = 'running';
  for (const member of ['error', 'retries', 'resumeAt', 'scheduled'] as const) delete frame[member];
  if (overflowed) {
    for (const member of attemptMembers) delete frame[member];
    return;
  }
  for (const branch of frame.branches ?? []) if (branch) rewindFrame(store, execution, branch, now);
  if (frame.mapRunArn !== undefined) rewindMapRun(store, execution, frame, frame.mapRunArn, now);
}

function rewindMapRun(store: StatesStore, execution: Execution, frame: Frame, mapRunArn: string, now: number): void {
  const mapRun = store.mapRun(mapRunArn);
  mapRun.status = 'RUNNING';
  delete mapRun.stoppedAt;
  mapRun.redriveCount += 1;
  mapRun.redrivenAt = now;
  record(execution, frame, now, 'MapRunRedriven', { mapRunArn, redriveCount: mapRun.redriveCount });
  for (const [index, arn] of mapRun.children.entries()) {
    const child = arn === null ? undefined : store.executions.get(arn);
    if (!child || child.status === 'SUCCEEDED') continue;
    // Express children are started again; standard ones go on where they stood, if they still may.
    if (mapRun.express) mapRun.children[index] = null;
    else if (redriveStatus(child, now).redriveStatus === 'REDRIVABLE_BY_MAP_RUN') child.status = 'PENDING_REDRIVE';
  }
}
