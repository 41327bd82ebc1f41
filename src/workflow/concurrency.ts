/**
 * Applies `work` to every item with at most `limit` at once. The first failure stops taking new items and is thrown
 * once those under way have ended; use a `work` that catches where one item's failure must not stop the others.
 */
export async function forEachLimited<T>(items: Iterable<T> | AsyncIterable<T>, limit: number, work: (item: T) => Promise<void>): Promise<void> {
  const iterator = Symbol.asyncIterator in items ? items[Symbol.asyncIterator]() : items[Symbol.iterator]();
  let failure: { error: unknown } | undefined;
  const worker = async (): Promise<void> => {
    while (!failure) {
      const next = await iterator.next();
      if (next.done) return;
      try {
        await work(next.value);
      } catch (error) {
        failure ??= { error };
      }
    }
  };
  await Promise.all(Array.from({ length: limit }, worker));
  if (failure) throw failure.error;
}

export interface Background {
  /** Does the work as soon as its turn comes; what it throws is its own affair. */
  add(work: () => Promise<void>): void;
  /** Resolves when nothing is left to do. */
  drained(): Promise<void>;
}

/** Work that must be done and that nothing waits for, at most `limit` at once. */
export function createBackground(limit: number): Background {
  const waiting: (() => Promise<void>)[] = [];
  let busy = 0;
  let tellDrained: (() => void)[] = [];

  async function work(): Promise<void> {
    busy += 1;
    for (let next = waiting.shift(); next; next = waiting.shift()) await next().catch(() => {});
    busy -= 1;
    if (busy > 0) return;
    for (const tell of tellDrained) tell();
    tellDrained = [];
  }

  return {
    add(next) {
      waiting.push(next);
      if (busy < limit) void work();
    },
    drained: () => (busy === 0 ? Promise.resolve() : new Promise((resolve) => { tellDrained.push(resolve); })),
  };
}
