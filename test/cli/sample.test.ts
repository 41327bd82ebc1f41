import { isUtf8 } from 'node:buffer';
import { parse } from 'csv-parse/sync';
import { describe, expect, it } from 'vitest';
import { expectedOutput } from '../../src/cli/sample/expected-output.js';
import { sampleRows, sampleText } from '../../src/cli/sample/order-rows.js';
import { referenceEntries, referenceRow, sampleUuid, unknownUuid } from '../../src/cli/sample/reference-rows.js';
import { createInputCheck } from '../../src/core/input-check.js';
import { outputColumns, recordProblem } from '../../src/core/record.js';

const request = { rows: 2000, bad: 37, seed: 3, references: 500 };

describe('sample data', () => {
  it('has good rows that keep every rule and are in the reference data, and bad rows of every kind that do not', () => {
    const known = new Set([...referenceEntries(request.references)].map((entry) => entry.uuid));
    const broken = new Map<string, number>();
    for (const row of sampleRows(request)) {
      const accepted = recordProblem(row.fields) === undefined && known.has(row.fields[0] ?? '');
      expect(accepted, JSON.stringify(row)).toBe(row.broken === undefined);
      if (row.broken) broken.set(row.broken, (broken.get(row.broken) ?? 0) + 1);
    }
    expect([...broken.values()].reduce((total, count) => total + count, 0)).toBe(37);
    expect(broken.size).toBe(8);
  });

  it('exercises quoting and UTF-8', () => {
    const text = [...sampleText(request)].join('');
    expect(text).toContain('"Korea, South"');
    expect(text).toContain('"The ""Bahamas"""');
    expect(text).toContain('日本');
  });

  it('knows different uuids of nine digits, and others that it does not know', () => {
    const uuids = new Set(Array.from({ length: 20_000 }, (_, index) => sampleUuid(index)));
    expect(uuids.size).toBe(20_000);
    for (const uuid of uuids) expect(uuid).toMatch(/^[0-9]{9}$/);
    for (let index = 0; index < 100; index += 1) expect(uuids.has(unknownUuid(index, 20_000))).toBe(false);
  });

  it('has reference rows whose totals add up', () => {
    const row = referenceRow('123456789');
    expect(Number(row.totalProfit)).toBeCloseTo(Number(row.totalRevenue) - Number(row.totalCost), 2);
    expect(Number(row.totalRevenue)).toBeCloseTo(Number(row.unitsSold) * Number(row.unitPrice), 2);
  });

  it('expects an output that another parser reads as the good rows in order', () => {
    const expected = expectedOutput(request);
    const records = parse(expected.text) as string[][];
    expect(records[0]).toEqual([...outputColumns]);
    expect(records.slice(1).map((record) => record.slice(0, 8))).toEqual([...sampleRows(request)].filter((row) => !row.broken).map((row) => row.fields));
    expect(expected.rows).toEqual({ in: 2000, out: 1963, rejected: 37 });
  });

  it('is found bad by the local check where the reference table need not be asked', () => {
    const check = createInputCheck({ isUtf8 });
    for (const text of sampleText(request)) check.push(Buffer.from(text));
    const report = check.end();
    const unknownOnly = [...sampleRows(request)].filter((row) => row.broken === 'unknown uuid').length;
    expect(report).toMatchObject({ rows: 2000, badRows: 37 - unknownOnly });
    expect(expectedOutput(request).rejectedRows).toEqual(expect.arrayContaining(report.firstBadRows.map((bad) => bad.row)));
  });
});
