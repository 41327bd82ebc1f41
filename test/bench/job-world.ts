/** Two Regions on a virtual clock with thousands of open jobs, AWS's quotas and latencies: what the scale benches run on. */
import type { HttpRequest, HttpResponse } from '@smithy/core/protocols';
import path from 'node:path';
import { build as buildCanary } from '../../infra/functions/canary.js';
import { build as buildCommit } from '../../infra/functions/commit.js';
import { build as buildMerge } from '../../infra/functions/merge.js';
import { build as buildNotify } from '../../infra/functions/notify.js';
import { build as buildObserve } from '../../infra/functions/observe.js';
import { build as buildProcessPart } from '../../infra/functions/process-part.js';
import { build as buildSplit } from '../../infra/functions/split.js';
import type { BuildOptions } from '../../infra/pipeline/runtime.js';
import { encodeMembers } from '../../src/aws/ledger/attributes.js';
import { acceptedJobItem } from '../../src/aws/ledger/job-item.js';
import type { Deployment } from '../../src/config/schema.js';
import { jobIdOf } from '../../src/core/job.js';
import { partKey } from '../../src/core/layout.js';
import type { RunningWorld, WorldSnapshot } from '../../src/sandbox/assemble-world.js';
import { createMemoryBlobs } from '../../src/sandbox/blobs-memory.js';
import { createWorld } from '../../src/sandbox/create-world.js';
import { createInProcessHandler, type InProcessHandler } from '../../src/sandbox/in-process-handler.js';
import { createInProcessRuntime, type InProcessHandler as FunctionCode } from '../../src/sandbox/services/lambda/in-process-runtime.js';
import { createVirtualClock, type VirtualClock } from '../../src/sandbox/virtual-clock.js';
import type { Clock } from '../../src/workflow/ports.js';
import { account, deployOnce, operatorIn } from '../simulation/simulator/deployed-world.js';
import { diceFor } from '../simulation/simulator/dice.js';
import { settle } from '../simulation/simulator/settle.js';
import { bindProcess } from '../simulation/simulator/virtual-process.js';

export const [home, standby] = ['us-east-1', 'us-west-2'];

export interface JobWorld {
  world: RunningWorld;
  clock: VirtualClock;
  deployment: Deployment;
  /** The same clock as the workflow's ports want it. */
  portClock: Clock;
}

export interface Seeding {
  open: number;
  /** Of the open jobs, those whose arrival in the standby no row has stamped yet: one in so many. */
  unstampedEvery?: number;
  /** Of the open jobs, those that had finished two parts: one in so many. */
  partsEvery?: number;
}

type Handler = (event: never, context?: unknown) => Promise<unknown>;
type Build = (environment: Record<string, string>, options: BuildOptions) => Handler;

/** The functions that a synthetic job and the evidence need. */
const builds: Record<string, Build> = {
  canary: buildCanary as Build, observe: buildObserve as Build, split: buildSplit as Build, 'process-part': buildProcessPart as Build, merge: buildMerge as Build, commit: buildCommit as Build, notify: buildNotify as Build,
};

/**
 * Real for synthetic jobs, so that a move can be proved. Any other job ends after a second in its first state: what jobs
 * do is no matter of starting them. Nothing else of the pipeline runs.
 */
function functionCode(clock: VirtualClock, world: () => RunningWorld): Record<string, FunctionCode> {
  return Object.fromEntries(['ingest', 'sweep', 'observe', 'canary', 'fail', 'split', 'process-part', 'merge', 'commit', 'notify'].map((name): [string, FunctionCode] => [`batchctl-${name}`, async (event, context, environment) => {
    const build = builds[name];
    if (!build) return null;
    if (name === 'split' && !JSON.stringify(event).includes('canary/')) {
      await clock.sleep(1000);
      throw Object.assign(new Error('only starting is measured'), { name: 'InputRejected' });
    }
    const handler = build({ ...environment }, {
      requestHandler: createInProcessHandler(world()),
      clock: { now: () => new Date(clock.now()), sleep: clock.sleep },
      credentials: { accessKeyId: environment['AWS_ACCESS_KEY_ID'] ?? '', secretAccessKey: environment['AWS_SECRET_ACCESS_KEY'] ?? '', sessionToken: environment['AWS_SESSION_TOKEN'] ?? '' },
      random: Math.random,
      write: () => undefined,
    });
    return handler(event as never, context);
  }]));
}

