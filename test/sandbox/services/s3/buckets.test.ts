import { beforeEach, describe, expect, it } from 'vitest';
import { account, bucket, east, operator, put, refusal, resourceContext, storageWorld, west } from './storage-world.js';
import type { StorageWorld } from './storage-world.js';
import type { ResourceHandler } from '../../../../src/sandbox/service.js';

let world: StorageWorld;
beforeEach(() => { world = storageWorld(); });

const dayMs = 86_400_000;

describe('buckets', () => {
  it('have one name in all Regions and a home in one', async () => {
    await bucket(world, 'data', west);
    expect(await refusal(bucket(world, 'data', east))).toBe('BucketAlreadyOwnedByYou 409');
    expect(await world.call('HeadBucket', { Bucket: 'data' }, west)).toMatchObject({ BucketRegion: west });
    expect(await refusal(world.call('HeadBucket', { Bucket: 'data' }))).toBe('PermanentRedirect 301');
    expect(await refusal(world.call('HeadBucket', { Bucket: 'none' }))).toBe('NotFound 404');
    expect(await world.call('GetBucketLocation', { Bucket: 'data' }, west)).toEqual({ LocationConstraint: west });
    expect(await refusal(world.call('CreateBucket', { Bucket: 'elsewhere' }, west))).toBe('IllegalLocationConstraintException 400');
    expect(await refusal(world.call('CreateBucket', { Bucket: 'No_Bucket' }))).toBe('InvalidBucketName 400');
    expect(await world.call('ListBuckets', {})).toMatchObject({ Buckets: [{ Name: 'data', BucketRegion: west }] });
  });

  it('can only be deleted when no version is left', async () => {
    await bucket(world, 'data');
    const { VersionId } = await put(world, 'data', 'a');
    const { VersionId: marker } = await world.call<{ VersionId: string }>('DeleteObject', { Bucket: 'data', Key: 'a' });
    expect(await refusal(world.call('DeleteBucket', { Bucket: 'data' }))).toBe('BucketNotEmpty 409');
    for (const version of [VersionId, marker]) await world.call('DeleteObject', { Bucket: 'data', Key: 'a', VersionId: version });
    await world.call('DeleteBucket', { Bucket: 'data' });
    expect(await refusal(world.call('HeadBucket', { Bucket: 'data' }))).toBe('NotFound 404');
  });

  it('keep their settings and tell which are absent', async () => {
    await bucket(world, 'data');
    const policy = JSON.stringify({ Version: '2012-10-17', Statement: [] });
    expect(await refusal(world.call('GetBucketPolicy', { Bucket: 'data' }))).toBe('NoSuchBucketPolicy 404');
    expect(await refusal(world.call('PutBucketPolicy', { Bucket: 'data', Policy: '{' }))).toBe('MalformedPolicy 400');
    await world.call('PutBucketPolicy', { Bucket: 'data', Policy: policy });
    expect(await world.call('GetBucketPolicy', { Bucket: 'data' })).toEqual({ Policy: policy });
    await world.call('DeleteBucketPolicy', { Bucket: 'data' });
    expect(await refusal(world.call('GetBucketPolicy', { Bucket: 'data' }))).toBe('NoSuchBucketPolicy 404');
    expect(await world.call('GetPublicAccessBlock', { Bucket: 'data' })).toMatchObject({ PublicAccessBlockConfiguration: { BlockPublicPolicy: true } });
    expect(await refusal(world.call('GetBucketReplication', { Bucket: 'data' }))).toBe('ReplicationConfigurationNotFoundError 404');
    expect(await world.call('GetBucketVersioning', { Bucket: 'data' })).toEqual({ Status: 'Enabled' });
  });
});

