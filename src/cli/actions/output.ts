import { createHash, randomBytes } from 'node:crypto';
import { open, rename, rm } from 'node:fs/promises';
import type { Job } from '../../core/job.js';
import { describeFailure } from '../../core/failure.js';
import { ExitCode, OperatorError, usage } from '../../errors.js';
import { formatBytes } from '../../ui/quantities.js';
import type { OutputStream } from '../../ui/terminal.js';
import type { ReadPorts } from '../../workflow/ports.js';
import { callOptions, connectForReading } from '../connect.js';
import { tell, type CommandContext } from '../context.js';
import { findJob } from './job.js';

export interface OutputRequest {
  out?: string;
  rejects?: boolean;
}

interface Wanted {
  key: string;
  versionId: string | undefined;
}

/** Downloads what the ledger names as the job's output. To a file: whole or not at all. */
export async function downloadOutput(context: CommandContext, jobId: string, request: OutputRequest): Promise<ExitCode> {
  if (request.out === undefined && context.output.format !== 'human') throw usage('USAGE', `With -o ${context.output.format}, say where the content is to go.`, ['Add --out FILE.']);
  const deployment = await context.deployment();
  const ports = connectForReading(deployment, context);
  const job = await findJob(context, ports.ledgers, jobId);
  const wanted = whatIsWanted(job, request.rejects === true);
  const body = await openAnywhere(context, ports, job, wanted);
  if (request.out === undefined) {
    for await (const chunk of body) await writeTo(context.streams.stdout, chunk);
    return ExitCode.done;
  }
  const { bytes, sha256 } = await saveTo(request.out, body, context, job.key);
  context.output.result({ jobId, key: wanted.key, file: request.out, bytes, sha256 }, (document) => [`${document.file}  ${formatBytes(document.bytes)}`]);
  return ExitCode.done;
}

function whatIsWanted(job: Job, rejects: boolean): Wanted {
  if (job.status !== 'SUCCEEDED' || !job.outputKey) {
    throw new OperatorError('NO_OUTPUT', `The job is ${job.status}: it has committed no output.`, {
      nextSteps: job.status === 'FAILED' ? [`See why: batchctl job ${job.jobId}`, `Run it again: batchctl redrive ${job.jobId}`] : [`Follow it: batchctl job ${job.jobId}`],
    });
  }
  if (!rejects) return { key: job.outputKey, versionId: job.outputVersionId };
  if (!job.rejectsKey) throw new OperatorError('NO_REJECTS', 'No row of this job was rejected.', { exitCode: ExitCode.failed });
  return { key: job.rejectsKey, versionId: job.rejectsVersionId };
}

/** The Region that wrote it first; replicas keep their version id, so the other one has the same bytes under it. */
async function openAnywhere(context: CommandContext, ports: ReadPorts, job: Job, wanted: Wanted): Promise<AsyncIterable<Uint8Array>> {
  const regions = Object.keys(ports.objects).sort((a, b) => Number(b === job.outputRegion) - Number(a === job.outputRegion));
  const failures: string[] = [];
  let cause: unknown;
  for (const region of regions) {
    try {
      return await (ports.objects[region] as ReadPorts['objects'][string]).read(wanted.key, wanted.versionId, callOptions(context));
    } catch (error) {
      context.signal.throwIfAborted();
      cause = error;
      failures.push(`${region}: ${describeFailure(error)}`);
    }
  }
  throw new OperatorError('OUTPUT_UNREACHABLE', `No Region could give ${wanted.key} (${failures.join('; ')}).`, { cause, nextSteps: ['See which Region answers: batchctl status'] });
}

async function saveTo(file: string, body: AsyncIterable<Uint8Array>, context: CommandContext, task: string): Promise<{ bytes: number; sha256: string }> {
  const temporary = `${file}.${randomBytes(4).toString('hex')}.part`;
  const hash = createHash('sha256');
  let bytes = 0;
  const handle = await open(temporary, 'wx');
  try {
    for await (const chunk of body) {
      context.signal.throwIfAborted();
      await handle.write(chunk);
      hash.update(chunk);
      bytes += chunk.length;
      tell(context, { type: 'progress', task, done: bytes, total: null, unit: 'bytes' });
    }
    await handle.close();
    await rename(temporary, file);
  } catch (error) {
    await handle.close().catch(() => {});
    await rm(temporary, { force: true });
    throw error;
  }
  tell(context, { type: 'progress-finished', task });
  return { bytes, sha256: hash.digest('hex') };
}

/** Waits while the reader of our stdout is slower than the network. */
async function writeTo(stream: OutputStream, chunk: Uint8Array): Promise<void> {
  if (stream.write(chunk) || !stream.once) return;
  await new Promise<void>((resolve) => { stream.once?.('drain', resolve); });
}
