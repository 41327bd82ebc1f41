import type { World } from '../../world.js';
import type { Execution } from './records.js';

const metricOf = { RUNNING: 'ExecutionsStarted', SUCCEEDED: 'ExecutionsSucceeded', FAILED: 'ExecutionsFailed', TIMED_OUT: 'ExecutionsTimedOut', ABORTED: 'ExecutionsAborted' } as const;

/**
 * Tells the Region's CloudWatch and event bus what became of an execution. Children of a Map Run are not announced.
 * Source: Step Functions developer guide, "Metrics" and "Execution status change events".
 */
export function announce(world: World, execution: Execution): void {
  const { status } = execution;
  if (execution.child || status === 'PENDING_REDRIVE') return;
  const metric = (name: string, value: number, unit: string): void => {
    world.recordMetric(execution.region, { namespace: 'AWS/States', name, value, unit, dimensions: { StateMachineArn: execution.stateMachineArn } });
  };
  metric(metricOf[status], 1, 'Count');
  if (execution.stoppedAt !== undefined) metric('ExecutionTime', execution.stoppedAt - execution.startedAt, 'Milliseconds');
  world.publish(execution.region, {
    source: 'aws.states',
    detailType: 'Step Functions Execution Status Change',
    resources: [execution.arn],
    detail: {
      executionArn: execution.arn,
      stateMachineArn: execution.stateMachineArn,
      name: execution.name,
      status,
      startDate: execution.startedAt,
      stopDate: execution.stoppedAt ?? null,
      input: execution.input,
      output: execution.output ?? null,
      error: execution.error ?? null,
      cause: execution.cause ?? null,
    },
  });
}
