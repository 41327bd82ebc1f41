import { SFNClient, StartExecutionCommand } from '@aws-sdk/client-sfn';
import type { Ledger } from '../../src/aws/ledger/ledger.js';
import type { Job, JobRunInput } from '../../src/core/job.js';
import { executionName } from '../../src/core/layout.js';
import type { Clock } from './clock.js';
import { required } from './environment.js';
import type { Runtime } from './runtime.js';
import { jobFields, type Telemetry } from './telemetry.js';

/** Starts the state machine of this Region; starting the same run twice gives the same execution. */
export type StartExecution = (run: JobRunInput) => Promise<{ executionArn: string }>;

export interface StartPorts {
  region: string;
  ledger: Pick<Ledger, 'claimJob' | 'recordExecution'>;
  startExecution: StartExecution;
  clock: Clock;
  telemetry: Telemetry;
}

/**
 * Claims the job for this Region in `epoch` and starts it. Any of the three steps may have happened before: the claim is
 * found, the execution's name is taken by the very same run, the ARN is written again.
 */
export async function claimAndStart(job: Pick<Job, 'jobId' | 'key'>, epoch: number, ports: StartPorts): Promise<'started' | 'finished' | 'failed' | 'superseded' | 'absent'> {
  const outcome = await ports.ledger.claimJob(job.jobId, { epoch, region: ports.region, at: ports.clock.now().toISOString() });
  if (outcome.kind !== 'claimed') {
    ports.telemetry.info('job not claimed', { ...jobFields({ ...job, epoch, region: ports.region }), outcome: outcome.kind });
    return outcome.kind;
  }
  // From the row and in a fixed order: the same run must give the same text, or its name would count as taken.
  const { jobId, key, versionId, bytes } = outcome.job;
  const { region, attempt } = outcome.claim;
  const run: JobRunInput = { jobId, key, versionId, bytes, epoch: outcome.claim.epoch, region, attempt };
  const { executionArn } = await ports.startExecution(run);
  if (outcome.job.executionArn !== executionArn) await ports.ledger.recordExecution(jobId, outcome.claim, executionArn);
  ports.telemetry.info('job started', jobFields(run));
  ports.telemetry.count({ JobsStarted: 1 });
  return 'started';
}

export function startExecutionFrom(runtime: Runtime): StartExecution {
  const client = new SFNClient(runtime.client({ requestTimeoutMs: 5000 }));
  const stateMachineArn = required(runtime.environment, 'STATE_MACHINE_ARN');
  return async (run) => {
    const name = executionName(run.jobId, run);
    try {
      const answer = await client.send(new StartExecutionCommand({ stateMachineArn, name, input: JSON.stringify(run) }));
      return { executionArn: answer.executionArn ?? executionArnOf(stateMachineArn, name) };
    } catch (error) {
      if ((error as Error).name !== 'ExecutionAlreadyExists') throw error;
      return { executionArn: executionArnOf(stateMachineArn, name) };
    }
  };
}

function executionArnOf(stateMachineArn: string, name: string): string {
  return `${stateMachineArn.replace(':stateMachine:', ':execution:')}:${name}`;
}
