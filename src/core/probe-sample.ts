import type { FailureKind } from './failure.js';
import type { ObserverMinute, ProbedService, ProbeResult } from './snapshot.js';

/** One call of a probe. */
export interface ProbeCall {
  milliseconds: number;
  /** Undefined: it was answered. */
  failure?: { kind: FailureKind; text: string };
  clockAheadSeconds?: number;
}

/** A Region that answers most calls is gray, not dead, and only a count tells the two apart. */
export function summariseProbe(service: ProbedService, seenFrom: string, at: string, calls: ProbeCall[]): ProbeResult {
  const failures = calls.flatMap((call) => call.failure ?? []);
  const answered = calls.filter((call) => !call.failure);
  const first = failures[0];
  const ahead = answered.find((call) => call.clockAheadSeconds !== undefined)?.clockAheadSeconds;
  return {
    service, seenFrom, at,
    ok: failures.length * 2 <= calls.length && answered.length > 0,
    milliseconds: median((answered.length > 0 ? answered : calls).map((call) => call.milliseconds)),
    ...(first ? { error: first.text, failure: first.kind } : {}),
    calls: calls.length,
    failed: failures.length,
    ...(ahead === undefined ? {} : { clockAheadSeconds: ahead }),
  };
}

/**
 * A minute's verdict as an observer stamps it. The thresholds are applied by whoever reads it. Calls that were not let in
 * tell nothing of the Region, and a service that throttles does answer: neither counts as failed.
 */
export function minuteOf(at: string, results: readonly ProbeResult[]): ObserverMinute {
  const telling = results.filter((result) => !isCallersFault(result.failure));
  const calls = telling.reduce((total, result) => total + callsOf(result), 0);
  const failed = telling.reduce((total, result) => total + (result.failure === 'throttled' ? 0 : failedOf(result)), 0);
  return {
    at,
    ok: failed === 0 && calls > 0,
    calls,
    failed,
    services: Object.fromEntries(results.map((result) => [result.service, { failed: failedOf(result), milliseconds: result.milliseconds }])),
  };
}

export function callsOf(result: ProbeResult): number {
  return result.calls ?? 1;
}

export function failedOf(result: ProbeResult): number {
  return result.failed ?? (result.ok ? 0 : 1);
}

/** Failures that say nothing about the Region: the caller was not let in, by its keys, its rights or its clock. */
export function isCallersFault(failure: FailureKind | undefined): boolean {
  return failure === 'credentials' || failure === 'permission' || failure === 'clock';
}

function median(values: number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor((sorted.length - 1) / 2)] ?? 0;
}
