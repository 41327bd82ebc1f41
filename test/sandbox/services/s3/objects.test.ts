import { createHash } from 'node:crypto';
import { beforeEach, describe, expect, it } from 'vitest';
import { body, bucket, east, get, put, refusal, storageWorld, west } from './storage-world.js';
import type { StorageWorld } from './storage-world.js';

let world: StorageWorld;
beforeEach(async () => {
  world = storageWorld();
  await bucket(world, 'data');
});

describe('versions', () => {
  it('keeps every version, newest on top, and reads each by its id', async () => {
    const first = await put(world, 'data', 'a', 'one');
    const second = await put(world, 'data', 'a', 'two');
    expect(first.VersionId).not.toBe(second.VersionId);
    expect(await get(world, 'data', 'a')).toBe('two');
    expect(await get(world, 'data', 'a', { VersionId: first.VersionId })).toBe('one');
    expect(second.ETag).toBe(`"${createHash('md5').update('two').digest('hex')}"`);
  });

  it('hides an object behind a delete marker, which is 404 by key and 405 by version', async () => {
    const { VersionId: kept } = await put(world, 'data', 'a', 'one');
    const marker = await world.call<{ DeleteMarker: boolean; VersionId: string }>('DeleteObject', { Bucket: 'data', Key: 'a' });
    expect(marker.DeleteMarker).toBe(true);
    expect(await refusal(get(world, 'data', 'a'))).toBe('NoSuchKey 404');
    expect(await refusal(world.call('HeadObject', { Bucket: 'data', Key: 'a' }))).toBe('NotFound 404');
    expect(await refusal(get(world, 'data', 'a', { VersionId: marker.VersionId }))).toBe('MethodNotAllowed 405');
    expect(await get(world, 'data', 'a', { VersionId: kept })).toBe('one');
    await world.call('DeleteObject', { Bucket: 'data', Key: 'a', VersionId: marker.VersionId });
    expect(await get(world, 'data', 'a')).toBe('one');
  });

  it('overwrites in place without versioning', async () => {
    await bucket(world, 'plain', east, { versioned: false });
    expect(await put(world, 'plain', 'a', 'one')).not.toHaveProperty('VersionId');
    await put(world, 'plain', 'a', 'two');
    const { Versions: versions } = await world.call<{ Versions: unknown[] }>('ListObjectVersions', { Bucket: 'plain' });
    expect(versions).toHaveLength(1);
    await world.call('DeleteObject', { Bucket: 'plain', Key: 'a' });
    expect(await refusal(get(world, 'plain', 'a'))).toBe('NoSuchKey 404');
  });

  it('refuses unknown buckets, keys, versions and Regions as S3 does', async () => {
    await put(world, 'data', 'a');
    expect(await refusal(get(world, 'nowhere', 'a'))).toBe('NoSuchBucket 404');
    expect(await refusal(get(world, 'data', 'b'))).toBe('NoSuchKey 404');
    expect(await refusal(get(world, 'data', 'a', { VersionId: 'none' }))).toBe('NoSuchVersion 404');
    expect(await refusal(get(world, 'data', 'a', {}, west))).toBe('PermanentRedirect 301');
    expect(await refusal(put(world, 'data', 'k'.repeat(1025)))).toBe('KeyTooLongError 400');
  });

  it('does not tell an absent key from a forbidden one to who may not list', async () => {
    world.authorise.deny = ({ action }) => action === 's3:ListBucket';
    expect(await refusal(get(world, 'data', 'absent'))).toBe('AccessDenied 403');
    expect(await refusal(get(world, 'data', 'absent', { VersionId: 'v' }))).toBe('NoSuchVersion 404');
    world.authorise.deny = ({ action }) => action === 's3:ListBucketVersions';
    expect(await refusal(get(world, 'data', 'absent'))).toBe('NoSuchKey 404');
    expect(await refusal(get(world, 'data', 'absent', { VersionId: 'v' }))).toBe('AccessDenied 403');
  });

  it('forgets an upload whose caller went away in the middle', async () => {
    const abort = new AbortController();
    async function* interrupted(): AsyncGenerator<Uint8Array> {
      yield Buffer.from('half');
      abort.abort(new Error('hung up'));
      yield Buffer.from('other half');
    }
    const { operations } = world.s3;
    const call = { region: east, principal: { arn: 'arn:aws:iam::1:user/x', origin: 'operator' }, requestId: 'r', signal: abort.signal, domain: 'region:us-east-1' };
    expect(await refusal(operations.PutObject!({ Bucket: 'data', Key: 'a', Body: interrupted() }, call))).toBe('hung up');
    expect(await refusal(get(world, 'data', 'a'))).toBe('NoSuchKey 404');
  });
});

