/**
 * The record that the pipeline processes: the one file to replace when the workload changes. The functions that process
 * a file and the command line that checks it before the upload share it, so both refuse the same rows for the same
 * reasons. Limits: the sales-order file of the public guidance (see infra/pipeline).
 */
export const inputColumns = [
  'uuid', 'Country', 'Item Type', 'Sales Channel', 'Order Priority', 'Order Date', 'Region', 'Ship Date',
] as const;

/** What the reference table adds to a row, by `uuid`: attribute names of the table, in the order of the output. */
export const referenceColumns = ['unitsSold', 'unitPrice', 'unitCost', 'totalRevenue', 'totalCost', 'totalProfit'] as const;
export type ReferenceColumn = (typeof referenceColumns)[number];
export type ReferenceRow = Record<ReferenceColumn, string>;

export const outputColumns = [
  ...inputColumns, 'Units Sold', 'Unit Price', 'Unit Cost', 'Total Revenue', 'Total Cost', 'Total Profit',
] as const;

export const rejectColumns = ['row', 'reason', 'text'] as const;

/** Position of the field that finds the reference row. */
export const keyColumn = 0;

interface ColumnRule {
  name: string;
  maxCharacters: number;
  kind: 'text' | 'digits' | 'date';
}

const rules: readonly ColumnRule[] = [
  { name: 'uuid', maxCharacters: 9, kind: 'digits' },
  { name: 'Country', maxCharacters: 50, kind: 'text' },
  { name: 'Item Type', maxCharacters: 30, kind: 'text' },
  { name: 'Sales Channel', maxCharacters: 10, kind: 'text' },
  { name: 'Order Priority', maxCharacters: 5, kind: 'text' },
  { name: 'Order Date', maxCharacters: 10, kind: 'date' },
  { name: 'Region', maxCharacters: 100, kind: 'text' },
  { name: 'Ship Date', maxCharacters: 10, kind: 'date' },
];

/** Why a row is rejected, or undefined when it keeps every rule. Names the first column that breaks one. */
export function rowProblem(fields: readonly string[]): string | undefined {
  if (fields.length !== rules.length) return `has ${fields.length} ${fields.length === 1 ? 'column' : 'columns'}, expected ${rules.length}`;
  for (let index = 0; index < rules.length; index += 1) {
    const problem = fieldProblem(rules[index] as ColumnRule, fields[index] as string);
    if (problem) return problem;
  }
  return undefined;
}

/** The reason that a row gets whose key the reference table does not know. Only the pipeline can tell. */
export function unknownKeyProblem(uuid: string): string {
  return `uuid ${uuid} is not in the reference table`;
}

/** Why a header is refused, or undefined when it is the documented one. `fields` come without a byte order mark. */
export function headerProblem(fields: readonly string[]): string | undefined {
  if (fields.length === inputColumns.length && fields.every((field, index) => field === inputColumns[index])) return undefined;
  const shown = fields.slice(0, inputColumns.length + 2).map((field) => (field.length > 40 ? `${field.slice(0, 40)}…` : field));
  return `header is "${shown.join(',')}", expected "${inputColumns.join(',')}"`;
}

function fieldProblem(rule: ColumnRule, value: string): string | undefined {
  if (value.trim() === '') return `${rule.name} is missing`;
  if (rule.kind === 'digits') return /^[0-9]{9}$/.test(value) ? undefined : `${rule.name} is not exactly 9 digits`;
  if (value.length > rule.maxCharacters && characters(value) > rule.maxCharacters) return `${rule.name} is longer than ${rule.maxCharacters} characters`;
  if (rule.kind === 'date' && !isRealDate(value)) return `${rule.name} is not a date (M/D/YY or YYYY-MM-DD)`;
  return undefined;
}

/** Code points: an astral character counts once, though a string holds it as two units. */
function characters(value: string): number {
  let count = 0;
  for (const _ of value) count += 1;
  return count;
}

function isRealDate(value: string): boolean {
  const iso = /^(\d{4})-(\d{2})-(\d{2})$/.exec(value);
  if (iso) return isCalendarDay(Number(iso[1]), Number(iso[2]), Number(iso[3]));
  const short = /^(\d{1,2})\/(\d{1,2})\/(\d{2})$/.exec(value);
  if (!short) return false;
  return isCalendarDay(2000 + Number(short[3]), Number(short[1]), Number(short[2]));
}

function isCalendarDay(year: number, month: number, day: number): boolean {
  if (month < 1 || month > 12 || day < 1) return false;
  const leap = year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);
  const days = [31, leap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
  return day <= (days[month - 1] as number);
}
