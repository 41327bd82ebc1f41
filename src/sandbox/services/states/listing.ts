import { AwsError } from '../../service.js';
import { decodeToken, encodeToken, pageSize } from './history.js';
import { isClosed, stateMachineOf, type Execution, type ExecutionStatus, type MapRun } from './records.js';
import { redriveStatus } from './redrive.js';
import type { StatesStore } from './store.js';

/**
 * ListExecutions shows the state of some time ago: AWS promises no more than "eventually". A fixed second is enough to
 * break callers that conclude from one list that nothing runs. Source: ListExecutions in the API reference.
 */
const listLagMs = 1_000;

export interface ListExecutionsRequest {
  stateMachineArn?: string;
  mapRunArn?: string;
  statusFilter?: ExecutionStatus;
  redriveFilter?: 'REDRIVEN' | 'NOT_REDRIVEN';
  maxResults?: number;
  nextToken?: string;
}

/** Newest first. */
export function listExecutions(store: StatesStore, request: ListExecutionsRequest, now: number): { executions: unknown[]; nextToken?: string } {
  const all = candidates(store, request);
  const size = pageSize(request.maxResults, 100);
  const viewedAt = now - listLagMs;
  let position = startOf(all, request.nextToken);
  const page: unknown[] = [];
  for (; position >= 0 && page.length < size; position -= 1) {
    const execution = all[position];
    const status = execution && statusAt(execution, viewedAt);
    if (execution && status !== undefined && matches(execution, status, request)) page.push(listed(execution, status));
  }
  return { executions: page, ...(position >= 0 ? { nextToken: encodeToken(all[position]?.arn ?? '') } : {}) };
}

function candidates(store: StatesStore, request: ListExecutionsRequest): readonly Execution[] {
  if (request.mapRunArn !== undefined) {
    store.mapRun(request.mapRunArn);
    return store.executionsOf(request.mapRunArn);
  }
  if (request.stateMachineArn === undefined) throw new AwsError('ValidationException', 'Must provide either stateMachineArn or mapRunArn');
  if (request.statusFilter === 'PENDING_REDRIVE') throw new AwsError('ValidationException', 'PENDING_REDRIVE can be listed with a mapRunArn only');
  store.machine(request.stateMachineArn);
  return store.executionsOf(request.stateMachineArn);
}

function startOf(all: readonly Execution[], token: string | undefined): number {
  if (token === undefined) return all.length - 1;
  const arn = decodeToken(token);
  const position = all.findIndex((execution) => execution.arn === arn);
  if (position < 0) throw new AwsError('InvalidToken', `Invalid Token: '${token}'`);
  return position;
}

function matches(execution: Execution, status: ExecutionStatus, request: ListExecutionsRequest): boolean {
  if (request.statusFilter !== undefined && status !== request.statusFilter) return false;
  return request.redriveFilter === undefined || (execution.redriveCount > 0) === (request.redriveFilter === 'REDRIVEN');
}

/** The status as lists showed it at a moment; undefined before the execution was known. */
function statusAt(execution: Execution, at: number): ExecutionStatus | undefined {
  if (execution.startedAt > at) return undefined;
  if (isClosed(execution.status) && (execution.stoppedAt ?? 0) > at) return 'RUNNING';
  if (execution.redrivenAt !== undefined && execution.redrivenAt > at) return execution.statusBeforeRedrive ?? execution.status;
  return execution.status;
}

function listed(execution: Execution, status: ExecutionStatus): unknown {
  const { stoppedAt, redrivenAt, child } = execution;
  return {
    executionArn: execution.arn,
    stateMachineArn: stateMachineOf(execution),
    name: execution.name,
    status,
    startDate: new Date(execution.startedAt),
    ...(isClosed(status) && stoppedAt !== undefined ? { stopDate: new Date(stoppedAt) } : {}),
    ...(child ? { mapRunArn: child.mapRunArn, itemCount: child.itemCount } : {}),
    redriveCount: execution.redriveCount,
    ...(redrivenAt === undefined ? {} : { redriveDate: new Date(redrivenAt) }),
  };
}

/** ListMapRuns of an execution, oldest first. */
export function listMapRuns(store: StatesStore, executionArn: string): { mapRuns: unknown[] } {
  const execution = store.execution(executionArn);
  const runs = [...store.mapRuns.values()].filter((mapRun) => mapRun.executionArn === execution.arn);
  return {
    mapRuns: runs.map((mapRun) => ({
      executionArn: mapRun.executionArn,
      mapRunArn: mapRun.arn,
      stateMachineArn: mapRun.stateMachineArn,
      startDate: new Date(mapRun.startedAt),
      ...(mapRun.stoppedAt === undefined ? {} : { stopDate: new Date(mapRun.stoppedAt) }),
    })),
  };
}

const countOf = { RUNNING: 'running', SUCCEEDED: 'succeeded', FAILED: 'failed', TIMED_OUT: 'timedOut', ABORTED: 'aborted', PENDING_REDRIVE: 'pendingRedrive' } as const;
type Counts = Record<(typeof countOf)[ExecutionStatus] | 'pending' | 'total' | 'resultsWritten' | 'failuresNotRedrivable', number>;

export function describeMapRun(store: StatesStore, mapRunArn: string, now: number): Record<string, unknown> {
  const mapRun = store.mapRun(mapRunArn);
  const executions = emptyCounts();
  const items = emptyCounts();
  for (const [index, { itemCount }] of mapRun.inputs.entries()) {
    const arn = mapRun.children[index];
    const child = typeof arn === 'string' ? store.executions.get(arn) : undefined;
    const count = child ? countOf[child.status] : 'pending';
    const lost = child !== undefined && child.status !== 'SUCCEEDED' && isClosed(child.status) && redriveStatus(child, now).redriveStatus === 'NOT_REDRIVABLE';
    for (const [counts, amount] of [[executions, 1], [items, itemCount]] as const) {
      counts[count] += amount;
      counts.total += amount;
      if (lost) counts.failuresNotRedrivable += amount;
      if (mapRun.resultsWritten > 0 && child?.status === 'SUCCEEDED') counts.resultsWritten += amount;
    }
  }
  return { ...describedRun(mapRun), executionCounts: executions, itemCounts: items };
}

function emptyCounts(): Counts {
  return { pending: 0, running: 0, succeeded: 0, failed: 0, timedOut: 0, aborted: 0, total: 0, resultsWritten: 0, failuresNotRedrivable: 0, pendingRedrive: 0 };
}

function describedRun(mapRun: MapRun): Record<string, unknown> {
  return {
    mapRunArn: mapRun.arn,
    executionArn: mapRun.executionArn,
    status: mapRun.status,
    startDate: new Date(mapRun.startedAt),
    ...(mapRun.stoppedAt === undefined ? {} : { stopDate: new Date(mapRun.stoppedAt) }),
    maxConcurrency: mapRun.maxConcurrency,
    toleratedFailurePercentage: mapRun.toleratedFailurePercentage,
    toleratedFailureCount: mapRun.toleratedFailureCount,
    redriveCount: mapRun.redriveCount,
    ...(mapRun.redrivenAt === undefined ? {} : { redriveDate: new Date(mapRun.redrivenAt) }),
  };
}
