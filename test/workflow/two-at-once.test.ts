import { describe, expect, it } from 'vitest';
import { policySchema } from '../../src/config/schema.js';
import { OperatorError } from '../../src/errors.js';
import { runOperation, type RunOptions } from '../../src/workflow/runner.js';

const standby = 'us-west-2';

/** A process that comes for an operation whose lock admits it, and whose journal says what `appendEvent` throws. */
async function begin(appendEvent: () => Promise<void>): Promise<{ thrown: unknown; released: number }> {
  let released = 0;
  const ledger = {
    acquireLock: () => Promise.resolve({ acquired: true }),
    renewLock: () => Promise.resolve(true),
    releaseLock: () => { released += 1; return Promise.resolve(); },
    appendEvent,
    putOperation: () => Promise.resolve(),
  };
  const options = {
    operationId: 'op-1',
    plan: { kind: 'failover', mode: 'ungraceful', from: 'us-east-1', to: standby, epochBefore: 1, epochAfter: 2, steps: [{ name: 'acquire-lock', target: 'this operation alone may move the pipeline', deadlineSeconds: 15 }] },
    policy: policySchema.parse({}),
    read: { clock: { now: () => new Date('2026-03-01T06:00:00Z'), sleep: (_milliseconds: number, signal?: AbortSignal) => new Promise((_resolve, reject) => { signal?.addEventListener('abort', () => reject(new Error('over')), { once: true }); }) } },
    write: { ledgers: { [standby]: ledger }, journal: null },
    operator: 'ann@desk',
    signal: new AbortController().signal,
    onEvent: () => {},
  } as unknown as RunOptions;
  const thrown: unknown = await runOperation(options).catch((error: unknown) => error);
  return { thrown, released };
}

describe('two processes that come for one operation', () => {
  it('leaves the lock to the one that was faster: both hold it under the operation\'s name', async () => {
    const { thrown, released } = await begin(() => Promise.reject(new OperatorError('JOURNAL_CONFLICT', 'another process wrote the next event')));
    expect(thrown).toMatchObject({ code: 'JOURNAL_CONFLICT' });
    expect(released).toBe(0);
  });

  it('frees a lock under which nobody works', async () => {
    const { thrown, released } = await begin(() => Promise.reject(Object.assign(new Error('no'), { name: 'AccessDeniedException' })));
    expect(String((thrown as Error).message)).toContain('journal could not be written');
    expect(released).toBe(1);
  });
});
