import { isSynthetic } from '../../src/aws/ledger/job-item.js';
import type { JobRunInput } from '../../src/core/job.js';
import { manifestKey } from '../../src/core/layout.js';
import { createRecordParser } from './csv/parse.js';
import { createRecordScanner } from './csv/scan.js';
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

const byteOrderMark = Buffer.from([0xef, 0xbb, 0xbf]);
/** Far more than any header takes: a first line beyond it is not one. */
const maxHeaderBytes = 64 * 1024;

/**
 * Cuts a file into parts of whole records, each of `partBytes` or a little more, behind its header. Uses a constant
 * amount of memory beside the list of parts. `records` does not count the header.
 */
export async function findParts(chunks: AsyncIterable<Uint8Array>, partBytes: number): Promise<{ parts: Part[]; records: number }> {
  const parts: Part[] = [];
  const head = createHeaderCheck();
  let records = 0;
  let open: { start: number; firstRow: number; end: number } | undefined;
  const close = (): void => {
    if (open) parts.push({ index: parts.length, ...open });
    open = undefined;
  };
  const scanner = createRecordScanner((start, end) => {
    records += 1;
    if (records === 1) return head.check(start, end);
    open ??= { start, firstRow: records, end };
    open.end = end;
    if (end - open.start >= partBytes) close();
  });
  for await (const chunk of withoutByteOrderMark(chunks)) {
    head.keep(chunk);
    scanner.write(chunk);
  }
  scanner.end();
  close();
  if (records === 0) throw new InputRejected('EMPTY_FILE', 'the file holds no record');
  if (records === 1) throw new InputRejected('NO_ROWS', 'the file holds its header and no rows');
  return { parts: parts.map(({ index, start, end, firstRow }) => ({ index, start, end, firstRow })), records: records - 1 };
}

/** The mark is read as a blank line would be: offsets stay those of the file, and no record begins with it. */
async function* withoutByteOrderMark(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  let first: Buffer | undefined = Buffer.alloc(0);
  for await (const chunk of chunks) {
    if (first === undefined) {
      yield chunk;
      continue;
    }
    first = Buffer.concat([first, chunk]);
    if (first.length < byteOrderMark.length) continue;
    yield blanked(first);
    first = undefined;
  }
  if (first !== undefined && first.length > 0) yield blanked(first);
}

function blanked(first: Buffer): Buffer {
  if (!first.subarray(0, 3).equals(byteOrderMark)) return first;
  const copy = Buffer.from(first);
  copy.fill('\n', 0, 3);
  return copy;
}

/** Keeps the beginning of the file until its first record is complete, then compares that with the columns. */
function createHeaderCheck() {
  let kept: Buffer | undefined = Buffer.alloc(0);
  return {
    keep(chunk: Uint8Array): void {
      if (kept && kept.length < maxHeaderBytes) kept = Buffer.concat([kept, chunk.subarray(0, maxHeaderBytes - kept.length)]);
    },
    check(start: number, end: number): void {
      const found = (kept ?? Buffer.alloc(0)).subarray(start, end).toString('utf8');
      kept = undefined;
      if (end > maxHeaderBytes) throw wrongHeader(found);
      let fields: string[] = [];
      const parser = createRecordParser((record) => { fields = record; });
      parser.write(found);
      parser.end();
      if (fields.length !== inputColumns.length || fields.some((field, column) => field !== inputColumns[column])) throw wrongHeader(found);
    },
  };
}

function wrongHeader(found: string): InputRejected {
  const shown = found.replace(/\r?\n$/, '');
  return new InputRejected('WRONG_HEADER', `the header must be ${JSON.stringify(inputColumns.join(','))}, but the first line is ${JSON.stringify(shown.length > 200 ? `${shown.slice(0, 200)}…` : shown)}`);
}
