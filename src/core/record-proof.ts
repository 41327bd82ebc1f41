import { dayExists, type FieldRule, fieldRules, shortYearBase } from './record.js';

/**
 * Proves on bytes that a record keeps every rule of `record.ts` and is written as it stands, but for quotes that need not
 * be: then its bytes go to the output, and neither it nor its fields ever become text. Nearly all records of a real file
 * are so. What is not proven here is not wrong: `fieldsOf` and `recordProblem` decide on it, and they alone can refuse.
 */
export interface RecordProof {
  /** Offset behind the record's text, before its line break. */
  end: number;
  keyStart: number;
  keyEnd: number;
  /** Offsets of the quotes that are not written, in order: the first `cutCount` of them. */
  readonly cuts: Int32Array;
  cutCount: number;
  /** Which column holds the key. */
  readonly keyColumn: number;
}

/** One to be filled again and again, because a row costs no object. */
export function createRecordProof(keyColumn: number): RecordProof {
  return { end: 0, keyStart: 0, keyEnd: 0, cuts: new Int32Array(2 * fieldRules.length), cutCount: 0, keyColumn };
}

const lineFeed = 10;
const carriageReturn = 13;
const space = 32;
const quote = 34;
const comma = 44;
const hyphen = 45;
const slash = 47;
const zero = 48;
const unproven = -1;
const formulaStarts = new Set(Buffer.from('=+-@'));

/** The offset behind the line break of the proven record that begins at `start`, or -1. `proof` is only then complete. */
export function proveRecord(bytes: Uint8Array, start: number, limit: number, proof: RecordProof): number {
  const lastColumn = fieldRules.length - 1;
  const keyColumn = proof.keyColumn;
  let position = start;
  proof.cutCount = 0;
  for (let column = 0; column <= lastColumn; column += 1) {
    const quoted = bytes[position] === quote;
    const end = quoted ? quotedEnd(bytes, position, limit, fieldRules[column]!, proof) : fieldEnd(bytes, position, limit, fieldRules[column]!);
    if (end === unproven || end >= limit) return unproven;
    if (column === keyColumn) {
      // What stands between quotes that are needed is not the key yet.
      if (quoted && proof.cuts[proof.cutCount - 1] !== end - 1) return unproven;
      proof.keyStart = quoted ? position + 1 : position;
      proof.keyEnd = quoted ? end - 1 : end;
    }
    if (column === lastColumn) {
      proof.end = end;
      return afterLineBreak(bytes, end, limit);
    }
    if (bytes[end] !== comma) return unproven;
    position = end + 1;
  }
  return unproven;
}

/** Where the field without quotes that begins at `start` ends, if it keeps its rule. */
function fieldEnd(bytes: Uint8Array, start: number, limit: number, rule: FieldRule): number {
  switch (rule.kind) {
    case 'digits': return digitsEnd(bytes, start, limit, rule.count);
    case 'date': return dateEnd(bytes, start, limit);
    case 'text': return plainEnd(bytes, start, limit, rule.characters);
  }
}

/** Behind the closing quote of the field that is quoted from `opening` on. Quotes that need not be are cut. */
function quotedEnd(bytes: Uint8Array, opening: number, limit: number, rule: FieldRule, proof: RecordProof): number {
  if (rule.kind === 'text') return quotedTextEnd(bytes, opening, limit, rule.characters, proof);
  const closing = fieldEnd(bytes, opening + 1, limit, rule);
  if (closing === unproven || bytes[closing] !== quote) return unproven;
  cut(proof, opening, closing);
  return closing + 1;
}

function cut(proof: RecordProof, opening: number, closing: number): void {
  proof.cuts[proof.cutCount] = opening;
  proof.cuts[proof.cutCount + 1] = closing;
  proof.cutCount += 2;
}

function afterLineBreak(bytes: Uint8Array, end: number, limit: number): number {
  if (bytes[end] === lineFeed) return end + 1;
  return bytes[end] === carriageReturn && end + 1 < limit && bytes[end + 1] === lineFeed ? end + 2 : unproven;
}

/**
 * The first bytes of visible characters. Left to the general rules are the lead bytes that blanks of Unicode share, and
 * what may begin a formula (the lead byte 0xef has its full-width forms), because that is not written as it stands.
 */
