/**
 * Comma-separated values as RFC 4180 has them: quoted fields may hold commas, doubled quotes and line breaks; records end
 * with LF or CRLF; the last one needs no ending. A quote opens a quoted field only where a field begins, anywhere else it
 * is text. Blank lines are no records. Text is UTF-8.
 *
 * Where records begin and end is decided on bytes, because an offset in a file counts bytes and most records need never
 * become text; what their fields are is decided on the text of one whole record.
 */

/** The file is no CSV at all, as opposed to holding rows that break a rule. */
export class CsvProblem extends Error {
  readonly code = 'NOT_CSV';

  constructor(message: string) {
    super(message);
    this.name = 'CsvProblem';
  }
}

/** A longer record is taken for a quote that was never closed: it would travel whole through one function's memory. */
export const maxRecordBytes = 1024 * 1024;

const lineFeed = 10;
const carriageReturn = 13;
const quote = 34;
const comma = 44;

/** What becomes of the records of a file. Bytes are only valid during the call, or until the reader's next `push`. */
export interface RecordVisitor {
  /**
   * Takes the record that begins at `start` if it can tell from the bytes alone where it ends and what it is: the offset
   * behind its line break. -1 leaves it, untouched, to `record`.
   */
  tryTake?(bytes: Uint8Array, start: number, limit: number): number;
  /** A record that is not blank. `end` is before its line break, `next` behind it; `offset` is that of `bytes` in the file. */
  record(bytes: Uint8Array, start: number, end: number, next: number, offset: number): void;
}

export interface RecordReaderOptions {
  /** Whether bytes that begin and end with whole characters are UTF-8. (`core` imports no library that knows.) */
  isUtf8(bytes: Uint8Array): boolean;
  /** The bytes are a file from its beginning, and may begin with a byte order mark, which belongs to no record. */
  fromFileStart?: boolean;
  /** Bytes to gather before records are looked for, so that a visitor gets many of them in one `push`. Default: none. */
  blockBytes?: number;
}

export interface RecordReader {
  /** Takes any slice of the file. Throws `CsvProblem`. */
  push(chunk: Uint8Array): void;
  /** Gives what is left, the last record included if no line break ended it. Throws `CsvProblem`. */
  end(): void;
}

/** Reads the records of a file, in order. Memory is bounded by the largest of chunk, block and record. */
export function createRecordReader(visitor: RecordVisitor, { isUtf8, fromFileStart = false, blockBytes = 0 }: RecordReaderOptions): RecordReader {
  let buffer: Uint8Array = Buffer.allocUnsafeSlow(Math.max(2 * blockBytes, 128 * 1024));
  let used = 0;
  /** Offset in the file of the first byte of the buffer. */
  let offset = 0;
  let records = 0;
  let markExpected = fromFileStart;

  function append(chunk: Uint8Array): void {
    if (used + chunk.length > buffer.length) {
      const larger = Buffer.allocUnsafeSlow(2 * (used + chunk.length));
      larger.set(buffer.subarray(0, used));
      buffer = larger;
    }
    buffer.set(chunk, used);
    used += chunk.length;
  }

  function forget(bytes: number): void {
    buffer.copyWithin(0, bytes, used);
    used -= bytes;
    offset += bytes;
  }

  function skipMark(last: boolean): boolean {
    if (!markExpected) return true;
    if (used < 3 && !last) return false;
    markExpected = false;
    if (used >= 3 && buffer[0] === 0xef && buffer[1] === 0xbb && buffer[2] === 0xbf) forget(3);
    return true;
  }

  function checkText(end: number): void {
    const text = buffer.subarray(0, end);
    const nul = text.indexOf(0);
    if (nul !== -1) throw new CsvProblem(`there is a NUL byte at byte ${offset + nul}: this is a binary file, or text in UTF-16`);
    if (!isUtf8(text)) throw new CsvProblem(`the bytes ${offset} to ${offset + end} are not UTF-8 text`);
  }

  function checkLength(start: number, end: number): void {
    if (end - start > maxRecordBytes) throw new CsvProblem(`record ${records + 1}, at byte ${offset + start}, is longer than ${maxRecordBytes} bytes; probably a quote in it is never closed`);
  }

  /** Visits the records that are complete (all that is left when `last`) and forgets them. */
  function visit(last: boolean): void {
    const bytes = buffer.subarray(0, used);
    const checked = last ? used : bytes.lastIndexOf(lineFeed) + 1;
    checkText(checked);
    let start = 0;
    let nextQuote = bytes.indexOf(quote);
    /** Most quoted records have one quoted field, and then the search for the next record's quote settles it. */
    const behindFirstQuote = (newline: number): number => {
      if (bytes[nextQuote - 1] !== comma) return endOfQuoted(bytes, nextQuote + 1, false);
      const closing = closingQuote(bytes, nextQuote);
      if (closing === unclosed) return unclosed;
      nextQuote = bytes.indexOf(quote, closing + 1);
      const end = newline !== unfinished && newline < closing ? bytes.indexOf(lineFeed, closing + 1) : newline;
      return nextQuote !== -1 && (end === unfinished || nextQuote < end) ? endOfQuoted(bytes, closing + 1, false) : end;
    };
    while (start < used) {
      const taken = visitor.tryTake === undefined ? -1 : visitor.tryTake(bytes, start, checked);
      if (taken !== -1) {
        records += 1;
        start = taken;
        continue;
      }
      if (nextQuote !== -1 && nextQuote < start) nextQuote = bytes[start] === quote ? start : bytes.indexOf(quote, start);
      let newline: number;
      if (nextQuote === start) {
        newline = endOfQuoted(bytes, start, true);
      } else {
        newline = bytes.indexOf(lineFeed, start);
        if (nextQuote !== -1 && (newline === unfinished || nextQuote < newline)) newline = behindFirstQuote(newline);
      }
      if (newline === unclosed && last) throw new CsvProblem(`record ${records + 1}, at byte ${offset + start}, opens a quote that is never closed`);
      if (newline < 0 && !last) break;
      const textEnd = newline < 0 ? used : newline;
      const end = textEnd > start && bytes[textEnd - 1] === carriageReturn ? textEnd - 1 : textEnd;
      const next = newline < 0 ? used : newline + 1;
      if (end > start) {
        checkLength(start, end);
        records += 1;
        visitor.record(bytes, start, end, next, offset);
      }
      start = next;
    }
    checkLength(start, used);
    remembered = start;
  }
  /** Bytes of the buffer that were visited; they go when more come, so that a visitor may hold on to them until then. */
  let remembered = 0;

  return {
    push(chunk) {
      if (remembered > 0) forget(remembered);
      remembered = 0;
      append(chunk);
      if (used >= blockBytes && skipMark(false)) visit(false);
    },
    end() {
      if (remembered > 0) forget(remembered);
      remembered = 0;
      if (skipMark(true) && used > 0) visit(true);
    },
  };
}