/** A pipeline whose home Region has just been lost, with `open` jobs under way there. */
export async function createJobWorld(seeding: Seeding): Promise<JobWorld> {
  const deployed = await deployOnce(path.join(process.env['BENCH_ROOT'] ?? '.', 'dist/cdk.out'));
  const clock = createVirtualClock({ startAt: deployed.at, settle });
  bindProcess(clock, diceFor(1, 'process'));
  const runtime = createInProcessRuntime({ world: () => world, handlers: functionCode(clock, () => world) });
  const world: RunningWorld = createWorld({
    clock, random: diceFor(1, 'world'), runtime, account, regions: [home, standby], blobs: createMemoryBlobs(), latency: 'realistic', quotas: 'on',
  });
  await world.restore(JSON.parse(deployed.snapshot) as WorldSnapshot);
  await world.start();
  const portClock: Clock = { now: () => new Date(clock.now()), sleep: clock.sleep };
  const jobWorld = { world, clock, deployment: deployed.deployment, portClock };
  await seedOpenJobs(jobWorld, seeding);
  // The indexes catch up, and what was seeded is an old hat by the time that anybody looks.
  await clock.advance(5000);
  return jobWorld;
}

async function seedOpenJobs({ world, clock, deployment }: JobWorld, { open, unstampedEvery = 0, partsEvery = 0 }: Seeding): Promise<void> {
  const every = (index: number, nth: number): boolean => nth > 0 && index % nth === 0;
  const put = async (region: string, Key: string): Promise<string> => {
    const { VersionId } = await clock.runUntil(world.call<{ VersionId: string }>('s3', 'PutObject', { Bucket: deployment.regions[region]!.bucket, Key, Body: oneByte() }, operatorIn(region)));
    return VersionId;
  };
  for (let index = 0; index < open; index += 1) {
    const key = `input/2026/11/orders-${String(index).padStart(7, '0')}.csv`;
    const unstamped = every(index, unstampedEvery);
    const versionId = unstamped ? await put(standby, key) : `v${index.toString(36).padStart(31, '0')}`;
    const jobId = jobIdOf(key, versionId);
    if (every(index, partsEvery)) for (const part of [0, 1]) await put(standby, partKey(jobId, part));
    const at = new Date(clock.now() - (open - index)).toISOString();
    const Item = {
      ...acceptedJobItem({ jobId, key, versionId, bytes: 1_000_000 + index, checksum: 'c'.repeat(64), acceptedAt: at, acceptedBy: home, presentIn: { [home]: at, ...(unstamped ? {} : { [standby]: at }) } }),
      ...encodeMembers({ status: 'RUNNING', epoch: 1, region: home, attempt: 1, claimedAt: at, executionArn: `arn:aws:states:${home}:${account}:execution:batchctl-job:${jobId}-e1-a1` }),
    };
    await clock.runUntil(world.call('dynamodb', 'PutItem', { TableName: deployment.ledgerTable, Item }, operatorIn(standby)));
  }
}

async function* oneByte(): AsyncGenerator<Uint8Array> {
  yield Buffer.from('x');
}

/** Every call of the operator's clients, by name, with what became of it and when. */
export interface CallLog {
  handler: InProcessHandler;
  counts: Map<string, number>;
  throttled: Map<string, number>;
  /** Virtual times at which a start was accepted. */
  starts: number[];
}

export function logCalls({ world, clock }: JobWorld): CallLog {
  const direct = createInProcessHandler(world);
  const log: CallLog = { handler: { ...direct, handle }, counts: new Map(), throttled: new Map(), starts: [] };
  async function handle(request: HttpRequest, options?: { abortSignal?: unknown }): Promise<{ response: HttpResponse }> {
    const name = request.headers['x-amz-target']?.split('.').at(-1) ?? `${request.method} ${request.hostname.split('.')[1] ?? ''}`;
    log.counts.set(name, (log.counts.get(name) ?? 0) + 1);
    const answer = await direct.handle(request, options);
    if (answer.response.statusCode === 400 && name.endsWith('Execution')) log.throttled.set(name, (log.throttled.get(name) ?? 0) + 1);
    else if (name === 'StartExecution') log.starts.push(clock.now());
    return answer;
  }
  return log;
}
