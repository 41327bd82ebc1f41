import { supersededExecution } from '../../src/core/layout.js';
import { fail, type FailPorts } from './fail.js';
import { badEnds, failureOf, runOf, type JobExecutions } from './job-executions.js';
import { jobFields } from './telemetry.js';

/** "Step Functions Execution Status Change" as the event bus delivers it. */
export interface FailedExecutionEvent {
  detail: { executionArn: string };
}

export interface FailedExecutionPorts extends FailPorts {
  executions: Pick<JobExecutions, 'describe' | 'lastState'>;
}

/**
 * Writes why an execution ended badly into its job's row. The event only names the execution; what counts is how it
 * stands now: a late or repeated event must not fail a job whose execution was redriven meanwhile.
 */
export async function recordFailedExecution(event: FailedExecutionEvent, ports: FailedExecutionPorts): Promise<{ recorded: boolean }> {
  const execution = await ports.executions.describe(event.detail.executionArn);
  if (!execution || badEnds[execution.status] === undefined) return { recorded: false };
  const run = runOf(execution);
  if (!run) {
    ports.telemetry.warn('an execution that is no job ended badly', { executionArn: execution.executionArn, status: execution.status });
    return { recorded: false };
  }
  // It was stopped because a newer epoch takes its job over, but that may not have claimed the job yet: a row that said
  // FAILED in between would be left out of the re-drive.
  if (execution.error === supersededExecution) {
    ports.telemetry.info('a superseded execution was stopped', jobFields(run));
    return { recorded: false };
  }
  return fail(run, await failureOf(execution, ports.executions), ports);
}
