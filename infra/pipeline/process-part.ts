import { isSynthetic } from '../../src/aws/ledger/job-item.js';
import { csvLine } from '../../src/core/csv.js';
import type { JobRunInput, RowCounts } from '../../src/core/job.js';
import { partKey, partRejectsKey } from '../../src/core/layout.js';
import { type Part, partIdentity } from './manifest.js';
import type { ObjectStore } from './objects.js';
import { finishedPart, partMetadata, writerOf } from './part-result.js';
import { outputColumns } from '../../src/core/record.js';
import type { ReferenceLookup } from './reference.js';
import { jobFields, type Telemetry } from './telemetry.js';
import { transform } from './transform.js';

export interface ProcessPartPorts {
  objects: ObjectStore;
  reference: ReferenceLookup;
  telemetry: Telemetry;
}

export interface PartOutcome {
  index: number;
  /** True when the part had been finished before, by whomever. */
  reused: boolean;
  rows: RowCounts;
}

export const outputHeader = csvLine(outputColumns);
export const rejectsHeader = 'row,reason,text\n';

/**
 * Validates and enriches one part and writes its rows and its rejects. A part that stands already is left alone: this is
 * the checkpoint that a re-driven job goes on from, in whichever Region.
 */
export async function processPart(run: JobRunInput, part: Part, ports: ProcessPartPorts): Promise<PartOutcome> {
  const identity = partIdentity(run.versionId, part);
  const standing = await standingPart(run.jobId, part.index, identity, ports.objects);
  if (standing) {
    ports.telemetry.count({ PartsReused: 1 });
    ports.telemetry.info('part reused', { ...jobFields(run), part: part.index });
    return { index: part.index, reused: true, rows: standing };
  }
  const result = await transform(ports.objects.read({ key: run.key, versionId: run.versionId, start: part.start, end: part.end }), part.firstRow, ports.reference);
  const labels = { contentType: 'text/csv; charset=utf-8', metadata: partMetadata({ identity, writer: writerOf(run), rows: result.rows }) };
  // Rejects first: a part object that stands promises that its rejects were written.
  if (result.rows.rejected > 0) await ports.objects.write(partRejectsKey(run.jobId, part.index), result.rejects, labels);
  await ports.objects.write(partKey(run.jobId, part.index), result.output, labels);
  if (!isSynthetic(run.key)) ports.telemetry.count({ PartsProcessed: 1, RowsIn: result.rows.in, RowsOut: result.rows.out, RowsRejected: result.rows.rejected });
  ports.telemetry.info('part processed', { ...jobFields(run), part: part.index, rows: result.rows });
  return { index: part.index, reused: false, rows: result.rows };
}

/** Replication carries each object by itself, so a part may have arrived in this Region before its rejects. */
async function standingPart(jobId: string, index: number, identity: string, objects: ObjectStore): Promise<RowCounts | undefined> {
  const part = finishedPart(await objects.head(partKey(jobId, index)), identity);
  if (!part) return undefined;
  if (part.rows.rejected > 0 && !finishedPart(await objects.head(partRejectsKey(jobId, index)), identity)) return undefined;
  return part.rows;
}
