/** A place in the table: one key and what is known of it. */
export type Slot = number;

export interface EnrichmentTable {
  /** The slot of the key that stands in `bytes`; a key that is new gets one and is listed in `unasked`. */
  slotOf(bytes: Uint8Array, start: number, end: number): Slot;
  /** Keys that have not been looked up yet, and forgets them: who takes them answers for them with `learn`. */
  takeUnasked(): string[];
  /** Keys that are missing from `found` have no reference row. */
  learn(keys: readonly string[], found: ReadonlyMap<string, string>): void;
  keyOf(slot: Slot): string;
  /** The text that ends the output line, as bytes `lineEndStart` to `lineEndEnd` of `text`. Empty: no reference row. */
  lineEndStart(slot: Slot): number;
  lineEndEnd(slot: Slot): number;
  readonly text: Uint8Array;
}

const initialSlots = 1024;
const fieldsPerSlot = 4;
const keyFrom = 0;
const keyTo = 1;
const lineEndFrom = 2;
const lineEndTo = 3;
const free = -1;

/**
 * What a part has learned of the reference table, found by the bytes of a key: a hash table with open addressing whose
 * keys and texts lie in one piece of memory. A Map of strings would make every row's key a string first, and that costs
 * more than all else that is done to a row.
 */
export function createEnrichmentTable(): EnrichmentTable {
  let text = Buffer.allocUnsafeSlow(64 * 1024);
  let textUsed = 0;
  let slots = 0;
  let places = new Int32Array(fieldsPerSlot * initialSlots);
  let buckets = new Int32Array(2 * initialSlots).fill(free);
  let unasked: Slot[] = [];

  function reserve(bytes: number): number {
    if (textUsed + bytes > text.length) {
      const larger = Buffer.allocUnsafeSlow(2 * (textUsed + bytes));
      larger.set(text.subarray(0, textUsed));
      text = larger;
    }
    const at = textUsed;
    textUsed += bytes;
    return at;
  }

  function holds(slot: Slot, bytes: Uint8Array, start: number, end: number): boolean {
    const from = places[fieldsPerSlot * slot + keyFrom]!;
    if (places[fieldsPerSlot * slot + keyTo]! - from !== end - start) return false;
    const keys = text;
    for (let at = start, key = from; at < end; at += 1, key += 1) {
      if (keys[key] !== bytes[at]) return false;
    }
    return true;
  }

  function add(bytes: Uint8Array, start: number, end: number): Slot {
    if (fieldsPerSlot * slots === places.length) grow();
    const slot = slots;
    slots += 1;
    const at = reserve(end - start);
    text.set(bytes.subarray(start, end), at);
    places[fieldsPerSlot * slot + keyFrom] = at;
    places[fieldsPerSlot * slot + keyTo] = at + end - start;
    unasked.push(slot);
    return slot;
  }

  /** Buckets stay at twice the slots, so that a search meets an empty one soon. */
  function grow(): void {
    const larger = new Int32Array(2 * places.length);
    larger.set(places);
    places = larger;
    buckets = new Int32Array(2 * buckets.length).fill(free);
    for (let slot = 0; slot < slots; slot += 1) {
      let bucket = bucketOf(text, places[fieldsPerSlot * slot + keyFrom]!, places[fieldsPerSlot * slot + keyTo]!, buckets.length - 1);
      while (buckets[bucket] !== free) bucket = (bucket + 1) & (buckets.length - 1);
      buckets[bucket] = slot;
    }
  }

  return {
    slotOf(bytes, start, end) {
      let bucket = bucketOf(bytes, start, end, buckets.length - 1);
      for (;;) {
        const slot = buckets[bucket]!;
        if (slot === free) break;
        if (holds(slot, bytes, start, end)) return slot;
        bucket = (bucket + 1) & (buckets.length - 1);
      }
      const before = buckets.length;
      const slot = add(bytes, start, end);
      if (buckets.length !== before) {
        bucket = bucketOf(bytes, start, end, buckets.length - 1);
        while (buckets[bucket] !== free) bucket = (bucket + 1) & (buckets.length - 1);
      }
      buckets[bucket] = slot;
      return slot;
    },
    takeUnasked() {
      const keys = unasked.map((slot) => this.keyOf(slot));
      unasked = [];
      return keys;
    },
    learn(keys, found) {
      for (const key of keys) {
        const lineEnd = found.get(key);
        if (lineEnd === undefined) continue;
        const keyBytes = Buffer.from(key);
        const place = fieldsPerSlot * this.slotOf(keyBytes, 0, keyBytes.length);
        const length = Buffer.byteLength(lineEnd);
        const at = reserve(length);
        text.write(lineEnd, at);
        places[place + lineEndFrom] = at;
        places[place + lineEndTo] = at + length;
      }
    },
    keyOf: (slot) => text.toString('utf8', places[fieldsPerSlot * slot + keyFrom], places[fieldsPerSlot * slot + keyTo]),
    lineEndStart: (slot) => places[fieldsPerSlot * slot + lineEndFrom]!,
    lineEndEnd: (slot) => places[fieldsPerSlot * slot + lineEndTo]!,
    get text() {
      return text;
    },
  };
}

/** FNV-1a, whose low bits differ even between keys that count up. */
function bucketOf(bytes: Uint8Array, start: number, end: number, mask: number): number {
  let hash = 0x811c9dc5;
  for (let at = start; at < end; at += 1) hash = Math.imul(hash ^ bytes[at]!, 0x01000193);
  return (hash ^ (hash >>> 15)) & mask;
}
