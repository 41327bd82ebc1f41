import { commit } from '../../infra/pipeline/commit.js';
import { ingest } from '../../infra/pipeline/ingest.js';
import { notify } from '../../infra/pipeline/notify.js';
import type { ObjectStore } from '../../infra/pipeline/objects.js';
import { claimAndStart } from '../../infra/pipeline/start-job.js';
import { createTelemetry } from '../../infra/pipeline/telemetry.js';
import type { Ledger } from '../../src/aws/ledger/ledger.js';
import { jobIdOf, type JobRunInput } from '../../src/core/job.js';
import { executionName, outputKey } from '../../src/core/layout.js';
import type { Clock } from '../../src/workflow/ports.js';

/** What happened to each job outside the ledger, by its number. */
export interface Outside {
  starts: Uint8Array;
  commits: Uint8Array;
  refusals: Uint8Array;
  mails: Uint8Array;
}

export interface Pipeline {
  /** A file is put: submit enters it (or only the event tells of it), and both Regions hear of it, some twice and in any order. */
  arrive(index: number): Promise<void>;
  /** Ends what was started last: commit and e-mail, or for some a failure first and another attempt. */
  finish(index: number): Promise<void>;
  /** The fence, and every job of `open` claimed by the new Region; then the old Region tries to commit some of them, in vain. */
  failOver(open: readonly number[]): Promise<void>;
  readonly outside: Outside;
}

/** Each refused commit is kept for a day of looks, so that not all of them try. */
export const oneZombieIn = 100;

const bytes = 4096;
export const keyOf = (index: number): string => `input/2026/11/orders-${String(index).padStart(8, '0')}.csv`;
export const indexOf = (key: string): number => Number(/orders-(\d+)\.csv$/.exec(key)?.[1]);
const versionOf = (index: number): string => `v${index.toString(36).padStart(31, '0')}`;
export const jobOfIndex = (index: number): string => jobIdOf(keyOf(index), versionOf(index));

export function createPipeline(jobs: number, regions: readonly [string, string], ledgers: Record<string, Ledger>, clock: Clock): Pipeline {
  const outside: Outside = { starts: new Uint8Array(jobs), commits: new Uint8Array(jobs), refusals: new Uint8Array(jobs), mails: new Uint8Array(jobs) };
  /** Executions of jobs that have not ended, by name: a name that was taken starts nothing. */
  const running = new Map<number, Map<string, JobRunInput>>();
  let [active, passive] = regions;
  let epoch = 1;

  const objects = { head: async (key: string, versionId?: string) => ({ key, versionId: versionId ?? '', bytes, etag: '"e"', metadata: { sha256: 'c'.repeat(64) } }) } as unknown as ObjectStore;
  const portsIn = Object.fromEntries(regions.map((region) => [region, {
    region, clock, objects, ledger: ledgers[region]!, routingVeto: async () => false,
    telemetry: createTelemetry({ deployment: 'load', region, functionName: 'load', clock, write: () => undefined }),
    startExecution: async (run: JobRunInput) => start(region, run),
  }]));

  async function start(region: string, run: JobRunInput): Promise<{ executionArn: string }> {
    const [index, name] = [indexOf(run.key), executionName(run.jobId, run)];
    const names = running.get(index) ?? new Map<string, JobRunInput>();
    if (!names.has(name)) outside.starts[index]! += 1;
    running.set(index, names.set(name, run));
    return { executionArn: `arn:aws:states:${region}:111122223333:execution:batchctl-job:${name}` };
  }

  const newestRun = (index: number): JobRunInput => [...running.get(index)?.values() ?? []].at(-1)!;
  const tell = (region: string, index: number): Promise<unknown> => ingest({ detail: { object: { key: keyOf(index), 'version-id': versionOf(index), size: bytes } } }, portsIn[region]!);

  async function tryCommit(run: JobRunInput, index: number): Promise<void> {
    const merged = { outputKey: outputKey(run.jobId, run.key, run), outputVersionId: 'o1', outputBytes: 2 * bytes, rows: { in: 40, out: 40, rejected: 0 }, parts: 1, partsKept: 0 };
    const { committed } = await commit(run, merged, portsIn[run.region]!);
    outside[committed ? 'commits' : 'refusals'][index]! += 1;
  }

  return {
    outside,
    async arrive(index) {
      const at = clock.now().toISOString();
      // One in ten is put into the bucket by something that is not batchctl.
      if (index % 10 !== 0) await ledgers[active]!.acceptJob({ jobId: jobOfIndex(index), key: keyOf(index), versionId: versionOf(index), bytes, checksum: 'c'.repeat(64), acceptedAt: at, acceptedBy: active });
      const [first, second] = index % 3 === 0 ? [passive, active] : [active, passive];
      await tell(first, index);
      await tell(second, index);
      if (index % 20 === 0) await tell(active, index);
    },
    async finish(index) {
      if (index % 500 === 0) {
        const run = newestRun(index);
        await ledgers[active]!.failJob(run.jobId, run, { code: 'PART_FAILED', message: 'one of the parts failed', step: 'Parts' }, clock.now().toISOString());
        await ledgers[active]!.retryJob(run.jobId, { epoch, region: active, expectedAttempt: run.attempt, at: clock.now().toISOString() });
        await claimAndStart(run, epoch, portsIn[active]!);
      }
      await tryCommit(newestRun(index), index);
      await notify(jobOfIndex(index), { ...portsIn[active]!, sender: `sender-${index}`, presign: async () => 'https://link', send: async () => { outside.mails[index]! += 1; } });
      running.delete(index);
    },
    async failOver(open) {
      const control = (await ledgers[passive]!.readControl())!;
      const old = open.map((index) => newestRun(index));
      [active, passive] = [passive, active];
      epoch += 1;
      await ledgers[active]!.replaceControl(control, { ...control, epoch, activeRegion: active, changedAt: clock.now().toISOString(), operationId: `failover-${epoch}` });
      const seen = new Map((await ledgers[active]!.listOpenJobs()).map((job) => [job.jobId, job]));
      for (const run of old) {
        const outcome = await ledgers[active]!.claimJob(run.jobId, { epoch, region: active, at: clock.now().toISOString(), ...(seen.has(run.jobId) ? { seen: seen.get(run.jobId)! } : {}) });
        if (outcome.kind === 'claimed') await start(active, { ...run, ...outcome.claim });
      }
      for (const [place, run] of old.entries()) if (place % oneZombieIn === 0) await tryCommit(run, open[place]!);
    },
  };
}
