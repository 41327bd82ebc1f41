import { StateFailure } from './failures.js';
import type { ItemReader } from './definition.js';
import type { Json } from './json.js';

const delimiters = { COMMA: ',', PIPE: '|', SEMICOLON: ';', SPACE: ' ', TAB: '\t' } as const;

/** Rows of a CSV file as objects by header, as an ItemReader gives them. Quotes as in RFC 4180. */
export function readDelimited(text: string, configuration: NonNullable<ItemReader['ReaderConfig']>): Json[] {
  const rows = rowsOf(text, delimiters[configuration.CSVDelimiter ?? 'COMMA']);
  const headers = configuration.CSVHeaderLocation === 'GIVEN' ? configuration.CSVHeaders : rows.shift();
  if (!headers) throw new StateFailure('States.ItemReaderFailed', 'The CSV file has no header.');
  return rows.map((row) => Object.fromEntries(headers.map((header, column) => [header, row[column] ?? ''])));
}

function rowsOf(text: string, delimiter: string): string[][] {
  const rows: string[][] = [];
  let row: string[] = [];
  let field = '';
  let quoted = false;
  const endRow = (): void => {
    if (row.length > 0 || field !== '') rows.push([...row, field]);
    row = [];
    field = '';
  };
  for (let at = 0; at < text.length; at += 1) {
    const character = text.charAt(at);
    if (quoted) {
      if (character !== '"') field += character;
      else if (text.charAt(at + 1) === '"') { field += '"'; at += 1; }
      else quoted = false;
    } else if (character === '"' && field === '') quoted = true;
    else if (character === delimiter) { row.push(field); field = ''; }
    else if (character === '\n') endRow();
    else if (character !== '\r') field += character;
  }
  endRow();
  return rows;
}
