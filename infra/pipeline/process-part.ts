import { isSynthetic } from '../../src/aws/ledger/job-item.js';
import type { JobRunInput, RowCounts } from '../../src/core/job.js';
import { partKey, partRejectsKey } from '../../src/core/layout.js';
import { createRecordParser } from './csv/parse.js';
import { csvLine } from './csv/write.js';
import { type Part, partIdentity } from './manifest.js';
import type { ObjectStore } from './objects.js';
import { finishedPart, partMetadata, writerOf } from './part-result.js';
import { outputColumns, recordProblem, referenceKey, referenceKeyColumn } from '../../src/core/record.js';
import type { ReferenceLookup } from './reference.js';
import { jobFields, type Telemetry } from './telemetry.js';

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

interface Row {
  number: number;
  key: string;
  /** The output line without its enrichment. */
  line: string;
  /** As it stood in the input. */
  text: string;
}

interface Rejected {
  number: number;
  reason: string;
  text: string;
}

/** Rows that are enriched at a time: enough unique keys to keep several batch reads going. */
const windowRows = 4000;

export interface Transformed {
  output: string;
  rejects: string;
  rows: RowCounts;
}

/** The whole life of the records in `chunks`, in order. Memory is bounded by the size of the part. */
export async function transform(chunks: AsyncIterable<Uint8Array>, firstRow: number, reference: ReferenceLookup): Promise<Transformed> {
  const output: string[] = [];
  const rejected: Rejected[] = [];
  const lineEnds = new Map<string, string | undefined>();
  let rows: Row[] = [];
  let number = firstRow - 1;
  let accepted = 0;
  const parser = createRecordParser((fields, text, start, end, plain, problem) => {
    number += 1;
    const reason = problem ?? recordProblem(fields);
    if (reason !== undefined) {
      rejected.push({ number, reason, text: text.slice(start, end) });
      return;
    }
    const record = text.slice(start, end);
    rows.push({ number, key: fields[referenceKeyColumn]!, line: plainLine(record, plain) ?? csvLine(fields).slice(0, -1), text: record });
  });
  const enrich = async (): Promise<void> => {
    await learn(rows, lineEnds, reference);
    for (const row of rows) {
      const lineEnd = lineEnds.get(row.key);
      if (lineEnd === undefined) rejected.push({ number: row.number, reason: `no reference row for ${referenceKey} ${row.key}`, text: row.text });
      else output.push(`${row.line}${lineEnd}\n`);
    }
    accepted = output.length;
    rows = [];
  };
  const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
  for await (const chunk of chunks) {
    parser.write(decoder.decode(chunk, { stream: true }));
    if (rows.length >= windowRows) await enrich();
  }
  parser.write(decoder.decode());
  parser.end();
  await enrich();
  rejected.sort((left, right) => left.number - right.number);
  return {
    output: output.join(''),
    rejects: rejected.map((row) => csvLine([String(row.number), row.reason, row.text])).join(''),
    rows: { in: number - firstRow + 1, out: accepted, rejected: rejected.length },
  };
}

/** A record without quotes is its own output line: nothing in it needs any (a bare carriage return does). */
function plainLine(record: string, plain: boolean): string | undefined {
  return plain && !record.includes('\r') ? record : undefined;
}

async function learn(rows: readonly Row[], lineEnds: Map<string, string | undefined>, reference: ReferenceLookup): Promise<void> {
  const unknown = [...new Set(rows.map((row) => row.key))].filter((key) => !lineEnds.has(key));
  if (unknown.length === 0) return;
  const found = await reference.find(unknown);
  for (const key of unknown) lineEnds.set(key, found.get(key));
}
