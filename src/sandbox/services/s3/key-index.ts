/**
 * Keys of a bucket in the order in which S3 lists them (UTF-8 bytes). Writing costs O(1): new keys wait in a set and
 * are sorted in at the next listing, one by one when they are few, by a merge when they are many.
 */
export interface KeyIndex {
  add(key: string): void;
  remove(key: string): void;
  /** All keys, sorted; valid until the next change. */
  sorted(): readonly string[];
}

/** Above this many changes a merge of the whole list is cheaper than single insertions. */
const mergeThreshold = 200;

export function createKeyIndex(): KeyIndex {
  let keys: string[] = [];
  const added = new Set<string>();
  const removed = new Set<string>();

  const settle = (): void => {
    if (added.size === 0 && removed.size === 0) return;
    if (added.size + removed.size <= mergeThreshold) settleOneByOne(keys, added, removed);
    else keys = mergeAll(keys, added, removed);
    added.clear();
    removed.clear();
  };

  return {
    add: (key) => { if (!removed.delete(key)) added.add(key); },
    remove: (key) => { if (!added.delete(key)) removed.add(key); },
    sorted: () => { settle(); return keys; },
  };
}

function settleOneByOne(keys: string[], added: ReadonlySet<string>, removed: ReadonlySet<string>): void {
  for (const key of removed) {
    const index = firstNotBefore(keys, key);
    if (keys[index] === key) keys.splice(index, 1);
  }
  for (const key of added) keys.splice(firstNotBefore(keys, key), 0, key);
}

function mergeAll(keys: readonly string[], added: ReadonlySet<string>, removed: ReadonlySet<string>): string[] {
  const incoming = [...added].sort(compareKeys);
  const merged: string[] = [];
  let next = 0;
  for (const key of keys) {
    if (removed.has(key)) continue;
    while (next < incoming.length && compareKeys(incoming[next]!, key) < 0) merged.push(incoming[next++]!);
    merged.push(key);
  }
  while (next < incoming.length) merged.push(incoming[next++]!);
  return merged;
}

/** Index of the first key that does not sort before `key`. */
export function firstNotBefore(keys: readonly string[], key: string): number {
  return firstWhere(keys, (candidate) => compareKeys(candidate, key) >= 0);
}

/** Index of the first key that sorts after `prefix` and everything that starts with it. */
export function firstBeyondPrefix(keys: readonly string[], prefix: string): number {
  return firstWhere(keys, (candidate) => !candidate.startsWith(prefix) && compareKeys(candidate, prefix) > 0);
}

/** Binary search: `holds` must be false for a leading run of the keys and true for the rest. */
function firstWhere(keys: readonly string[], holds: (key: string) => boolean): number {
  let low = 0;
  let high = keys.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (holds(keys[middle]!)) high = middle;
    else low = middle + 1;
  }
  return low;
}

/**
 * Order of the UTF-8 bytes. UTF-16 units, which JavaScript compares, agree with it except that surrogates (characters
 * beyond U+FFFF) must sort after U+E000 to U+FFFF.
 */
export function compareKeys(left: string, right: string): number {
  const shared = Math.min(left.length, right.length);
  for (let index = 0; index < shared; index += 1) {
    const leftUnit = left.charCodeAt(index);
    const rightUnit = right.charCodeAt(index);
    if (leftUnit !== rightUnit) return byteRank(leftUnit) - byteRank(rightUnit);
  }
  return left.length - right.length;
}

function byteRank(unit: number): number {
  return unit >= 0xd800 && unit <= 0xdfff ? unit + 0x10000 : unit;
}
