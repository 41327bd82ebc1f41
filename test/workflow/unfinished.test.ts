import { describe, expect, it } from 'vitest';
import type { ControlItem } from '../../src/core/control.js';
import type { LedgerReader } from '../../src/workflow/ledger-ports.js';
import { newestUnfinished, unknownOperation } from '../../src/workflow/unfinished.js';

const draining: ControlItem = { epoch: 1, activeRegion: 'us-east-1', phase: 'draining', drainingTo: 'us-west-2', operationId: 'op-2', changedAt: '2026-11-21T06:00:00Z', changedBy: 'somebody' };

function ledgers(operations: { operationId: string; outcome?: string }[], control?: ControlItem): Record<string, LedgerReader> {
  return { 'us-east-1': { region: 'us-east-1', listOperations: async () => operations, readControl: async () => control } as unknown as LedgerReader };
}

describe('the operation to go on with', () => {
  it('is the newest that has not ended, whoever lists it', async () => {
    const listed = ledgers([{ operationId: 'op-3', outcome: 'done' }, { operationId: 'op-1' }]);
    expect(await newestUnfinished(listed, undefined)).toBe('op-1');
    expect(await newestUnfinished(listed, 'op-2')).toBe('op-2');
    expect(await newestUnfinished(ledgers([{ operationId: 'op-1', outcome: 'done' }]), undefined)).toBeUndefined();
  });

  it('is the one that left the pipeline draining, though no list has it', async () => {
    expect(await newestUnfinished(ledgers([], draining), undefined)).toBe('op-2');
    expect(await newestUnfinished(ledgers([], { ...draining, phase: 'active' }), undefined)).toBeUndefined();
  });

  it('can be finished or opened again without its journal, and the error says how', async () => {
    const { nextSteps } = await unknownOperation(ledgers([], draining), 'op-2');
    expect(nextSteps.join('\n')).toMatch(/failover --to us-west-2[\s\S]*failover --to us-east-1/);
    expect((await unknownOperation(ledgers([], draining), 'a typing error')).nextSteps).toEqual(['See what runs: batchctl status']);
  });
});
