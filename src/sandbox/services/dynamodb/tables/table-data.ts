import type { Random } from '../../../random.js';
import type { ItemKey } from '../items/item-store.js';
import { ItemStore } from '../items/item-store.js';
import type { AttributeType } from '../items/attribute-value.js';
import type { PackedItem, Version } from '../items/packed-item.js';
import { shapeOf } from '../items/packed-item.js';
import type { KeySchema } from './key-schema.js';
import { keyText } from './key-schema.js';
import type { IndexDefinition } from './secondary-index.js';
import { SecondaryIndex } from './secondary-index.js';

export interface DataTiming {
  /** How long a global index lags behind its table: uniform between a tenth of this and this. */
  indexDelayMs: number;
  /** For how long after a write an eventually consistent read may still show what was there before. */
  staleReadMs: number;
}

interface RecentWrite {
  before: PackedItem | undefined;
  until: number;
}

export interface DataSnapshot {
  shapes: { names: readonly string[]; types: readonly AttributeType[] }[];
  /** partition, sort, shape, text, bytes, writtenAt, writtenIn */
  rows: [string, string, number, string, number, number, string][];
  tombstones: [string, Version][];
}

/** The items of one replica (or of all replicas of a strongly consistent table) with their indexes. */
export class TableData {
  readonly store: ItemStore<PackedItem>;
  readonly indexes = new Map<string, SecondaryIndex>();
  /** When deleted items were deleted: a late, older write of another Region must not bring them back. */
  readonly tombstones = new Map<string, Version>();
  private recent = new Map<string, RecentWrite>();

  constructor(
    private readonly key: KeySchema,
    private readonly timing: DataTiming,
    private readonly random: Random,
    store?: ItemStore<PackedItem>,
  ) {
    this.store = store ?? new ItemStore(key.sort !== undefined);
  }

  /** Stores or deletes one item and returns what was there before. */
  write(key: ItemKey, next: PackedItem | undefined, now: number): PackedItem | undefined {
    const before = this.store.get(key);
    if (next) this.store.set(key, next);
    else this.store.delete(key);
    for (const index of this.indexes.values()) index.note(key, before, next, now, this.indexDelay());
    this.remember(key, before, now);
    return before;
  }

  /**
   * What an eventually consistent read sees where `current` stands: for a moment after a write, perhaps still the item
   * before it.
   */
  eventually(key: ItemKey, current: PackedItem | undefined, now: number): PackedItem | undefined {
    if (this.recent.size === 0) return current;
    const recent = this.recent.get(keyText(key));
    if (!recent || recent.until <= now) return current;
    return this.random.below(3) === 0 ? recent.before : current;
  }

  /** Adds an index over all items that are there, or replaces the one with this name. */
  addIndex(definition: IndexDefinition, now: number): void {
    const index = new SecondaryIndex(definition, this.key);
    for (const { key, value } of this.store.scan()) index.note(key, undefined, value, now, 0);
    index.at(now);
    this.indexes.set(definition.name, index);
  }

  /** A view that later writes do not change. */
  clone(): TableData {
    const copy = new TableData(this.key, this.timing, this.random, this.store.clone());
    for (const [name, index] of this.indexes) copy.indexes.set(name, index.clone());
    return copy;
  }

  snapshot(): DataSnapshot {
    const shapes: DataSnapshot['shapes'] = [];
    const positions = new Map<number, number>();
    const rows: DataSnapshot['rows'] = [];
    for (const { key, value } of this.store.scan()) {
      let position = positions.get(value.shape.id);
      if (position === undefined) {
        position = shapes.push({ names: value.shape.names, types: value.shape.types }) - 1;
        positions.set(value.shape.id, position);
      }
      rows.push([key.partition, key.sort, position, value.text, value.bytes, value.writtenAt, value.writtenIn]);
    }
    return { shapes, rows, tombstones: [...this.tombstones] };
  }

  restore(snapshot: DataSnapshot, now: number): void {
    const shapes = snapshot.shapes.map(({ names, types }) => shapeOf(names, types));
    for (const [partition, sort, shape, text, bytes, writtenAt, writtenIn] of snapshot.rows) {
      const known = shapes[shape];
      if (known) this.store.set({ partition, sort }, { shape: known, text, bytes, writtenAt, writtenIn });
    }
    for (const [text, version] of snapshot.tombstones) this.tombstones.set(text, version);
    for (const index of [...this.indexes.values()]) this.addIndex(index.definition, now);
  }

  private indexDelay(): number {
    const { indexDelayMs } = this.timing;
    return indexDelayMs === 0 ? 0 : indexDelayMs * (0.1 + 0.9 * this.random.next());
  }

  private remember(key: ItemKey, before: PackedItem | undefined, now: number): void {
    const { staleReadMs } = this.timing;
    if (staleReadMs === 0) return;
    const text = keyText(key);
    this.recent.delete(text);
    this.recent.set(text, { before, until: now + staleReadMs });
    // The map is in the order of writing, so what has lapsed stands in front.
    for (const [oldest, { until }] of this.recent) {
      if (until > now) break;
      this.recent.delete(oldest);
    }
  }
}
