import type { Observed } from './observation.js';
import type { Policy } from './policy.js';
import type { Signal } from './recommendation-types.js';
import type { ReplicationView, Snapshot } from './snapshot.js';
import { ageSeconds, otherRegion } from './view.js';

/** How the other Region's objects reach this one. What it means for the inputs is the ledger's to say, not these. */
export function replicationSignals(snapshot: Snapshot, region: string, policy: Policy): Signal[] {
  const from = otherRegion(snapshot, region);
  const view = snapshot.replication[`${from}->${region}`];
  if (!view) return [];
  return [latencySignal(snapshot, view, policy), pendingSignal(snapshot, view, policy), failedSignal(snapshot, view, policy)];
}

function latencySignal(snapshot: Snapshot, view: ReplicationView, policy: Policy): Signal {
  const common = { name: 'replication.latency', kind: 'replication' as const, unit: 's', seenFrom: view.to };
  const seconds = fresh(view.latencySeconds, snapshot, policy);
  if (!seconds.known) return { ...common, level: 'unknown', value: null, ageSeconds: ageSeconds(seconds.at, snapshot.observedAt), why: `how far replication from ${view.from} is behind is unknown: ${seconds.reason}` };
  const behind = Math.round(seconds.value);
  const level = behind > policy.replicationBadSeconds ? 'bad' : behind > policy.replicationWarnSeconds ? 'warn' : 'ok';
  return { ...common, level, value: behind, ageSeconds: ageSeconds(seconds.at, snapshot.observedAt), why: `replication from ${view.from} to ${view.to} is ${behind} s behind` };
}

function pendingSignal(snapshot: Snapshot, view: ReplicationView, policy: Policy): Signal {
  const common = { name: 'replication.pending', kind: 'replication' as const, unit: 'objects', seenFrom: view.to };
  const pending = fresh(view.pendingObjects, snapshot, policy);
  if (!pending.known) return { ...common, level: 'unknown', value: null, ageSeconds: ageSeconds(pending.at, snapshot.observedAt), why: `how many objects wait for replication from ${view.from} is unknown: ${pending.reason}` };
  const growth = growthOf(view, policy);
  const base = { ...common, value: pending.value, ageSeconds: ageSeconds(pending.at, snapshot.observedAt) };
  if (growth) return { ...base, level: 'bad', why: `${pending.value} objects wait for replication from ${view.from} to ${view.to}, ${growth.from} were ${growth.minutes} min ago, and their number has only grown: it is paused or cannot keep up` };
  return { ...base, level: 'ok', why: `${pending.value} objects wait for replication from ${view.from} to ${view.to}` };
}

/** Published in the source Region, and only for minutes in which operations ended: silence is no zero. */
function failedSignal(snapshot: Snapshot, view: ReplicationView, policy: Policy): Signal {
  const common = { name: 'replication.failed', kind: 'replication' as const, unit: 'objects', seenFrom: view.from };
  // What failed stays failed, however old the datapoint that said so.
  const failed = view.failedObjects.known && view.failedObjects.value > 0 ? view.failedObjects : fresh(view.failedObjects, snapshot, policy);
  if (!failed.known) return { ...common, level: 'unknown', value: null, ageSeconds: ageSeconds(failed.at, snapshot.observedAt), why: `whether objects failed to replicate from ${view.from} is unknown: ${failed.reason}` };
  return {
    ...common, level: failed.value > 0 ? 'bad' : 'ok', value: failed.value, ageSeconds: ageSeconds(failed.at, snapshot.observedAt),
    why: failed.value > 0 ? `${failed.value} ${failed.value === 1 ? 'object' : 'objects'} failed to replicate from ${view.from} to ${view.to}, and S3 will not retry them` : `no object failed to replicate from ${view.from} to ${view.to}`,
  };
}

/** The number has only risen, minute after minute, for as long as the policy says. */
function growthOf(view: ReplicationView, policy: Policy): { from: number; minutes: number } | undefined {
  if (!view.pendingMinutes.known) return undefined;
  const minutes = view.pendingMinutes.value;
  const last = minutes.at(-1);
  if (!last) return undefined;
  let first = last;
  for (const sample of [...minutes].reverse()) {
    if (sample.value > first.value) break;
    first = sample;
  }
  const span = ageSeconds(first.at, last.at) / 60;
  return last.value > first.value && span >= policy.replicationGrowingMinutes ? { from: first.value, minutes: Math.round(span) } : undefined;
}

/** A late metric describes another moment: it is no evidence of this one. */
export function fresh<T>(observed: Observed<T>, snapshot: Snapshot, policy: Policy): Observed<T> {
  if (!observed.known) return observed;
  const age = ageSeconds(observed.at, snapshot.observedAt);
  if (age <= policy.evidenceStaleSeconds) return observed;
  return { known: false, reason: `the newest datapoint is ${age} s old`, at: observed.at, seenFrom: observed.seenFrom };
}
