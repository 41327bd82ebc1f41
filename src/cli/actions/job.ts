import type { Job } from '../../core/job.js';
import { partsPrefix } from '../../core/layout.js';
import { ExitCode, OperatorError } from '../../errors.js';
import { jobDocument } from '../../ui/documents/job.js';
import { jobView, type OneJobDocument } from '../../ui/views/jobs.js';
import type { LedgerReader } from '../../workflow/ledger-ports.js';
import type { ReadPorts } from '../../workflow/ports.js';
import { askAnyLedger } from '../../workflow/ask-any-ledger.js';
import { callOptions, connectForReading } from '../connect.js';
import type { CommandContext } from '../context.js';

export async function showJob(context: CommandContext, jobId: string): Promise<ExitCode> {
  const deployment = await context.deployment();
  const ports = connectForReading(deployment, context);
  const job = await findJob(context, ports.ledgers, jobId);
  const [partsDone, refused] = await Promise.all([
    job.status === 'RUNNING' || job.status === 'FAILED' ? countParts(context, ports, job) : Promise.resolve(null),
    askAnyLedger(ports.ledgers, (ledger) => ledger.listRefusedCommits(job.acceptedAt, callOptions(context))).catch(() => []),
  ]);
  const document: OneJobDocument = {
    ...jobDocument(job),
    partsDone,
    executionArn: job.executionArn ?? null,
    refusedCommits: refused.filter((each) => each.jobId === job.jobId).map(({ at, attempted, orphanOutputKey }) => ({ at, ...attempted, orphanOutputKey: orphanOutputKey ?? null })),
  };
  context.output.result(document, jobView);
  return ExitCode.done;
}

/** Throws `JOB_UNKNOWN` when the ledger has no such job. */
export async function findJob(context: CommandContext, ledgers: Record<string, LedgerReader>, jobId: string): Promise<Job> {
  const job = await askAnyLedger(ledgers, (ledger) => ledger.readJob(jobId, callOptions(context)));
  if (job) return job;
  throw new OperatorError('JOB_UNKNOWN', `The ledger knows no job ${JSON.stringify(jobId)}.`, { nextSteps: ['List jobs: batchctl jobs'] });
}

/** Null when the bucket could not be listed: that is not zero. */
async function countParts(context: CommandContext, ports: ReadPorts, job: Job): Promise<number | null> {
  const objects = job.region === undefined ? undefined : ports.objects[job.region];
  if (!objects) return null;
  try {
    let count = 0;
    for await (const part of objects.list(partsPrefix(job.jobId), callOptions(context))) if (!part.key.endsWith('.rejects.csv')) count += 1;
    return count;
  } catch {
    context.signal.throwIfAborted();
    return null;
  }
}
