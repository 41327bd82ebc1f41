import type { RecordProof } from '../../src/core/record-proof.js';
import type { EnrichmentTable, Slot } from './enrichment-table.js';
import { append, createGrowingBytes, type GrowingBytes, reserve, viewOf } from './growing-bytes.js';

/** Told of a row whose key the reference table does not know. `text` is the row as it stood. */
export type OnUnknownKey = (row: number, text: Uint8Array, key: string) => void;

/** Good rows of one block, which wait until all of its keys are known. */
export interface WaitingRows {
  /** A row that is written as it stands in `bytes`. All rows of a block must come from the same bytes. */
  add(number: number, bytes: Uint8Array, start: number, end: number, slot: Slot): void;
  /** A row that is written without the quotes that its proof cuts. */
  addUnquoted(number: number, bytes: Uint8Array, start: number, proof: RecordProof, slot: Slot): void;
  /** A row that is written as `line`. */
  addRewritten(number: number, bytes: Uint8Array, start: number, end: number, slot: Slot, line: Uint8Array): void;
  /** Writes them, each with its enrichment behind it and a line break, and forgets them. */
  write(table: EnrichmentTable, output: GrowingBytes, onUnknownKey: OnUnknownKey): void;
}

const lineFeed = 10;

/** Plain numbers side by side: a row costs no object. */
export function createWaitingRows(): WaitingRows {
  let source: Uint8Array = Buffer.alloc(0);
  let sourceView = viewOf(source);
  const numbers: number[] = [];
  const starts: number[] = [];
  const ends: number[] = [];
  const slots: Slot[] = [];
  /** The places here of rows that are not written as they stood, and where in `rewritten` each of them ends. */
  const rewrittenPlaces: number[] = [];
  const rewrittenEnds: number[] = [];
  const rewritten = createGrowingBytes();

  const rows: WaitingRows = {
    add(number, bytes, start, end, slot) {
      if (source !== bytes) {
        source = bytes;
        sourceView = viewOf(bytes);
      }
      numbers.push(number);
      starts.push(start);
      ends.push(end);
      slots.push(slot);
    },
    addUnquoted(number, bytes, start, proof, slot) {
      rows.add(number, bytes, start, proof.end, slot);
      reserve(rewritten, proof.end - start);
      let from = start;
      for (let index = 0; index < proof.cutCount; index += 1) {
        const cut = proof.cuts[index]!;
        append(rewritten, sourceView, from, cut);
        from = cut + 1;
      }
      append(rewritten, sourceView, from, proof.end);
      rewrittenPlaces.push(numbers.length - 1);
      rewrittenEnds.push(rewritten.used);
    },
    addRewritten(number, bytes, start, end, slot, line) {
      rows.add(number, bytes, start, end, slot);
      reserve(rewritten, line.length);
      append(rewritten, viewOf(line), 0, line.length);
      rewrittenPlaces.push(numbers.length - 1);
      rewrittenEnds.push(rewritten.used);
    },
    write(table, output, onUnknownKey) {
      const enrichment = viewOf(table.text);
      let turn = 0;
      let rewrittenFrom = 0;
      for (let place = 0; place < numbers.length; place += 1) {
        let text = sourceView;
        let from = starts[place]!;
        let to = ends[place]!;
        if (rewrittenPlaces[turn] === place) {
          text = rewritten.view;
          from = rewrittenFrom;
          to = rewrittenEnds[turn]!;
          rewrittenFrom = to;
          turn += 1;
        }
        const slot = slots[place]!;
        const enrichmentTo = table.lineEndEnd(slot);
        if (enrichmentTo === 0) {
          onUnknownKey(numbers[place]!, source.subarray(starts[place], ends[place]), table.keyOf(slot));
          continue;
        }
        const enrichmentFrom = table.lineEndStart(slot);
        reserve(output, to - from + enrichmentTo - enrichmentFrom + 1);
        append(output, text, from, to);
        append(output, enrichment, enrichmentFrom, enrichmentTo);
        output.bytes[output.used] = lineFeed;
        output.used += 1;
      }
      for (const list of [numbers, starts, ends, slots, rewrittenPlaces, rewrittenEnds]) list.length = 0;
      rewritten.used = 0;
    },
  };
  return rows;
}
