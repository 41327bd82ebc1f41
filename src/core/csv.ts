/**
 * Comma-separated values as RFC 4180 has them, streamed: quoted fields may hold commas, doubled quotes and line breaks;
 * records end with LF or CRLF; the last one needs no ending. A line break is a record's end only where the number of
 * quotes before it is even.
 */

/** The text is no CSV at all, as opposed to holding rows that break a rule. */
export class CsvProblem extends Error {
  constructor(readonly code: 'NOT_CSV', message: string) {
    super(message);
    this.name = 'CsvProblem';
  }
}

export interface CsvRecord {
  /** 1 for the first record, which is the header of a file that has one. */
  number: number;
  fields: string[];
}

export interface CsvReader {
  /** Takes any slice of the text, cut anywhere between characters; gives the records that it completes. */
  push(text: string): CsvRecord[];
  /** Gives the last record, if the text did not end with a line break. Throws `CsvProblem` inside an open quote. */
  end(): CsvRecord[];
}

/** No record of a real file is that long: an unbalanced quote is swallowing the rest of it. */
const longestRecord = 16 * 1024 * 1024;

export function createCsvReader(): CsvReader {
  let rest = '';
  let number = 0;
  /** Where in `rest` the search for a line break goes on, and whether that place is inside quotes. */
  let searched = 0;
  let quoted = false;

  function take(line: string): CsvRecord {
    number += 1;
    const record = line.endsWith('\r') ? line.slice(0, -1) : line;
    return { number, fields: record.includes('"') ? fieldsWithQuotes(record) : record.split(',') };
  }

  return {
    push(text) {
      if (text.includes('\0')) throw new CsvProblem('NOT_CSV', 'it holds NUL bytes: this is not a text file');
      if (number === 0 && rest === '' && text.startsWith('\ufeff')) rest = text.slice(1);
      else rest += text;
      const records: CsvRecord[] = [];
      let start = 0;
      let quote = quoteFrom(rest, searched);
      for (;;) {
        const newline = rest.indexOf('\n', searched);
        const end = newline < 0 ? rest.length : newline;
        for (; quote < end; quote = quoteFrom(rest, quote + 1)) quoted = !quoted;
        searched = end;
        if (newline < 0) break;
        searched += 1;
        if (quoted) continue;
        records.push(take(rest.slice(start, newline)));
        start = searched;
      }
      rest = rest.slice(start);
      searched -= start;
      if (rest.length > longestRecord) throw new CsvProblem('NOT_CSV', `record ${number + 1} does not end: a quote in it is probably not closed`);
      return records;
    },
    end() {
      if (quoted) throw new CsvProblem('NOT_CSV', `record ${number + 1} has a quote that is not closed`);
      if (rest === '') return [];
      const last = take(rest);
      rest = '';
      return [last];
    },
  };
}

function quoteFrom(text: string, from: number): number {
  const at = text.indexOf('"', from);
  return at < 0 ? Infinity : at;
}

function fieldsWithQuotes(record: string): string[] {
  const fields: string[] = [];
  let at = 0;
  for (;;) {
    let field = '';
    if (record[at] === '"') {
      at += 1;
      for (;;) {
        const quote = record.indexOf('"', at);
        field += record.slice(at, quote < 0 ? record.length : quote);
        at = quote < 0 ? record.length : quote + 1;
        if (quote < 0 || record[at] !== '"') break;
        field += '"';
        at += 1;
      }
    }
    // What stands between a closing quote and the comma belongs to the field, as spreadsheets read it.
    const comma = record.indexOf(',', at);
    fields.push(field + record.slice(at, comma < 0 ? record.length : comma));
    if (comma < 0) return fields;
    at = comma + 1;
  }
}

/** A field as it is written: quoted only when it must be. */
export function csvField(value: string): string {
  return /[",\r\n]/.test(value) ? `"${value.replaceAll('"', '""')}"` : value;
}

export function csvRow(fields: readonly string[]): string {
  return fields.map(csvField).join(',');
}
