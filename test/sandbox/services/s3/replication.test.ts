import { describe, expect, it } from 'vitest';
import { bucket, east, get, put, refusal, replicationRole, replicationTo, storageWorld, twins, west } from './storage-world.js';
import type { StorageWorld } from './storage-world.js';

const status = async (world: StorageWorld, Bucket: string, Key: string, region: string, more: object = {}): Promise<string | undefined> =>
  (await world.call<{ ReplicationStatus?: string }>('HeadObject', { Bucket, Key, ...more }, region)).ReplicationStatus;

const keysOf = async (world: StorageWorld, Bucket: string, region: string): Promise<string[]> =>
  ((await world.call<{ Contents?: { Key: string }[] }>('ListObjectsV2', { Bucket }, region)).Contents ?? []).map(({ Key }) => Key);

describe('replication', () => {
  it('takes a version over with its id, time and description, later', async () => {
    const world = await twins();
    const { VersionId } = await put(world, 'data-east', 'in/a.csv', 'rows', { ContentType: 'text/csv', Metadata: { epoch: '1' } });
    expect(await status(world, 'data-east', 'in/a.csv', east)).toBe('PENDING');
    await world.clock.advance(499);
    expect(await keysOf(world, 'data-west', west)).toEqual([]);
    await world.clock.advance(3000);
    expect(await status(world, 'data-east', 'in/a.csv', east)).toBe('COMPLETED');
    const [source, replica] = await Promise.all([['data-east', east], ['data-west', west]].map(([Bucket, region]) => world.call<Record<string, unknown>>('HeadObject', { Bucket, Key: 'in/a.csv' }, region)));
    expect(replica).toEqual({ ...source, ReplicationStatus: 'REPLICA' });
    expect(replica!.VersionId).toBe(VersionId);
    expect(await get(world, 'data-west', 'in/a.csv', {}, west)).toBe('rows');
  });

  it('does not send a replica back, nor the deletion of a version', async () => {
    const world = await twins();
    const { VersionId } = await put(world, 'data-east', 'a');
    await world.clock.advance(5000);
    expect([...world.s3.snapshot().replication]).toEqual([]);
    await world.call('DeleteObject', { Bucket: 'data-east', Key: 'a', VersionId });
    await world.clock.advance(10_000);
    expect(await status(world, 'data-west', 'a', west)).toBe('REPLICA');
  });

  it('drops what was removed for good before its turn', async () => {
    const world = await twins();
    const { VersionId } = await put(world, 'data-east', 'a');
    await world.call('DeleteObject', { Bucket: 'data-east', Key: 'a', VersionId });
    await world.clock.advance(5000);
    expect(await keysOf(world, 'data-west', west)).toEqual([]);
    expect(world.s3.snapshot().replication).toEqual([]);
  });

  it('takes delete markers and tag changes over, tags also from the replica', async () => {
    const world = await twins();
    await put(world, 'data-east', 'a');
    await put(world, 'data-east', 'b');
    await world.clock.advance(5000);
    await world.call('DeleteObject', { Bucket: 'data-east', Key: 'a' });
    await world.call('PutObjectTagging', { Bucket: 'data-west', Key: 'b', Tagging: { TagSet: [{ Key: 'seen', Value: 'west' }] } }, west);
    await world.clock.advance(5000);
    expect(await keysOf(world, 'data-west', west)).toEqual(['b']);
    expect(await world.call('GetObjectTagging', { Bucket: 'data-east', Key: 'b' })).toMatchObject({ TagSet: [{ Key: 'seen', Value: 'west' }] });
  });

  it('leaves delete markers of lifecycle rules where they are', async () => {
    const world = await twins();
    await world.call('PutBucketLifecycleConfiguration', { Bucket: 'data-east', LifecycleConfiguration: { Rules: [{ ID: 'old', Status: 'Enabled', Filter: { Prefix: '' }, Expiration: { Days: 1 } }] } });
    await put(world, 'data-east', 'a');
    await world.clock.advance(2 * 86_400_000);
    expect(await keysOf(world, 'data-east', east)).toEqual([]);
    expect(await keysOf(world, 'data-west', west)).toEqual(['a']);
  });

  it('leaves delete markers where the rule does not include them', async () => {
    const world = storageWorld();
    await bucket(world, 'one');
    await bucket(world, 'two', west);
    await world.call('PutBucketReplication', { Bucket: 'one', ReplicationConfiguration: replicationTo('two', { Filter: { Prefix: 'in/' }, DeleteMarkerReplication: { Status: 'Disabled' } }) });
    world.s3.start();
    await put(world, 'one', 'in/a');
    await put(world, 'one', 'work/a');
    await world.clock.advance(5000);
    await world.call('DeleteObject', { Bucket: 'one', Key: 'in/a' });
    await world.clock.advance(5000);
    expect(await keysOf(world, 'two', west)).toEqual(['in/a']);
    expect(await status(world, 'one', 'work/a', east)).toBeUndefined();
  });

  it('puts versions of both Regions into the same order on both sides', async () => {
    const world = await twins();
    world.world.faults.setReplication(east, west, { mode: 'paused' });
    await put(world, 'data-east', 'a', 'first, in the east');
    await world.clock.advance(10_000);
    await put(world, 'data-west', 'a', 'second, in the west', {}, west);
    await world.clock.advance(10_000);
    world.world.faults.clear();
    await world.clock.advance(10_000);
    expect(await get(world, 'data-west', 'a', {}, west)).toBe('second, in the west');
    expect(await get(world, 'data-east', 'a')).toBe('second, in the west');
  });

  it.each(['down', 'isolated'] as const)('waits while the source is %s, keeps PENDING, and resumes by itself', async (state) => {
    const world = await twins();
    await put(world, 'data-east', 'a');
    world.world.faults.setRegion(east, state);
    await world.clock.advance(3_600_000);
    expect(await keysOf(world, 'data-west', west)).toEqual([]);
    world.world.faults.setRegion(east, 'up');
    expect(await status(world, 'data-east', 'a', east)).toBe('PENDING');
    await world.clock.advance(5000);
    expect(await status(world, 'data-east', 'a', east)).toBe('COMPLETED');
  });

  it('lags by what the fault says, and hurries when it is lifted', async () => {
    const world = await twins();
    world.world.faults.setReplication(east, west, { mode: 'lagging', lagMs: 60_000 });
    await put(world, 'data-east', 'a');
    await put(world, 'data-east', 'b');
    await world.clock.advance(59_000);
    expect(await keysOf(world, 'data-west', west)).toEqual([]);
    await world.clock.advance(1000);
    expect(await keysOf(world, 'data-west', west)).toEqual(['a', 'b']);
    await put(world, 'data-east', 'c');
    await world.clock.advance(10_000);
    world.world.faults.clear();
    await world.clock.advance(3000);
    expect(await keysOf(world, 'data-west', west)).toContain('c');
  });

  it.each(['s3:GetObjectVersionForReplication', 's3:ReplicateObject'])('fails for good without %s, and counts it in the source Region', async (missing) => {
    const world = await twins();
    world.authorise.deny = ({ action }, principal) => principal === replicationRole && action === missing;
    await put(world, 'data-east', 'a');
    await world.clock.advance(70_000);
    expect(await status(world, 'data-east', 'a', east)).toBe('FAILED');
    expect(world.metrics.filter(({ name, value }) => name === 'OperationsFailedReplication' && value > 0).map(({ region }) => region)).toEqual([east]);
    world.authorise.deny = () => false;
    await world.clock.advance(3_600_000);
    expect(await status(world, 'data-east', 'a', east)).toBe('FAILED');
    expect(world.logged.join()).toContain(missing);
  });

  it('fails for good when the role does not trust S3', async () => {
    const world = await twins();
    world.authorise.trusts = () => false;
    await put(world, 'data-east', 'a');
    await world.clock.advance(5000);
    expect(await status(world, 'data-east', 'a', east)).toBe('FAILED');
  });

  it('does not disturb what is under way when other faults come and go', async () => {
    const world = await twins({ s3: { replication: { minimumLagMs: 1000, maximumLagMs: 1001 } } });
    await put(world, 'data-east', 'a');
    await world.clock.advance(900);
    world.world.faults.setArcEndpoint('eu-west-1', 'down');
    world.world.faults.clear();
    await world.clock.advance(100);
    expect(await keysOf(world, 'data-west', west)).toEqual(['a']);
  });

  it('tries again after errors that pass', async () => {
    const world = await twins();
    const { operations } = world.s3;
    const real = operations.ReplicateObject!;
    let failures = 2;
    operations.ReplicateObject = async (input, call) => {
      failures -= 1;
      if (failures >= 0) throw new Error('no answer');
      return real(input, call);
    };
    await put(world, 'data-east', 'a');
    await world.clock.advance(20_000);
    expect(await status(world, 'data-east', 'a', east)).toBe('COMPLETED');
  });

  it('goes on with what was outstanding after a restart, with nothing lost', async () => {
    const before = await twins();
    await put(before, 'data-east', 'a', 'rows');
    await before.call('CreateMultipartUpload', { Bucket: 'data-east', Key: 'open' });
    const state = JSON.parse(JSON.stringify(before.s3.snapshot())) as ReturnType<typeof before.s3.snapshot>;
    before.s3.stop();
    const after = storageWorld({ clock: before.clock, blobs: before.blobs });
    after.s3.restore(state);
    after.s3.start();
    await after.clock.advance(5000);
    expect(await get(after, 'data-west', 'a', {}, west)).toBe('rows');
    expect(await status(after, 'data-east', 'a', east)).toBe('COMPLETED');
    expect(await after.call('ListMultipartUploads', { Bucket: 'data-east' })).toMatchObject({ Uploads: [{ Key: 'open' }] });
    expect(after.events.map(({ region }) => region).sort()).toEqual([east, west]);
    expect(before.events).toEqual([]);
  });

  it('is refused without versioning, or to a bucket that does not exist', async () => {
    const world = storageWorld();
    await bucket(world, 'plain', east, { versioned: false });
    await bucket(world, 'versioned', west);
    const configure = (Bucket: string, to: string, region = east): Promise<string> => refusal(world.call('PutBucketReplication', { Bucket, ReplicationConfiguration: replicationTo(to) }, region));
    expect(await configure('plain', 'versioned')).toBe('InvalidRequest 400');
    expect(await configure('versioned', 'plain', west)).toBe('InvalidRequest 400');
    expect(await configure('versioned', 'absent', west)).toBe('InvalidRequest 400');
  });

  it('asks for the permission to pass the role', async () => {
    const world = await twins();
    world.authorise.deny = ({ action, resource }) => action === 'iam:PassRole' && resource === replicationRole;
    expect(await refusal(world.call('PutBucketReplication', { Bucket: 'data-east', ReplicationConfiguration: replicationTo('data-west') }))).toBe('AccessDenied 403');
  });

  it('gives a replica another ETag where the destination encrypts with KMS', async () => {
    const world = await twins();
    await world.call('PutBucketEncryption', { Bucket: 'data-west', ServerSideEncryptionConfiguration: { Rules: [{ ApplyServerSideEncryptionByDefault: { SSEAlgorithm: 'aws:kms' } }] } }, west);
    const { ETag } = await put(world, 'data-east', 'a');
    await world.clock.advance(5000);
    expect(await world.call('HeadObject', { Bucket: 'data-west', Key: 'a' }, west)).toMatchObject({ ServerSideEncryption: 'aws:kms', ETag: expect.not.stringMatching(ETag) as string });
  });

  it('leaves behind what KMS encrypts unless the rule takes it', async () => {
    const world = await twins();
    await world.call('PutBucketEncryption', { Bucket: 'data-east', ServerSideEncryptionConfiguration: { Rules: [{ ApplyServerSideEncryptionByDefault: { SSEAlgorithm: 'aws:kms' } }] } });
    await put(world, 'data-east', 'left');
    await world.call('PutBucketReplication', { Bucket: 'data-east', ReplicationConfiguration: replicationTo('data-west', { SourceSelectionCriteria: { SseKmsEncryptedObjects: { Status: 'Enabled' } } }) });
    await put(world, 'data-east', 'taken');
    await world.clock.advance(5000);
    expect(await refusal(world.call('HeadObject', { Bucket: 'data-west', Key: 'left' }, west))).toBe('NotFound 404');
    expect(await world.call('HeadObject', { Bucket: 'data-west', Key: 'taken' }, west)).toMatchObject({ ReplicationStatus: 'REPLICA' });
  });
});

