import fc from 'fast-check';
import { parse } from 'csv-parse/sync';
import { describe, expect, it } from 'vitest';
import { createRecordParser } from '../../infra/pipeline/csv/parse.js';
import { createCsvReader, csvRow } from '../../src/core/csv.js';

function read(text: string, cuts: number[] = []): string[][] {
  const reader = createCsvReader();
  const fields: string[][] = [];
  const at = [...new Set(cuts.map((cut) => Math.min(cut, text.length)))].sort((a, b) => a - b);
  let from = 0;
  for (const cut of [...at, text.length]) {
    for (const record of reader.push(text.slice(from, cut))) fields.push(record.fields);
    from = cut;
  }
  for (const record of reader.end()) fields.push(record.fields);
  return fields;
}

describe('the CSV reader', () => {
  it.each([
    ['plain', 'a,b\nc,d\n', [['a', 'b'], ['c', 'd']]],
    ['no final line break', 'a,b\nc,d', [['a', 'b'], ['c', 'd']]],
    ['CRLF', 'a,b\r\nc,d\r\n', [['a', 'b'], ['c', 'd']]],
    ['byte order mark', '\ufeffa,b\n', [['a', 'b']]],
    ['quoted comma', '"a,b",c\n', [['a,b', 'c']]],
    ['doubled quote', '"say ""hi""",c\n', [['say "hi"', 'c']]],
    ['quoted line breaks', '"a\nb\r\nc",d\n', [['a\nb\r\nc', 'd']]],
    ['empty fields', ',,\n', [['', '', '']]],
    ['empty quoted field', '"",x\n', [['', 'x']]],
    ['nothing', '', []],
    ['blank lines, which are no records', 'a\n\n\r\nb\n', [['a'], ['b']]],
    ['a quote inside an unquoted field, which is text', 'a"b,c"\nd\n', [['a"b', 'c"'], ['d']]],
  ])('reads %s', (_, text, expected) => {
    expect(read(text)).toEqual(expected);
  });

  it('numbers records from 1, the header included', () => {
    expect(createCsvReader().push('h\n1\n2\n').map((record) => record.number)).toEqual([1, 2, 3]);
  });

  it('agrees with an independent parser, wherever the text is cut', () => {
    const field = fc.string({ unit: fc.constantFrom('a', 'é', '"', ',', '\n', '\r\n', ' ', '𐍈'), maxLength: 6 });
    fc.assert(fc.property(fc.array(fc.array(field, { minLength: 2, maxLength: 4 }), { minLength: 1, maxLength: 6 }), fc.array(fc.nat(200), { maxLength: 6 }), (rows, cuts) => {
      const text = rows.map((row) => csvRow(row)).join('\n') + '\n';
      const oracle = parse(text, { relax_column_count: true, record_delimiter: ['\n', '\r\n'] }) as string[][];
      expect(read(text, cuts)).toEqual(rows);
      expect(read(text, cuts)).toEqual(oracle);
    }), { numRuns: 300 });
  });

  it('agrees with the pipeline about any text whose quotes are closed', () => {
    const text = fc.string({ unit: fc.constantFrom('a', '"', '"', ',', '\n', '\r\n', '\r'), maxLength: 40 });
    fc.assert(fc.property(text, fc.array(fc.nat(40), { maxLength: 4 }), (sample, cuts) => {
      const theirs: string[][] = [];
      const parser = createRecordParser((fields) => theirs.push([...fields]));
      parser.write(sample);
      parser.end();
      let ours: string[][];
      try {
        ours = read(sample, cuts);
      } catch {
        return;
      }
      expect(ours).toEqual(theirs);
    }), { numRuns: 1000 });
  });

  it('marks text behind a closing quote', () => {
    expect(createCsvReader().push('a,"b"c,d\n')).toEqual([{ number: 1, fields: ['a', 'bc', 'd'], problem: 'has text after the closing quote of column 2' }]);
  });

  it('refuses an unclosed quote and a binary file', () => {
    expect(() => read('a,b\n"c,d\n')).toThrow(/record 2 has a quote that is not closed/);
    expect(() => read('a\0b')).toThrow(/NUL/);
  });
});
