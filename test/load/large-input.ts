import { createReadStream, openSync, writeSync, closeSync, truncateSync } from 'node:fs';
import { expectedOutput } from '../../src/cli/sample/expected-output.js';
import { sampleText } from '../../src/cli/sample/order-rows.js';
import { referenceValues, sampleUuid } from '../../src/cli/sample/reference-rows.js';
import { csvRow } from '../../src/core/csv.js';
import type { ReferenceLookup } from '../../infra/pipeline/reference.js';

/** As S3's bodies arrive. */
const chunkBytes = 64 * 1024;
const sample = { rows: 100_000, bad: 100, seed: 11, references: 20_000 };

/** One header, and one stretch of rows again and again: a file of any size, of which any range is known without storing it. */
export interface LargeInput {
  bytes: number;
  rows: { in: number; out: number; rejected: number };
  /** Of the output without its header. */
  outputBytes: number;
  read(start: number, end: number): AsyncIterable<Uint8Array>;
  /** Whether `body` is what the output holds from `position` on, its header not counted. */
  outputIs(position: number, body: Uint8Array): boolean;
}

export function largeInput(bytes: number, file?: string): LargeInput {
  const text = [...sampleText(sample)].join('');
  const header = Buffer.from(text.slice(0, text.indexOf('\n') + 1));
  const stretch = Buffer.from(text.slice(header.length));
  const expected = expectedOutput(sample);
  const output = Buffer.from(expected.text.slice(expected.text.indexOf('\n') + 1));
  const stretches = Math.max(1, Math.round((bytes - header.length) / stretch.length));
  if (file !== undefined) writeRows(file, header, stretch, stretches);
  return {
    bytes: header.length + stretches * stretch.length,
    rows: { in: stretches * expected.rows.in, out: stretches * expected.rows.out, rejected: stretches * expected.rows.rejected },
    outputBytes: stretches * output.length,
    read: (start, end) => (file === undefined ? ranged(header, stretch, start, end) : createReadStream(file, { start, end: end - 1, highWaterMark: chunkBytes }) as AsyncIterable<Uint8Array>),
    outputIs: (position, body) => isRepeated(output, position, body),
  };
}

/** Reference data in memory: what is measured here is what a file does to the functions. */
export function referencesInMemory(): ReferenceLookup {
  const known = new Map(Array.from({ length: sample.references }, (_, index) => [sampleUuid(index), `,${csvRow(referenceValues(sampleUuid(index)))}`]));
  return { find: (keys) => Promise.resolve(new Map(keys.flatMap((key) => (known.has(key) ? [[key, known.get(key)!] as const] : [])))) };
}

/** A file that says it has `bytes`: rows at its beginning and nothing but a hole behind them. It takes no room on the disk. */
export function writeHollow(file: string, bytes: number): void {
  const descriptor = openSync(file, 'w');
  for (const piece of sampleText({ ...sample, rows: 1000, bad: 0 })) writeSync(descriptor, piece);
  closeSync(descriptor);
  truncateSync(file, bytes);
}

function writeRows(file: string, header: Buffer, stretch: Buffer, stretches: number): void {
  const descriptor = openSync(file, 'w');
  writeSync(descriptor, header);
  for (let written = 0; written < stretches; written += 1) writeSync(descriptor, stretch);
  closeSync(descriptor);
}

async function* ranged(header: Buffer, stretch: Buffer, start: number, end: number): AsyncGenerator<Uint8Array> {
  for (let position = start; position < end;) {
    const [source, at] = position < header.length ? [header, position] : [stretch, (position - header.length) % stretch.length];
    const piece = source.subarray(at, Math.min(at + chunkBytes, at + end - position));
    position += piece.length;
    yield piece;
  }
}

function isRepeated(pattern: Buffer, position: number, body: Uint8Array): boolean {
  for (let compared = 0; compared < body.length;) {
    const at = (position + compared) % pattern.length;
    const length = Math.min(pattern.length - at, body.length - compared);
    if (pattern.compare(body, compared, compared + length, at, at + length) !== 0) return false;
    compared += length;
  }
  return true;
}