describe('permissions', () => {
  const actions = (operation: string, input: object): string[] =>
    world.s3.permissions(operation, input, { region: east, principal: operator, requestId: '', signal: new AbortController().signal, domain: '' }).map(({ action, resource }) => `${action} ${resource}`);

  it.each([
    ['GetObject', { Key: 'k' }, ['s3:GetObject arn:aws:s3:::data/k']],
    ['HeadObject', { Key: 'k', VersionId: 'v' }, ['s3:GetObjectVersion arn:aws:s3:::data/k']],
    ['PutObject', { Key: 'k', Tagging: 'a=b' }, ['s3:PutObject arn:aws:s3:::data/k', 's3:PutObjectTagging arn:aws:s3:::data/k']],
    ['CompleteMultipartUpload', { Key: 'k' }, ['s3:PutObject arn:aws:s3:::data/k']],
    ['UploadPartCopy', { Key: 'k', CopySource: 'other/a%20b?versionId=1' }, ['s3:PutObject arn:aws:s3:::data/k', 's3:GetObjectVersion arn:aws:s3:::other/a b']],
    ['DeleteObjects', { Delete: { Objects: [{ Key: 'a' }, { Key: 'b', VersionId: '1' }] } }, ['s3:DeleteObject arn:aws:s3:::data/a', 's3:DeleteObjectVersion arn:aws:s3:::data/b']],
    ['ListObjectsV2', { Prefix: 'p' }, ['s3:ListBucket arn:aws:s3:::data']],
    ['GetBucketReplication', {}, ['s3:GetReplicationConfiguration arn:aws:s3:::data']],
    ['GetBucketPolicy', {}, ['s3:GetBucketPolicy arn:aws:s3:::data']],
  ])('%s %o', (operation, input, expected) => {
    expect(actions(operation, { Bucket: 'data', ...input })).toEqual(expected);
  });

  it('carry the bucket policy and the condition keys that policies test', async () => {
    await bucket(world, 'data');
    const policy = { Version: '2012-10-17', Statement: [{ Effect: 'Deny', Principal: '*', Action: 's3:*', Resource: '*' }] };
    await world.call('PutBucketPolicy', { Bucket: 'data', Policy: JSON.stringify(policy) });
    const [permission] = world.s3.permissions('ListObjectsV2', { Bucket: 'data', Prefix: 'in/' }, { region: east, principal: operator, requestId: '', signal: new AbortController().signal, domain: '' });
    expect(permission).toMatchObject({ resourcePolicy: policy, context: { 'aws:SecureTransport': 'true', 's3:prefix': 'in/' } });
  });
});

