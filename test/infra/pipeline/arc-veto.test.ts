import { describe, expect, it } from 'vitest';
import { createRoutingVeto } from '../../../infra/pipeline/arc-veto.js';
import { TestClock } from '../../aws/ledger/ledger-table.js';

describe('routing veto', () => {
  const on = () => Promise.resolve(true);
  const off = () => Promise.resolve(false);
  const silent = () => new Promise<boolean>(() => {});
  const broken = () => Promise.reject(new Error('unavailable'));
  /** Time-outs of this clock end at once: silent endpoints are given up on. */
  class ImpatientClock extends TestClock {
    override async sleep(): Promise<void> { await new Promise((resolve) => { setImmediate(resolve); }); }
  }
  const veto = (endpoints: (() => Promise<boolean>)[]) => createRoutingVeto({ endpoints, clock: new ImpatientClock() })();

  it.each([
    ['most say Off', [off, off, off, on, on], true],
    ['most say On', [on, off, on, off, on], false],
    ['the one that answers says Off', [silent, broken, off, silent, broken], true],
    ['nobody answers', [silent, silent, broken, broken, broken], false],
    ['there are no endpoints', [], false],
    ['answers are even', [on, off, broken, broken, broken], false],
  ])('%s', async (_, endpoints, expected) => expect(await veto(endpoints)).toBe(expected));

  it('is read once in five seconds, and counts for nothing while a move may still be reaching the endpoints', async () => {
    const clock = new TestClock();
    let calls = 0;
    let state = false;
    const asked = createRoutingVeto({ endpoints: [() => { calls += 1; return Promise.resolve(state); }], clock });
    expect([await asked(), await asked()]).toEqual([true, true]);
    expect(calls).toBe(1);
    const moved = clock.at();
    expect(await asked(moved)).toBe(false);
    clock.advance(20_001);
    expect(await asked(moved)).toBe(true);
    expect(calls).toBe(2);
    state = true;
    expect(await asked(moved)).toBe(true);
    clock.advance(5001);
    expect(await asked(moved)).toBe(false);
  });
});
