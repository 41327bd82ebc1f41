import type { JobRunInput, RowCounts } from '../../src/core/job.js';
import { manifestKey, outputKey, partKey, partRejectsKey, rejectsKey } from '../../src/core/layout.js';
import { mapConcurrently } from './concurrency.js';
import { digest, type Part, partIdentity } from './manifest.js';
import { minPartBytes, planMerge, type Slice } from './merge-plan.js';
import { type ObjectStore, readAll, type StoredObject } from './objects.js';
import { finishedPart, type PartLabels, writerOf } from './part-result.js';
import { outputHeader, rejectsHeader } from './process-part.js';
import { readManifest } from './split.js';
import { jobFields, type Telemetry } from './telemetry.js';

export interface MergeResult {
  outputKey: string;
  outputVersionId: string;
  outputBytes: number;
  rejectsKey?: string;
  rejectsVersionId?: string;
  rows: RowCounts;
  parts: number;
  /** Parts that an earlier epoch or attempt had written. */
  partsKept: number;
}

export interface MergePorts {
  objects: ObjectStore;
  telemetry: Telemetry;
}

const headsAtOnce = 48;
/** Each may hold one joined part of 5 MiB. */
const piecesAtOnce = 8;

type FinishedPart = { object: StoredObject; labels: PartLabels; part: Part };

/**
 * Joins the parts in the order of the manifest into the output, and their rejects into the rejects file when there are
 * any. The keys carry the claim, so a zombie's merge never touches what another claim wrote.
 */
export async function merge(run: JobRunInput, partCount: number, { objects, telemetry }: MergePorts): Promise<MergeResult> {
  const { parts, records } = await manifestOf(run, partCount, objects);
  const finished = await mapConcurrently(parts, headsAtOnce, (part) => finishedPartOf(run, part, objects));
  const rows = total(finished.map(({ labels }) => labels.rows));
  if (rows.in !== records) throw new Error(`the parts hold ${rows.in} rows, but the input has ${records}`);
  const output = await joinObjects(outputKey(run.jobId, run.key, run), outputHeader, finished.map(({ object }) => object), objects);
  const withRejects = finished.filter(({ labels }) => labels.rows.rejected > 0);
  const rejects = withRejects.length === 0 ? undefined : await joinRejects(run, withRejects, objects);
  const partsKept = finished.filter(({ labels }) => labels.writer !== writerOf(run)).length;
  telemetry.info('parts merged', { ...jobFields(run), parts: parts.length, partsKept, rows, outputBytes: output.bytes });
  return {
    outputKey: output.key,
    outputVersionId: output.versionId,
    outputBytes: output.bytes,
    ...(rejects ? { rejectsKey: rejects.key, rejectsVersionId: rejects.versionId } : {}),
    rows,
    parts: parts.length,
    partsKept,
  };
}

async function manifestOf(run: JobRunInput, partCount: number, objects: ObjectStore): Promise<{ parts: Part[]; records: number }> {
  const manifest = await objects.head(manifestKey(run.jobId));
  if (!manifest) throw new Error(`the manifest of job ${run.jobId} is gone`);
  const parts = await readManifest(run.jobId, manifest, objects);
  if (parts.length !== partCount) throw new Error(`the manifest of job ${run.jobId} names ${parts.length} parts, but ${partCount} were processed`);
  return { parts, records: Number(manifest.metadata.records) };
}

async function finishedPartOf(run: JobRunInput, part: Part, objects: ObjectStore): Promise<FinishedPart> {
  const object = await objects.head(partKey(run.jobId, part.index));
  const labels = finishedPart(object, partIdentity(run.versionId, part));
  if (!object || !labels) throw new Error(`part ${part.index} of job ${run.jobId} is missing`);
  return { object, labels, part };
}

async function joinRejects(run: JobRunInput, parts: FinishedPart[], objects: ObjectStore): Promise<JoinedObject> {
  const sources = await mapConcurrently(parts, headsAtOnce, async ({ part, labels }) => {
    const object = await objects.head(partRejectsKey(run.jobId, part.index));
    if (!object || !finishedPart(object, labels.identity)) throw new Error(`the rejects of part ${part.index} of job ${run.jobId} are missing`);
    return object;
  });
  return joinObjects(rejectsKey(run.jobId, run.key, run), rejectsHeader, sources, objects);
}

function total(counts: readonly RowCounts[]): RowCounts {
  return counts.reduce((sum, rows) => ({ in: sum.in + rows.in, out: sum.out + rows.out, rejected: sum.rejected + rows.rejected }), { in: 0, out: 0, rejected: 0 });
}

interface JoinedObject {
  key: string;
  versionId: string;
  bytes: number;
}

/** Exactly the versions that were seen: a zombie may write a part again, and its bytes need not be the same. */
async function joinObjects(key: string, header: string, sources: readonly StoredObject[], objects: ObjectStore): Promise<JoinedObject> {
  const bytes = sources.reduce((sum, source) => sum + source.bytes, Buffer.byteLength(header));
  const identity = digest(['joined', header, ...sources.flatMap((source) => [source.key, source.versionId, source.etag])]);
  // A step that is tried again after its answer was lost finds its own work done.
  const standing = await objects.head(key);
  if (standing?.metadata.identity === identity && standing.bytes === bytes) return { key, versionId: standing.versionId, bytes };
  const labels = { contentType: 'text/csv; charset=utf-8', metadata: { identity } };
  const pieces = planMerge(header, sources);
  const only = pieces[0];
  if (pieces.length === 1 && only?.kind === 'join' && only.bytes <= minPartBytes) {
    return { key, bytes, ...(await objects.write(key, await joined(only.slices, objects), labels)) };
  }
  const upload = await objects.startUpload(key, labels);
  try {
    await mapConcurrently(pieces, piecesAtOnce, async (piece, index) => {
      if (piece.kind === 'copy') await upload.copyPart(index + 1, rangeOf(piece), piece.whole);
      else await upload.writePart(index + 1, await joined(piece.slices, objects));
    });
    return { key, bytes, ...(await upload.complete()) };
  } catch (error) {
    await upload.abort().catch(() => {});
    throw error;
  }
}

async function joined(slices: readonly Slice<StoredObject>[], objects: ObjectStore): Promise<Buffer> {
  const buffers = await mapConcurrently(slices, headsAtOnce, async (slice) => (slice.kind === 'text' ? Buffer.from(slice.text) : readAll(objects, rangeOf(slice))));
  return Buffer.concat(buffers);
}

function rangeOf({ source, start, end }: { source: StoredObject; start: number; end: number }) {
  return { key: source.key, ...(source.versionId ? { versionId: source.versionId } : {}), start, end };
}

