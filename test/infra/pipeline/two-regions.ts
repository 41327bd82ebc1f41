import { afterEach, beforeEach } from 'vitest';
import { ingest, type IngestPorts } from '../../../infra/pipeline/ingest.js';
import type { SweepPorts } from '../../../infra/pipeline/sweep.js';
import type { JobRunInput } from '../../../src/core/job.js';
import { type LedgerTable, openLedgerTable } from '../../aws/ledger/ledger-table.js';
import { MemoryLetters } from './memory-letters.js';
import { MemoryObjects } from './memory-objects.js';
import { recordTelemetry, type RecordedTelemetry } from './sample.js';

export interface Vantage {
  objects: MemoryObjects;
  letters: MemoryLetters;
  telemetry: RecordedTelemetry;
  started: JobRunInput[];
  notified: string[];
  executions: Map<string, { status: string; stoppedAt?: string; input?: string; error?: string; cause?: string }>;
  /** ARNs that were stopped. */
  stopped: string[];
  /** Names of executions that run. */
  running: string[];
  ports: SweepPorts & IngestPorts;
}

export let table: LedgerTable;
export let east: Vantage;
export let west: Vantage;

function vantage(region: string): Vantage {
  const objects = new MemoryObjects();
  const letters = new MemoryLetters(table.clock);
  const telemetry = recordTelemetry(table.clock);
  const started: JobRunInput[] = [];
  const notified: string[] = [];
  const executions: Vantage['executions'] = new Map();
  const stopped: string[] = [];
  const running: string[] = [];
  const ports: SweepPorts & IngestPorts = {
    region, objects, telemetry, ledger: table.ledger(region), clock: table.clock, codeVersion: 'code',
    routingVeto: () => Promise.resolve(false),
    startExecution: (run) => { started.push(run); return Promise.resolve({ executionArn: `arn:${region}:${run.jobId}-${run.epoch}` }); },
    executions: {
      describe: (executionArn) => { const found = executions.get(executionArn); return Promise.resolve(found && { executionArn, ...found }); },
      lastState: () => Promise.resolve('ProcessPart'),
      async *listRunning() { for (const name of running) yield await Promise.resolve({ executionArn: `arn:${name}`, name, startedAt: table.clock.at() }); },
      stop: (executionArn) => { stopped.push(executionArn); return Promise.resolve(); },
    },
    deadLetters: letters,
    addressee: { ingestFunction: 'batchctl-ingest', bucket: `bucket-${region}` },
    alert: () => Promise.resolve(),
    invokeNotify: (jobId) => { notified.push(jobId); return Promise.resolve(); },
    remainingMs: () => 40_000,
  };
  return { objects, letters, telemetry, started, notified, executions, stopped, running, ports };
}

/** Two Regions for the tests of a file: each test gets a ledger of its own, and reads `table`, `east` and `west` anew. */
export function withTwoRegions(): void {
  beforeEach(async () => {
    table = await openLedgerTable();
    east = vantage('us-east-1');
    west = vantage('us-west-2');
  });
  afterEach(() => table.close());
}

export const ledger = () => table.ledger('us-east-1');
export const created = (key: string, versionId = 'v') => ({ detail: { object: { key, 'version-id': versionId } } });
export async function control(epoch: number, activeRegion = 'us-east-1', phase: 'active' | 'draining' | 'fenced' = 'active'): Promise<void> {
  const item = { epoch, activeRegion, phase, changedAt: table.clock.at(), changedBy: 'test' };
  const standing = await ledger().readControl();
  if (standing) await ledger().replaceControl(standing, item);
  else await ledger().createControl(item);
}
export const merged = { outputKey: 'output/job/e1-a1/a.csv', outputVersionId: 'ov', outputBytes: 1, rejectsKey: 'output/job/e1-a1/a.rejects.csv', rejectsVersionId: 'rv', rows: { in: 3, out: 2, rejected: 1 }, parts: 1, partsKept: 0 };

export async function runningIn(where: Vantage, key: string): Promise<JobRunInput> {
  where.objects.put(key, 'x', {}, 'v');
  await ingest(created(key), where.ports);
  return where.started.at(-1)!;
}
