import { randomBytes } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { pipeline } from 'node:stream/promises';
import { createOutputLinks } from '../../aws/output-links.js';
import { createUploads, type Uploads } from '../../aws/uploads.js';
import type { Deployment } from '../../config/schema.js';
import { describeFailure } from '../../core/failure.js';
import { jobIdOf, type Job } from '../../core/job.js';
import { prefixes } from '../../core/layout.js';
import { Cancelled, ExitCode, refused, usage } from '../../errors.js';
import { forEachLimited } from '../../workflow/concurrency.js';
import type { ReadPorts, WritePorts } from '../../workflow/ports.js';
import { checkCaller } from '../caller.js';
import { answeringRegion, callOptions, connectForReading, connectForWriting } from '../connect.js';
import { note, tell, warn, type CommandContext } from '../context.js';
import { Interrupted } from '../interrupts.js';
import { followJobs, waitUntilReplicated } from './follow.js';
import { inspectFile, type InspectedFile } from './inspect-file.js';
import { goOnWith } from './submit-go-on.js';
import { submissionView, type SubmittedJob } from './submission-view.js';

export type Durability = 'accepted' | 'replicated';

export interface SubmitRequest {
  key?: string;
  wait?: boolean;
  durability: string;
  validate: boolean;
  again?: boolean;
}

interface Submission extends InspectedFile {
  key: string;
}

interface Entered {
  submission: Submission;
  job: Job;
  /** The same content was there before under the same key, so nothing was uploaded. */
  already: boolean;
}

const concurrentUploads = 4;

/** Checks every file before the first is uploaded; then uploads, enters the jobs in the ledger, and follows them if asked. */
export async function submit(context: CommandContext, files: string[], request: SubmitRequest): Promise<ExitCode> {
  const durability = parseDurability(request.durability);
  const wanted = keysOf(files, request.key);
  const deployment = await context.deployment();
  const scratch = files.includes('-') ? await mkdtemp(path.join(os.tmpdir(), 'batchctl-')) : undefined;
  let uploading = false;
  try {
    const submissions: Submission[] = [];
    for (const { file, key } of wanted) submissions.push({ ...await inspect(context, await onDisk(context, file, scratch), file, request.validate), key });
    refuseHopeless(submissions);
    for (const submission of submissions) warnOfBadRows(context, submission);
    await checkCaller(context, deployment);
    uploading = true;
    return await enterAndFollow(context, deployment, submissions, durability, request);
  } catch (error) {
    // A file may have been uploaded by then, and its job goes on without us.
    if (uploading && context.signal.reason instanceof Interrupted) throw new Cancelled(true, goOnWith(context.flags, files, request));
    throw error;
  } finally {
    if (scratch !== undefined) await rm(scratch, { recursive: true, force: true });
  }
}

async function enterAndFollow(context: CommandContext, deployment: Deployment, submissions: Submission[], durability: Durability, request: SubmitRequest): Promise<ExitCode> {
  const read = connectForReading(deployment, context);
  const write = connectForWriting(deployment, context);
  const entered = await enterAll(context, deployment, read, write, submissions, request.again === true);
  if (durability === 'replicated') await waitUntilReplicated(context, deployment, read, write, entered.map((each) => each.job));
  const ended = request.wait ? await followJobs(context, read, entered.map((each) => each.job)) : new Map<string, Job>();
  const jobs = entered.map((each): Entered => ({ ...each, job: ended.get(each.job.jobId) ?? each.job }));
  const links = createOutputLinks(deployment);
  const documents = await Promise.all(jobs.map(async (each) => documentOf(each, durability, request.wait ? await links.linkTo(each.job, context.clock.now()) : undefined)));
  context.output.result({ jobs: documents }, submissionView);
  return request.wait ? exitCodeOf(jobs.map((each) => each.job)) : ExitCode.done;
}

/** Uploads files and enters their jobs in the ledger; gives the jobs in the order of the files. */
export async function enterFiles(context: CommandContext, deployment: Deployment, files: string[]): Promise<Job[]> {
  const submissions: Submission[] = [];
  for (const { file, key } of keysOf(files, undefined)) submissions.push({ ...await inspect(context, file, file, true), key });
  return (await enterAll(context, deployment, connectForReading(deployment, context), connectForWriting(deployment, context), submissions, false)).map((each) => each.job);
}

async function enterAll(context: CommandContext, deployment: Deployment, read: ReadPorts, write: WritePorts, submissions: Submission[], again: boolean): Promise<Entered[]> {
  const uploads = createUploads(deployment, {
    buckets: Object.values(read.objects),
    // Whoever wants another job anyway need not know.
    ...(again ? {} : { onSilent: (region, failure) => warn(context, `The bucket in ${region} does not say what it holds: ${describeFailure(failure)}. A file that was uploaded there before, and has not replicated, becomes a second job.`) }),
  });
  const region = await answeringRegion(write.ledgers, context);
  const entered = new Map<Submission, Entered>();
  await forEachLimited(submissions, concurrentUploads, async (submission) => {
    entered.set(submission, await enter(context, { uploads, write, region }, submission, again));
  });
  return submissions.map((submission) => entered.get(submission) as Entered);
}

