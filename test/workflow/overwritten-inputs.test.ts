import { describe, expect, it } from 'vitest';
import { jobIdOf } from '../../src/core/job.js';
import type { OperationEvent } from '../../src/core/operation.js';
import { lookAtAftermath } from '../../src/workflow/aftermath.js';
import type { OperationContext } from '../../src/workflow/operation-context.js';
import type { ObjectFacts, ReadPorts } from '../../src/workflow/ports.js';
import { adoptUnknownInputs } from '../../src/workflow/steps/adopt-unknown-inputs.js';

const [home, standby] = ['us-east-1', 'us-west-2'];
const at = '2026-03-01T06:00:00.000Z';
const clock = { now: () => new Date(at), sleep: () => Promise.resolve() };
const version = (versionId: string): ObjectFacts => ({ key: 'input/a.csv', versionId, bytes: 1, etag: '', lastModified: at });

/** A bucket in which one key was put twice. */
const twice = {
  async *list(prefix: string, options?: { overwritten?: true }) {
    await Promise.resolve();
    if (!prefix.startsWith('input/')) return;
    yield version('newer');
    if (options?.overwritten) yield version('older');
  },
  head: (_key: string, versionId: string) => Promise.resolve(version(versionId)),
};

describe('each version of an input is a job, also one that was overwritten', () => {
  it('which a move adopts when the ledger knows nothing of it', async () => {
    const started: string[] = [];
    const claim = { epoch: 2, region: standby, attempt: 1 };
    const context = {
      plan: { from: home, to: standby, epochBefore: 1, epochAfter: 2 },
      starts: { run: (call: () => Promise<unknown>) => call() },
      read: { clock, objects: { [standby]: twice } },
      write: {
        ledgers: { [standby]: {
          readJobs: () => Promise.resolve(new Map([[jobIdOf('input/a.csv', 'newer'), {}]])),
          acceptJob: () => Promise.resolve(),
          claimJob: () => Promise.resolve({ kind: 'claimed', claim }),
          recordExecution: () => Promise.resolve(),
        } },
        executions: { [standby]: { start: ({ versionId }: { versionId: string }) => { started.push(versionId); return Promise.resolve({ executionArn: 'arn' }); } } },
      },
    };
    expect(await adoptUnknownInputs.run(context as unknown as OperationContext)).toMatchObject({ state: 'done', detail: { adopted: [{ versionId: 'older' }] } });
    expect(started).toEqual(['older']);
  });

  it('and a report names when only the Region that was left holds it', async () => {
    const ports = {
      clock,
      objects: { [home]: twice, [standby]: { head: (key: string, versionId: string) => (versionId === 'older' ? Promise.resolve(undefined) : twice.head(key, versionId)) } },
      ledgers: { [standby]: {
        readJobs: () => Promise.resolve(new Map()),
        listRefusedCommits: () => Promise.resolve([]),
        readControl: () => Promise.resolve({ epoch: 2 }),
      } },
      executions: {},
    };
    const plan = { kind: 'failover', from: home, to: standby, epochBefore: 1, epochAfter: 2, steps: [], redrive: [], park: [] };
    const events = [{ type: 'operation-started', at, operationId: 'op', journalVersion: 1, plan, operator: 'ann' }] as unknown as OperationEvent[];
    const { missing } = await lookAtAftermath(ports as unknown as ReadPorts, events);
    expect(missing).toMatchObject({ value: [{ key: 'input/a.csv', versionId: 'older', jobStatus: null }] });
  });
});
