import { Halted } from './failures.js';

/**
 * A tree of running work. Halting a scope halts everything beneath it: an execution that is stopped halts its branches;
 * a Map iteration that fails halts its siblings and nothing else.
 */
export interface Scope {
  readonly halted: boolean;
  halt(): void;
  child(): Scope;
  /** Forgets a child that has ended. */
  release(child: Scope): void;
  /** Calls `action` when the scope is halted; the returned function forgets it. */
  onHalt(action: () => void): () => void;
  /** Waits for `work` unless the scope is halted first. The work itself is not cancelled: it only finds nobody waiting. */
  wait<T>(work: Promise<T>): Promise<T>;
}

export function createScope(): Scope {
  const actions = new Set<() => void>();
  let halted = false;
  const scope: Scope = {
    get halted() { return halted; },
    halt() {
      if (halted) return;
      halted = true;
      for (const action of [...actions]) action();
      actions.clear();
    },
    child() {
      const inner = createScope();
      if (halted) inner.halt();
      else scope.onHalt(inner.halt);
      return inner;
    },
    release: (inner) => { actions.delete(inner.halt); },
    onHalt(action) {
      actions.add(action);
      return () => actions.delete(action);
    },
    wait(work) {
      if (halted) {
        work.catch(() => undefined);
        return Promise.reject(new Halted());
      }
      return new Promise((resolve, reject) => {
        const forget = scope.onHalt(() => reject(new Halted()));
        work.then(
          (value) => { forget(); resolve(value); },
          (problem: unknown) => { forget(); reject(problem instanceof Error ? problem : new Error(String(problem))); },
        );
      });
    },
  };
  return scope;
}
