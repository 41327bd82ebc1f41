import { isSynthetic } from '../../src/aws/ledger/job-item.js';
import type { Ledger } from '../../src/aws/ledger/ledger.js';
import { describeFailure } from '../../src/core/failure.js';
import type { JobError, JobRunInput } from '../../src/core/job.js';
import type { Clock } from './clock.js';
import { jobFields, type Telemetry } from './telemetry.js';

/** How an execution ended. `cause` is text; a function's is JSON with the error's message. */
export interface CaughtError {
  step: string;
  error: string;
  cause: string;
}

export interface FailPorts {
  ledger: Pick<Ledger, 'failJob'>;
  /** Tells the operators. */
  alert(subject: string, message: string): Promise<void>;
  clock: Clock;
  telemetry: Telemetry;
}

/** Writes the cause into the row. False: the claim was lost meanwhile, and the job is somebody else's to finish. */
export async function fail(run: JobRunInput, caught: CaughtError, ports: FailPorts): Promise<{ recorded: boolean }> {
  const error = jobErrorOf(caught);
  const at = ports.clock.now().toISOString();
  const recorded = await ports.ledger.failJob(run.jobId, { epoch: run.epoch, region: run.region, attempt: run.attempt }, error, at);
  if (!recorded) {
    ports.telemetry.warn('failure of a superseded run', { ...jobFields(run), error });
    return { recorded };
  }
  ports.telemetry.error('job failed', { ...jobFields(run), error });
  // A synthetic job is nobody's work to redrive: whoever started it sees the row, and its alarm speaks when it matters.
  if (isSynthetic(run.key)) return { recorded };
  ports.telemetry.count({ JobsFailed: 1 });
  try {
    await ports.alert(`Job failed: ${error.code}`, `${run.key} (job ${run.jobId}, epoch ${run.epoch}, ${run.region}) failed in ${error.step}: ${error.message}\n\nRun it again with: batchctl redrive ${run.jobId}\n`);
  } catch (problem) {
    // The row says it all; a lost alert must not make this step run again.
    ports.telemetry.warn('the alert could not be sent', { ...jobFields(run), problem: describeFailure(problem) });
  }
  return { recorded };
}

const codeByStep: Record<string, string> = { Split: 'SPLIT_FAILED', Parts: 'PART_FAILED', Merge: 'MERGE_FAILED', Commit: 'COMMIT_FAILED' };
const maxMessageCharacters = 1000;

export function jobErrorOf({ step, error, cause }: CaughtError): JobError {
  const message = messageOf(cause) || error;
  const rejected = error === 'InputRejected' ? /^([A-Z_]+): (.*)$/s.exec(message) : null;
  if (rejected) return { code: rejected[1]!, message: shortened(rejected[2]!), step };
  return { code: codeByStep[step] ?? 'JOB_FAILED', message: shortened(message.includes(error) ? message : `${error}: ${message}`), step };
}

function messageOf(cause: string): string {
  try {
    const parsed = JSON.parse(cause) as { errorMessage?: unknown } | null;
    return typeof parsed?.errorMessage === 'string' ? parsed.errorMessage : cause;
  } catch {
    return cause;
  }
}

function shortened(message: string): string {
  return message.length > maxMessageCharacters ? `${message.slice(0, maxMessageCharacters)}…` : message;
}
