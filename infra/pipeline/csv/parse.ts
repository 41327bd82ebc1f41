/**
 * One record, as it lies in `text` from `start` to `end` without its line break. `plain`: no quote in it, so the fields
 * are exactly what stands between the commas. `problem` is set when text follows a closing quote.
 */
export type OnRecord = (fields: string[], text: string, start: number, end: number, plain: boolean, problem?: string) => void;

export interface RecordParser {
  write(text: string): void;
  /** Gives the last record, when no line break ended it. */
  end(): void;
}

const comma = 44;
const lineFeed = 10;
const carriageReturn = 13;
const quote = 34;

/**
 * RFC 4180 over any chunks of text. A quote opens a quoted field only where a field begins; anywhere else in an
 * unquoted field it is text. Blank lines are no records. These are the rules of `csv/scan.ts` too: what that file takes
 * for the boundaries of records, this one must.
 */
export function createRecordParser(onRecord: OnRecord): RecordParser {
  let rest = '';
  return {
    write(text) {
      rest = parseComplete(rest === '' ? text : rest + text, false, onRecord);
    },
    end() {
      rest = parseComplete(rest, true, onRecord);
    },
  };
}

/** Gives every record that is complete (all of them when `last`) and returns the text of the one that is not. */
function parseComplete(text: string, last: boolean, onRecord: OnRecord): string {
  let position = 0;
  let nextQuote = text.indexOf('"');
  while (position < text.length) {
    if (nextQuote !== -1 && nextQuote < position) nextQuote = text.indexOf('"', position);
    const lineEnd = text.indexOf('\n', position);
    if (nextQuote === -1 || (lineEnd !== -1 && lineEnd < nextQuote)) {
      if (lineEnd === -1 && !last) return text.slice(position);
      givePlain(text, position, lineEnd === -1 ? text.length : lineEnd, onRecord);
      position = lineEnd === -1 ? text.length : lineEnd + 1;
      continue;
    }
    const next = giveQuoted(text, position, last, onRecord);
    if (next === undefined) return text.slice(position);
    position = next;
  }
  return '';
}

function givePlain(text: string, start: number, lineEnd: number, onRecord: OnRecord): void {
  const end = lineEnd > start && text.charCodeAt(lineEnd - 1) === carriageReturn ? lineEnd - 1 : lineEnd;
  if (end === start) return;
  const fields: string[] = [];
  let fieldStart = start;
  for (;;) {
    const separator = text.indexOf(',', fieldStart);
    if (separator === -1 || separator >= end) break;
    fields.push(text.slice(fieldStart, separator));
    fieldStart = separator + 1;
  }
  fields.push(text.slice(fieldStart, end));
  onRecord(fields, text, start, end, true);
}

/** A record with a quote in it. Undefined: more text is needed to tell where it ends. */
function giveQuoted(text: string, start: number, last: boolean, onRecord: OnRecord): number | undefined {
  const fields: string[] = [];
  let problem: string | undefined;
  let position = start;
  for (;;) {
    const field = text.charCodeAt(position) === quote ? readQuoted(text, position, last) : { value: '', after: position };
    if (field === undefined) return undefined;
    const bare = bareEnd(text, field.after);
    if (bare === text.length && !last) return undefined;
    const ends = bare === text.length || text.charCodeAt(bare) === lineFeed;
    const textEnd = ends && bare > field.after && text.charCodeAt(bare - 1) === carriageReturn ? bare - 1 : bare;
    if (field.after !== position && textEnd > field.after) problem ??= `has text after the closing quote of column ${fields.length + 1}`;
    fields.push(field.value + text.slice(field.after, textEnd));
    if (ends) {
      if (!(textEnd === start)) onRecord(fields, text, start, textEnd, false, problem);
      return Math.min(bare + 1, text.length);
    }
    position = bare + 1;
  }
}

/** The value of a quoted field and the position behind its closing quote. */
function readQuoted(text: string, start: number, last: boolean): { value: string; after: number } | undefined {
  let value = '';
  let from = start + 1;
  for (;;) {
    const closing = text.indexOf('"', from);
    if (closing === -1) return last ? { value: value + text.slice(from), after: text.length } : undefined;
    if (closing + 1 >= text.length && !last) return undefined;
    value += text.slice(from, closing);
    if (text.charCodeAt(closing + 1) !== quote) return { value, after: closing + 1 };
    value += '"';
    from = closing + 2;
  }
}

/** Where an unquoted stretch ends: at a comma, a line feed, or the end of the text. */
function bareEnd(text: string, from: number): number {
  let position = from;
  while (position < text.length) {
    const code = text.charCodeAt(position);
    if (code === comma || code === lineFeed) break;
    position += 1;
  }
  return position;
}
