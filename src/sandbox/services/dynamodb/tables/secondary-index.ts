import type { AttributeType, AttributeValue, Item } from '../items/attribute-value.js';
import { invalid, invalidParameter, orderText, typeOf } from '../items/attribute-value.js';
import type { ItemKey } from '../items/item-store.js';
import { ItemStore } from '../items/item-store.js';
import type { PackedItem } from '../items/packed-item.js';
import { unpackItem } from '../items/packed-item.js';
import type { SortSpelling } from '../expressions/key-condition.js';
import type { KeyAttribute, KeySchema } from './key-schema.js';
import { keyAttributes } from './key-schema.js';

export interface IndexDefinition {
  name: string;
  key: KeySchema;
  projection: 'ALL' | 'KEYS_ONLY' | 'INCLUDE';
  /** Attributes beside the keys, for INCLUDE. */
  included: readonly string[];
  /** Local indexes change with the table and can be read consistently; global ones follow it. */
  local: boolean;
}

interface PendingChange {
  dueAt: number;
  key: ItemKey;
  before: PackedItem | undefined;
  after: PackedItem | undefined;
}

/** Bulk loads would otherwise pile up changes until somebody reads the index. */
const drainAbove = 10_000;

/**
 * One index of one replica. Items without the index's key attributes are not in it (a sparse index). Changes of the
 * table reach a global index a moment later, in their order; they are drained when somebody looks.
 */
export class SecondaryIndex {
  private entries: ItemStore<PackedItem>;
  private pending: PendingChange[] = [];

  constructor(readonly definition: IndexDefinition, private readonly tableKey: KeySchema) {
    this.entries = new ItemStore(true);
  }

  /** Notes a change of the table; it shows `delayMs` later, and never before an earlier change. */
  note(key: ItemKey, before: PackedItem | undefined, after: PackedItem | undefined, now: number, delayMs: number): void {
    const earlier = this.pending[this.pending.length - 1]?.dueAt ?? 0;
    this.pending.push({ dueAt: this.definition.local ? 0 : Math.max(earlier, now + delayMs), key, before, after });
    if (this.definition.local || this.pending.length >= drainAbove) this.at(now);
  }

  /** The index as a reader sees it at `now`. */
  at(now: number): ItemStore<PackedItem> {
    let due = 0;
    while (due < this.pending.length && (this.pending[due] as PendingChange).dueAt <= now) due += 1;
    for (const change of this.pending.splice(0, due)) this.apply(change);
    return this.entries;
  }

  clone(): SecondaryIndex {
    const copy = new SecondaryIndex(this.definition, this.tableKey);
    copy.entries = this.entries.clone();
    copy.pending = this.pending.slice();
    return copy;
  }

  /** What the index holds of an item. */
  project(item: Item): Item {
    const { projection, key, included } = this.definition;
    if (projection === 'ALL') return item;
    const kept = [...keyAttributes(this.tableKey), ...keyAttributes(key)].map(({ name }) => name);
    const projected: Item = {};
    for (const name of [...kept, ...(projection === 'INCLUDE' ? included : [])]) {
      if (Object.hasOwn(item, name)) projected[name] = item[name] as AttributeValue;
    }
    return projected;
  }

  entryKey(item: Item, tableKey: ItemKey): ItemKey | undefined {
    const parts = keyAttributes(this.definition.key).map(({ name, type }) => (Object.hasOwn(item, name) && item[name]?.[type] !== undefined ? item[name] : undefined));
    if (parts.includes(undefined)) return undefined;
    const [partition, sort] = parts as [AttributeValue, AttributeValue?];
    const sortText = sort ? orderText(sort) : '';
    return { partition: orderText(partition), sort: `${escapeSort(sortText)}\u0000\u0000${escapeSort(tableKey.partition)}\u0000\u0000${tableKey.sort}` };
  }

  private apply({ key, before, after }: PendingChange): void {
    const oldKey = before && this.entryKey(unpackItem(before), key);
    const newKey = after && this.entryKey(unpackItem(after), key);
    if (oldKey && (!newKey || oldKey.partition !== newKey.partition || oldKey.sort !== newKey.sort)) this.entries.delete(oldKey);
    if (after && newKey) this.entries.set(newKey, after);
  }
}

/** Keeps the order of texts when something is put behind them after two zero characters. */
export function escapeSort(text: string): string {
  return text.includes('\u0000') ? text.replaceAll('\u0000', '\u0000\u0001') : text;
}

/** Bounds among the sort texts of index entries (see `entryKey`). */
export const indexSpelling: SortSpelling = {
  first: escapeSort,
  // Entries with this very sort key go on with two zeros; a longer sort key that holds a zero goes on with zero and one.
  next: (text) => `${escapeSort(text)}\u0000\u0001`,
  prefix: escapeSort,
};

/** An item may lack an index's keys, but must not hold them with another type or empty. */
export function checkIndexKeys(indexes: Iterable<IndexDefinition>, item: Item, isComputed = false): void {
  for (const index of indexes) {
    for (const attribute of keyAttributes(index.key)) checkIndexKey(index, attribute, item[attribute.name], isComputed);
  }
}

function checkIndexKey(index: IndexDefinition, attribute: KeyAttribute, value: AttributeValue | undefined, isComputed: boolean): void {
  if (value === undefined) return;
  const actual: AttributeType = typeOf(value);
  if (actual !== attribute.type && isComputed) {
    throw invalid('The update expression attempted to update the secondary index key to unsupported type');
  }
  if (actual !== attribute.type) {
    throw invalidParameter(`Type mismatch for Index Key ${attribute.name} Expected: ${attribute.type} Actual: ${actual} IndexName: ${index.name}`);
  }
  if (value.S === '' || value.B?.byteLength === 0) {
    throw invalid(`One or more parameter values are not valid. A value specified for a secondary index key is not supported. The AttributeValue for a key attribute cannot contain an empty ${value.S === '' ? 'string' : 'binary'} value. IndexName: ${index.name}, IndexKey: ${attribute.name}`);
  }
}
