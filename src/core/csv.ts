/**
 * Comma-separated values as RFC 4180 has them, streamed: quoted fields may hold commas, doubled quotes and line breaks;
 * records end with LF or CRLF; the last one needs no ending. A quote opens a quoted field only where a field begins,
 * anywhere else it is text. Blank lines are no records.
 */

/** The text is no CSV at all, as opposed to holding rows that break a rule. */
export class CsvProblem extends Error {
  readonly code = 'NOT_CSV';

  constructor(message: string) {
    super(message);
    this.name = 'CsvProblem';
  }
}

export interface CsvRecord {
  /** 1 for the first record, which is the header of a file that has one. */
  number: number;
  fields: string[];
  /** Set when the record can be read and still is malformed: text follows a closing quote. */
  problem?: string;
}

export interface CsvReader {
  /** Takes any slice of the text, cut anywhere between characters; gives the records that it completes. */
  push(text: string): CsvRecord[];
  /** Gives the last record, if no line break ended it. Throws `CsvProblem` when a quote was never closed. */
  end(): CsvRecord[];
}

/** A longer record is taken for a quote that was never closed, by the pipeline too. */
const longestRecord = 1024 * 1024;

type Parsed = { fields: string[]; next: number; problem?: string };

export function createCsvReader(): CsvReader {
  let rest = '';
  let started = false;
  let number = 0;

  function take(last: boolean): CsvRecord[] {
    const records: CsvRecord[] = [];
    let start = 0;
    let quote = rest.indexOf('"');
    while (start < rest.length) {
      if (quote >= 0 && quote < start) quote = rest.indexOf('"', start);
      const newline = rest.indexOf('\n', start);
      const end = newline < 0 ? rest.length : newline;
      if (newline < 0 && !last) break;
      const parsed = quote >= 0 && quote < end ? parseQuoted(rest, start, last) : parsePlain(rest, start, end);
      if (parsed === undefined) break;
      start = parsed.next;
      if (parsed.fields.length === 0) continue;
      number += 1;
      records.push({ number, fields: parsed.fields, ...(parsed.problem === undefined ? {} : { problem: parsed.problem }) });
    }
    rest = rest.slice(Math.min(start, rest.length));
    return records;
  }

  return {
    push(text) {
      if (text.includes('\0')) throw new CsvProblem('it holds NUL bytes: this is not a text file');
      rest += !started && text.startsWith('\ufeff') ? text.slice(1) : text;
      started ||= text !== '';
      const records = take(false);
      if (rest.length > longestRecord) throw new CsvProblem(`record ${number + 1} does not end: a quote in it is probably not closed`);
      return records;
    },
    end() {
      const records = take(true);
      if (rest !== '') throw new CsvProblem(`record ${number + 1} has a quote that is not closed`);
      return records;
    },
  };
}

/** A line without quotes; a blank one has no fields at all. */
function parsePlain(text: string, start: number, end: number): Parsed {
  const line = withoutReturn(text, start, end);
  return { fields: line === '' ? [] : line.split(','), next: end + 1 };
}

function withoutReturn(text: string, start: number, end: number): string {
  return text.slice(start, end > start && text[end - 1] === '\r' ? end - 1 : end);
}

/** A record that holds a quote. Undefined: it goes on behind the end of `text`. */
function parseQuoted(text: string, start: number, last: boolean): Parsed | undefined {
  const fields: string[] = [];
  let problem: string | undefined;
  let at = start;
  for (;;) {
    const quoted = text[at] === '"' ? readQuoted(text, at) : { value: '', after: at };
    if (quoted === undefined) return undefined;
    const separator = nextSeparator(text, quoted.after);
    if (separator < 0 && !last) return undefined;
    const end = separator < 0 ? text.length : separator;
    const bare = text[end] === ',' ? text.slice(quoted.after, end) : withoutReturn(text, quoted.after, end);
    if (quoted.after !== at && bare !== '') problem ??= `has text after the closing quote of column ${fields.length + 1}`;
    fields.push(quoted.value + bare);
    if (text[end] !== ',') return { fields, next: end + 1, ...(problem === undefined ? {} : { problem }) };
    at = end + 1;
  }
}

function readQuoted(text: string, opening: number): { value: string; after: number } | undefined {
  let value = '';
  let from = opening + 1;
  for (;;) {
    const quote = text.indexOf('"', from);
    if (quote < 0) return undefined;
    value += text.slice(from, quote);
    if (text[quote + 1] !== '"') return { value, after: quote + 1 };
    value += '"';
    from = quote + 2;
  }
}

function nextSeparator(text: string, from: number): number {
  const comma = text.indexOf(',', from);
  const newline = text.indexOf('\n', from);
  if (comma < 0) return newline;
  return newline < 0 ? comma : Math.min(comma, newline);
}

/** A field as it is written: quoted only when it must be. */
export function csvField(value: string): string {
  return /[",\r\n]/.test(value) ? `"${value.replaceAll('"', '""')}"` : value;
}

export function csvRow(fields: readonly string[]): string {
  return fields.map(csvField).join(',');
}
