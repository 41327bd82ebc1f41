/** A world with storage only: a clock moved by hand, bodies in memory, and permissions that a test can take away. */
import type { BlobSlice, BlobStore } from '../../../../src/sandbox/blobs.js';
import type { SandboxClock } from '../../../../src/sandbox/clock.js';
import { createFaults } from '../../../../src/sandbox/faults.js';
import { seededRandom } from '../../../../src/sandbox/random.js';
import { AwsError } from '../../../../src/sandbox/service.js';
import type { CallContext, RequiredPermission, ResourceContext, Service } from '../../../../src/sandbox/service.js';
import { createS3Control } from '../../../../src/sandbox/services/s3-control/service.js';
import type { S3ControlOptions, S3ControlService } from '../../../../src/sandbox/services/s3-control/service.js';
import { createS3 } from '../../../../src/sandbox/services/s3/service.js';
import type { S3Options, S3Service } from '../../../../src/sandbox/services/s3/service.js';
import { NoAnswer } from '../../../../src/sandbox/world.js';
import type { BusEvent, InternalCaller, MetricDatum, World } from '../../../../src/sandbox/world.js';

export const east = 'us-east-1';
export const west = 'us-west-2';
export const account = '111122223333';
export const operator = { arn: `arn:aws:iam::${account}:user/operator`, origin: 'operator' };

export interface ManualClock extends SandboxClock {
  /** Lets the time pass, running what falls due in order and letting each settle. */
  advance(milliseconds: number): Promise<void>;
}

export function manualClock(start = Date.UTC(2026, 0, 5, 12)): ManualClock {
  let now = start;
  let order = 0;
  let timers: { at: number; order: number; action: () => void }[] = [];
  const after = (milliseconds: number, action: () => void): (() => void) => {
    const timer = { at: now + milliseconds, order: (order += 1), action };
    timers.push(timer);
    return () => { timers = timers.filter((other) => other !== timer); };
  };
  const settle = async (): Promise<void> => { for (let turn = 0; turn < 3; turn += 1) await new Promise((resolve) => setImmediate(resolve)); };
  return {
    now: () => now,
    after,
    sleep: (milliseconds) => new Promise((resolve) => { after(milliseconds, resolve); }),
    advance: async (milliseconds) => {
      const until = now + milliseconds;
      for (;;) {
        const due = timers.filter((timer) => timer.at <= until).sort((left, right) => left.at - right.at || left.order - right.order)[0];
        if (!due) break;
        timers = timers.filter((timer) => timer !== due);
        now = Math.max(now, due.at);
        due.action();
        await settle();
      }
      now = until;
    },
  };
}

export function memoryBlobs(): BlobStore & { readBytes: number } {
  const blobs = new Map<string, Buffer>();
  let last = 0;
  const store = {
    readBytes: 0,
    put: async (body: AsyncIterable<Uint8Array>): Promise<BlobSlice> => {
      const chunks: Uint8Array[] = [];
      for await (const chunk of body) chunks.push(chunk);
      const blob = `blob-${(last += 1)}`;
      blobs.set(blob, Buffer.concat(chunks));
      return { blob, offset: 0, length: blobs.get(blob)!.length };
    },
    async *read(slices: BlobSlice[], start = 0, end = Number.MAX_SAFE_INTEGER): AsyncGenerator<Uint8Array> {
      let position = 0;
      for (const slice of slices) {
        const from = Math.max(start, position) - position;
        const to = Math.min(end, position + slice.length) - position;
        position += slice.length;
        if (to <= from) continue;
        store.readBytes += to - from;
        yield blobs.get(slice.blob)!.subarray(slice.offset + from, slice.offset + to);
      }
    },
    retainOnly: async (keep: ReadonlySet<string>) => { for (const blob of blobs.keys()) if (!keep.has(blob)) blobs.delete(blob); },
  };
  return store;
}

export interface StorageWorld {
  world: World;
  clock: ManualClock;
  s3: S3Service;
  control: S3ControlService;
  blobs: ReturnType<typeof memoryBlobs>;
  events: { region: string; at: number; event: BusEvent }[];
  metrics: (MetricDatum & { region: string; at: number })[];
  logged: string[];
  /** Refuses what a test wants refused; everything is asked. */
  authorise: { deny: (permission: RequiredPermission, principalArn: string) => boolean; trusts: (service: string) => boolean };
  asked: { permission: RequiredPermission; principalArn: string }[];
  /** One call of S3 from outside, into `region`. */
  call<Output = Record<string, never>>(operation: string, input: object, region?: string): Promise<Output>;
  callControl<Output = Record<string, never>>(operation: string, input: object, region: string): Promise<Output>;
}

export interface StorageWorldOptions {
  s3?: S3Options;
  control?: S3ControlOptions;
  clock?: ManualClock;
  blobs?: ReturnType<typeof memoryBlobs>;
}

