import { isUtf8 } from 'node:buffer';
import { InputRejected } from '../rejection.js';

/** A longer record is taken for a quote that was never closed: it would travel whole through one function's memory. */
export const maxRecordBytes = 1024 * 1024;

const lineFeed = 10;
const carriageReturn = 13;
const quote = 34;
const comma = 44;

/**
 * Called for each record that is not blank: byte offsets in the file, `end` behind its line break. Blank lines belong
 * to no record.
 */
export type OnRecordBytes = (start: number, end: number) => void;

export interface RecordScanner {
  write(chunk: Uint8Array): void;
  end(): void;
}

/**
 * Finds where records begin and end, looking only at line feeds and quotes. The same rules as `csv/parse.ts`: a quote
 * opens a quoted field only where a field begins, and a line feed inside a quoted field ends nothing.
 *
 * @throws InputRejected `NOT_CSV` for NUL bytes, text that is not UTF-8, and a quote that is never closed.
 */
export function createRecordScanner(onRecord: OnRecordBytes, fileStart = 0): RecordScanner {
  let offset = fileStart;
  let recordStart = fileStart;
  let records = 0;
  let inQuotes = false;
  /** A quote inside a quoted field was the last byte: the next byte tells whether it closed the field. */
  let quotePending = false;
  let previous = lineFeed;
  const encoding = createEncodingCheck(fileStart);

  function endRecord(end: number, lineEndBytes: number, before: number): void {
    const length = end - lineEndBytes - recordStart;
    if (length > 1 || (length === 1 && before !== carriageReturn)) {
      records += 1;
      onRecord(recordStart, end);
    }
    recordStart = end;
  }

  /** Line feeds of a stretch with no quote that lies outside quoted fields. */
  function scanPlain(chunk: Buffer, from: number, to: number): void {
    for (let at = chunk.indexOf(lineFeed, from); at !== -1 && at < to; at = chunk.indexOf(lineFeed, at + 1)) {
      endRecord(offset + at + 1, 1, at > 0 ? chunk[at - 1]! : previous);
    }
  }

  function scan(chunk: Buffer): void {
    let position = 0;
    if (quotePending) {
      quotePending = false;
      // `""` is a quote in the text; anything else means that the field was closed.
      if (chunk[0] === quote) position = 1;
      else inQuotes = false;
    }
    while (position < chunk.length) {
      const at = chunk.indexOf(quote, position);
      if (!inQuotes) {
        scanPlain(chunk, position, at === -1 ? chunk.length : at);
        if (at === -1) break;
        const before = at > 0 ? chunk[at - 1]! : previous;
        inQuotes = offset + at === recordStart || before === comma;
        position = at + 1;
      } else if (at === -1) {
        break;
      } else if (at + 1 === chunk.length) {
        quotePending = true;
        break;
      } else if (chunk[at + 1] === quote) {
        position = at + 2;
      } else {
        inQuotes = false;
        position = at + 1;
      }
    }
    previous = chunk.at(-1)!;
    offset += chunk.length;
    if (offset - recordStart > maxRecordBytes) {
      throw new InputRejected('NOT_CSV', `record ${records + 1}, at byte ${recordStart}, is longer than ${maxRecordBytes} bytes; probably a quote in it is never closed`);
    }
  }

  return {
    write(bytes) {
      if (bytes.length === 0) return;
      const chunk = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
      encoding.write(chunk);
      scan(chunk);
    },
    end() {
      encoding.end();
      if (inQuotes && !quotePending) throw new InputRejected('NOT_CSV', `record ${records + 1}, at byte ${recordStart}, opens a quote that is never closed`);
      if (offset > recordStart) endRecord(offset, 0, previous);
    },
  };
}

/** Checks whole characters only: one that a chunk boundary cuts is carried over to the next chunk. */
function createEncodingCheck(fileStart: number) {
  let carried: Buffer = Buffer.alloc(0);
  let offset = fileStart;
  return {
    write(chunk: Buffer): void {
      const nul = chunk.indexOf(0);
      if (nul !== -1) throw new InputRejected('NOT_CSV', `there is a NUL byte at byte ${offset + nul}: this is a binary file, or text in UTF-16`);
      const text = carried.length === 0 ? chunk : Buffer.concat([carried, chunk]);
      const whole = text.length - unfinishedBytes(text);
      if (!isUtf8(text.subarray(0, whole))) throw new InputRejected('NOT_CSV', `the bytes ${offset} to ${offset + chunk.length} are not UTF-8 text`);
      carried = Buffer.from(text.subarray(whole));
      offset += chunk.length;
    },
    end(): void {
      if (carried.length > 0) throw new InputRejected('NOT_CSV', 'the file ends in the middle of a character');
    },
  };
}

/** How many bytes at the end are the beginning of a character that goes on. */
function unfinishedBytes(text: Buffer): number {
  for (let back = 1; back <= 3 && back <= text.length; back += 1) {
    const byte = text[text.length - back]!;
    if ((byte & 0xc0) === 0x80) continue;
    const needed = byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : byte >= 0xc0 ? 2 : 1;
    return needed > back ? back : 0;
  }
  return 0;
}
