import { describe, expect, it } from 'vitest';
import { createFaults } from '../../../../src/sandbox/faults.js';
import { createRegionGate } from '../../../../src/sandbox/services/compute/region-gate.js';

const region = 'us-east-1';

describe('the gate of a Region', () => {
  it('holds what comes while it is down, and lets it go on when it is up again', async () => {
    const faults = createFaults();
    const gate = createRegionGate(faults);
    const passed: string[] = [];
    await gate.open(region);
    faults.setRegion(region, 'down');
    const waiting = gate.open(region).then(() => passed.push('waited'));
    await gate.open('us-west-2');
    expect(passed).toEqual([]);
    faults.setRegion(region, 'isolated');
    await waiting;
    expect(passed).toEqual(['waited']);
    expect(gate.outages(region)).toBe(1);
  });

  it('keeps waiting through an opening that is over before its turn comes', async () => {
    const faults = createFaults();
    const gate = createRegionGate(faults);
    expect(gate.isOpen(region)).toBe(true);
    faults.setRegion(region, 'down');
    let passed = false;
    const waiting = gate.open(region).then(() => { passed = true; });
    faults.setRegion(region, 'up');
    faults.setRegion(region, 'down');
    await new Promise((resolve) => { setImmediate(resolve); });
    expect(passed).toBe(false);
    faults.setRegion(region, 'up');
    await waiting;
    expect(gate.outages(region)).toBe(2);
  });
});
