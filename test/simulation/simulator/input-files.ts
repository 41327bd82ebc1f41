import type { Random } from '../../../src/sandbox/random.js';
import { between, chance, oneOf } from './dice.js';

/** One row of the reference table, numbers as text as they stand in it. */
export interface ReferenceRow {
  uuid: string;
  unitsSold: string;
  unitPrice: string;
  unitCost: string;
  totalRevenue: string;
  totalCost: string;
  totalProfit: string;
}

export const referenceRows: readonly ReferenceRow[] = Array.from({ length: 24 }, (_, index) => ({
  uuid: String(100_000_001 + index * 7),
  unitsSold: String(10 + index),
  unitPrice: '2.5',
  unitCost: '1.25',
  totalRevenue: String((10 + index) * 2.5),
  totalCost: String((10 + index) * 1.25),
  totalProfit: String((10 + index) * 1.25),
}));

/** What the pipeline must make of a file, computed here and nowhere near the pipeline. */
export type Expected =
  | { kind: 'output'; output: string; rejects: string | undefined; rows: { in: number; out: number; rejected: number } }
  | { kind: 'refused'; code: string };

export interface InputFile {
  text: string;
  expected: Expected;
}

export type FileShape = 'good' | 'with-rejects' | 'quoted' | 'empty' | 'wrong-header' | 'no-rows';

const header = 'uuid,Country,Item Type,Sales Channel,Order Priority,Order Date,Region,Ship Date';
const outputHeader = `${header},Units Sold,Unit Price,Unit Cost,Total Revenue,Total Cost,Total Profit`;

/** A file of the sample workload. `stamp` makes its content unlike that of any other. */
export function makeInputFile(dice: Random, shape: FileShape, rows: number, stamp: string): InputFile {
  if (shape === 'empty') return { text: '', expected: { kind: 'refused', code: 'EMPTY_FILE' } };
  if (shape === 'wrong-header') return { text: `a,b,${stamp}\n1,2,3\n`, expected: { kind: 'refused', code: 'WRONG_HEADER' } };
  if (shape === 'no-rows') return { text: `${header}\n`, expected: { kind: 'refused', code: 'NO_ROWS' } };
  const text = [header];
  const output = [outputHeader];
  const rejects = ['row,reason,text'];
  for (let number = 2; number < rows + 2; number += 1) {
    const reference = oneOf(dice, referenceRows);
    const country = shape === 'quoted' && chance(dice, 0.5) ? `"Land, ""${stamp}"""` : `Land ${stamp}`;
    const rest = `${country},Item ${number},Online,L,7/27/12,Region ${number % 7},2012-07-2${number % 10}`;
    if (shape === 'with-rejects' && chance(dice, 0.3)) {
      const [uuid, reason] = chance(dice, 0.5) ? ['12345', 'uuid is not exactly 9 digits'] as const : ['999999999', 'no reference row for uuid 999999999'] as const;
      const line = `${uuid},${rest}`;
      text.push(line);
      rejects.push(`${number},${reason},${quoted(line)}`);
      continue;
    }
    text.push(`${reference.uuid},${rest}`);
    output.push(`${reference.uuid},${rest},${reference.unitsSold},${reference.unitPrice},${reference.unitCost},${reference.totalRevenue},${reference.totalCost},${reference.totalProfit}`);
  }
  const rejected = rejects.length - 1;
  return {
    text: `${text.join('\n')}\n`,
    expected: {
      kind: 'output', output: `${output.join('\n')}\n`, rejects: rejected === 0 ? undefined : `${rejects.join('\n')}\n`,
      rows: { in: rows, out: rows - rejected, rejected },
    },
  };
}

function quoted(field: string): string {
  return /[",\n\r]/.test(field) ? `"${field.replaceAll('"', '""')}"` : field;
}

export function sizeOf(dice: Random): number {
  return oneOf(dice, [1, between(dice, 2, 6), between(dice, 2, 6), between(dice, 12, 40)]);
}
