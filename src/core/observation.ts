import type { FailureKind } from './failure.js';

/**
 * A fact that was seen, or the honest statement that it could not be. Unknown is never zero, healthy or done
 * (invariant 6), so there is no default to fall back on: whoever reads it must say what unknown means to them.
 */
export type Observed<T> = Known<T> | Unknown;

export interface Known<T> {
  known: true;
  value: T;
  /** ISO 8601 time of the fact, not of the call, where the source tells. */
  at: string;
  /** `operator` for this host, or the Region that looked. */
  seenFrom: string;
}

export interface Unknown {
  known: false;
  /** Why, in words that an operator understands: "timed out after 3 s", "access denied: cloudwatch:GetMetricData". */
  reason: string;
  /** What kind of failure that was, where a call failed. */
  failure?: FailureKind;
  at: string;
  seenFrom: string;
}

export function known<T>(value: T, at: string, seenFrom: string): Known<T> {
  return { known: true, value, at, seenFrom };
}

export function unknown(reason: string, at: string, seenFrom: string, failure?: FailureKind): Unknown {
  return { known: false, reason, ...(failure ? { failure } : {}), at, seenFrom };
}

export function mapObserved<T, U>(observed: Observed<T>, change: (value: T) => U): Observed<U> {
  return observed.known ? { ...observed, value: change(observed.value) } : observed;
}
