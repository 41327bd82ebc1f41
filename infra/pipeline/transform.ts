import { isUtf8 } from 'node:buffer';
import { createRecordReader, csvLine, csvRow, fieldsOf } from '../../src/core/csv.js';
import type { RowCounts } from '../../src/core/job.js';
import { recordProblem, referenceKey, referenceKeyColumn } from '../../src/core/record.js';
import { proveRecord } from '../../src/core/record-proof.js';
import { withoutFormula } from '../../src/core/spreadsheet-formulas.js';
import { createEnrichmentTable, type EnrichmentTable, type Slot } from './enrichment-table.js';
import type { ReferenceLookup } from './reference.js';

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
 * A record whose bytes prove it good (nearly every one) is never text: its bytes are copied to the output, and those of
 * its enrichment behind them. All others take the general way, which alone decides what is refused and why.
 */
export async function transform(chunks: AsyncIterable<Uint8Array>, firstRow: number, reference: ReferenceLookup): Promise<Transformed> {
  const table = createEnrichmentTable();
  const output = createOutput();
  const rejected: Rejected[] = [];
  const decoder = new TextDecoder('utf-8', { ignoreBOM: true });
  const proof = { end: 0, keyStart: 0, keyEnd: 0 };
  const waiting = createWaitingRows();
  let number = firstRow - 1;

  const reader = createRecordReader({
    tryTake(bytes, start, limit) {
      const next = proveRecord(bytes, start, limit, proof);
      if (next === -1) return next;
      number += 1;
      waiting.add(number, bytes, start, proof.end, table.slotOf(bytes, proof.keyStart, proof.keyEnd));
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
    output: output.bytes(),
    rejects: rejected.map((row) => csvLine([String(row.number), row.reason, withoutFormula(row.text)])).join(''),
    rows: { in: total, out: total - rejected.length, rejected: rejected.length },
  };
}

type OnUnknownKey = (row: number, text: Uint8Array, key: string) => void;

/** Good rows of one block, which wait until all of its keys are known. Plain numbers side by side: a row costs no object. */
function createWaitingRows() {
  let source: Uint8Array = Buffer.alloc(0);
  const numbers: number[] = [];
  const starts: number[] = [];
  const ends: number[] = [];
  const slots: Slot[] = [];
  /** How a row is written if not as it stood, by its place here. */
  const rewritten = new Map<number, Uint8Array>();
  const waiting = {
    add(number: number, bytes: Uint8Array, start: number, end: number, slot: Slot): void {
      source = bytes;
      numbers.push(number);
      starts.push(start);
      ends.push(end);
      slots.push(slot);
    },
    addRewritten(number: number, bytes: Uint8Array, start: number, end: number, slot: Slot, line: Uint8Array): void {
      rewritten.set(numbers.length, line);
      waiting.add(number, bytes, start, end, slot);
    },
    write(table: EnrichmentTable, output: Output, onUnknownKey: OnUnknownKey): void {
      const asItStood = viewOf(source);
      const lineEnds = viewOf(table.text);
      for (let place = 0; place < numbers.length; place += 1) {
        const slot = slots[place]!;
        const start = starts[place]!;
        const end = ends[place]!;
        const lineEnd = table.lineEndEnd(slot);
        if (lineEnd === 0) {
          onUnknownKey(numbers[place]!, source.subarray(start, end), table.keyOf(slot));
          continue;
        }
        const line = rewritten.size === 0 ? undefined : rewritten.get(place);
        if (line) output.write(viewOf(line), 0, line.length, lineEnds, table.lineEndStart(slot), lineEnd);
        else output.write(asItStood, start, end, lineEnds, table.lineEndStart(slot), lineEnd);
      }
      numbers.length = 0;
      starts.length = 0;
      ends.length = 0;
      slots.length = 0;
      rewritten.clear();
    },
  };
  return waiting;
}

interface Output {
  /** Adds a line: a piece of `row`, a piece of `lineEnd`, a line break. */
  write(row: DataView, rowStart: number, rowEnd: number, lineEnd: DataView, lineEndStart: number, lineEndEnd: number): void;
  bytes(): Uint8Array;
}

function createOutput(): Output {
  let bytes = Buffer.allocUnsafeSlow(64 * 1024);
  let view = viewOf(bytes);
  let used = 0;
  return {
    write(row, rowStart, rowEnd, lineEnd, lineEndStart, lineEndEnd) {
      const rowTo = used + rowEnd - rowStart;
      const lineBreak = rowTo + lineEndEnd - lineEndStart;
      if (lineBreak >= bytes.length) {
        const larger = Buffer.allocUnsafeSlow(2 * lineBreak);
        larger.set(bytes.subarray(0, used));
        bytes = larger;
        view = viewOf(bytes);
      }
      copy(row, rowStart, rowEnd, view, used);
      copy(lineEnd, lineEndStart, lineEndEnd, view, rowTo);
      bytes[lineBreak] = 10;
      used = lineBreak + 1;
    },
    bytes: () => bytes.subarray(0, used),
  };
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** Eight bytes a turn: three times as fast as single bytes, or as the runtime's own copying of pieces this short. */
function copy(source: DataView, start: number, end: number, target: DataView, to: number): void {
  let from = start;
  let at = to;
  for (; from + 8 <= end; from += 8, at += 8) {
    target.setInt32(at, source.getInt32(from, true), true);
    target.setInt32(at + 4, source.getInt32(from + 4, true), true);
  }
  for (; from < end; from += 1, at += 1) target.setUint8(at, source.getUint8(from));
}
