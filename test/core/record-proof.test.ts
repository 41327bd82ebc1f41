import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { csvRow, fieldsOf } from '../../src/core/csv.js';
import { createRecordProof, proveRecord } from '../../src/core/record-proof.js';
import { recordProblem, referenceKeyColumn } from '../../src/core/record.js';
import { withoutFormula } from '../../src/core/spreadsheet-formulas.js';

const good = ['123456789', 'Germany', 'Baby Food', 'Online', 'H', '7/27/12', 'Europe', '2012-08-01'];
const replaced = (column: number, value: string): string[] => good.map((field, index) => (index === column ? value : field));

/** What the proof says of the record at the beginning of `text`; `written` is without the quotes that it cuts. */
function prove(text: string, keyColumn: number = referenceKeyColumn): { record: string; written: string; key: string; next: number } | undefined {
  const bytes = Buffer.from(text);
  const proof = createRecordProof(keyColumn);
  const next = proveRecord(bytes, 0, bytes.length, proof);
  const cuts = new Set(proof.cuts.subarray(0, proof.cutCount));
  const written = Buffer.from(bytes.subarray(0, proof.end).filter((_, index) => !cuts.has(index))).toString();
  return next === -1 ? undefined : { record: bytes.toString('utf8', 0, proof.end), written, key: bytes.toString('utf8', proof.keyStart, proof.keyEnd), next };
}

/** Fields around every border of the rules. */
const value = fc.oneof(
  fc.constantFrom(...good, '', ' ', '\u00a0', '\u3000', '日本', 'Österreich', 'Korea, South', 'two\nlines', 'two\r\nlines', 'say "hi"', '"', '5" pipe', 'a\rb', 'a\tb', '"x"', '\ufeffx', '12345678', '1234567890', '12345678x', '2/29/12', '2/29/13', '2/30/12', '13/1/12', '0/1/12', '1/0/12', '12/31/99', '1/1/1', '1/1/2012', '2012-02-29', '2013-02-29', '2012-1-01', '2012-13-01', '0000-01-01', '٠١/١/١٢', '=1+1', '+x', '-x', '@x', '\tx', '＝x', '-5', '=a,b', '@"q"'),
  fc.integer({ min: 0, max: 101 }).map((length) => 'x'.repeat(length)),
  fc.integer({ min: 0, max: 51 }).map((length) => 'é'.repeat(length)),
  fc.integer({ min: 0, max: 51 }).map((length) => '😀'.repeat(length)),
);
const record = fc.array(fc.tuple(fc.nat(8), value), { maxLength: 3 }).map((changes) => changes.reduce((fields, [column, changed]) => (column < 8 ? fields.map((field, index) => (index === column ? changed : field)) : [...fields, changed]), good));

describe('proof of a record on its bytes', () => {
  it('takes only what the general rules take, and what they would write byte for byte', () => {
    const written = fc.tuple(record, fc.boolean(), fc.constantFrom('\n', '\r\n')).map(([fields, quoteAll, end]) => (quoteAll ? fields.map((field) => `"${field.replaceAll('"', '""')}"`).join(',') : csvRow(fields)) + end);
    const raw = fc.tuple(record, fc.constantFrom('\n', '\r\n')).map(([fields, end]) => fields.join(',') + end);
    let proven = 0;
    fc.assert(fc.property(fc.oneof(written, raw), (text) => {
      const found = prove(text);
      if (!found) return;
      proven += 1;
      const { fields, problem } = fieldsOf(found.record);
      expect(problem ?? recordProblem(fields)).toBeUndefined();
      expect(csvRow(fields.map((field) => withoutFormula(field)))).toBe(found.written);
      expect(fields[0]).toBe(found.key);
      expect(text.startsWith(found.record)).toBe(true);
    }), { numRuns: 4000 });
    expect(proven).toBeGreaterThan(300);
  });

  it.each([
    ['a plain record', csvRow(good)],
    ['fields that must be quoted', csvRow(replaced(1, 'Korea, South'))],
    ['line breaks and doubled quotes in quotes', csvRow(replaced(6, 'two\r\n"lines"'))],
    ['letters beyond ASCII', csvRow(replaced(1, '日本'))],
    ['a text of the full length', csvRow(replaced(1, 'x'.repeat(50)))],
    ['a short date at the longest', csvRow(replaced(5, '12/31/12'))],
  ])('is found for %s', (_, text) => {
    expect(prove(`${text}\nnext record,`)).toEqual({ record: text, written: text, key: good[0], next: Buffer.byteLength(text) + 1 });
    expect(prove(`${text}\r\nnext record,`)).toEqual({ record: text, written: text, key: good[0], next: Buffer.byteLength(text) + 2 });
  });

  it.each([
    ['every field', good, () => true],
    ['every field, of which some need it', replaced(6, 'two\r\n"lines", and more'), () => true],
    ['every other field', good, (column: number) => column % 2 === 1],
    ['the key alone', good, (column: number) => column === 0],
    ['the last field alone', good, (column: number) => column === 7],
    ['a text of the full length', replaced(1, 'x'.repeat(50)), (column: number) => column === 1],
  ])('cuts quotes that need not be around %s', (_, fields, quoted) => {
    const text = fields.map((field, column) => (quoted(column) || csvRow([field]) !== field ? `"${field.replaceAll('"', '""')}"` : field)).join(',');
    for (const end of ['\n', '\r\n']) expect(prove(`${text}${end}"next`)).toEqual({ record: text, written: csvRow(fields), key: good[0], next: Buffer.byteLength(text) + end.length });
  });

  it.each([
    ['bare', '123456789,Chile,Snacks,Online,H,7/27/12,Americas,2012-07-28\n', 'Chile'],
    ['needlessly quoted', '123456789,"Chile",Snacks,Online,H,7/27/12,Americas,2012-07-28\n', 'Chile'],
    ['quoted because it must be, so that its bytes are not the key', '123456789,"The ""Bahamas""",Snacks,Online,H,7/27/12,Americas,2012-07-28\n', undefined],
    ['the same behind a field that is quoted needlessly', '"123456789","Korea, South",Snacks,Online,H,7/27/12,Asia,2012-07-28\n', undefined],
  ])('finds a key of text, as another workload may have, that is %s', (_, text, key) => {
    expect(prove(text, 1)?.key).toBe(key);
  });

  it('is not found while the end of the record has not come', () => {
    for (const text of [`${csvRow(replaced(6, 'two\nlines'))}\r\n`, `${good.map((field) => `"${field}"`).join(',')}\r\n`]) {
      for (let length = 0; length < text.length; length += 1) expect(prove(text.slice(0, length))).toBeUndefined();
      expect(prove(text)).toBeDefined();
    }
  });
});
