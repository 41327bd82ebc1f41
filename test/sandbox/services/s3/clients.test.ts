/** Storage as AWS's own clients see it: over the wire format, with signatures, and with IAM deciding. */
import {
  CreateBucketCommand, GetObjectCommand, HeadObjectCommand, ListObjectsV2Command, paginateListObjectsV2, PutBucketReplicationCommand, PutBucketVersioningCommand,
  PutObjectCommand, S3Client, UploadPartCommand,
} from '@aws-sdk/client-s3';
import { GetMultiRegionAccessPointRoutesCommand, S3ControlClient, SubmitMultiRegionAccessPointRoutesCommand } from '@aws-sdk/client-s3-control';
import { Upload } from '@aws-sdk/lib-storage';
import '@aws-sdk/signature-v4a';
import { Readable } from 'node:stream';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { assembleWorld } from '../../../../src/sandbox/assemble-world.js';
import type { RunningWorld } from '../../../../src/sandbox/assemble-world.js';
import { createMemoryBlobs } from '../../../../src/sandbox/blobs-memory.js';
import { createInProcessHandler } from '../../../../src/sandbox/in-process-handler.js';
import { seededRandom } from '../../../../src/sandbox/random.js';
import { createRealClock } from '../../../../src/sandbox/real-clock.js';
import type { Service } from '../../../../src/sandbox/service.js';
import { createS3Control } from '../../../../src/sandbox/services/s3-control/service.js';
import { createS3 } from '../../../../src/sandbox/services/s3/service.js';
import type { BusEvent } from '../../../../src/sandbox/world.js';
import { account, east, replicationTo, resourceContext, west } from './storage-world.js';

const replicationPolicy = {
  Version: '2012-10-17',
  Statement: [
    { Effect: 'Allow', Action: ['s3:GetReplicationConfiguration', 's3:ListBucket'], Resource: 'arn:aws:s3:::east' },
    { Effect: 'Allow', Action: ['s3:GetObjectVersionForReplication', 's3:GetObjectVersionAcl', 's3:GetObjectVersionTagging'], Resource: 'arn:aws:s3:::east/*' },
    { Effect: 'Allow', Action: ['s3:ReplicateObject'], Resource: 'arn:aws:s3:::west/*' },
  ],
};

let world: RunningWorld;
let events: { region: string; event: BusEvent }[];
let logged: string[];

beforeEach(async () => {
  events = [];
  logged = [];
  const sink = { operations: {}, permissions: () => [] };
  world = assembleWorld({
    clock: createRealClock({ speed: 1000 }), random: seededRandom(3), account, regions: [east, west], blobs: createMemoryBlobs(), latency: 'off', quotas: 'off',
    onLog: (_region, _source, line) => { logged.push(line); },
  }, (inner): Service[] => [
    createS3(inner), createS3Control(inner),
    { ...sink, name: 'events', publish: (region: string, event: BusEvent) => { events.push({ region, event }); } } as Service,
    { ...sink, name: 'monitoring', record: () => undefined } as Service,
  ]);
  await world.start();
  await createRole('replication', 's3.amazonaws.com', replicationPolicy);
  for (const [name, region] of [['east', east], ['west', west]] as const) {
    await s3(region).send(new CreateBucketCommand({ Bucket: name }));
    await s3(region).send(new PutBucketVersioningCommand({ Bucket: name, VersioningConfiguration: { Status: 'Enabled' } }));
  }
  await s3(east).send(new PutBucketReplicationCommand({ Bucket: 'east', ReplicationConfiguration: replicationTo('west') as never }));
});
afterEach(() => world.stop());

async function createRole(RoleName: string, service: string, PolicyDocument: object): Promise<void> {
  await world.iam.resources!['AWS::IAM::Role']!.create(resourceContext(east), {
    RoleName, AssumeRolePolicyDocument: { Version: '2012-10-17', Statement: [{ Effect: 'Allow', Principal: { Service: service }, Action: 'sts:AssumeRole' }] },
    Policies: [{ PolicyName: 'inline', PolicyDocument }],
  } as never);
}

interface Credentials { accessKeyId: string; secretAccessKey: string; sessionToken?: string }

function s3(region: string, credentials: Credentials = world.iam.operatorKeys()): S3Client {
  return new S3Client({ region, credentials, maxAttempts: 1, requestHandler: createInProcessHandler(world, { requestTimeoutMs: 600_000 }) as never });
}

function control(region: string): S3ControlClient {
  return new S3ControlClient({ region, credentials: world.iam.operatorKeys(), maxAttempts: 1, requestHandler: createInProcessHandler(world) as never });
}