describe('reads', () => {
  it.each([
    ['bytes=2-4', '234', 'bytes 2-4/10'],
    ['bytes=7-', '789', 'bytes 7-9/10'],
    ['bytes=-3', '789', 'bytes 7-9/10'],
    ['bytes=8-100', '89', 'bytes 8-9/10'],
    ['bytes=0-1,3-4', '0123456789', undefined],
    ['rows=1-2', '0123456789', undefined],
  ])('Range %s', async (range, expected, contentRange) => {
    await put(world, 'data', 'a', '0123456789');
    const read = await world.call<{ Body: AsyncIterable<Uint8Array>; ContentRange?: string; ContentLength: number }>('GetObject', { Bucket: 'data', Key: 'a', Range: range });
    expect(read.ContentRange).toBe(contentRange);
    expect(read.ContentLength).toBe(expected.length);
    expect(await get(world, 'data', 'a', { Range: range })).toBe(expected);
  });

  it('refuses a range beyond the end', async () => {
    await put(world, 'data', 'a', '0123456789');
    expect(await refusal(get(world, 'data', 'a', { Range: 'bytes=10-' }))).toBe('InvalidRange 416');
    await put(world, 'data', 'empty', '');
    expect(await refusal(get(world, 'data', 'empty', { Range: 'bytes=-5' }))).toBe('InvalidRange 416');
    expect(await get(world, 'data', 'empty')).toBe('');
  });

  it('answers conditional reads', async () => {
    const { ETag } = await put(world, 'data', 'a');
    expect(await get(world, 'data', 'a', { IfMatch: ETag })).toBe('content');
    expect(await refusal(get(world, 'data', 'a', { IfMatch: '"other"' }))).toBe('PreconditionFailed 412');
    expect(await refusal(get(world, 'data', 'a', { IfNoneMatch: ETag }))).toBe('NotModified 304');
    expect(await refusal(get(world, 'data', 'a', { IfModifiedSince: new Date(world.clock.now()) }))).toBe('NotModified 304');
    expect(await refusal(get(world, 'data', 'a', { IfUnmodifiedSince: new Date(world.clock.now() - 60_000) }))).toBe('PreconditionFailed 412');
  });

  it('returns what was said about the object', async () => {
    await put(world, 'data', 'a', 'x', { ContentType: 'text/csv', Metadata: { Epoch: '3' }, Tagging: 'team=orders&kind=input', ContentEncoding: 'aws-chunked,gzip' });
    const head = await world.call('HeadObject', { Bucket: 'data', Key: 'a' });
    expect(head).toMatchObject({ ContentType: 'text/csv', Metadata: { epoch: '3' }, TagCount: 2, ContentEncoding: 'gzip', ServerSideEncryption: 'AES256', ContentLength: 1 });
    expect(await world.call('GetObjectTagging', { Bucket: 'data', Key: 'a' })).toMatchObject({ TagSet: [{ Key: 'team', Value: 'orders' }, { Key: 'kind', Value: 'input' }] });
  });
});

