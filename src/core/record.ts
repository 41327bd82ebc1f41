/**
 * The record definition: columns, rules and enrichment of the sample workload (sales orders). Replace this one file to
 * run another workload. It must stay a pure function of the record, because both Regions share finished parts. It lies in
 * `core`, so that the command line's check before an upload and the functions refuse the same rows for the same reasons.
 */

/** Part of every part's identity: raise it when a rule or a column changes, so that older parts are made again. */
export const recordDefinitionVersion = 'sales-orders-2';

export const inputColumns = ['uuid', 'Country', 'Item Type', 'Sales Channel', 'Order Priority', 'Order Date', 'Region', 'Ship Date'] as const;

/**
 * What a synthetic job runs on: one record that keeps every rule. Its key is one that no reference table knows, so it is
 * looked up, rejected and written as a reject: the whole path, with nothing that anybody would take for a result.
 */
export const syntheticFile = `${inputColumns.join(',')}\n000000001,Nowhere,Canary,Online,L,1/1/25,Proof,1/2/25\n`;

/** Attributes of the reference table, in the order of the columns that they become. */
export const referenceAttributes = ['unitsSold', 'unitPrice', 'unitCost', 'totalRevenue', 'totalCost', 'totalProfit'] as const;

export const outputColumns = [...inputColumns, 'Units Sold', 'Unit Price', 'Unit Cost', 'Total Revenue', 'Total Cost', 'Total Profit'] as const;

/**
 * What becomes of fields that a spreadsheet would run as a formula (`spreadsheet-formulas.ts`): `neutralised` writes an
 * apostrophe before them, in outputs and in rejects; numbers such as -5 stay as they are. `allowed` writes every field as
 * it is, for outputs that only programs read.
 */
export const formulasInOutput: 'neutralised' | 'allowed' = 'neutralised';

/** The reference table's key, and the column that holds it. */
export const referenceKey = 'uuid';
export const referenceKeyColumn = 0;

/** What a field must be. All are required, and a field of blanks only is empty. */
export type FieldRule =
  | { kind: 'digits'; count: number }
  | { kind: 'text'; characters: number }
  | { kind: 'date'; characters: number };

/** A rule for each of `inputColumns`. Only these decide, here and on bytes (`record-proof.ts`). */
export const fieldRules: readonly FieldRule[] = [
  { kind: 'digits', count: 9 },
  { kind: 'text', characters: 50 },
  { kind: 'text', characters: 30 },
  { kind: 'text', characters: 10 },
  { kind: 'text', characters: 5 },
  { kind: 'date', characters: 10 },
  { kind: 'text', characters: 100 },
  { kind: 'date', characters: 10 },
];
const digitsOnly = /^[0-9]*$/;
const notBlank = /\S/;

/** Why a record breaks the rules, all reasons in column order, or undefined when it breaks none. */
export function recordProblem(fields: readonly string[]): string | undefined {
  if (fields.length !== inputColumns.length) return `has ${fields.length} columns instead of ${inputColumns.length}`;
  // Most records are good: nothing is allocated for them.
  let problems: string[] | undefined;
  for (let column = 0; column < fields.length; column += 1) {
    const problem = fieldProblem(fields[column]!, fieldRules[column]!);
    if (problem !== undefined) (problems ??= []).push(`${inputColumns[column]} ${problem}`);
  }
  return problems?.join('; ');
}

function fieldProblem(value: string, rule: FieldRule): string | undefined {
  if (rule.kind === 'digits') return value.length === rule.count && digitsOnly.test(value) ? undefined : `is not exactly ${rule.count} digits`;
  if (!notBlank.test(value)) return 'is empty';
  if (isLonger(value, rule.characters)) return `is longer than ${rule.characters} characters`;
  return rule.kind === 'date' && !isDate(value) ? 'is not a date such as 7/27/12 or 2012-07-27' : undefined;
}

/** Counts characters as people do (code points), and only where counting UTF-16 units does not settle it. */
function isLonger(value: string, characters: number): boolean {
  if (value.length <= characters) return false;
  if (value.length > 2 * characters) return true;
  let count = 0;
  for (const _character of value) count += 1;
  return count > characters;
}

const shortDate = /^(\d{1,2})\/(\d{1,2})\/(\d{2})$/;
const longDate = /^(\d{4})-(\d{2})-(\d{2})$/;

/** A day that exists, as `M/D/YY` (of this century) or `YYYY-MM-DD`. */
export function isDate(text: string): boolean {
  const short = shortDate.exec(text);
  if (short) return dayExists(shortYearBase + Number(short[3]), Number(short[1]), Number(short[2]));
  const long = longDate.exec(text);
  return long !== null && dayExists(Number(long[1]), Number(long[2]), Number(long[3]));
}

/** Two digits of a year are of this century. */
export const shortYearBase = 2000;

export function dayExists(year: number, month: number, day: number): boolean {
  if (month < 1 || month > 12 || day < 1) return false;
  const leap = (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0;
  const days = month === 2 ? (leap ? 29 : 28) : month === 4 || month === 6 || month === 9 || month === 11 ? 30 : 31;
  return day <= days;
}

/** A row of the reference table without its key. */
export type ReferenceRow = Record<(typeof referenceAttributes)[number], string>;

/** Why a header is refused, or undefined when it is the documented one. `fields` come without a byte order mark. */
export function headerProblem(fields: readonly string[]): string | undefined {
  if (fields.length === inputColumns.length && fields.every((field, index) => field === inputColumns[index])) return undefined;
  const shown = fields.slice(0, inputColumns.length + 2).map((field) => (isLonger(field, 40) ? `${field.slice(0, 40)}…` : field));
  return `the header is "${shown.join(',')}" instead of "${inputColumns.join(',')}"`;
}
