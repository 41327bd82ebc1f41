import { csvRow } from '../../core/csv.js';
import { inputColumns } from '../../core/record.js';
import { seededRandom, type Random } from '../../sandbox/random.js';
import { sampleUuid, unknownUuid } from './reference-rows.js';

export interface SampleRequest {
  rows: number;
  /** How many of the rows break a rule, at seeded positions. */
  bad: number;
  seed: number;
  /** Rows of sample reference data that are loaded; only their uuids are used. */
  references: number;
}

export interface SampleRow {
  fields: string[];
  /** Which rule it was made to break; undefined for a good row. */
  broken?: string;
}

const places: readonly (readonly [country: string, region: string])[] = [
  ['Germany', 'Europe'], ['Kenya', 'Sub-Saharan Africa'], ['Japan', 'Asia'], ['Brazil', 'Central America and the Caribbean'],
  ['Korea, South', 'Asia'], ['Côte d\'Ivoire', 'Sub-Saharan Africa'], ['São Tomé and Príncipe', 'Sub-Saharan Africa'],
  ['The "Bahamas"', 'Central America and the Caribbean'], ['日本', 'Asia'], ['Österreich', 'Europe'], ['Samoa', 'Australia and Oceania'],
  ['Congo, Democratic Republic of the', 'Sub-Saharan Africa'],
];
const items = ['Baby Food', 'Beverages', 'Cereal', 'Clothes', 'Cosmetics', 'Fruits', 'Household', 'Meat', 'Office Supplies', 'Snacks'];

/** The rows of a sample file, in order. The same request always gives the same rows. */
export function* sampleRows(request: SampleRequest): Generator<SampleRow> {
  const random = seededRandom(request.seed);
  const badRows = choosePositions(random, request.rows, request.bad);
  let badSoFar = 0;
  for (let index = 0; index < request.rows; index += 1) {
    const fields = goodRow(random, request.references);
    if (badRows.has(index)) {
      yield breakRow(fields, badSoFar, request.references);
      badSoFar += 1;
    } else {
      yield { fields };
    }
  }
}

/** The file's text, header first, in pieces of many rows. */
export function* sampleText(request: SampleRequest): Generator<string> {
  let lines = [csvRow(inputColumns)];
  for (const row of sampleRows(request)) {
    lines.push(csvRow(row.fields));
    if (lines.length < 500) continue;
    yield `${lines.join('\n')}\n`;
    lines = [];
  }
  if (lines.length > 0) yield `${lines.join('\n')}\n`;
}

function goodRow(random: Random, references: number): string[] {
  const [country, region] = pick(random, places);
  const ordered = new Date(Date.UTC(2010 + random.below(14), random.below(12), 1 + random.below(28)));
  const shipped = new Date(ordered.getTime() + random.below(50) * 86_400_000);
  const date = random.below(3) === 0 ? isoDate : shortDate;
  return [sampleUuid(random.below(references)), country, pick(random, items), pick(random, ['Online', 'Offline']), pick(random, ['H', 'M', 'L', 'C']), date(ordered), region, date(shipped)];
}

/** The ways in which a row can be bad take turns, so that a file with few bad rows has as many kinds as it can. */
const breakages: readonly { name: string; apply(fields: string[], turn: number, references: number): string[] }[] = [
  { name: 'uuid of eight digits', apply: (fields) => replace(fields, 0, (fields[0] ?? '').slice(1)) },
  { name: 'country missing', apply: (fields) => replace(fields, 1, '') },
  { name: 'date that does not exist', apply: (fields) => replace(fields, 5, '2/30/21') },
  { name: 'column missing', apply: (fields) => fields.slice(0, -1) },
  { name: 'unknown uuid', apply: (fields, turn, references) => replace(fields, 0, unknownUuid(turn, references)) },
  { name: 'country too long', apply: (fields) => replace(fields, 1, 'é'.repeat(51)) },
  { name: 'column too many', apply: (fields) => [...fields, 'surplus'] },
  { name: 'sales channel too long', apply: (fields) => replace(fields, 3, 'Carrier pigeon') },
];

function breakRow(fields: string[], turn: number, references: number): SampleRow {
  const breakage = breakages[turn % breakages.length] as (typeof breakages)[number];
  return { fields: breakage.apply(fields, turn, references), broken: breakage.name };
}

function replace(fields: string[], index: number, value: string): string[] {
  return fields.map((field, at) => (at === index ? value : field));
}

/** `count` different positions below `total`. */
function choosePositions(random: Random, total: number, count: number): Set<number> {
  const chosen = new Set<number>();
  while (chosen.size < Math.min(count, total)) chosen.add(random.below(total));
  return chosen;
}

function pick<T>(random: Random, choices: readonly T[]): T {
  return choices[random.below(choices.length)] as T;
}

function shortDate(date: Date): string {
  return `${date.getUTCMonth() + 1}/${date.getUTCDate()}/${String(date.getUTCFullYear() % 100).padStart(2, '0')}`;
}

function isoDate(date: Date): string {
  return date.toISOString().slice(0, 10);
}
