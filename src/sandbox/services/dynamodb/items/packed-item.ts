import type { AttributeType, AttributeValue, Item } from './attribute-value.js';
import { itemBytes, typeOf } from './attribute-value.js';

/**
 * How an item lies in memory: the names and types of its attributes once for all items that share them, and its values
 * as one JSON text. Ten million small items then cost their own text and little else, and a stored item cannot be
 * changed by whoever got it.
 */
export interface PackedItem {
  readonly shape: ItemShape;
  readonly text: string;
  /** Size by DynamoDB's rules. */
  readonly bytes: number;
  /** When it was written, in milliseconds; fractions order writes within one. Decides between replicas. */
  readonly writtenAt: number;
  /** The Region that it was written in. */
  readonly writtenIn: string;
}

export interface ItemShape {
  readonly id: number;
  readonly names: readonly string[];
  readonly types: readonly AttributeType[];
}

export interface Version {
  writtenAt: number;
  writtenIn: string;
}

const shapesByKey = new Map<string, ItemShape>();

export function packItem(item: Item, version: Version): PackedItem {
  const names = Object.keys(item).sort();
  const types = names.map((name) => typeOf(item[name] as AttributeValue));
  const values = names.map((name, index) => plainValue(item[name] as AttributeValue, types[index] as AttributeType));
  return { shape: shapeOf(names, types), text: JSON.stringify(values), bytes: itemBytes(item), ...version };
}

/** A fresh item: the caller may change it. */
export function unpackItem(packed: PackedItem): Item {
  const values = JSON.parse(packed.text) as unknown[];
  const { names, types } = packed.shape;
  const item: Item = {};
  for (let index = 0; index < names.length; index += 1) {
    item[names[index] as string] = valueFromPlain(types[index] as AttributeType, values[index]);
  }
  return item;
}

export function shapeOf(names: readonly string[], types: readonly AttributeType[]): ItemShape {
  const key = names.map((name, index) => `${types[index]}:${name}`).join('\u0000');
  let shape = shapesByKey.get(key);
  if (!shape) {
    shape = { id: shapesByKey.size, names, types };
    shapesByKey.set(key, shape);
  }
  return shape;
}

function plainValue(value: AttributeValue, type: AttributeType): unknown {
  if (type === 'B') return base64(value.B as Uint8Array);
  if (type === 'BS') return (value.BS as Uint8Array[]).map(base64);
  if (type === 'L') return (value.L as AttributeValue[]).map(plainTagged);
  if (type === 'M') return Object.fromEntries(Object.entries(value.M as Item).map(([name, element]) => [name, plainTagged(element)]));
  return value[type];
}

function plainTagged(value: AttributeValue): unknown {
  const type = typeOf(value);
  return { [type]: plainValue(value, type) };
}

function valueFromPlain(type: AttributeType, plain: unknown): AttributeValue {
  if (type === 'B') return { B: fromBase64(plain) };
  if (type === 'BS') return { BS: (plain as unknown[]).map(fromBase64) };
  if (type === 'L') return { L: (plain as Record<string, unknown>[]).map(taggedFromPlain) };
  if (type === 'M') {
    const entries = Object.entries(plain as Record<string, Record<string, unknown>>);
    return { M: Object.fromEntries(entries.map(([name, element]) => [name, taggedFromPlain(element)])) };
  }
  return { [type]: plain };
}

function taggedFromPlain(tagged: Record<string, unknown>): AttributeValue {
  const [type, plain] = Object.entries(tagged)[0] as [AttributeType, unknown];
  return valueFromPlain(type, plain);
}

function base64(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64');
}

function fromBase64(text: unknown): Uint8Array {
  return new Uint8Array(Buffer.from(text as string, 'base64'));
}