const visible = Uint8Array.from({ length: 256 }, (_, byte) => Number(byte > space && byte < 0x7f && byte !== quote && byte !== comma && !formulaStarts.has(byte) || byte >= 0xc3 && ![0xe1, 0xe2, 0xe3, 0xef].includes(byte)));
/** 1: goes on in a field without quotes; 0: ends it, or needs the general rules. */
const bare = Uint8Array.from({ length: 256 }, (_, byte) => Number(byte >= space && byte !== quote && byte !== comma));

/** Bytes are never fewer than characters, so a field that is short in bytes is short enough. */
function plainEnd(bytes: Uint8Array, start: number, limit: number, characters: number): number {
  if (start >= limit || visible[bytes[start]!] === 0) return unproven;
  const longest = Math.min(limit, start + characters + 1);
  let position = start + 1;
  while (position < longest && bare[bytes[position]!] === 1) position += 1;
  return position - start <= characters ? position : unproven;
}

/** A text whose quotes are needed keeps them, and the doubled ones in it. */
function quotedTextEnd(bytes: Uint8Array, opening: number, limit: number, characters: number, proof: RecordProof): number {
  if (opening + 1 >= limit || visible[bytes[opening + 1]!] === 0) return unproven;
  let position = opening + 2;
  while (position < limit && bare[bytes[position]!] === 1) position += 1;
  if (position + 1 < limit && bytes[position] === quote && bytes[position + 1] !== quote) {
    if (position - opening - 1 > characters) return unproven;
    cut(proof, opening, position);
    return position + 1;
  }
  let doubled = 0;
  for (; position + 1 < limit; position += 1) {
    const byte = bytes[position]!;
    if (byte === quote) {
      if (bytes[position + 1] !== quote) return position - opening - 1 - doubled <= characters ? position + 1 : unproven;
      position += 1;
      doubled += 1;
    } else if (byte < space && byte !== lineFeed && byte !== carriageReturn) {
      return unproven;
    }
  }
  return unproven;
}

function digitsEnd(bytes: Uint8Array, start: number, limit: number, count: number): number {
  const end = start + count;
  if (end >= limit) return unproven;
  for (let position = start; position < end; position += 1) {
    if (!isDigit(bytes[position]!)) return unproven;
  }
  return end;
}

function dateEnd(bytes: Uint8Array, start: number, limit: number): number {
  // Room for the longest date and what follows it, so that nothing below reads beyond the limit.
  if (start + 10 >= limit) return unproven;
  return bytes[start + 4] === hyphen ? longDateEnd(bytes, start) : shortDateEnd(bytes, start);
}

function longDateEnd(bytes: Uint8Array, start: number): number {
  const century = twoDigits(bytes, start);
  const year = twoDigits(bytes, start + 2);
  const month = twoDigits(bytes, start + 5);
  const day = twoDigits(bytes, start + 8);
  if (century < 0 || year < 0 || bytes[start + 7] !== hyphen) return unproven;
  return dayExists(100 * century + year, month, day) ? start + 10 : unproven;
}

function shortDateEnd(bytes: Uint8Array, start: number): number {
  const monthDigits = bytes[start + 1] === slash ? 1 : 2;
  const dayStart = start + monthDigits + 1;
  const dayDigits = bytes[dayStart + 1] === slash ? 1 : 2;
  const yearStart = dayStart + dayDigits + 1;
  if (bytes[dayStart - 1] !== slash || bytes[yearStart - 1] !== slash) return unproven;
  const month = monthDigits === 1 ? digit(bytes, start) : twoDigits(bytes, start);
  const day = dayDigits === 1 ? digit(bytes, dayStart) : twoDigits(bytes, dayStart);
  const year = twoDigits(bytes, yearStart);
  return year >= 0 && dayExists(shortYearBase + year, month, day) ? yearStart + 2 : unproven;
}

function isDigit(byte: number): boolean {
  return byte >= zero && byte <= zero + 9;
}

/** The digit's value, or a number that is negative whatever is added to it. */
function digit(bytes: Uint8Array, position: number): number {
  const byte = bytes[position]!;
  return isDigit(byte) ? byte - zero : -1000;
}

function twoDigits(bytes: Uint8Array, position: number): number {
  return 10 * digit(bytes, position) + digit(bytes, position + 1);
}
