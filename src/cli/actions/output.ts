import { stat } from 'node:fs/promises';
import path from 'node:path';
import type { Job } from '../../core/job.js';
import { describeFailure } from '../../core/failure.js';
import { fileNameOf } from '../../core/file-name.js';
import { ExitCode, OperatorError, usage } from '../../errors.js';
import { printable, printableLines } from '../../ui/printable.js';
import { formatBytes } from '../../ui/quantities.js';
import type { OutputStream } from '../../ui/terminal.js';
import type { ReadPorts } from '../../workflow/ports.js';
import { callOptions, connectForReading } from '../connect.js';
import { tell, type CommandContext } from '../context.js';
import { saveWhole } from '../save-whole.js';
import { findJob } from './job.js';

export interface OutputRequest {
  out?: string;
  rejects?: boolean;
  overwrite?: boolean;
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
  if (request.out === undefined) {
    await print(context, await openAnywhere(context, ports, job, wanted));
    return ExitCode.done;
  }
  const file = await placeFor(request.out, wanted, job);
  const { bytes, sha256 } = await saveWhole(file, await openAnywhere(context, ports, job, wanted), {
    overwrite: request.overwrite === true,
    signal: context.signal,
    onBytes: (done) => tell(context, { type: 'progress', task: job.key, done, total: null, unit: 'bytes' }),
  });
  tell(context, { type: 'progress-finished', task: job.key });
  context.output.result({ jobId, key: wanted.key, file, bytes, sha256 }, (document) => [`${printable(document.file)}  ${formatBytes(document.bytes)}`]);
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

/** A folder gets a file named after the job's key, and nothing of that name can lead out of it. */
async function placeFor(out: string, wanted: Wanted, job: Job): Promise<string> {
  const isFolder = await stat(out).then((found) => found.isDirectory(), () => false);
  if (!isFolder && !out.endsWith(path.sep)) return out;
  return path.join(out, fileNameOf(wanted.key, `${job.jobId}.csv`));
}

/** Byte for byte into a pipe or a file. On a terminal it is only looked at, and nothing in it may be obeyed there. */
async function print({ streams }: CommandContext, body: AsyncIterable<Uint8Array>): Promise<void> {
  const decoder = new TextDecoder();
  for await (const chunk of body) await writeTo(streams.stdout, streams.stdout.isTTY === true ? printableLines(decoder.decode(chunk, { stream: true })) : chunk);
}

/** Waits while the reader of our stdout is slower than the network. */
async function writeTo(stream: OutputStream, chunk: Uint8Array | string): Promise<void> {
  if (stream.write(chunk) || !stream.once) return;
  await new Promise<void>((resolve) => { stream.once?.('drain', resolve); });
}
