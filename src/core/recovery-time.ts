import { isUnfinished } from './job.js';
import type { RecoveryTime } from './recommendation-types.js';
import type { Snapshot } from './snapshot.js';
import { startingSeconds } from './start-quota.js';

/** Confirmation to fence, proof included, and ARC's endpoints agreeing (5 s on average, 15 s at the most), without a past to learn from. */
const modelledMove = { p50: 6, p95: 20 };
/** What a part takes, as long as no synthetic job has told: a few seconds, and some tens when functions start cold. */
const modelledPart = { p50: 4, p95: 15 };
/** The largest range that one part covers (`partMaxBytes` of the stacks). */
const partBytes = 16 * 1024 * 1024;
/** A new account's Lambda concurrency, where the quota could not be read. */
const assumedConcurrency = 1000;

/**
 * Seconds of a move to `to`: the move itself, from past ones where there are any, then the quota-bound start of the open
 * jobs and the rounds in which their parts are worked off. Null when nobody knows how many jobs are open.
 */
export function recoveryTime(snapshot: Snapshot, to: string): RecoveryTime {
  if (!snapshot.work.known) return { p50: null, p95: null };
  const open = snapshot.work.value.open.filter(isUnfinished);
  const past = snapshot.pastMoveSeconds.known ? [...snapshot.pastMoveSeconds.value].sort((a, b) => a - b) : [];
  const move = past.length === 0 ? modelledMove : { p50: percentile(past, 0.5), p95: percentile(past, 0.95) };
  const starting = startingSeconds(open.length, to);
  const parts = open.reduce((total, job) => total + Math.max(1, Math.ceil(job.bytes / partBytes)), 0);
  const rounds = Math.ceil(parts / freeConcurrency(snapshot, to));
  const part = partSeconds(snapshot, to);
  return {
    p50: Math.ceil(move.p50 + starting + rounds * part.p50),
    p95: Math.ceil(move.p95 + 2 * starting + rounds * part.p95),
    of: { moveSeconds: move, startingSeconds: starting, openJobs: open.length, parts, rounds, partSeconds: part, pastMoves: past.length },
  };
}

/** Nearest rank: with few samples the 95th percentile is the worst of them. */
export function percentile(sorted: readonly number[], fraction: number): number {
  return sorted[Math.min(sorted.length - 1, Math.max(0, Math.ceil(fraction * sorted.length) - 1))] ?? 0;
}

/** A synthetic job is a job of one part, from start to commit. */
function partSeconds(snapshot: Snapshot, region: string): { p50: number; p95: number } {
  const canary = snapshot.canaries[region];
  const seconds = (canary?.known ? canary.value?.results ?? [] : []).filter((result) => result.ok).map((result) => result.seconds).sort((a, b) => a - b);
  return seconds.length === 0 ? modelledPart : { p50: percentile(seconds, 0.5), p95: percentile(seconds, 0.95) };
}

function freeConcurrency(snapshot: Snapshot, region: string): number {
  const headroom = snapshot.headroom[region];
  const quota = 'lambda-concurrency';
  const limit = headroom?.known ? headroom.value.limits[quota] ?? assumedConcurrency : assumedConcurrency;
  const used = headroom?.known ? headroom.value.used[quota] ?? 0 : 0;
  return Math.max(1, Math.floor(limit * Math.max(0, 1 - used)));
}