async function enter(context: CommandContext, to: { uploads: Uploads; write: WritePorts; region: string }, submission: Submission, again: boolean): Promise<Entered> {
  const { key, bytes, sha256, file } = submission;
  const { versionId, already, awaitsReplica } = await to.uploads.put(key, submission, {
    again,
    signal: context.signal,
    onProgress: (done) => tell(context, { type: 'progress', task: key, done, total: bytes, unit: 'bytes' }),
  });
  tell(context, { type: 'progress-finished', task: key });
  const ledger = to.write.ledgers[to.region] as WritePorts['ledgers'][string];
  const { job } = await ledger.acceptJob({
    jobId: jobIdOf(key, versionId), key, versionId, bytes, checksum: sha256, acceptedAt: context.clock.now().toISOString(), acceptedBy: to.region,
  }, callOptions(context));
  if (already) note(context, `${file} is there already, with the same content under the same key: job ${job.jobId} is ${job.status}. ${awaitsReplica && (job.status === 'ACCEPTED' || job.status === 'PARKED')
    ? 'Only the Region that uploads do not go to now has the file; the job runs when it has replicated. To run it now, add --again, which makes a second job of it.'
    : 'To run it once more, add --again.'}`);
  tell(context, { type: 'job', jobId: job.jobId, key, status: job.status });
  return { submission, job, already };
}

function documentOf({ submission, job, already }: Entered, durability: Durability, url: string | undefined): SubmittedJob {
  const { report } = submission;
  return {
    jobId: job.jobId,
    key: job.key,
    versionId: job.versionId,
    bytes: job.bytes,
    durability,
    status: job.status,
    already,
    outputKey: job.outputKey ?? null,
    rows: job.rows ?? { in: report?.rows ?? null, out: null, rejected: null },
    badRowsFound: report?.badRows ?? null,
    url: url ?? null,
    error: job.error ?? null,
  };
}

function exitCodeOf(jobs: Job[]): ExitCode {
  const bad = jobs.filter((job) => job.status !== 'SUCCEEDED').length;
  if (bad === 0) return ExitCode.done;
  return bad === jobs.length ? ExitCode.failed : ExitCode.doneWithExceptions;
}

function parseDurability(text: string): Durability {
  if (text === 'accepted' || text === 'replicated') return text;
  throw usage('USAGE', `--durability must be accepted or replicated, not ${JSON.stringify(text)}.`);
}

/** Every file with its key under `input/`. Two files with one key would hide each other, so they are refused. */
export function keysOf(files: string[], name: string | undefined): { file: string; key: string }[] {
  if (name !== undefined && files.length > 1) throw usage('USAGE', '--key names one file, and several were given.');
  if (files.includes('-') && name === undefined) throw usage('USAGE', 'Standard input has no name.', ['Give it one with --key, such as --key orders.csv.']);
  const wanted = files.map((file) => ({ file, key: keyFor(name ?? path.basename(file)) }));
  const seen = new Map<string, string>();
  for (const { file, key } of wanted) {
    const other = seen.get(key);
    if (other !== undefined) throw usage('USAGE', `${other} and ${file} would both become ${key}.`, ['Submit them one by one with --key.']);
    seen.set(key, file);
  }
  return wanted;
}

function keyFor(name: string): string {
  const bare = name.startsWith(prefixes.input) ? name.slice(prefixes.input.length) : name;
  const key = prefixes.input + bare;
  if (bare === '' || bare.startsWith('/') || bare.endsWith('/')) throw usage('USAGE', `${JSON.stringify(name)} is not a name for a file.`);
  if (Buffer.byteLength(key) > 1024) throw usage('USAGE', `The key ${JSON.stringify(`${key.slice(0, 60)}…`)} is longer than the 1,024 bytes that S3 allows.`);
  return key;
}

/** Standard input has no size until it has ended, and an upload needs one. */
async function onDisk(context: CommandContext, file: string, scratch: string | undefined): Promise<string> {
  if (file !== '-' || scratch === undefined) return file;
  const spooled = path.join(scratch, randomBytes(4).toString('hex'));
  await pipeline(context.streams.stdin, createWriteStream(spooled, { mode: 0o600 }), { signal: context.signal });
  return spooled;
}

async function inspect(context: CommandContext, place: string, shown: string, validate: boolean): Promise<InspectedFile> {
  const task = `checking ${shown}`;
  const inspected = await inspectFile(place, { validate, signal: context.signal, onProgress: (done, total) => tell(context, { type: 'progress', task, done, total, unit: 'bytes' }) });
  tell(context, { type: 'progress-finished', task });
  return inspected;
}

function refuseHopeless(submissions: Submission[]): void {
  const hopeless = submissions.flatMap(({ file, report }) => (report?.problem ? [{ file, ...report.problem }] : []));
  if (hopeless.length === 0) return;
  const lines = hopeless.map(({ file, message }) => `${file}: ${message}`);
  throw refused((hopeless[0] as { code: string }).code, `${lines.join('\n')}\nNothing was uploaded.`, ['Correct the file, or let the pipeline judge it: --no-validate'], { files: hopeless });
}

function warnOfBadRows(context: CommandContext, { file, report }: Submission): void {
  if (!report || report.badRows === 0) return;
  const shown = report.firstBadRows.slice(0, 5).map(({ row, reason }) => `row ${row} ${reason}`);
  const more = report.badRows > shown.length ? `, and ${report.badRows - shown.length} more` : '';
  warn(context, `${file}: ${report.badRows} of ${report.rows} rows break a rule and will be rejected; the others go on (${shown.join('; ')}${more})`);
}

