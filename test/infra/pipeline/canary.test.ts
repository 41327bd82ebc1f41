import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type CanaryPorts, runCanary } from '../../../infra/pipeline/canary.js';
import { commit } from '../../../infra/pipeline/commit.js';
import { fail } from '../../../infra/pipeline/fail.js';
import { merge } from '../../../infra/pipeline/merge.js';
import { processPart } from '../../../infra/pipeline/process-part.js';
import { split } from '../../../infra/pipeline/split.js';
import type { JobRunInput } from '../../../src/core/job.js';
import { type LedgerTable, openLedgerTable } from '../../aws/ledger/ledger-table.js';
import { MemoryObjects } from './memory-objects.js';
import { recordTelemetry, type RecordedTelemetry } from './sample.js';

const region = 'us-west-2';
const merged = { outputKey: 'canary/output/x', outputVersionId: 'ov', outputBytes: 1, rows: { in: 1, out: 0, rejected: 1 }, parts: 1, partsKept: 0 };

let table: LedgerTable;
let objects: MemoryObjects;
let telemetry: RecordedTelemetry;
let started: JobRunInput[];
let ports: CanaryPorts;

beforeEach(async () => {
  table = await openLedgerTable();
  objects = new MemoryObjects();
  telemetry = recordTelemetry(table.clock);
  started = [];
  const begun = table.clock.now().getTime();
  ports = {
    region, objects, telemetry, ledger: table.ledger(region), clock: table.clock,
    startExecution: async (run) => { started.push(run); await machine(run); return { executionArn: 'arn:execution' }; },
    remainingMs: () => 55_000 - (table.clock.now().getTime() - begun),
  };
});
afterEach(() => table.close());

/** What the state machine would do with the run; tests replace it. */
let machine: (run: JobRunInput) => Promise<unknown> = succeed;
function succeed(run: JobRunInput): Promise<unknown> {
  return commit(run, merged, { ledger: table.ledger(region), clock: table.clock, telemetry });
}
beforeEach(() => { machine = succeed; });

const history = async () => (await table.ledger('us-east-1').readCanary(region))?.results;
const elsewhereActive = () => table.ledger(region).createControl({ epoch: 7, activeRegion: 'us-east-1', phase: 'draining', changedAt: table.clock.at(), changedBy: 'test' });

describe('the canary', () => {
  it('runs in the passive Region too, whatever the phase, and says so where the other Region reads it', async () => {
    await elsewhereActive();
    expect(await runCanary(ports)).toMatchObject({ ok: true });
    expect(started).toMatchObject([{ epoch: 7, region, attempt: 1, key: expect.stringMatching(/^canary\/scheduled\/us-west-2\//) as string }]);
    expect(await history()).toEqual([{ at: expect.any(String) as string, ok: true, seconds: expect.any(Number) as number }]);
    expect(telemetry.total('CanarySucceeded')).toBe(1);
  });

  it('runs before init', async () => {
    expect(await runCanary(ports)).toMatchObject({ ok: true });
    expect(started).toMatchObject([{ epoch: 0 }]);
  });

  it('is nobody\'s work: not listed, not counted, no e-mail', async () => {
    await elsewhereActive();
    await runCanary(ports);
    const ledger = table.ledger(region);
    expect(await Promise.all([ledger.listOpenJobs(), ledger.listJobs({}), ledger.listUnsettledNotifications(), ledger.listFailedJobs()])).toEqual([[], [], [], []]);
    expect(await ledger.countSucceeded(24)).toBe(0);
    expect(telemetry.total('JobsStarted') + telemetry.total('JobsSucceeded')).toBe(0);
    expect(await ledger.readJob(started[0]!.jobId)).toMatchObject({ status: 'SUCCEEDED', notification: 'NONE' });
  });

  it('is a new job each time, also within a second', async () => {
    await runCanary(ports);
    await runCanary(ports);
    expect(new Set(started.map((run) => run.jobId)).size).toBe(2);
  });

  it('fails with the step that failed, and neither counts nor alerts as a job does', async () => {
    machine = (run) => fail(run, { step: 'Merge', error: 'Error', cause: 'no disk' }, {
      ledger: table.ledger(region), clock: table.clock, telemetry, alert: () => Promise.reject(new Error('nobody is to be alerted')),
    });
    expect(await runCanary(ports)).toMatchObject({ ok: false, detail: expect.stringContaining('Merge') as string });
    expect(await history()).toMatchObject([{ ok: false }]);
    expect(telemetry.total('JobsFailed')).toBe(0);
    expect(telemetry.lines.filter((line) => line.message === 'the alert could not be sent')).toEqual([]);
  });

  it('fails when the execution does not end in time, with room left to say so', async () => {
    machine = () => Promise.resolve();
    const outcome = await runCanary(ports);
    expect(outcome).toMatchObject({ ok: false, detail: expect.stringContaining('still RUNNING') as string });
    expect(outcome.seconds).toBeGreaterThan(30);
    expect(ports.remainingMs()).toBeGreaterThan(5000);
    expect(await history()).toMatchObject([{ ok: false }]);
    expect(telemetry.lines).toContainEqual(expect.objectContaining({ CanarySucceeded: 0 }));
  });

  it('fails when the execution cannot be started', async () => {
    machine = () => Promise.reject(Object.assign(new Error('Rate exceeded'), { name: 'ThrottlingException' }));
    expect(await runCanary(ports)).toMatchObject({ ok: false });
    expect(await history()).toMatchObject([{ ok: false }]);
  });

  it('still tells its metric when the Region is cut off from the ledger', async () => {
    const cutOff = () => Promise.reject(new Error('unreachable'));
    expect(await runCanary({ ...ports, ledger: { ...ports.ledger, readControl: cutOff, stampCanary: cutOff } })).toMatchObject({ ok: false });
    expect(telemetry.lines).toContainEqual(expect.objectContaining({ CanarySucceeded: 0 }));
    expect(await history()).toBeUndefined();
  });

  it('takes the real path through every step, and leaves no output among the outputs', async () => {
    machine = async (run) => {
      const { parts } = await split(run, { objects, telemetry, sizes: { minBytes: 1, maxBytes: 1024, inlineParts: 40 } });
      for (const part of parts) await processPart(run, part, { objects, telemetry, reference: { find: () => Promise.resolve(new Map()) } });
      await commit(run, await merge(run, parts.length, { objects, telemetry }), { ledger: table.ledger(region), clock: table.clock, telemetry });
    };
    expect(await runCanary(ports)).toMatchObject({ ok: true });
    const job = await table.ledger(region).readJob(started[0]!.jobId);
    expect(job).toMatchObject({ rows: { in: 1, out: 0, rejected: 1 }, outputKey: expect.stringMatching(/^canary\/output\//) as string, rejectsKey: expect.stringMatching(/^canary\/output\//) as string });
    expect(['FilesSplit', 'PartsProcessed', 'RowsIn', 'RowsRejected'].map((metric) => telemetry.total(metric))).toEqual([0, 0, 0, 0]);
  });
});
