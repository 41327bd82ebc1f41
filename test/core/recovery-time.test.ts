import { describe, expect, it } from 'vitest';
import { percentile, recoveryTime } from '../../src/core/recovery-time.js';
import { headroom, healthy, job, seen, unseen, west } from './situation.js';

function withJobs(count: number, bytes = 1000) {
  const snapshot = healthy();
  snapshot.work = seen({ open: Array.from({ length: count }, (_, index) => job(`j${index}`, { bytes })), failed: [], unsettledNotifications: [], presence: {} }, 'ledger');
  return snapshot;
}

describe('recovery time', () => {
  it('takes the nearest rank: of few samples the worst is the 95th percentile', () => {
    expect([percentile([5, 9], 0.5), percentile([5, 9], 0.95), percentile([1, 2, 3, 4], 0.5), percentile([7], 0.95)]).toEqual([5, 9, 2, 7]);
  });

  it('is the move alone when nothing is open, from the past where there is one', () => {
    const snapshot = withJobs(0);
    expect(recoveryTime(snapshot, west)).toMatchObject({ p50: 6, p95: 20 });
    snapshot.pastMoveSeconds = seen([30, 10, 12], 'ledger');
    expect(recoveryTime(snapshot, west)).toMatchObject({ p50: 12, p95: 30, of: { pastMoves: 3 } });
  });

  it('adds the starts that the quota delays, and rounds of parts over the free concurrency', () => {
    const snapshot = withJobs(1900);
    expect(recoveryTime(snapshot, west)).toMatchObject({ p50: 6 + 2 + 2 * 2, of: { startingSeconds: 2, parts: 1900, rounds: 2 } });
    snapshot.headroom[west] = headroom(0.5, west, 400);
    expect(recoveryTime(snapshot, west).of?.rounds).toBe(10);
  });

  it('cuts large inputs into parts of 16 MiB', () => {
    expect(recoveryTime(withJobs(2, 160 * 1024 * 1024), west).of?.parts).toBe(20);
  });

  it('is unknown when nobody knows how many jobs are open', () => {
    const snapshot = healthy();
    snapshot.work = unseen('timed out', 'ledger');
    expect(recoveryTime(snapshot, west)).toEqual({ p50: null, p95: null });
  });
});