async function until(condition: () => Promise<boolean>): Promise<void> {
  for (let attempt = 0; attempt < 200; attempt += 1) {
    if (await condition()) return;
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  throw new Error('the awaited never came');
}

const failure = async (call: Promise<unknown>): Promise<{ name: string; status?: number }> => {
  try { await call; } catch (error) { const known = error as { name: string; $metadata?: { httpStatusCode?: number } }; return { name: known.name, status: known.$metadata?.httpStatusCode }; }
  return { name: 'none' };
};

describe('S3 clients', () => {
  it('write and read with checksums that they verify, whole and streamed', async () => {
    const client = s3(east);
    const put = await client.send(new PutObjectCommand({ Bucket: 'east', Key: 'in/ä b+c.csv', Body: 'one\ntwo\n', Metadata: { origin: 'test' } }));
    expect(put.ChecksumCRC32).toBeDefined();
    const read = await client.send(new GetObjectCommand({ Bucket: 'east', Key: 'in/ä b+c.csv', VersionId: put.VersionId }));
    expect(read).toMatchObject({ ETag: put.ETag, Metadata: { origin: 'test' }, ChecksumCRC32: put.ChecksumCRC32 });
    expect(await read.Body!.transformToString()).toBe('one\ntwo\n');
    await client.send(new PutObjectCommand({ Bucket: 'east', Key: 'streamed', Body: Readable.from(['ab', 'cd']), ContentLength: 4 }));
    const ranged = await client.send(new GetObjectCommand({ Bucket: 'east', Key: 'streamed', Range: 'bytes=1-2' }));
    expect([ranged.$metadata.httpStatusCode, ranged.ContentRange, await ranged.Body!.transformToString()]).toEqual([206, 'bytes 1-2/4', 'bc']);
  });

  it('upload large bodies in parts', async () => {
    const content = Buffer.alloc(11 * 1024 ** 2, 'row\n');
    const done = await new Upload({ client: s3(east), params: { Bucket: 'east', Key: 'big', Body: Readable.from([content]) }, partSize: 5 * 1024 ** 2 }).done();
    expect(done.ETag).toMatch(/-3"$/);
    const read = await s3(east).send(new GetObjectCommand({ Bucket: 'east', Key: 'big', Range: `bytes=-${1024}` }));
    expect(await read.Body!.transformToString()).toBe('row\n'.repeat(256));
  });

  it('page through listings', async () => {
    for (let index = 0; index < 5; index += 1) await s3(east).send(new PutObjectCommand({ Bucket: 'east', Key: `k/${index} &<>`, Body: 'x' }));
    const keys: (string | undefined)[] = [];
    for await (const page of paginateListObjectsV2({ client: s3(east), pageSize: 2 }, { Bucket: 'east', Prefix: 'k/' })) keys.push(...(page.Contents ?? []).map(({ Key }) => Key));
    expect(keys).toEqual(['k/0 &<>', 'k/1 &<>', 'k/2 &<>', 'k/3 &<>', 'k/4 &<>']);
  });

  it('see S3\'s errors by name and status', async () => {
    const client = s3(east);
    await client.send(new PutObjectCommand({ Bucket: 'east', Key: 'a', Body: 'x' }));
    expect(await failure(client.send(new PutObjectCommand({ Bucket: 'east', Key: 'a', Body: 'y', IfNoneMatch: '*' })))).toEqual({ name: 'PreconditionFailed', status: 412 });
    expect(await failure(client.send(new GetObjectCommand({ Bucket: 'east', Key: 'absent' })))).toEqual({ name: 'NoSuchKey', status: 404 });
    expect(await failure(client.send(new HeadObjectCommand({ Bucket: 'east', Key: 'absent' })))).toEqual({ name: 'NotFound', status: 404 });
    expect(await failure(client.send(new UploadPartCommand({ Bucket: 'east', Key: 'a', UploadId: 'x', PartNumber: 1, Body: 'x' })))).toEqual({ name: 'NoSuchUpload', status: 404 });
  });

  it('may do what their role may, and are told 403 for absent keys without the right to list', async () => {
    await createRole('reader', 'lambda.amazonaws.com', { Version: '2012-10-17', Statement: [{ Effect: 'Allow', Action: 's3:GetObject', Resource: 'arn:aws:s3:::east/in/*' }] });
    const client = s3(east, world.credentialsFor(`arn:aws:iam::${account}:role/reader`, east));
    await s3(east).send(new PutObjectCommand({ Bucket: 'east', Key: 'in/a', Body: 'x' }));
    expect((await client.send(new HeadObjectCommand({ Bucket: 'east', Key: 'in/a' }))).ContentLength).toBe(1);
    expect(await failure(client.send(new GetObjectCommand({ Bucket: 'east', Key: 'in/absent' })))).toEqual({ name: 'AccessDenied', status: 403 });
    expect(await failure(client.send(new GetObjectCommand({ Bucket: 'east', Key: 'work/a' })))).toEqual({ name: 'AccessDenied', status: 403 });
    expect(await failure(client.send(new ListObjectsV2Command({ Bucket: 'east' })))).toEqual({ name: 'AccessDenied', status: 403 });
  });

  it('see replication end as the role\'s real policies let it', async () => {
    const client = s3(east);
    await client.send(new PutObjectCommand({ Bucket: 'east', Key: 'a', Body: 'x' }));
    const statusOf = async (Key: string): Promise<string | undefined> => (await client.send(new HeadObjectCommand({ Bucket: 'east', Key }))).ReplicationStatus;
    await until(async () => await statusOf('a') === 'COMPLETED');
    expect((await s3(west).send(new HeadObjectCommand({ Bucket: 'west', Key: 'a' }))).ReplicationStatus).toBe('REPLICA');
    await createRole('powerless', 's3.amazonaws.com', { Version: '2012-10-17', Statement: [] });
    await client.send(new PutBucketReplicationCommand({ Bucket: 'east', ReplicationConfiguration: { ...replicationTo('west'), Role: `arn:aws:iam::${account}:role/powerless` } as never }));
    await client.send(new PutObjectCommand({ Bucket: 'east', Key: 'b', Body: 'x' }));
    await until(async () => await statusOf('b') === 'FAILED');
    expect(logged.join()).toContain('s3:GetObjectVersionForReplication');
  });
});

describe('clients of a Multi-Region Access Point', () => {
  it('follow the routes, and need rights on the access point as on the bucket', async () => {
    const made = await world.services.get('s3-control')!.resources!['AWS::S3::MultiRegionAccessPoint']!.create(resourceContext(west), { Name: 'app', Regions: [{ Bucket: 'east' }, { Bucket: 'west' }] } as never);
    const arn = `arn:aws:s3::${account}:accesspoint/${String(made.attributes.Alias)}`;
    await s3(east).send(new PutObjectCommand({ Bucket: arn, Key: 'a b', Body: 'through' }));
    expect(await (await s3(west).send(new GetObjectCommand({ Bucket: arn, Key: 'a b' }))).Body!.transformToString()).toBe('through');
    expect((await s3(east).send(new HeadObjectCommand({ Bucket: 'east', Key: 'a b' }))).ContentLength).toBe(7);

    await createRole('half', 'lambda.amazonaws.com', { Version: '2012-10-17', Statement: [{ Effect: 'Allow', Action: 's3:GetObject', Resource: 'arn:aws:s3:::east/*' }] });
    await createRole('both', 'lambda.amazonaws.com', { Version: '2012-10-17', Statement: [{ Effect: 'Allow', Action: 's3:GetObject', Resource: ['arn:aws:s3:::east/*', `${arn}/object/*`] }] });
    const read = (role: string): Promise<unknown> => s3(east, world.credentialsFor(`arn:aws:iam::${account}:role/${role}`, east)).send(new HeadObjectCommand({ Bucket: arn, Key: 'a b' }));
    expect(await failure(read('half'))).toMatchObject({ status: 403 });
    expect(await failure(read('both'))).toEqual({ name: 'none' });

    await control('eu-west-1').send(new SubmitMultiRegionAccessPointRoutesCommand({ AccountId: account, Mrap: arn, RouteUpdates: [{ Region: east, TrafficDialPercentage: 0 }, { Region: west, TrafficDialPercentage: 100 }] }));
    const { Routes } = await control('ap-southeast-2').send(new GetMultiRegionAccessPointRoutesCommand({ AccountId: account, Mrap: arn }));
    expect(Routes).toEqual([{ Bucket: 'east', Region: east, TrafficDialPercentage: 0 }, { Bucket: 'west', Region: west, TrafficDialPercentage: 100 }]);
    const conflict = control(west).send(new SubmitMultiRegionAccessPointRoutesCommand({ AccountId: account, Mrap: arn, RouteUpdates: [{ Region: east, TrafficDialPercentage: 100 }] }));
    expect(await failure(conflict)).toMatchObject({ status: 409 });
    world.faults.setRegion(east, 'down');
    await until(async () => (await failure(s3(west).send(new PutObjectCommand({ Bucket: arn, Key: 'after', Body: 'x' })))).name === 'none');
    expect((await s3(west).send(new HeadObjectCommand({ Bucket: 'west', Key: 'after' }))).ContentLength).toBe(1);
  });
});
