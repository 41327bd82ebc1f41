import { DescribeExecutionCommand, GetExecutionHistoryCommand, type HistoryEvent, ListExecutionsCommand, SFNClient, StopExecutionCommand } from '@aws-sdk/client-sfn';
import { failureKind } from '../../src/core/failure.js';
import type { JobRunInput } from '../../src/core/job.js';
import { supersededExecution } from '../../src/core/layout.js';
import type { CaughtError } from './fail.js';
import { required } from './environment.js';
import type { Runtime } from './runtime.js';

export interface DescribedExecution {
  executionArn: string;
  status: string;
  stoppedAt?: string;
  input?: string;
  error?: string;
  cause?: string;
}

/** The executions of this Region's job state machine. */
export interface JobExecutions {
  /** Undefined when Step Functions does not know it. */
  describe(executionArn: string): Promise<DescribedExecution | undefined>;
  /** The state that was entered last, which is the one that failed. */
  lastState(executionArn: string): Promise<string | undefined>;
  listRunning(): AsyncIterable<{ executionArn: string; name: string; startedAt: string }>;
  stop(executionArn: string, why: string): Promise<void>;
}

/** Ends that leave the row to be written by somebody else. The value is the row's error code. */
export const badEnds: Readonly<Record<string, string>> = { FAILED: 'EXECUTION_FAILED', TIMED_OUT: 'EXECUTION_TIMED_OUT', ABORTED: 'EXECUTION_ABORTED' };

/** Why an execution that ended badly did so, in the words that its row keeps. */
export async function failureOf(execution: DescribedExecution, executions: Pick<JobExecutions, 'lastState'>): Promise<CaughtError> {
  const step = await executions.lastState(execution.executionArn);
  const error = execution.error ?? badEnds[execution.status] ?? execution.status;
  return { step: stepOf(step), error, cause: execution.cause ?? `the execution ended as ${execution.status}` };
}

/** The claim and the file that an execution was started for; undefined when its input is not ours. */
export function runOf(execution: DescribedExecution): JobRunInput | undefined {
  try {
    const run = JSON.parse(execution.input ?? '') as Partial<JobRunInput>;
    return typeof run.jobId === 'string' && typeof run.epoch === 'number' && typeof run.region === 'string' && typeof run.attempt === 'number' ? run as JobRunInput : undefined;
  } catch {
    return undefined;
  }
}

function stepOf(state: string | undefined): string {
  if (state === undefined) return 'Execution';
  return /part/i.test(state) ? 'Parts' : state;
}

export function jobExecutionsFrom(runtime: Runtime): JobExecutions {
  const client = new SFNClient(runtime.client({ requestTimeoutMs: 3000 }));
  return {
    async describe(executionArn) {
      try {
        const answer = await client.send(new DescribeExecutionCommand({ executionArn }));
        return {
          executionArn,
          status: answer.status ?? '',
          ...(answer.stopDate ? { stoppedAt: answer.stopDate.toISOString() } : {}),
          ...(answer.input === undefined ? {} : { input: answer.input }),
          ...(answer.error === undefined ? {} : { error: answer.error }),
          ...(answer.cause === undefined ? {} : { cause: answer.cause }),
        };
      } catch (error) {
        if (failureKind(error) === 'not-found') return undefined;
        throw error;
      }
    },
    async lastState(executionArn) {
      // Newest first: whatever failed was entered within the last page, however often it was tried again.
      const answer = await client.send(new GetExecutionHistoryCommand({ executionArn, reverseOrder: true, maxResults: 200, includeExecutionData: false }));
      return (answer.events ?? []).map((event: HistoryEvent) => event.stateEnteredEventDetails?.name).find((name) => name !== undefined);
    },
    async *listRunning() {
      let nextToken: string | undefined;
      do {
        const page = await client.send(new ListExecutionsCommand({ stateMachineArn: required(runtime.environment, 'STATE_MACHINE_ARN'), statusFilter: 'RUNNING', maxResults: 1000, nextToken }));
        for (const { executionArn, name, startDate } of page.executions ?? []) {
          if (executionArn && name) yield { executionArn, name, startedAt: (startDate ?? new Date(0)).toISOString() };
        }
        nextToken = page.nextToken;
      } while (nextToken);
    },
    async stop(executionArn, why) {
      await client.send(new StopExecutionCommand({ executionArn, error: supersededExecution, cause: why }));
    },
  };
}
