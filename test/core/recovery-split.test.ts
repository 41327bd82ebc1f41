import { describe, expect, it } from 'vitest';
import type { OperationEvent, StepDetail, StepName } from '../../src/core/operation.js';
import { recoverySplit } from '../../src/core/recovery-split.js';

const at = (seconds: number): string => new Date(Date.parse('2026-11-21T06:00:00Z') + seconds * 1000).toISOString();
const confirmed = { type: 'operation-started', at: at(0), operationId: 'op', operator: 'test', plan: {} } as OperationEvent;
const step = (name: StepName, from: number, to: number, detail: StepDetail = {}, state: 'done' | 'skipped' = 'done'): OperationEvent[] => [
  { type: 'step-started', at: at(from), step: name, target: name },
  { type: 'step-finished', at: at(to), step: name, state, seconds: to - from, detail },
];

describe('whose seconds the time to recover is made of', () => {
  it('counts waits that overlap once, and gives batchctl everything else', () => {
    const quota = { quota: { waitedFrom: at(6), waitedUntil: at(30), throttled: 3, startsPerSecond: 300 } };
    const events = [confirmed, ...step('fence', 1, 2), ...step('flip-routing-controls', 2, 9), ...step('re-drive', 2, 31, quota), ...step('prove', 31.5, 36), ...step('verify-traffic-dials', 36, 90)];
    expect(recoverySplit(events)).toEqual({
      awsSeconds: 28 + 4.5, ownSeconds: 36 - 32.5,
      waits: [
        { name: 'ARC: a change reaches its five endpoints within 15 s', seconds: 7 },
        { name: 'Step Functions: the start quota', seconds: 24 },
        { name: 'the pipeline: a synthetic job runs', seconds: 4.5 },
      ],
    });
  });

  it('does not blame AWS for a step that had nothing to do, nor count what came after the proof', () => {
    expect(recoverySplit([confirmed, ...step('flip-routing-controls', 0, 5, {}, 'skipped'), ...step('prove', 5, 7), ...step('flip-traffic-dials', 6, 20)]))
      .toMatchObject({ awsSeconds: 2, ownSeconds: 5 });
  });

  it('has nothing to say of an operation that proved nothing', () => {
    expect(recoverySplit([confirmed, ...step('fence', 1, 2)])).toBeNull();
  });
});