describe('templates', () => {
  const handlers = (): { bucket: ResourceHandler; policy: ResourceHandler } => ({ bucket: world.s3.resources!['AWS::S3::Bucket']!, policy: world.s3.resources!['AWS::S3::BucketPolicy']! });
  const create = (handler: ResourceHandler, region: string, properties: object, unmodelled: string[] = []): Promise<{ ref: string; attributes: Record<string, unknown> }> => handler.create(resourceContext(region, unmodelled), properties as never);

  it('make a bucket with all that the pipeline sets', async () => {
    const { bucket: handler, policy } = handlers();
    await create(handler, west, { BucketName: 'app-west', VersioningConfiguration: { Status: 'Enabled' } });
    const unmodelled: string[] = [];
    const made = await create(handler, east, {
      BucketName: 'app-east', VersioningConfiguration: { Status: 'Enabled' },
      PublicAccessBlockConfiguration: { BlockPublicAcls: true },
      BucketEncryption: { ServerSideEncryptionConfiguration: [{ ServerSideEncryptionByDefault: { SSEAlgorithm: 'AES256' } }] },
      NotificationConfiguration: { EventBridgeConfiguration: { EventBridgeEnabled: true }, QueueConfigurations: [] },
      LifecycleConfiguration: { Rules: [{ Id: 'work', Status: 'Enabled', Prefix: 'work/', ExpirationInDays: 7, Transitions: [] }] },
      ReplicationConfiguration: {
        Role: `arn:aws:iam::${account}:role/r`,
        Rules: [{ Id: 'all', Priority: 0, Status: 'Enabled', Filter: { Prefix: 'in/' }, DeleteMarkerReplication: { Status: 'Enabled' }, Destination: { Bucket: 'arn:aws:s3:::app-west', Metrics: { Status: 'Enabled' } } }],
      },
    }, unmodelled);
    expect(made).toMatchObject({ ref: 'app-east', attributes: { Arn: 'arn:aws:s3:::app-east', RegionalDomainName: 'app-east.s3.us-east-1.amazonaws.com' } });
    expect(unmodelled).toEqual(['LifecycleConfiguration.Rules.Transitions', 'NotificationConfiguration.QueueConfigurations']);
    expect(await world.call('GetBucketReplication', { Bucket: 'app-east' })).toMatchObject({ ReplicationConfiguration: { Rules: [{ ID: 'all', Filter: { Prefix: 'in/' } }] } });
    expect(await world.call('GetBucketNotificationConfiguration', { Bucket: 'app-east' })).toEqual({ EventBridgeConfiguration: {} });
    expect(await world.call('GetBucketLifecycleConfiguration', { Bucket: 'app-east' })).toEqual({ Rules: [{ ID: 'work', Status: 'Enabled', Filter: { Prefix: 'work/' }, Expiration: { Days: 7 } }] });
    await create(policy, east, { Bucket: 'app-east', PolicyDocument: { Statement: [] } });
    expect(await world.call('GetBucketPolicy', { Bucket: 'app-east' })).toEqual({ Policy: '{"Statement":[]}' });
  });

  it('change a bucket in place but never its name', async () => {
    const { bucket: handler } = handlers();
    const made = await create(handler, east, { BucketName: 'app' });
    await put(world, 'app', 'kept');
    await handler.update!(resourceContext(east), { BucketName: 'app', VersioningConfiguration: { Status: 'Enabled' } } as never, made);
    expect(await world.call('GetBucketVersioning', { Bucket: 'app' })).toEqual({ Status: 'Enabled' });
    expect(await world.call('HeadObject', { Bucket: 'app', Key: 'kept' })).toMatchObject({ VersionId: 'null' });
    expect(await refusal(handler.update!(resourceContext(east), { BucketName: 'other' } as never, made))).toBe('ValidationError 400');
  });
});

describe('lifecycle', () => {
  it('expires objects, noncurrent versions and abandoned uploads at midnight, under its prefix only', async () => {
    await bucket(world, 'data');
    await world.call('PutBucketLifecycleConfiguration', {
      Bucket: 'data', LifecycleConfiguration: { Rules: [{
        ID: 'work', Status: 'Enabled', Filter: { Prefix: 'work/' }, Expiration: { Days: 2 },
        NoncurrentVersionExpiration: { NoncurrentDays: 1 }, AbortIncompleteMultipartUpload: { DaysAfterInitiation: 1 },
      }] },
    });
    world.s3.start();
    await put(world, 'data', 'work/a');
    await put(world, 'data', 'in/a');
    await world.call('CreateMultipartUpload', { Bucket: 'data', Key: 'work/b' });
    await world.clock.advance(dayMs);
    expect(await refusal(world.call('HeadObject', { Bucket: 'data', Key: 'work/a' }))).toBe('no error');
    await world.clock.advance(2 * dayMs);
    expect(await refusal(world.call('HeadObject', { Bucket: 'data', Key: 'work/a' }))).toBe('NotFound 404');
    expect((await world.call<{ Uploads: unknown[] }>('ListMultipartUploads', { Bucket: 'data' })).Uploads).toEqual([]);
    await world.clock.advance(2 * dayMs);
    const versions = await world.call<{ Versions: { Key: string }[]; DeleteMarkers: unknown[] }>('ListObjectVersions', { Bucket: 'data' });
    expect(versions.Versions.map(({ Key }) => Key)).toEqual(['in/a']);
    expect(versions.DeleteMarkers).toHaveLength(1);
  });
});