export function storageWorld(options: StorageWorldOptions = {}): StorageWorld {
  const clock = options.clock ?? manualClock();
  const blobs = options.blobs ?? memoryBlobs();
  const faults = createFaults();
  const random = seededRandom(7);
  const services = new Map<string, Service>();
  const records: Pick<StorageWorld, 'events' | 'metrics' | 'logged' | 'asked' | 'authorise'> = { events: [], metrics: [], logged: [], asked: [], authorise: { deny: () => false, trusts: (service) => service === 's3.amazonaws.com' } };

  const perform = async (service: string, operation: string, input: object, from: InternalCaller): Promise<unknown> => {
    if (from.region !== '*' && !faults.reachable(from.principal.origin, from.region)) throw new NoAnswer('blackhole');
    const target = services.get(service)!;
    const call: CallContext = { region: from.region, principal: from.principal, requestId: random.hex(16), signal: from.signal ?? new AbortController().signal, domain: `region:${from.region}` };
    if (!from.principal.arn.startsWith('service:')) {
      for (const permission of target.permissions(operation, input, call)) {
        records.asked.push({ permission, principalArn: from.principal.arn });
        if (records.authorise.deny(permission, from.principal.arn)) throw new AwsError('AccessDenied', `${permission.action} on ${permission.resource}`, { status: 403 });
      }
    }
    return target.operations[operation]!(input, call);
  };

  const world: World = {
    clock, random, account, partition: 'aws', faults, blobs, quotas: 'off', latency: 'off',
    service: (name) => services.get(name)!,
    call: async <Output>(service: string, operation: string, input: unknown, from: InternalCaller) => await perform(service, operation, input as object, from) as Output,
    handle: async () => { throw new Error('this world has no wire'); },
    publish: (region, event) => { records.events.push({ region, at: clock.now(), event }); },
    recordMetric: (region, metric) => { records.metrics.push({ at: clock.now(), ...metric, region }); },
    credentialsFor: () => { throw new Error('this world has no credentials'); },
    log: (_region, _source, line) => { records.logged.push(line); },
    changed: () => undefined,
  };
  const s3 = createS3(world, options.s3);
  const control = createS3Control(world, options.control);
  const iam = { name: 'iam', operations: {}, permissions: () => [], canBeAssumedBy: (_role: string, service: string) => records.authorise.trusts(service) };
  services.set('s3', s3).set('s3-control', control).set('iam', iam);
  return {
    world, clock, s3, control, blobs, ...records,
    call: async <Output>(operation: string, input: object, region = east) => await perform('s3', operation, input, { region, principal: operator }) as Output,
    callControl: async <Output>(operation: string, input: object, region: string) => await perform('s3-control', operation, input, { region, principal: operator }) as Output,
  };
}

export async function* body(...chunks: (string | Uint8Array)[]): AsyncGenerator<Uint8Array> {
  for (const chunk of chunks) yield Buffer.from(chunk);
}

export async function text(stream: AsyncIterable<Uint8Array>): Promise<string> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of stream) chunks.push(chunk);
  return Buffer.concat(chunks).toString();
}

export async function bucket(world: StorageWorld, name: string, region = east, options: { versioned?: boolean; events?: boolean } = {}): Promise<void> {
  await world.call('CreateBucket', { Bucket: name, ...(region === east ? {} : { CreateBucketConfiguration: { LocationConstraint: region } }) }, region);
  if (options.versioned ?? true) await world.call('PutBucketVersioning', { Bucket: name, VersioningConfiguration: { Status: 'Enabled' } }, region);
  if (options.events) await world.call('PutBucketNotificationConfiguration', { Bucket: name, NotificationConfiguration: { EventBridgeConfiguration: {} } }, region);
}

export async function put(world: StorageWorld, Bucket: string, Key: string, content: string | Uint8Array = 'content', more: object = {}, region = east): Promise<{ VersionId: string; ETag: string }> {
  return world.call('PutObject', { Bucket, Key, Body: body(content), ...more }, region);
}

export async function get(world: StorageWorld, Bucket: string, Key: string, more: object = {}, region = east): Promise<string> {
  const { Body: stream } = await world.call<{ Body: AsyncIterable<Uint8Array> }>('GetObject', { Bucket, Key, ...more }, region);
  return text(stream);
}

/** The code and status of the error that a call ends with. */
export async function refusal(call: Promise<unknown>): Promise<string> {
  try {
    await call;
  } catch (error) {
    if (error instanceof AwsError) return `${error.code} ${error.status}`;
    return (error as Error).message;
  }
  return 'no error';
}

export function resourceContext(region: string, unmodelled: string[] = []): ResourceContext {
  return { region, account, stackName: 'Storage', logicalId: 'Thing', assetPath: (key) => key, unmodelled: (path) => { unmodelled.push(path); } };
}

export const replicationRole = `arn:aws:iam::${account}:role/replication`;

export function replicationTo(destination: string, more: object = {}): object {
  return {
    Role: replicationRole,
    Rules: [{
      ID: 'everything', Status: 'Enabled', Priority: 1, Filter: { Prefix: '' }, DeleteMarkerReplication: { Status: 'Enabled' },
      Destination: { Bucket: `arn:aws:s3:::${destination}`, ReplicationTime: { Status: 'Enabled', Time: { Minutes: 15 } }, Metrics: { Status: 'Enabled' } },
      SourceSelectionCriteria: { ReplicaModifications: { Status: 'Enabled' } }, ...more,
    }],
  };
}

/** Two buckets with events that replicate everything to each other, as the pipeline's do. */
export async function twins(options: StorageWorldOptions = {}): Promise<StorageWorld> {
  const world = storageWorld(options);
  await bucket(world, 'data-east', east, { events: true });
  await bucket(world, 'data-west', west, { events: true });
  await world.call('PutBucketReplication', { Bucket: 'data-east', ReplicationConfiguration: replicationTo('data-west') });
  await world.call('PutBucketReplication', { Bucket: 'data-west', ReplicationConfiguration: replicationTo('data-east') }, west);
  world.s3.start();
  world.control.start();
  return world;
}