describe('checksums', () => {
  // Check values of the catalogue of CRC algorithms for the text 123456789.
  const known = {
    ChecksumCRC32: Buffer.from('cbf43926', 'hex').toString('base64'),
    ChecksumCRC32C: Buffer.from('e3069283', 'hex').toString('base64'),
    ChecksumCRC64NVME: Buffer.from('ae8b14860a799888', 'hex').toString('base64'),
    ChecksumSHA1: createHash('sha1').update('123456789').digest('base64'),
    ChecksumSHA256: createHash('sha256').update('123456789').digest('base64'),
  };

  it.each(Object.entries(known))('%s is verified, stored and told on demand', async (member, value) => {
    await world.call('PutObject', { Bucket: 'data', Key: 'a', Body: body('1234', '56789'), [member]: value });
    expect(await world.call('HeadObject', { Bucket: 'data', Key: 'a', ChecksumMode: 'ENABLED' })).toMatchObject({ [member]: value, ChecksumType: 'FULL_OBJECT' });
    expect(await world.call('HeadObject', { Bucket: 'data', Key: 'a' })).not.toHaveProperty(member);
    expect(await refusal(world.call('PutObject', { Bucket: 'data', Key: 'b', Body: body('12345678'), [member]: value }))).toBe('BadDigest 400');
    expect(await refusal(get(world, 'data', 'b'))).toBe('NoSuchKey 404');
  });

  it('keeps CRC64NVME when the client sends none, and the announced one when it comes in a trailer', async () => {
    await put(world, 'data', 'a', '123456789');
    expect(await world.call('HeadObject', { Bucket: 'data', Key: 'a', ChecksumMode: 'ENABLED' })).toMatchObject({ ChecksumCRC64NVME: known.ChecksumCRC64NVME });
    await put(world, 'data', 'b', '123456789', { ChecksumAlgorithm: 'CRC32' });
    expect(await world.call('HeadObject', { Bucket: 'data', Key: 'b', ChecksumMode: 'ENABLED' })).toMatchObject({ ChecksumCRC32: known.ChecksumCRC32 });
  });

  it('verifies Content-MD5 and the length', async () => {
    const md5 = createHash('md5').update('abc').digest('base64');
    await put(world, 'data', 'a', 'abc', { ContentMD5: md5 });
    expect(await refusal(put(world, 'data', 'a', 'abd', { ContentMD5: md5 }))).toBe('BadDigest 400');
    expect(await refusal(put(world, 'data', 'a', 'abc', { ContentMD5: 'nonsense' }))).toBe('InvalidDigest 400');
    expect(await refusal(put(world, 'data', 'a', 'abc', { ContentLength: 4 }))).toBe('IncompleteBody 400');
    expect(await refusal(put(world, 'data', 'a', '', { ContentLength: 6 * 1024 ** 3 }))).toBe('EntityTooLarge 400');
  });
});

describe('conditional writes', () => {
  it('lets one of many creators win', async () => {
    const results = await Promise.all(Array.from({ length: 20 }, (_, index) => refusal(put(world, 'data', 'lock', String(index), { IfNoneMatch: '*' }))));
    expect(results.filter((result) => result === 'no error')).toHaveLength(1);
    expect(results.filter((result) => result === 'PreconditionFailed 412')).toHaveLength(19);
  });

  it('compares and swaps by ETag', async () => {
    const { ETag } = await put(world, 'data', 'state', 'one');
    await put(world, 'data', 'state', 'two', { IfMatch: ETag });
    expect(await refusal(put(world, 'data', 'state', 'three', { IfMatch: ETag }))).toBe('PreconditionFailed 412');
    expect(await refusal(put(world, 'data', 'absent', 'x', { IfMatch: ETag }))).toBe('NoSuchKey 404');
    expect(await refusal(world.call('DeleteObject', { Bucket: 'data', Key: 'state', IfMatch: ETag }))).toBe('PreconditionFailed 412');
  });

  it('counts a key with a delete marker as absent', async () => {
    await put(world, 'data', 'a');
    await world.call('DeleteObject', { Bucket: 'data', Key: 'a' });
    expect(await refusal(put(world, 'data', 'a', 'again', { IfNoneMatch: '*' }))).toBe('no error');
  });

  it('answers 409 when a delete overtakes the upload', async () => {
    let finish: () => void = () => undefined;
    const held = new Promise<void>((resolve) => { finish = resolve; });
    async function* slow(): AsyncGenerator<Uint8Array> { yield Buffer.from('a'); await held; yield Buffer.from('b'); }
    const upload = refusal(world.call('PutObject', { Bucket: 'data', Key: 'a', Body: slow(), IfNoneMatch: '*' }));
    await new Promise((resolve) => setImmediate(resolve));
    await world.call('DeleteObject', { Bucket: 'data', Key: 'a' });
    finish();
    expect(await upload).toBe('ConditionalRequestConflict 409');
  });
});

