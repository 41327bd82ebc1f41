import { describe, expect, it } from 'vitest';
import { judgeDrill, type DrillMeasures } from '../../src/core/drill.js';

const targets = { rtoTargetSeconds: 300, rpoTargetObjects: 0 };
const good: DrillMeasures = {
  scenario: 'region-dead', at: '2026-11-21T06:00:00.000Z', detectSeconds: 2, rtoSeconds: 40, returnSeconds: 30, leftBehind: 0, heldBack: 0,
  jobs: { total: 8, redriven: 5, partsKept: 3 }, operationIds: ['one', 'two'], checks: [{ name: 'moved', ok: true, detail: 'done' }],
};

describe('a drill passes only when everything was measured and is as it must be', () => {
  const cases: [string, Partial<DrillMeasures>, { ok: boolean; rto: boolean; rpo: boolean }][] = [
    ['within both targets', {}, { ok: true, rto: true, rpo: true }],
    ['exactly on the target', { rtoSeconds: 300 }, { ok: true, rto: true, rpo: true }],
    ['too slow', { rtoSeconds: 300.1 }, { ok: false, rto: false, rpo: true }],
    ['never proven', { rtoSeconds: null }, { ok: false, rto: false, rpo: true }],
    ['left one behind', { leftBehind: 1 }, { ok: false, rto: true, rpo: false }],
    ['left behind what the scenario itself kept back', { leftBehind: 3, heldBack: 3 }, { ok: true, rto: true, rpo: true }],
    ['left behind one more than was kept back', { leftBehind: 4, heldBack: 3 }, { ok: false, rto: true, rpo: false }],
    ['nobody knows what was left behind', { leftBehind: null }, { ok: false, rto: true, rpo: false }],
    ['a check went wrong', { checks: [{ name: 'routing as it was', ok: false, detail: '' }] }, { ok: false, rto: true, rpo: true }],
  ];
  it.each(cases)('%s', (_name, change, expected) => {
    const result = judgeDrill({ ...good, ...change }, targets, []);
    expect({ ok: result.ok, rto: result.rto.met, rpo: result.rpo.met }).toEqual(expected);
  });
});

describe('comparing with earlier drills', () => {
  const earlier = (rtoSeconds: number | null, change: Partial<DrillMeasures> = {}): DrillMeasures => ({ ...good, at: '2026-11-01T00:00:00.000Z', rtoSeconds, ...change });

  it('is empty for the first', () => {
    expect(judgeDrill(good, targets, []).earlier).toEqual({ runs: 0, medianRtoSeconds: null, worstRtoSeconds: null, againstMedianSeconds: null });
  });

  it('counts the same scenario alone, and only runs that were measured and came before', () => {
    const others = [earlier(10), earlier(30), earlier(null), earlier(1, { scenario: 'planned-move' }), earlier(1, { at: '2026-12-01T00:00:00.000Z' })];
    expect(judgeDrill(good, targets, others).earlier).toEqual({ runs: 2, medianRtoSeconds: 20, worstRtoSeconds: 30, againstMedianSeconds: 20 });
  });

  it('takes the middle of an odd number of runs', () => {
    expect(judgeDrill(good, targets, [earlier(50), earlier(10), earlier(45.5)]).earlier).toMatchObject({ medianRtoSeconds: 45.5, againstMedianSeconds: -5.5 });
  });
});
