import { isUtf8 } from 'node:buffer';
import fc from 'fast-check';
import { parse } from 'csv-parse/sync';
import { describe, expect, it } from 'vitest';
import { createCsvReader, createRecordReader, csvLine, csvRow, fieldsOf } from '../../src/core/csv.js';

function* chunked(bytes: Buffer, sizes: readonly number[]): Generator<Buffer> {
  for (let position = 0, turn = 0; position < bytes.length; turn += 1) {
    const size = sizes[turn % sizes.length]!;
    yield bytes.subarray(position, position + size);
    position += size;
  }
}

function read(text: string | Buffer, sizes: readonly number[] = [1_000_000]): string[][] {
  const reader = createCsvReader({ isUtf8 });
  const records = [...chunked(Buffer.from(text), sizes)].flatMap((chunk) => reader.push(chunk));
  return [...records, ...reader.end()].map((record) => record.fields);
}

/** Where the reader says that records lie, taken from the bytes of the whole file. */
function locate(bytes: Buffer, sizes: readonly number[], blockBytes = 0): string[] {
  const found: string[] = [];
  const reader = createRecordReader({
    record(chunk, start, end, next, offset) {
      const text = Buffer.from(chunk.subarray(start, end)).toString('utf8');
      expect(bytes.toString('utf8', offset + start, offset + end)).toBe(text);
      expect(bytes.toString('utf8', offset + end, offset + next)).toMatch(/^\r?\n?$/);
      found.push(text);
    },
  }, { isUtf8, blockBytes, fromFileStart: true });
  for (const chunk of chunked(bytes, sizes)) reader.push(chunk);
  reader.end();
  return found;
}

const chunkSizes = fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 5 });
/** Text made of what CSV is about, so that quotes and line breaks meet chunk boundaries. */
const nasty = fc.array(fc.constantFrom('"', '""', ',', '\n', '\r\n', '\r', 'a', 'é', '😀', ' ', 'bc', '\ufeff'), { maxLength: 40 }).map((pieces) => pieces.join(''));
const field = fc.array(fc.constantFrom('"', ',', '\n', '\r\n', 'x', 'é', '日', '😀', ' '), { maxLength: 6 }).map((pieces) => pieces.join(''));
const table = fc.array(fc.array(field, { minLength: 1, maxLength: 5 }).filter((row) => row.length > 1 || row[0] !== ''), { minLength: 1, maxLength: 12 });
const lineEnd = fc.constantFrom('\n', '\r\n');

function write(rows: readonly string[][], end: string, quoteAll: boolean, finalEnd: boolean): string {
  const lines = rows.map((row) => (quoteAll ? row.map((value) => `"${value.replaceAll('"', '""')}"`).join(',') : csvRow(row)));
  return lines.join(end) + (finalEnd ? end : '');
}