describe('copies', () => {
  it('copies a version between Regions with its description, and moves no bytes', async () => {
    await bucket(world, 'away', west);
    const { VersionId } = await put(world, 'data', 'an ünusual+key?', 'old', { ContentType: 'text/csv', Metadata: { a: '1' } });
    await put(world, 'data', 'an ünusual+key?', 'new');
    const before = world.blobs.readBytes;
    const copied = await world.call<{ CopyObjectResult: { ETag: string }; CopySourceVersionId: string }>('CopyObject', {
      Bucket: 'away', Key: 'copy', CopySource: `data/${encodeURIComponent('an ünusual+key?')}?versionId=${VersionId}`,
    }, west);
    expect(world.blobs.readBytes).toBe(before);
    expect(copied.CopySourceVersionId).toBe(VersionId);
    expect(await get(world, 'away', 'copy', {}, west)).toBe('old');
    expect(await world.call('HeadObject', { Bucket: 'away', Key: 'copy' }, west)).toMatchObject({ ContentType: 'text/csv', Metadata: { a: '1' } });
  });

  it('needs the source\'s Region, and reading permission on the source', async () => {
    await bucket(world, 'away', west);
    await put(world, 'data', 'a');
    world.world.faults.setRegion(east, 'isolated');
    expect(await refusal(world.call('CopyObject', { Bucket: 'away', Key: 'copy', CopySource: 'data/a' }, west))).toContain('no answer');
    world.world.faults.clear();
    world.authorise.deny = ({ action, resource }) => action === 's3:GetObject' && resource === 'arn:aws:s3:::data/a';
    expect(await refusal(world.call('CopyObject', { Bucket: 'away', Key: 'copy', CopySource: 'data/a' }, west))).toBe('AccessDenied 403');
  });

  it('refuses a copy onto itself that changes nothing', async () => {
    await put(world, 'data', 'a');
    expect(await refusal(world.call('CopyObject', { Bucket: 'data', Key: 'a', CopySource: 'data/a' }))).toBe('InvalidRequest 400');
    await world.call('CopyObject', { Bucket: 'data', Key: 'a', CopySource: '/data/a', MetadataDirective: 'REPLACE', Metadata: { b: '2' } });
    expect(await world.call('HeadObject', { Bucket: 'data', Key: 'a' })).toMatchObject({ Metadata: { b: '2' } });
  });
});

describe('deleting many', () => {
  it('answers for each key', async () => {
    const { VersionId } = await put(world, 'data', 'a');
    await put(world, 'data', 'b');
    const answer = await world.call<{ Deleted: object[] }>('DeleteObjects', { Bucket: 'data', Delete: { Objects: [{ Key: 'a', VersionId }, { Key: 'b' }, { Key: 'never' }] } });
    expect(answer.Deleted).toMatchObject([{ Key: 'a', VersionId }, { Key: 'b', DeleteMarker: true }, { Key: 'never', DeleteMarker: true }]);
    expect(await refusal(world.call('DeleteObjects', { Bucket: 'data', Delete: { Objects: [] } }))).toBe('MalformedXML 400');
  });
});
