import { isUtf8 } from 'node:buffer';
import { createRecordReader, csvLine, csvRow, fieldsOf } from '../../src/core/csv.js';
import type { RowCounts } from '../../src/core/job.js';
import { recordProblem, referenceKey, referenceKeyColumn } from '../../src/core/record.js';
import { createRecordProof, proveRecord } from '../../src/core/record-proof.js';
import { withoutFormula } from '../../src/core/spreadsheet-formulas.js';
import { createEnrichmentTable } from './enrichment-table.js';
import { createGrowingBytes } from './growing-bytes.js';
import type { ReferenceLookup } from './reference.js';
import { createWaitingRows } from './waiting-rows.js';

export interface Transformed {
  output: Uint8Array;
  rejects: string;
  rows: RowCounts;
}

interface Rejected {
  number: number;
  reason: string;
  /** As it stood in the input. */
  text: string;
}

/** Enough rows at a time to keep several batch reads of unknown keys going, and few enough to stay in a core's cache. */
const blockBytes = 256 * 1024;

/**
 * The whole life of the records in `chunks`, in order. Memory is bounded by the size of the part.
 *
 * A record whose bytes prove it good (nearly every one) is never text: its bytes are copied to the output without the
 * quotes that it does not need, and those of its enrichment behind them. All others take the general way, which alone
 * decides what is refused and why.
 */
export async function transform(chunks: AsyncIterable<Uint8Array>, firstRow: number, reference: ReferenceLookup): Promise<Transformed> {
  const table = createEnrichmentTable();
  const output = createGrowingBytes();
  const rejected: Rejected[] = [];
  const decoder = new TextDecoder('utf-8', { ignoreBOM: true });
  const proof = createRecordProof(referenceKeyColumn);
  const waiting = createWaitingRows();
  let number = firstRow - 1;

  const reader = createRecordReader({
    tryTake(bytes, start, limit) {
      const next = proveRecord(bytes, start, limit, proof);
      if (next === -1) return next;
      number += 1;
      const slot = table.slotOf(bytes, proof.keyStart, proof.keyEnd);
      if (proof.cutCount === 0) waiting.add(number, bytes, start, proof.end, slot);
      else waiting.addUnquoted(number, bytes, start, proof, slot);
      return next;
    },
    record(bytes, start, end) {
      number += 1;
      const text = decoder.decode(bytes.subarray(start, end));
      const { fields, problem } = fieldsOf(text);
      const reason = problem ?? recordProblem(fields);
      if (reason !== undefined) {
        rejected.push({ number, reason, text });
        return;
      }
      const key = Buffer.from(fields[referenceKeyColumn]!);
      waiting.addRewritten(number, bytes, start, end, table.slotOf(key, 0, key.length), Buffer.from(csvRow(fields.map((field) => withoutFormula(field)))));
    },
  }, { isUtf8, blockBytes });

  const enrich = async (): Promise<void> => {
    const unknown = table.takeUnasked();
    if (unknown.length > 0) table.learn(unknown, await reference.find(unknown));
    waiting.write(table, output, (row, text, key) => rejected.push({ number: row, reason: `no reference row for ${referenceKey} ${key}`, text: decoder.decode(text) }));
  };
  for await (const chunk of chunks) {
    reader.push(chunk);
    await enrich();
  }
  reader.end();
  await enrich();
  rejected.sort((left, right) => left.number - right.number);
  const total = number - firstRow + 1;
  return {
    output: output.bytes.subarray(0, output.used),
    rejects: rejected.map((row) => csvLine([String(row.number), row.reason, withoutFormula(row.text)])).join(''),
    rows: { in: total, out: total - rejected.length, rejected: rejected.length },
  };
}
