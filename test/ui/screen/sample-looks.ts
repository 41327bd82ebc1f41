import { assess } from '../../../src/core/assess.js';
import type { OperationSummary } from '../../../src/core/operation.js';
import type { Snapshot } from '../../../src/core/snapshot.js';
import type { WatchData } from '../../../src/ui/screen/model/watch-model.js';
import { createSignalHistory, type SignalHistory } from '../../../src/ui/screen/model/signal-history.js';
import { control, dark, east, healthy, job, now, policy, seen, west } from '../../core/situation.js';

export const nowMs = Date.parse(now);

export function lookOf(snapshot: Snapshot, lastOperation: OperationSummary | null = null): WatchData {
  snapshot.deployment = 'orders';
  return { snapshot, assessment: assess(snapshot, policy), policy, lastOperation: seen(lastOperation, 'ledger') };
}

export const lastFailover: OperationSummary = {
  operationId: '20261120T180000Z-5eed01', kind: 'failover', mode: 'ungraceful', from: west, to: east, epoch: 1, operator: 'ops@console (process 7)',
  startedAt: '2026-11-20T18:00:00.000Z', finishedAt: '2026-11-20T18:00:41.000Z', outcome: 'done', rtoSeconds: 35,
};

/** A healthy pair with ordinary work in flight. */
export function quietLook(): WatchData {
  const snapshot = healthy();
  snapshot.work = seen({
    open: ['orders-0412', 'orders-0413', 'returns-0077'].map((id, index) => job(id, { claimedAt: `2026-11-21T05:59:${48 - index * 9}.000Z` })),
    failed: [], unsettledNotifications: [], presence: {},
  }, 'ledger');
  return lookOf(snapshot, lastFailover);
}

/** The active Region answers nobody while work is under way; two inputs had not been copied. */
export function darkLook(): WatchData {
  const snapshot = dark(healthy(), east);
  snapshot.probes[east] = { ...snapshot.probes[east] as Snapshot['probes'][string], history: seen([5, 4, 3, 2, 1].map((minutes) => ({ at: new Date(nowMs - minutes * 60_000).toISOString(), ok: minutes > 4 })), west) };
  const stranded = { presentIn: { [east]: '2026-11-21T05:58:00.000Z' }, acceptedAt: '2026-11-21T05:57:58.000Z' };
  snapshot.work = seen({
    open: [
      job('orders-0501'), job('orders-0502'), job('orders-0503', { status: 'ACCEPTED' }),
      job('orders-0504', stranded), job('orders-0505', { ...stranded, status: 'PARKED', parkedReason: `its input is not in ${west}` }),
    ],
    failed: [job('orders-0490', { status: 'FAILED', finishedAt: '2026-11-21T05:20:00.000Z', error: { code: 'WRONG_HEADER', message: 'the header has 7 columns, 8 are expected', step: 'Split' } })],
    unsettledNotifications: [],
    presence: { [west]: { 'orders-0504': seen(false), 'orders-0505': seen(false) } },
  }, 'ledger');
  snapshot.replication[`${east}->${west}`] = { from: east, to: west, pendingObjects: seen(2, west), oldestPendingSeconds: seen(122, west), latencySeconds: seen(40, west), failedObjects: { known: false, reason: 'timed out', at: now, seenFrom: east } };
  return lookOf(snapshot, lastFailover);
}

/** The dials were moved by hand, and a thousand jobs are open. */
export function driftedLook(jobs = 1000): WatchData {
  const snapshot = healthy();
  snapshot.routing.mrap = seen({ [east]: 0, [west]: 100 });
  snapshot.work = seen({ open: Array.from({ length: jobs }, (_, index) => job(`bulk-${String(index).padStart(4, '0')}`)), failed: [], unsettledNotifications: [], presence: {} }, 'ledger');
  return lookOf(snapshot);
}

/** A draining pipeline that nobody drives any more. */
export function stuckLook(): WatchData {
  const snapshot = healthy();
  for (const region of snapshot.regions) snapshot.ledgers[region] = seen(control({ phase: 'draining', drainingTo: west, operationId: '20261121T050000Z-5eed02' }), region);
  snapshot.routing.mrap = seen({ [east]: 0, [west]: 100 });
  return lookOf(snapshot, { ...lastFailover, operationId: '20261121T050000Z-5eed02', kind: 'failback', to: west, from: east });
}

/** Both replicas of the ledger are silent. */
export function noLedgerLook(): WatchData {
  const snapshot = dark(healthy(), east);
  snapshot.ledgers[west] = { known: false, reason: 'ReplicatedWriteConflictException', at: now, seenFrom: west };
  snapshot.work = { known: false, reason: 'no replica answered', at: now, seenFrom: 'operator' };
  return lookOf(snapshot);
}

/** An hour of looks before `data`: latencies that vary, one bad minute. */
export function historyBefore(data: WatchData): SignalHistory {
  const history = createSignalHistory();
  for (let minute = 40; minute > 0; minute -= 1) {
    const snapshot = healthy();
    snapshot.observedAt = new Date(nowMs - minute * 60_000).toISOString();
    for (const region of snapshot.regions) {
      const probes = snapshot.probes[region];
      if (probes) snapshot.probes[region] = { ...probes, fromOperator: probes.fromOperator.map((each, index) => ({ ...each, milliseconds: 40 + ((minute * 37 + index * 11) % 120), ...(minute === 20 ? { ok: false, error: 'timed out' } : {}) })) };
    }
    history.record(snapshot, assess(snapshot, policy));
  }
  history.record(data.snapshot, data.assessment);
  return history;
}
