import { Halted } from './failures.js';
import type { Scope } from './scope.js';

/**
 * Runs `runOne` for the indexes 0 to `count` - 1, at most `limit` at once, in order. The first that fails halts the
 * others, and its failure is thrown once all have come to a stop.
 */
export async function runConcurrently(count: number, limit: number, scope: Scope, runOne: (index: number, inner: Scope) => Promise<void>): Promise<void> {
  const inner = scope.child();
  const failures: unknown[] = [];
  let next = 0;
  const lane = async (): Promise<void> => {
    while (next < count && !inner.halted) {
      const index = next;
      next += 1;
      try {
        await runOne(index, inner);
      } catch (problem) {
        if (!(problem instanceof Halted)) failures.push(problem);
        inner.halt();
      }
    }
  };
  await Promise.all(Array.from({ length: Math.min(limit, count) }, lane));
  scope.release(inner);
  if (scope.halted) throw new Halted();
  if (failures.length > 0) throw failures[0];
}
