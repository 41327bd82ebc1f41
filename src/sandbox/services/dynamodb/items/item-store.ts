import type { Entry, KeyRange } from './ordered-entries.js';
import { OrderedEntries } from './ordered-entries.js';
import { compareText } from './text-order.js';

/** Where an item lies: texts made of its key attributes (see `orderText`). `sort` is empty without a sort key. */
export interface ItemKey {
  partition: string;
  sort: string;
}

export interface StoredEntry<Value> {
  key: ItemKey;
  value: Value;
}

export interface ScanRange {
  /** Exclusive. */
  after?: ItemKey;
  segment?: number;
  totalSegments?: number;
}

interface Bucket<Value> {
  partitions: Map<string, Value | OrderedEntries<Value>>;
  /** Partition keys in scan order; dropped when a key comes or goes. */
  order?: string[];
}

const bucketCount = 4096;

/**
 * Items by partition key and, within a partition, in the order of their sort key. A scan goes through the partitions by
 * a hash of their key, as DynamoDB's does: the order looks random, is stable, and a page can resume after any key
 * whatever was written meanwhile.
 */
export class ItemStore<Value extends object> {
  private buckets: (Bucket<Value> | undefined)[] = [];
  private count = 0;

  constructor(private readonly sorted: boolean) {}

  get size(): number {
    return this.count;
  }

  get(key: ItemKey): Value | undefined {
    const partition = this.buckets[bucketOf(key.partition)]?.partitions.get(key.partition);
    return partition instanceof OrderedEntries ? partition.get(key.sort) : partition;
  }

  set(key: ItemKey, value: Value): void {
    const bucket: Bucket<Value> = (this.buckets[bucketOf(key.partition)] ??= { partitions: new Map() });
    let partition = bucket.partitions.get(key.partition);
    if (partition === undefined) delete bucket.order;
    if (!this.sorted) {
      if (partition === undefined) this.count += 1;
      bucket.partitions.set(key.partition, value);
      return;
    }
    if (!(partition instanceof OrderedEntries)) {
      partition = new OrderedEntries<Value>();
      bucket.partitions.set(key.partition, partition);
    }
    const before = partition.size;
    partition.set(key.sort, value);
    this.count += partition.size - before;
  }

  delete(key: ItemKey): void {
    const bucket = this.buckets[bucketOf(key.partition)];
    const partition = bucket?.partitions.get(key.partition);
    if (!bucket || partition === undefined) return;
    if (partition instanceof OrderedEntries) {
      const before = partition.size;
      partition.delete(key.sort);
      this.count -= before - partition.size;
      if (partition.size > 0) return;
    } else {
      this.count -= 1;
    }
    bucket.partitions.delete(key.partition);
    delete bucket.order;
  }

  *query(partitionKey: string, range: KeyRange, forward: boolean): Generator<StoredEntry<Value>> {
    const partition = this.buckets[bucketOf(partitionKey)]?.partitions.get(partitionKey);
    if (partition === undefined) return;
    if (!(partition instanceof OrderedEntries)) {
      const inside = (range.from === undefined || range.from === '') && range.to !== '';
      if (inside) yield { key: { partition: partitionKey, sort: '' }, value: partition };
      return;
    }
    for (const entry of forward ? partition.ascending(range) : partition.descending(range)) {
      yield keyed(partitionKey, entry);
    }
  }

  *scan(range: ScanRange = {}): Generator<StoredEntry<Value>> {
    const total = range.totalSegments ?? 1;
    const first = Math.ceil(((range.segment ?? 0) * bucketCount) / total);
    const end = Math.ceil((((range.segment ?? 0) + 1) * bucketCount) / total);
    const resume = range.after && bucketOf(range.after.partition);
    for (let index = Math.max(first, resume ?? 0); index < end; index += 1) {
      const bucket = this.buckets[index];
      if (bucket) yield* scanBucket(bucket, index === resume ? range.after : undefined);
    }
  }

  clone(): ItemStore<Value> {
    const copy = new ItemStore<Value>(this.sorted);
    copy.count = this.count;
    copy.buckets = this.buckets.map((bucket) => bucket && {
      partitions: new Map([...bucket.partitions].map(([key, partition]) =>
        [key, partition instanceof OrderedEntries ? partition.clone() : partition] as const)),
    });
    return copy;
  }
}

function* scanBucket<Value extends object>(bucket: Bucket<Value>, after: ItemKey | undefined): Generator<StoredEntry<Value>> {
  bucket.order ??= [...bucket.partitions.keys()].sort(compareText);
  for (const partitionKey of bucket.order) {
    const position = after ? compareText(partitionKey, after.partition) : 1;
    if (position < 0) continue;
    const partition = bucket.partitions.get(partitionKey);
    if (partition === undefined) continue;
    if (partition instanceof OrderedEntries) {
      const range = position === 0 && after ? { from: `${after.sort}\u0000` } : {};
      for (const entry of partition.ascending(range)) yield keyed(partitionKey, entry);
    } else if (position > 0) {
      yield { key: { partition: partitionKey, sort: '' }, value: partition };
    }
  }
}

function keyed<Value>(partition: string, entry: Entry<Value>): StoredEntry<Value> {
  return { key: { partition, sort: entry.key }, value: entry.value };
}

function bucketOf(text: string): number {
  let hash = 0x811c9dc5;
  for (let index = 0; index < text.length; index += 1) hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193);
  hash = Math.imul(hash ^ (hash >>> 15), 0x85ebca6b);
  return (hash ^ (hash >>> 13)) >>> 20;
}