const unfinished = -1;
const unclosed = -2;

/**
 * Where the line feed stands that ends a record with quotes in it; `unfinished` or `unclosed` when none does. `from` is
 * where one of its fields begins, or a place in a field behind which a quote is text.
 */
function endOfQuoted(bytes: Uint8Array, from: number, fieldBegins: boolean): number {
  const length = bytes.length;
  let position = from;
  let begins = fieldBegins;
  while (position < length) {
    const byte = bytes[position]!;
    if (byte === quote && begins) {
      position = closingQuote(bytes, position);
      if (position === unclosed) return unclosed;
    } else if (byte === lineFeed) {
      return position;
    }
    begins = byte === comma;
    position += 1;
  }
  return unfinished;
}

/** Fields are short: looking at their bytes here is faster than a call into the runtime's search. */
function closingQuote(bytes: Uint8Array, opening: number): number {
  const length = bytes.length;
  let position = opening + 1;
  while (position < length) {
    if (bytes[position] !== quote) {
      position += 1;
    } else {
      if (position + 1 === length || bytes[position + 1] !== quote) return position;
      position += 2;
    }
  }
  return unclosed;
}

export interface RecordText {
  fields: string[];
  /** Set when the record can be read and still is malformed: text follows a closing quote. */
  problem?: string;
}

/** The fields of one whole record, without its line break. */
export function fieldsOf(record: string): RecordText {
  if (!record.includes('"')) return { fields: record.split(',') };
  const fields: string[] = [];
  let problem: string | undefined;
  let position = 0;
  for (;;) {
    const quoted = record.charCodeAt(position) === quote ? readQuoted(record, position) : { value: '', after: position };
    const separator = record.indexOf(',', quoted.after);
    const bare = record.slice(quoted.after, separator === -1 ? record.length : separator);
    if (quoted.after !== position && bare !== '') problem ??= `has text after the closing quote of column ${fields.length + 1}`;
    fields.push(quoted.value + bare);
    if (separator === -1) return problem === undefined ? { fields } : { fields, problem };
    position = separator + 1;
  }
}

function readQuoted(record: string, opening: number): { value: string; after: number } {
  let value = '';
  let from = opening + 1;
  for (;;) {
    const closing = record.indexOf('"', from);
    if (closing === -1) return { value: value + record.slice(from), after: record.length };
    value += record.slice(from, closing);
    if (record.charCodeAt(closing + 1) !== quote) return { value, after: closing + 1 };
    value += '"';
    from = closing + 2;
  }
}

export interface CsvRecord extends RecordText {
  /** 1 for the first record, which is the header of a file that has one. */
  number: number;
}

export interface CsvReader {
  /** The records that this slice of the file completes. Throws `CsvProblem`. */
  push(chunk: Uint8Array): CsvRecord[];
  /** The last record, if no line break ended it. Throws `CsvProblem`. */
  end(): CsvRecord[];
}

/** Reads a file of which every field is wanted. */
export function createCsvReader({ isUtf8 }: Pick<RecordReaderOptions, 'isUtf8'>): CsvReader {
  const decoder = new TextDecoder('utf-8', { ignoreBOM: true });
  let complete: CsvRecord[] = [];
  let number = 0;
  const reader = createRecordReader({
    record(bytes, start, end) {
      number += 1;
      complete.push({ number, ...fieldsOf(decoder.decode(bytes.subarray(start, end))) });
    },
  }, { isUtf8, fromFileStart: true });
  const taken = (): CsvRecord[] => {
    const records = complete;
    complete = [];
    return records;
  };
  return {
    push(chunk) {
      reader.push(chunk);
      return taken();
    },
    end() {
      reader.end();
      return taken();
    },
  };
}

/** A field as it is written: quoted only where a reader would otherwise take it for something else. */
export function csvField(value: string): string {
  return /[",\r\n]/.test(value) ? `"${value.replaceAll('"', '""')}"` : value;
}

export function csvRow(fields: readonly string[]): string {
  return fields.map(csvField).join(',');
}

/** A record as it is written, with its line break. */
export function csvLine(fields: readonly string[]): string {
  return `${csvRow(fields)}\n`;
}
