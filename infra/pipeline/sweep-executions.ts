import type { ControlItem } from '../../src/core/control.js';
import { describeFailure } from '../../src/core/failure.js';
import type { Job } from '../../src/core/job.js';
import { epochOfExecution } from '../../src/core/layout.js';
import { mapConcurrently } from './concurrency.js';
import { fail, type FailPorts } from './fail.js';
import { badEnds, failureOf, runOf } from './job-executions.js';
import { ageMs, type SweepPorts } from './sweep.js';

/** DescribeExecution refills at 15 a second for the whole account, and others need it too. */
const describedPerSweep = 60;
const atOnce = 4;
/** A run that has just ended may still have its row written by the function that is told of it. */
const graceMs = 2 * 60_000;
const minute = 60_000;

/**
 * The event that an execution ended badly may be lost, with a Region or without. Its job would stay RUNNING for ever;
 * here it becomes FAILED with the reason, and can be redriven.
 */
export async function settleDeadExecutions(jobs: readonly Job[], control: ControlItem, ports: SweepPorts): Promise<void> {
  const running = jobs.filter((job) => job.status === 'RUNNING' && job.epoch === control.epoch && job.region === ports.region && job.executionArn !== undefined && ageMs(job.claimedAt, ports) > graceMs);
  // A different slice each minute, so that a long backlog is looked through in turn.
  const turn = Math.floor(ports.clock.now().getTime() / minute) * describedPerSweep;
  const slice = running.length <= describedPerSweep ? running : Array.from({ length: describedPerSweep }, (_, place) => running[(turn + place) % running.length]!);
  await mapConcurrently(slice, atOnce, async (job) => {
    const execution = await ports.executions.describe(job.executionArn!);
    if (!execution || badEnds[execution.status] === undefined || ageMs(execution.stoppedAt, ports) < graceMs) return;
    const run = runOf(execution);
    // A job that was redriven since has the same claim again, and its execution runs; this one's end is then old news.
    if (run && run.attempt === job.attempt) await fail(run, await failureOf(execution, ports.executions), ports as FailPorts);
  });
}

/**
 * Stops what an older epoch left running here. It cannot commit any more, but it costs money and confuses whoever looks.
 * Given a little time first: an execution that is about to try its commit shows, by being refused, that the fence holds.
 */
export async function stopZombies(control: ControlItem, ports: SweepPorts): Promise<number> {
  if (ageMs(control.changedAt, ports) < graceMs) return 0;
  let stopped = 0;
  for await (const execution of ports.executions.listRunning()) {
    const epoch = epochOfExecution(execution.name);
    if (epoch === undefined || epoch >= control.epoch) continue;
    try {
      await ports.executions.stop(execution.executionArn, `superseded by epoch ${control.epoch} in ${control.activeRegion}`);
      stopped += 1;
    } catch (error) {
      ports.telemetry.warn('a superseded execution could not be stopped', { execution: execution.name, error: describeFailure(error) });
    }
  }
  if (stopped > 0) ports.telemetry.count({ ZombiesStopped: stopped });
  return stopped;
}
