import { parse } from 'csv-parse/sync';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createRecordParser } from '../../../infra/pipeline/csv/parse.js';
import { createRecordScanner } from '../../../infra/pipeline/csv/scan.js';
import { csvLine } from '../../../infra/pipeline/csv/write.js';

interface Parsed {
  fields: string[];
  text: string;
  problem?: string | undefined;
}

function parseInChunks(text: string, sizes: readonly number[]): Parsed[] {
  const records: Parsed[] = [];
  const parser = createRecordParser((fields, source, start, end, _plain, problem) => { records.push({ fields, text: source.slice(start, end), problem }); });
  for (const chunk of chunked(Array.from(text), sizes)) parser.write(chunk.join(''));
  parser.end();
  return records;
}

function scanInChunks(bytes: Buffer, sizes: readonly number[]): string[] {
  const records: string[] = [];
  const scanner = createRecordScanner((start, end) => { records.push(bytes.subarray(start, end).toString('utf8')); });
  for (const chunk of chunked([...bytes], sizes)) scanner.write(Uint8Array.from(chunk));
  scanner.end();
  return records;
}

function* chunked<T>(items: readonly T[], sizes: readonly number[]): Generator<T[]> {
  for (let position = 0, turn = 0; position < items.length; turn += 1) {
    const size = sizes[turn % sizes.length]!;
    yield items.slice(position, position + size);
    position += size;
  }
}

const chunkSizes = fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 5 });
/** Text made of what CSV is about, so that quotes and line breaks meet chunk boundaries. */
const nasty = fc.array(fc.constantFrom('"', '""', ',', '\n', '\r\n', 'a', 'é', '😀', ' ', 'bc'), { maxLength: 40 }).map((pieces) => pieces.join(''));
const field = fc.array(fc.constantFrom('"', ',', '\n', '\r\n', 'x', 'é', '日', '😀', ' '), { maxLength: 6 }).map((pieces) => pieces.join(''));
const table = fc.array(fc.array(field, { minLength: 1, maxLength: 5 }).filter((row) => row.length > 1 || row[0] !== ''), { minLength: 1, maxLength: 12 });
const lineEnd = fc.constantFrom('\n', '\r\n');

function write(rows: readonly string[][], end: string, quoteAll: boolean, finalEnd: boolean): string {
  const lines = rows.map((row) => row.map((value) => (quoteAll ? `"${value.replaceAll('"', '""')}"` : csvLine([value]).slice(0, -1))).join(','));
  return lines.join(end) + (finalEnd ? end : '');
}

describe('parser', () => {
  it('gives back what was written, in any chunks and with either line end', () => {
    fc.assert(fc.property(table, lineEnd, fc.boolean(), fc.boolean(), chunkSizes, (rows, end, quoteAll, finalEnd, sizes) => {
      expect(parseInChunks(write(rows, end, quoteAll, finalEnd), sizes).map((record) => record.fields)).toEqual(rows);
    }), { numRuns: 400 });
  });

  it('agrees with csv-parse', () => {
    fc.assert(fc.property(table, lineEnd, chunkSizes, (rows, end, sizes) => {
      const text = write(rows, end, false, true);
      const expected = parse(text, { relax_column_count: true, skip_empty_lines: true, record_delimiter: ['\n', '\r\n'] });
      expect(parseInChunks(text, sizes).map((record) => record.fields)).toEqual(expected);
    }), { numRuns: 300 });
  });

  it('does not depend on the chunks, whatever the text', () => {
    fc.assert(fc.property(nasty, chunkSizes, (text, sizes) => {
      expect(parseInChunks(text, sizes)).toEqual(parseInChunks(text, [1_000_000]));
    }), { numRuns: 500 });
  });

  it.each([
    ['5" pipe,b\n', ['5" pipe', 'b'], undefined],
    ['"a"b,c\n', ['ab', 'c'], 'has text after the closing quote of column 1'],
    ['a,"b" \n', ['a', 'b '], 'has text after the closing quote of column 2'],
    ['a,\n', ['a', ''], undefined],
    ['"",""', ['', ''], undefined],
    ['a,"x\r\ny"\r\n', ['a', 'x\r\ny'], undefined],
  ])('reads %j', (text, fields, problem) => {
    expect(parseInChunks(text, [1])).toEqual([{ fields, text: text.replace(/\r?\n$/, ''), problem }]);
  });

  it('takes blank lines for nothing', () => {
    expect(parseInChunks('\n\r\na,b\n\n\nc,d\r\n\r\n', [3]).map((record) => record.fields)).toEqual([['a', 'b'], ['c', 'd']]);
  });
});

describe('scanner', () => {
  it('finds exactly the records that the parser reads, in any chunks and whatever the text', () => {
    fc.assert(fc.property(nasty, chunkSizes, chunkSizes, (text, sizes, others) => {
      let found: string[];
      try {
        found = scanInChunks(Buffer.from(text), sizes);
      } catch (error) {
        expect((error as Error).message).toContain('never closed');
        return;
      }
      expect(found.map((record) => parseInChunks(record, others)).every((records) => records.length === 1)).toBe(true);
      expect(found.flatMap((record) => parseInChunks(record, others))).toEqual(parseInChunks(text, [1_000_000]));
    }), { numRuns: 1500 });
  });

  it.each([
    ['a NUL byte', Buffer.from('a,b\n\0'), 'NUL byte at byte 4'],
    ['bytes that are not UTF-8', Buffer.from([0x61, 0xff, 0x0a]), 'not UTF-8'],
    ['an overlong form', Buffer.from([0xc0, 0xaf]), 'not UTF-8'],
    ['half a character at the end', Buffer.from([0x61, 0xe6, 0x97]), 'middle of a character'],
    ['a quote that is never closed', Buffer.from('a,b\nc,"d\n'), 'record 2, at byte 4, opens a quote that is never closed'],
  ])('refuses %s', (_, bytes, message) => {
    for (const size of [1, 2, 100]) expect(() => scanInChunks(bytes, [size])).toThrow(message);
  });

  it('refuses a record of more than a mebibyte before the file ends', () => {
    const scanner = createRecordScanner(() => {});
    scanner.write(Buffer.from('a\n"'));
    expect(() => { for (let chunk = 0; chunk < 20; chunk += 1) scanner.write(Buffer.alloc(64 * 1024, 'x\n')); }).toThrow(/record 2, at byte 2, is longer than/);
  });
});
