import { isUtf8 } from 'node:buffer';
import { isSynthetic } from '../../src/aws/ledger/job-item.js';
import { createRecordReader, CsvProblem, fieldsOf } from '../../src/core/csv.js';
import type { JobRunInput } from '../../src/core/job.js';
import { manifestKey } from '../../src/core/layout.js';
import { manifestIdentity, type Part, partBytesFor, type PartSizes } from './manifest.js';
import { type ObjectStore, readAll } from './objects.js';
import { inputColumns } from '../../src/core/record.js';
import { InputRejected } from './rejection.js';
import { jobFields, type Telemetry } from './telemetry.js';

export interface SplitResult {
  mode: 'inline' | 'distributed';
  partCount: number;
  manifestKey: string;
  /** Empty when distributed: the Map reads the manifest itself. */
  parts: Part[];
}

export interface SplitPorts {
  objects: ObjectStore;
  sizes: PartSizes;
  telemetry: Telemetry;
}

/**
 * Reads the input once and writes the manifest of its parts; no row is copied. A manifest that already stands for the
 * same version and part size (an earlier attempt's, or one that was replicated) is kept.
 *
 * @throws InputRejected when the file as a whole cannot be processed, ever.
 */
export async function split(run: JobRunInput, { objects, sizes, telemetry }: SplitPorts): Promise<SplitResult> {
  const input = await objects.head(run.key, run.versionId);
  if (!input) throw new InputRejected('INPUT_GONE', `version ${run.versionId} of ${run.key} is no longer in the bucket`);
  const partBytes = partBytesFor(input.bytes, sizes);
  const identity = manifestIdentity(run.versionId, partBytes);
  const parts = await standingParts(run.jobId, identity, objects) ?? await cut(run, input.bytes, partBytes, identity, objects);
  if (!isSynthetic(run.key)) telemetry.count({ FilesSplit: 1 });
  telemetry.info('input split', { ...jobFields(run), parts: parts.length, bytes: input.bytes });
  const inline = parts.length <= sizes.inlineParts;
  return { mode: inline ? 'inline' : 'distributed', partCount: parts.length, manifestKey: manifestKey(run.jobId), parts: inline ? parts : [] };
}

async function standingParts(jobId: string, identity: string, objects: ObjectStore): Promise<Part[] | undefined> {
  const manifest = await objects.head(manifestKey(jobId));
  if (manifest?.metadata.identity !== identity) return undefined;
  return readManifest(jobId, manifest, objects);
}

export async function readManifest(jobId: string, manifest: { versionId: string; bytes: number }, objects: ObjectStore): Promise<Part[]> {
  const body = await readAll(objects, { key: manifestKey(jobId), ...(manifest.versionId ? { versionId: manifest.versionId } : {}), start: 0, end: manifest.bytes });
  return JSON.parse(body.toString('utf8')) as Part[];
}

async function cut(run: JobRunInput, bytes: number, partBytes: number, identity: string, objects: ObjectStore): Promise<Part[]> {
  const { parts, records } = await findParts(objects.read({ key: run.key, versionId: run.versionId, start: 0, end: bytes }), partBytes);
  await objects.write(manifestKey(run.jobId), JSON.stringify(parts), { contentType: 'application/json', metadata: { identity, records: String(records) } });
  return parts;
}

/** Far more than any header takes: a first line beyond it is not one. */
const maxHeaderBytes = 64 * 1024;

/**
 * Cuts a file into parts of whole records, each of `partBytes` or a little more, behind its header. Uses a constant
 * amount of memory beside the list of parts. `records` does not count the header.
 */
export async function findParts(chunks: AsyncIterable<Uint8Array>, partBytes: number): Promise<{ parts: Part[]; records: number }> {
  const parts: Part[] = [];
  let records = 0;
  let open: { start: number; firstRow: number } | undefined;
  let openEnd = 0;
  const close = (): void => {
    if (open) parts.push({ index: parts.length, start: open.start, end: openEnd, firstRow: open.firstRow });
    open = undefined;
  };
  const reader = createRecordReader({
    record(bytes, start, end, next, fileOffset) {
      records += 1;
      if (records === 1) return checkHeader(bytes.subarray(start, end));
      open ??= { start: fileOffset + start, firstRow: records };
      openEnd = fileOffset + next;
      if (openEnd - open.start >= partBytes) close();
    },
  }, { isUtf8, fromFileStart: true });
  await readAsCsv(async () => {
    for await (const chunk of chunks) reader.push(chunk);
    reader.end();
  });
  close();
  if (records === 0) throw new InputRejected('EMPTY_FILE', 'the file holds no record');
  if (records === 1) throw new InputRejected('NO_ROWS', 'the file holds its header and no rows');
  return { parts, records: records - 1 };
}

/** A file that is no CSV never becomes one: its job fails for good. */
async function readAsCsv(read: () => Promise<void>): Promise<void> {
  try {
    await read();
  } catch (error) {
    throw error instanceof CsvProblem ? new InputRejected(error.code, error.message) : error;
  }
}

function checkHeader(bytes: Uint8Array): void {
  const found = Buffer.from(bytes.subarray(0, maxHeaderBytes)).toString('utf8');
  if (bytes.length > maxHeaderBytes) throw wrongHeader(found);
  const { fields } = fieldsOf(found);
  if (fields.length !== inputColumns.length || fields.some((field, column) => field !== inputColumns[column])) throw wrongHeader(found);
}

function wrongHeader(found: string): InputRejected {
  return new InputRejected('WRONG_HEADER', `the header must be ${JSON.stringify(inputColumns.join(','))}, but the first line is ${JSON.stringify(found.length > 200 ? `${found.slice(0, 200)}…` : found)}`);
}
