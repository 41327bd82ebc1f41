import type { AttributeValue, Item } from '../items/attribute-value.js';
import { invalid, invalidParameter, orderText, typeOf, valueBytes } from '../items/attribute-value.js';
import type { ItemKey } from '../items/item-store.js';

export interface KeyAttribute {
  name: string;
  type: 'S' | 'N' | 'B';
}

export interface KeySchema {
  partition: KeyAttribute;
  sort?: KeyAttribute;
}

export function keyAttributes(schema: KeySchema): KeyAttribute[] {
  return schema.sort ? [schema.partition, schema.sort] : [schema.partition];
}

/** The key of an item that is about to be stored. Throws for a missing, mistyped, empty or too long key attribute. */
export function keyOfNewItem(schema: KeySchema, item: Item): ItemKey {
  for (const attribute of keyAttributes(schema)) {
    const value = item[attribute.name];
    if (value === undefined) throw invalidParameter(`Missing the key ${attribute.name} in the item`);
    if (typeOf(value) !== attribute.type) {
      throw invalidParameter(`Type mismatch for key ${attribute.name} expected: ${attribute.type} actual: ${typeOf(value)}`);
    }
  }
  checkKeySizes(schema, item);
  return itemKey(schema, item);
}

/** The key that a request gave: exactly the key attributes, of the right types. */
export function keyOfRequest(schema: KeySchema, key: Item | undefined): ItemKey {
  const attributes = keyAttributes(schema);
  const given = Object.keys(key ?? {});
  const matches = given.length === attributes.length
    && attributes.every(({ name, type }) => key?.[name] !== undefined && typeOf(key[name]) === type);
  if (!key || !matches) throw invalid('The provided key element does not match the schema');
  checkKeySizes(schema, key);
  return itemKey(schema, key);
}

/** The key of an item whose key attributes are known to be right. */
export function itemKey(schema: KeySchema, item: Item): ItemKey {
  return {
    partition: orderText(item[schema.partition.name] as AttributeValue),
    sort: schema.sort ? orderText(item[schema.sort.name] as AttributeValue) : '',
  };
}

export function keyItem(schema: KeySchema, item: Item): Item {
  return Object.fromEntries(keyAttributes(schema).map(({ name }) => [name, item[name] as AttributeValue]));
}

/** One text for a key, for maps. */
export function keyText(key: ItemKey): string {
  return `${key.partition.length}:${key.partition}${key.sort}`;
}

function checkKeySizes(schema: KeySchema, item: Item): void {
  const partition = item[schema.partition.name] as AttributeValue;
  checkNotEmpty(schema.partition.name, partition);
  if (valueBytes(partition) > 2048) throw invalidParameter('Size of hashkey has exceeded the maximum size limit of2048 bytes');
  if (!schema.sort) return;
  const sort = item[schema.sort.name] as AttributeValue;
  checkNotEmpty(schema.sort.name, sort);
  if (valueBytes(sort) > 1024) throw invalidParameter('Aggregated size of all range keys has exceeded the size limit of 1024 bytes');
}

function checkNotEmpty(name: string, value: AttributeValue): void {
  if (value.S === '' || value.B?.byteLength === 0) {
    const kind = value.S === '' ? 'string' : 'binary';
    throw invalid(`One or more parameter values are not valid. The AttributeValue for a key attribute cannot contain an empty ${kind} value. Key: ${name}`);
  }
}
