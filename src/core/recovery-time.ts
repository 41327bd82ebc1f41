import type { Snapshot } from './snapshot.js';

/** Executions that Step Functions lets one account start a second, once its burst is spent (service quotas page). */
const startBurst = 1300;
const startsPerSecond = 300;
/** ARC's five endpoints agree within 5 s on average and 15 s at the most. */
const routingSeconds = { p50: 6, p95: 16 };

/**
 * Seconds from confirmation to proof. From past moves where there are any, else from AWS's documented times; both grow
 * with the number of open jobs, because starts are a quota.
 */
export function recoveryTime(snapshot: Snapshot): { p50: number | null; p95: number | null } {
  if (!snapshot.work.known) return { p50: null, p95: null };
  const open = snapshot.work.value.open.length;
  const starting = Math.max(0, open - startBurst) / startsPerSecond;
  const past = snapshot.pastMoveSeconds.known ? [...snapshot.pastMoveSeconds.value].sort((a, b) => a - b) : [];
  const model = { p50: routingSeconds.p50 + starting, p95: routingSeconds.p95 + 2 * starting };
  if (past.length === 0) return { p50: Math.ceil(model.p50), p95: Math.ceil(model.p95) };
  const at = (fraction: number): number => past[Math.min(past.length - 1, Math.floor(fraction * past.length))] ?? model.p95;
  return { p50: Math.ceil(Math.max(at(0.5), starting)), p95: Math.ceil(Math.max(at(0.95), 2 * starting, at(0.5))) };
}
