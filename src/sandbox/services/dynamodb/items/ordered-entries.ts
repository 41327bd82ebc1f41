import { compareText } from './text-order.js';

export interface Entry<Value> {
  key: string;
  value: Value;
}

export interface KeyRange {
  /** Inclusive. */
  from?: string;
  /** Exclusive. */
  to?: string;
}

const chunkLimit = 512;

/** A sorted map from text to value in chunks, so that inserting among millions moves a few hundred entries only. */
export class OrderedEntries<Value> {
  private chunks: Entry<Value>[][] = [];
  private count = 0;

  get size(): number {
    return this.count;
  }

  get(key: string): Value | undefined {
    const chunk = this.chunks[this.chunkFor(key)];
    const entry = chunk?.[firstAtOrAfter(chunk, key)];
    return entry?.key === key ? entry.value : undefined;
  }

  set(key: string, value: Value): void {
    const at = this.chunkFor(key);
    const chunk = this.chunks[at];
    if (!chunk) {
      this.chunks.push([{ key, value }]);
      this.count += 1;
      return;
    }
    const index = firstAtOrAfter(chunk, key);
    if (chunk[index]?.key === key) {
      chunk[index] = { key, value };
      return;
    }
    chunk.splice(index, 0, { key, value });
    this.count += 1;
    if (chunk.length > chunkLimit) this.chunks.splice(at + 1, 0, chunk.splice(splitPoint(index, chunk.length)));
  }

  delete(key: string): void {
    const at = this.chunkFor(key);
    const chunk = this.chunks[at];
    if (!chunk) return;
    const index = firstAtOrAfter(chunk, key);
    if (chunk[index]?.key !== key) return;
    chunk.splice(index, 1);
    this.count -= 1;
    if (chunk.length === 0) this.chunks.splice(at, 1);
  }

  *ascending(range: KeyRange = {}): Generator<Entry<Value>> {
    let at = range.from === undefined ? 0 : this.chunkFor(range.from);
    let index = range.from === undefined ? 0 : firstAtOrAfter(this.chunks[at] ?? [], range.from);
    for (; at < this.chunks.length; at += 1, index = 0) {
      const chunk = this.chunks[at] as Entry<Value>[];
      for (; index < chunk.length; index += 1) {
        const entry = chunk[index] as Entry<Value>;
        if (range.to !== undefined && compareText(entry.key, range.to) >= 0) return;
        yield entry;
      }
    }
  }

  *descending(range: KeyRange = {}): Generator<Entry<Value>> {
    let at = range.to === undefined ? this.chunks.length - 1 : this.chunkFor(range.to);
    let index = (range.to === undefined ? this.chunks[at]?.length ?? 0 : firstAtOrAfter(this.chunks[at] ?? [], range.to)) - 1;
    for (; at >= 0; at -= 1, index = (this.chunks[at]?.length ?? 0) - 1) {
      const chunk = this.chunks[at] as Entry<Value>[] | undefined;
      for (; chunk && index >= 0; index -= 1) {
        const entry = chunk[index] as Entry<Value>;
        if (range.from !== undefined && compareText(entry.key, range.from) < 0) return;
        yield entry;
      }
    }
  }

  /** Entries are never changed in place, so a copy shares them. */
  clone(): OrderedEntries<Value> {
    const copy = new OrderedEntries<Value>();
    copy.chunks = this.chunks.map((chunk) => chunk.slice());
    copy.count = this.count;
    return copy;
  }

  /** The last chunk that begins at or before `key`; the first when none does. */
  private chunkFor(key: string): number {
    let low = 0;
    let high = this.chunks.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      const first = this.chunks[middle]?.[0] as Entry<Value>;
      if (compareText(first.key, key) <= 0) low = middle;
      else high = middle - 1;
    }
    return low;
  }
}

function firstAtOrAfter(chunk: readonly Entry<unknown>[], key: string): number {
  let low = 0;
  let high = chunk.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (compareText((chunk[middle] as Entry<unknown>).key, key) < 0) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Keys that arrive in order (times, sequences) leave full chunks behind; others are cut in the middle. */
function splitPoint(insertedAt: number, length: number): number {
  return insertedAt === length - 1 ? length - 1 : length >> 1;
}