describe('the CSV reader', () => {
  it.each([
    ['plain', 'a,b\nc,d\n', [['a', 'b'], ['c', 'd']]],
    ['no final line break', 'a,b\nc,d', [['a', 'b'], ['c', 'd']]],
    ['CRLF', 'a,b\r\nc,d\r\n', [['a', 'b'], ['c', 'd']]],
    ['byte order mark', '\ufeffa,b\n', [['a', 'b']]],
    ['byte order mark before a quote', '\ufeff"a\n",b\n', [['a\n', 'b']]],
    ['quoted comma', '"a,b",c\n', [['a,b', 'c']]],
    ['doubled quote', '"say ""hi""",c\n', [['say "hi"', 'c']]],
    ['quoted line breaks', '"a\nb\r\nc",d\n', [['a\nb\r\nc', 'd']]],
    ['a quoted line break at the very end', 'a,"x\r\ny"\r\n', [['a', 'x\r\ny']]],
    ['empty fields', ',,\n', [['', '', '']]],
    ['empty field at the end', 'a,\n', [['a', '']]],
    ['empty quoted field', '"",x\n', [['', 'x']]],
    ['empty quoted fields without a line break', '"",""', [['', '']]],
    ['a record that is one empty quoted field', 'a\n""\nb\n', [['a'], [''], ['b']]],
    ['nothing', '', []],
    ['blank lines, which are no records', '\n\r\na,b\n\n\nc,d\r\n\r\n', [['a', 'b'], ['c', 'd']]],
    ['a quote inside an unquoted field, which is text', 'a"b,c"\nd\n', [['a"b', 'c"'], ['d']]],
    ['one quote inside an unquoted field', 'a"b,c\nd,"e"\n', [['a"b', 'c'], ['d', 'e']]],
    ['a lone carriage return, which is text', 'a\rb,c\n', [['a\rb', 'c']]],
  ])('reads %s', (_, text, expected) => {
    for (const size of [1, 2, 3, 100]) expect(read(text, [size])).toEqual(expected);
  });

  it('numbers records from 1, the header included', () => {
    expect(createCsvReader({ isUtf8 }).push(Buffer.from('h\n1\n2\n')).map((record) => record.number)).toEqual([1, 2, 3]);
  });

  it('gives back what was written, in any chunks and with either line end', () => {
    fc.assert(fc.property(table, lineEnd, fc.boolean(), fc.boolean(), chunkSizes, (rows, end, quoteAll, finalEnd, sizes) => {
      expect(read(write(rows, end, quoteAll, finalEnd), sizes)).toEqual(rows);
    }), { numRuns: 400 });
  });

  it('agrees with an independent parser', () => {
    fc.assert(fc.property(table, lineEnd, chunkSizes, (rows, end, sizes) => {
      const text = write(rows, end, false, true);
      const oracle = parse(text, { relax_column_count: true, skip_empty_lines: true, record_delimiter: ['\n', '\r\n'] }) as string[][];
      expect(read(text, sizes)).toEqual(oracle);
    }), { numRuns: 300 });
  });

  it('does not depend on the chunks or blocks, whatever the text', () => {
    const told = (attempt: () => string[]): unknown => {
      try {
        return attempt();
      } catch (error) {
        return (error as Error).message;
      }
    };
    fc.assert(fc.property(nasty, chunkSizes, fc.nat(50), (text, sizes, blockBytes) => {
      const bytes = Buffer.from(text);
      expect(told(() => locate(bytes, sizes, blockBytes))).toEqual(told(() => locate(bytes, [1_000_000])));
    }), { numRuns: 1000 });
  });

  it('cuts records so that each, read alone, is one record with the same fields', () => {
    fc.assert(fc.property(nasty, (text) => {
      let records: string[];
      try {
        records = locate(Buffer.from(text), [1_000_000]);
      } catch (error) {
        expect((error as Error).message).toContain('never closed');
        return;
      }
      // A mark belongs to no record only at the beginning of a file.
      const ordinary = records.filter((record) => !record.startsWith('\ufeff'));
      expect(ordinary.flatMap((record) => read(`${record}\r\n`))).toEqual(ordinary.map((record) => fieldsOf(record).fields));
    }), { numRuns: 500 });
  });

  it.each([
    ['5" pipe,b', { fields: ['5" pipe', 'b'] }],
    ['"a"b,c', { fields: ['ab', 'c'], problem: 'has text after the closing quote of column 1' }],
    ['a,"b" ', { fields: ['a', 'b '], problem: 'has text after the closing quote of column 2' }],
    ['"a"b,"c"d', { fields: ['ab', 'cd'], problem: 'has text after the closing quote of column 1' }],
  ])('tells what is wrong with %j', (record, expected) => {
    expect(fieldsOf(record)).toEqual(expected);
  });

  it.each([
    ['a NUL byte', Buffer.from('a,b\n\0'), 'NUL byte at byte 4'],
    ['bytes that are not UTF-8', Buffer.from([0x61, 0xff, 0x0a]), 'not UTF-8'],
    ['an overlong form', Buffer.from([0xc0, 0xaf]), 'not UTF-8'],
    ['half a character at the end', Buffer.from([0x61, 0xe6, 0x97]), 'not UTF-8'],
    ['a quote that is never closed', Buffer.from('a,b\nc,"d\n'), 'record 2, at byte 4, opens a quote that is never closed'],
  ])('refuses %s', (_, bytes, message) => {
    for (const size of [1, 2, 100]) expect(() => read(bytes, [size])).toThrow(message);
  });

  it('refuses a record of more than a mebibyte before the file ends', () => {
    const reader = createCsvReader({ isUtf8 });
    reader.push(Buffer.from('a\n"'));
    expect(() => { for (let chunk = 0; chunk < 20; chunk += 1) reader.push(Buffer.alloc(64 * 1024, 'x\n')); }).toThrow(/record 2, at byte 2, is longer than/);
  });
});

describe('writing', () => {
  it('quotes only what a reader would misread', () => {
    expect(csvLine(['a', 'b,c', 'say "x"', 'two\nlines', ' spaced '])).toBe('a,"b,c","say ""x""","two\nlines", spaced \n');
  });
});