describe('replication metrics', () => {
  const of = (world: StorageWorld, name: string, source = 'data-east'): { region: string; value: number }[] =>
    world.metrics.filter((datum) => datum.name === name && datum.dimensions.SourceBucket === source).map(({ region, value }) => ({ region, value }));

  it('tell the backlog in the destination Region every minute, also while the source is dark', async () => {
    const world = await twins();
    world.world.faults.setReplication(east, west, { mode: 'paused' });
    await put(world, 'data-east', 'a', '12345');
    await put(world, 'data-east', 'b', '123');
    world.world.faults.setRegion(east, 'down');
    await world.clock.advance(120_000);
    expect(of(world, 'BytesPendingReplication')).toEqual([{ region: west, value: 8 }, { region: west, value: 8 }]);
    expect(of(world, 'OperationsPendingReplication').at(-1)).toEqual({ region: west, value: 2 });
    expect(of(world, 'ReplicationLatency').at(-1)).toEqual({ region: west, value: 120 });
    expect(of(world, 'OperationsFailedReplication')).toEqual([]);
    expect(world.metrics[0]?.dimensions).toEqual({ SourceBucket: 'data-east', DestinationBucket: 'data-west', RuleId: 'everything' });
    expect(of(world, 'ReplicationLatency', 'data-west')).toEqual([]);
  });

  it('tell the longest replication of the minute, then zero', async () => {
    const world = await twins();
    await put(world, 'data-east', 'a');
    await world.clock.advance(120_000);
    const [busy, idle] = of(world, 'ReplicationLatency');
    expect(busy!.value).toBeGreaterThanOrEqual(0.5);
    expect(busy!.value).toBeLessThan(3);
    expect(idle!.value).toBe(0);
    expect(of(world, 'OperationsFailedReplication')).toEqual([{ region: east, value: 0 }]);
  });
});
