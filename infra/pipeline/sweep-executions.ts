import { DescribeExecutionCommand, SFNClient } from '@aws-sdk/client-sfn';
import type { ControlItem } from '../../src/core/control.js';
import { failureKind } from '../../src/core/failure.js';
import type { Job } from '../../src/core/job.js';
import { mapConcurrently } from './concurrency.js';
import type { Runtime } from './runtime.js';
import { ageMs, type SweepPorts } from './sweep.js';
import { jobFields } from './telemetry.js';

/** The status of an execution and when it stopped; undefined when Step Functions does not know it. */
export type DescribeExecution = (executionArn: string) => Promise<{ status: string; stoppedAt?: string } | undefined>;

/** DescribeExecution refills at 15 a second for the whole account, and others need it too. */
const describedPerSweep = 60;
const atOnce = 4;
/** A run that has just ended may still have its row written by the step that ended it. */
const graceMs = 2 * 60_000;
const minute = 60_000;

const dead: Record<string, string> = { FAILED: 'EXECUTION_FAILED', TIMED_OUT: 'EXECUTION_TIMED_OUT', ABORTED: 'EXECUTION_ABORTED' };

/**
 * A run that was stopped by hand, or that timed out as a whole, ends without any state of its own writing the row. Its
 * job would stay RUNNING for ever; instead it becomes FAILED with the reason, and can be redriven.
 */
export async function settleDeadExecutions(jobs: readonly Job[], control: ControlItem, ports: SweepPorts): Promise<void> {
  const running = jobs.filter((job) => job.status === 'RUNNING' && job.epoch === control.epoch && job.region === ports.region && job.executionArn !== undefined && ageMs(job.claimedAt, ports) > graceMs);
  // A different slice each minute, so that a long backlog is looked through in turn.
  const turn = Math.floor(ports.clock.now().getTime() / minute) * describedPerSweep;
  const slice = running.length <= describedPerSweep ? running : Array.from({ length: describedPerSweep }, (_, place) => running[(turn + place) % running.length]!);
  await mapConcurrently(slice, atOnce, async (job) => {
    const execution = await ports.describeExecution(job.executionArn!);
    const code = execution && dead[execution.status];
    if (!code || ageMs(execution.stoppedAt, ports) < graceMs) return;
    const claim = { epoch: job.epoch!, region: job.region!, attempt: job.attempt! };
    const failed = await ports.ledger.failJob(job.jobId, claim, {
      code, message: `its execution ended as ${execution.status} without a result`, step: 'Execution',
    }, ports.clock.now().toISOString());
    if (!failed) return;
    ports.telemetry.error('job failed', { ...jobFields(job), code });
    ports.telemetry.count({ JobsFailed: 1 });
  });
}

export function describeExecutionFrom(runtime: Runtime): DescribeExecution {
  const client = new SFNClient(runtime.client({ requestTimeoutMs: 3000 }));
  return async (executionArn) => {
    try {
      const answer = await client.send(new DescribeExecutionCommand({ executionArn }));
      return { status: answer.status ?? '', ...(answer.stopDate ? { stoppedAt: answer.stopDate.toISOString() } : {}) };
    } catch (error) {
      if (failureKind(error) === 'not-found') return undefined;
      throw error;
    }
  };
}
