import { AwsError } from '../../../service.js';
import { normaliseNumber, sortableNumber } from './decimal.js';
import { compareText } from './text-order.js';

/** Exactly one member is present. */
export interface AttributeValue {
  S?: string;
  N?: string;
  B?: Uint8Array;
  SS?: string[];
  NS?: string[];
  BS?: Uint8Array[];
  M?: Record<string, AttributeValue>;
  L?: AttributeValue[];
  NULL?: boolean;
  BOOL?: boolean;
}

export type AttributeType = 'S' | 'N' | 'B' | 'SS' | 'NS' | 'BS' | 'M' | 'L' | 'NULL' | 'BOOL';
export type Item = Record<string, AttributeValue>;

const attributeTypes = new Set<string>(['S', 'N', 'B', 'SS', 'NS', 'BS', 'M', 'L', 'NULL', 'BOOL']);
const maximumNesting = 32;

export function isAttributeType(text: string): text is AttributeType {
  return attributeTypes.has(text);
}

export function typeOf(value: AttributeValue): AttributeType {
  for (const type in value) if (attributeTypes.has(type)) return type as AttributeType;
  throw invalid('Supplied AttributeValue is empty, must contain exactly one of the supported datatypes');
}

export function invalid(message: string): AwsError {
  return new AwsError('ValidationException', message);
}

export function invalidParameter(message: string): AwsError {
  return invalid(`One or more parameter values were invalid: ${message}`);
}

/** Checks a value as it came from a client and returns it in the stored form (numbers in their one spelling). */
export function checkedValue(value: AttributeValue, depth = 0): AttributeValue {
  const types = Object.keys(value).filter((name) => value[name as AttributeType] !== undefined);
  if (types.length === 0) throw invalid('Supplied AttributeValue is empty, must contain exactly one of the supported datatypes');
  if (types.length > 1) throw invalid('Supplied AttributeValue has more than one datatypes set, must contain exactly one of the supported datatypes');
  if (depth > maximumNesting) throw invalid('Nesting Levels have exceeded supported limits');
  if (value.S !== undefined || value.B !== undefined || value.BOOL !== undefined) return value;
  if (value.N !== undefined) return { N: normaliseNumber(value.N) };
  if (value.M !== undefined) return { M: checkedItem(value.M, depth + 1) };
  if (value.L !== undefined) return { L: value.L.map((element) => checkedValue(element, depth + 1)) };
  if (value.NULL !== undefined) return checkedNull(value.NULL);
  return checkedSet(value);
}

export function checkedItem(item: Item, depth = 0): Item {
  const checked: Item = {};
  for (const name of Object.keys(item)) checked[name] = checkedValue(item[name] as AttributeValue, depth);
  return checked;
}

function checkedNull(flag: boolean): AttributeValue {
  if (!flag) throw invalidParameter('Null attribute value types must have the value of true');
  return { NULL: true };
}

function checkedSet(value: AttributeValue): AttributeValue {
  const elements = value.SS ?? value.NS ?? value.BS ?? [];
  if (elements.length === 0) {
    const kind = value.SS ? 'string set ' : value.NS ? 'number set ' : 'binary set';
    throw invalidParameter(`An ${kind} may not be empty`);
  }
  const normal = value.NS ? { NS: value.NS.map(normaliseNumber) } : value;
  const texts = setTexts(normal);
  if (new Set(texts).size !== texts.length) {
    throw invalidParameter(value.BS ? 'Input collection contains duplicates.' : `Input collection [${texts.join(', ')}] contains duplicates.`);
  }
  return normal;
}

/** The elements of a set as texts that are equal exactly when the elements are. */
export function setTexts(value: AttributeValue): string[] {
  return value.SS ?? value.NS ?? (value.BS ?? []).map(bytesText);
}

/** Bytes as one character each: cheap to compare, and ordered as the bytes are. */
export function bytesText(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1');
}

/** Bytes that an item takes of the 400 KB, of a page and of capacity. Source: "Item sizes and formats". */
export function itemBytes(item: Item): number {
  let bytes = 0;
  for (const name of Object.keys(item)) bytes += Buffer.byteLength(name) + valueBytes(item[name] as AttributeValue);
  return bytes;
}

export function valueBytes(value: AttributeValue): number {
  if (value.S !== undefined) return Buffer.byteLength(value.S);
  if (value.N !== undefined) return numberBytes(value.N);
  if (value.B !== undefined) return value.B.byteLength;
  if (value.BOOL !== undefined || value.NULL !== undefined) return 1;
  if (value.M !== undefined) return 3 + Object.keys(value.M).length + itemBytes(value.M);
  if (value.L !== undefined) return value.L.reduce((sum, element) => sum + 1 + valueBytes(element), 3);
  if (value.SS !== undefined) return value.SS.reduce((sum, text) => sum + Buffer.byteLength(text), 0);
  if (value.NS !== undefined) return value.NS.reduce((sum, text) => sum + numberBytes(text), 0);
  return (value.BS ?? []).reduce((sum, bytes) => sum + bytes.byteLength, 0);
}

function numberBytes(text: string): number {
  const digits = text.replace(/^-?0*\.?0*|\.|0+$/g, '').length;
  return Math.ceil(digits / 2) + 1 + (text.startsWith('-') ? 1 : 0);
}

export function equalValues(left: AttributeValue, right: AttributeValue): boolean {
  const type = typeOf(left);
  if (type !== typeOf(right)) return false;
  if (type === 'S' || type === 'N' || type === 'BOOL' || type === 'NULL') return left[type] === right[type];
  if (type === 'B') return bytesText(left.B as Uint8Array) === bytesText(right.B as Uint8Array);
  if (type === 'M') return equalItems(left.M as Item, right.M as Item);
  if (type === 'L') {
    const first = left.L as AttributeValue[];
    const second = right.L as AttributeValue[];
    return first.length === second.length && first.every((element, index) => equalValues(element, second[index] as AttributeValue));
  }
  const second = new Set(setTexts(right));
  const first = setTexts(left);
  return first.length === second.size && first.every((text) => second.has(text));
}

function equalItems(left: Item, right: Item): boolean {
  const names = Object.keys(left);
  return names.length === Object.keys(right).length
    && names.every((name) => Object.hasOwn(right, name) && equalValues(left[name] as AttributeValue, right[name] as AttributeValue));
}

/** Order of two strings, numbers or binaries; undefined for other types or two different ones. */
export function compareValues(left: AttributeValue, right: AttributeValue): number | undefined {
  const type = typeOf(left);
  if (type !== typeOf(right) || !isOrdered(type)) return undefined;
  return compareText(orderText(left), orderText(right));
}

export function isOrdered(type: AttributeType): boolean {
  return type === 'S' || type === 'N' || type === 'B';
}

/** A string, number or binary as text in whose order such values sort. Used for keys and for comparisons. */
export function orderText(value: AttributeValue): string {
  if (value.S !== undefined) return value.S;
  if (value.N !== undefined) return sortableNumber(value.N);
  return bytesText(value.B as Uint8Array);
}

/** The spelling of a value in DynamoDB's messages: `{S:text}`. */
export function describeValue(value: AttributeValue): string {
  const type = typeOf(value);
  const content = value[type];
  return `{${type}:${content instanceof Uint8Array ? Buffer.from(content).toString('base64') : String(content)}}`;
}
