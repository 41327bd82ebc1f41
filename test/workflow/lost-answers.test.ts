import { beforeEach, describe, expect, it } from 'vitest';
import type { ControlItem } from '../../src/core/control.js';
import type { OperationEvent, Plan, StepName } from '../../src/core/operation.js';
import { persistently, poll } from '../../src/workflow/operation-context.js';
import type { ReadPorts, WritePorts } from '../../src/workflow/ports.js';
import { runOperation } from '../../src/workflow/runner.js';

const lost = (): Error => Object.assign(new Error('no answer within 5 s'), { name: 'DeadlineExceeded' });

let now: number;
const clock = {
  now: () => new Date(now),
  sleep: async (milliseconds: number, signal?: AbortSignal) => {
    // The heartbeat sleeps until it is stopped; everybody else waits for a moment only.
    if (milliseconds >= 10_000) return new Promise<never>((_, reject) => { signal?.addEventListener('abort', () => reject(signal.reason as Error)); });
    now += milliseconds;
  },
};
const context = { read: { clock } as unknown as ReadPorts, signal: new AbortController().signal };

beforeEach(() => { now = Date.parse('2026-11-21T06:00:00Z'); });

describe('waiting', () => {
  it('outlives calls that get no answer', async () => {
    const answers = [lost(), undefined, lost(), 'there'];
    const check = async () => { const next = answers.shift(); if (next instanceof Error) throw next; return next; };
    expect(await poll(context, { everyMs: 1000, deadlineMs: 60_000 }, check)).toBe('there');
  });

  it('says at its deadline why it could not see, and never that there was nothing', async () => {
    await expect(poll(context, { everyMs: 1000, deadlineMs: 3000 }, () => Promise.reject(lost()))).rejects.toThrow('no answer within 5 s');
    expect(await poll(context, { everyMs: 1000, deadlineMs: 3000 }, async () => undefined)).toBeUndefined();
  });

  it('does not wait for what will not pass', async () => {
    let asked = 0;
    const refusing = async () => { asked += 1; throw Object.assign(new Error('no'), { name: 'AccessDeniedException' }); };
    await expect(poll(context, { everyMs: 1000, deadlineMs: 3000 }, refusing)).rejects.toThrow('no');
    await expect(persistently(context, 3000, refusing)).rejects.toThrow('no');
    expect(asked).toBe(2);
  });
});

/** Only what the lock, the fence and the journal need; each write can lose its answer after it took effect. */
function ledgerLosing(answers: Partial<Record<'acquireLock' | 'replaceControl' | 'readControl', number>>) {
  let control: ControlItem = { epoch: 1, activeRegion: 'us-east-1', phase: 'active', changedAt: clock.now().toISOString(), changedBy: 'test' };
  const lose = (call: keyof typeof answers): void => {
    const left = answers[call] ?? 0;
    answers[call] = left - 1;
    if (left > 0) throw lost();
  };
  const ledger = {
    region: 'us-west-2',
    acquireLock: async () => { lose('acquireLock'); return { acquired: true }; },
    renewLock: async () => true,
    releaseLock: async () => {},
    readControl: async () => { lose('readControl'); return control; },
    replaceControl: async (expected: ControlItem, next: ControlItem) => {
      if (expected.epoch !== control.epoch) return false;
      control = next;
      lose('replaceControl');
      return true;
    },
    appendEvent: async () => {},
    putOperation: async () => {},
    listRefusedCommits: async () => [],
  };
  return { ledger, control: () => control };
}

function run(ledger: object) {
  const step = (name: StepName) => ({ name, target: name, expectedSeconds: 1, deadlineSeconds: 15, bestEffort: false, pointOfNoReturn: name === 'fence', withPrevious: false });
  const plan = { kind: 'failover', mode: 'ungraceful', from: 'us-east-1', to: 'us-west-2', epochBefore: 1, epochAfter: 2, steps: [step('acquire-lock'), step('fence'), step('release-lock')], rpo: { keys: [] } } as unknown as Plan;
  const journal = { append: async () => {}, read: async () => [], list: async () => [], latestUnfinished: async () => undefined };
  const events: OperationEvent[] = [];
  return runOperation({
    operationId: 'op', plan, target: { name: 'test', home: 'us-east-1', other: 'us-west-2' }, policy: { lockLeaseSeconds: 60 } as never,
    read: context.read, write: { ledgers: { 'us-west-2': ledger }, journal } as unknown as WritePorts, operator: 'test', signal: context.signal, onEvent: (event) => events.push(event),
  });
}

describe('an operation whose calls take effect and whose answers are lost', () => {
  it('goes on where the lock was taken and where the fence was written', async () => {
    const { ledger, control } = ledgerLosing({ acquireLock: 1, replaceControl: 1 });
    expect((await run(ledger)).outcome).toBe('done');
    expect(control()).toMatchObject({ epoch: 2, activeRegion: 'us-west-2' });
  });

  it('is interrupted, never called undone, while nobody can tell whether the fence stands', async () => {
    const { ledger, control } = ledgerLosing({ replaceControl: 1 });
    const blind = { ...ledger, readControl: async () => { if (control().epoch === 2) throw lost(); return control(); } };
    const result = await run(blind);
    expect(result.outcome).toBe('interrupted');
    expect(result.nextSteps.join()).toContain('--resume op');
    expect(control().epoch).toBe(2);
  });
});
