import { createHash } from 'node:crypto';
import { crc32 } from 'node:zlib';
import { beforeEach, describe, expect, it } from 'vitest';
import { bucket, body, get, put, refusal, storageWorld } from './storage-world.js';
import type { StorageWorld } from './storage-world.js';

const mebibyte = 1024 ** 2;
const md5 = (data: Uint8Array): string => createHash('md5').update(data).digest('hex');
const crc = (data: Uint8Array): string => { const bytes = Buffer.alloc(4); bytes.writeUInt32BE(crc32(data)); return bytes.toString('base64'); };

let world: StorageWorld;
beforeEach(async () => {
  world = storageWorld();
  await bucket(world, 'data');
});

async function create(Key = 'big', more: object = {}): Promise<string> {
  return (await world.call<{ UploadId: string }>('CreateMultipartUpload', { Bucket: 'data', Key, ...more })).UploadId;
}

async function part(UploadId: string, PartNumber: number, data: Uint8Array, more: object = {}): Promise<{ PartNumber: number; ETag: string }> {
  const { ETag } = await world.call<{ ETag: string }>('UploadPart', { Bucket: 'data', Key: 'big', UploadId, PartNumber, Body: body(data), ...more });
  return { PartNumber, ETag };
}

const complete = (UploadId: string, Parts: object[], more: object = {}): Promise<{ ETag: string; ChecksumCRC32?: string; ChecksumCRC64NVME?: string; ChecksumType: string }> =>
  world.call('CompleteMultipartUpload', { Bucket: 'data', Key: 'big', UploadId, MultipartUpload: { Parts }, ...more });

describe('multipart uploads', () => {
  const first = Buffer.alloc(5 * mebibyte, 'a');
  const second = Buffer.from('the end');

  it('joins parts without reading them again', async () => {
    const upload = await create('big', { ContentType: 'text/csv' });
    const parts = [await part(upload, 2, first), await part(upload, 7, second)];
    const before = world.blobs.readBytes;
    const { ETag } = await complete(upload, parts);
    expect(world.blobs.readBytes).toBe(before);
    expect(ETag).toBe(`"${createHash('md5').update(md5(first), 'hex').update(md5(second), 'hex').digest('hex')}-2"`);
    expect(await world.call('HeadObject', { Bucket: 'data', Key: 'big', PartNumber: 2 })).toMatchObject({ PartsCount: 2, ContentLength: 7, ContentType: 'text/csv' });
    expect(await get(world, 'data', 'big', { PartNumber: 2 })).toBe('the end');
    expect(await get(world, 'data', 'big', { Range: `bytes=${first.length - 2}-${first.length + 2}` })).toBe('aathe');
    expect(await refusal(complete(upload, parts))).toBe('NoSuchUpload 404');
  });

  it('tells the checksum of the whole object from those of the parts', async () => {
    const whole = Buffer.concat([first, second]);
    const full = await create('big', { ChecksumAlgorithm: 'CRC32', ChecksumType: 'FULL_OBJECT' });
    const parts = [await part(full, 1, first, { ChecksumCRC32: crc(first) }), await part(full, 2, second, { ChecksumCRC32: crc(second) })];
    expect(await refusal(complete(full, parts, { ChecksumCRC32: crc(first) }))).toBe('BadDigest 400');
    expect(await complete(full, parts, { ChecksumCRC32: crc(whole) })).toMatchObject({ ChecksumCRC32: crc(whole), ChecksumType: 'FULL_OBJECT' });

    const plain = await create();
    const joined = await complete(plain, [await part(plain, 1, first), await part(plain, 2, second)]);
    await put(world, 'data', 'whole', whole);
    const single = await world.call<{ ChecksumCRC64NVME: string }>('HeadObject', { Bucket: 'data', Key: 'whole', ChecksumMode: 'ENABLED' });
    expect(joined.ChecksumCRC64NVME).toBe(single.ChecksumCRC64NVME);
  });

  it('makes a composite checksum where asked, and then wants it for every part', async () => {
    const upload = await create('big', { ChecksumAlgorithm: 'CRC32' });
    const parts = [await part(upload, 1, first), await part(upload, 2, second)];
    expect(await refusal(complete(upload, parts))).toBe('InvalidRequest 400');
    const named = parts.map((one, index) => ({ ...one, ChecksumCRC32: crc(index === 0 ? first : second) }));
    const composite = crc(Buffer.concat(named.map((one) => Buffer.from(one.ChecksumCRC32, 'base64'))));
    expect(await complete(upload, named)).toMatchObject({ ChecksumCRC32: `${composite}-2`, ChecksumType: 'COMPOSITE' });
  });

  it('refuses small, unknown, changed and unordered parts', async () => {
    const upload = await create();
    const [small, last] = [await part(upload, 1, second), await part(upload, 2, second)];
    expect(await refusal(complete(upload, [small, last]))).toBe('EntityTooSmall 400');
    expect(await refusal(complete(upload, [last, small]))).toBe('InvalidPartOrder 400');
    expect(await refusal(complete(upload, [{ PartNumber: 3, ETag: last.ETag }]))).toBe('InvalidPart 400');
    expect(await refusal(complete(upload, [{ PartNumber: 1, ETag: '"0"' }]))).toBe('InvalidPart 400');
    expect(await refusal(complete(upload, []))).toBe('InvalidRequest 400');
    expect(await refusal(part(upload, 10_001, second))).toBe('InvalidArgument 400');
    expect(await refusal(complete(upload, [last]))).toBe('no error');
  });

  it('honours If-None-Match on completion, and keeps the upload when it fails', async () => {
    const upload = await create();
    const parts = [await part(upload, 1, second)];
    await put(world, 'data', 'big', 'first');
    expect(await refusal(complete(upload, parts, { IfNoneMatch: '*' }))).toBe('PreconditionFailed 412');
    expect((await world.call<{ Parts: unknown[] }>('ListParts', { Bucket: 'data', Key: 'big', UploadId: upload })).Parts).toHaveLength(1);
  });

  it('lists and aborts', async () => {
    const upload = await create();
    for (let number = 1; number <= 3; number += 1) await part(upload, number, second);
    await create('other/one');
    const page = await world.call<{ Parts: { PartNumber: number }[]; IsTruncated: boolean; NextPartNumberMarker: string }>('ListParts', { Bucket: 'data', Key: 'big', UploadId: upload, MaxParts: 2 });
    expect([page.IsTruncated, page.NextPartNumberMarker]).toEqual([true, '2']);
    const uploads = await world.call('ListMultipartUploads', { Bucket: 'data', Delimiter: '/' });
    expect(uploads).toMatchObject({ Uploads: [{ Key: 'big', UploadId: upload }], CommonPrefixes: [{ Prefix: 'other/' }] });
    await world.call('AbortMultipartUpload', { Bucket: 'data', Key: 'big', UploadId: upload });
    expect(await refusal(part(upload, 4, second))).toBe('NoSuchUpload 404');
  });

  it('copies parts from ranges and versions, whole objects without reading them', async () => {
    const { VersionId } = await put(world, 'data', 'source', first);
    await put(world, 'data', 'source', 'newer');
    await put(world, 'data', 'tail', '0123456789');
    const upload = await create();
    const before = world.blobs.readBytes;
    const copy = (PartNumber: number, more: object): Promise<{ CopyPartResult: { ETag: string } }> => world.call('UploadPartCopy', { Bucket: 'data', Key: 'big', UploadId: upload, PartNumber, ...more });
    const whole = await copy(1, { CopySource: `data/source?versionId=${VersionId}` });
    expect(world.blobs.readBytes).toBe(before);
    const ranged = await copy(2, { CopySource: 'data/tail', CopySourceRange: 'bytes=3-5' });
    expect(await refusal(copy(3, { CopySource: 'data/tail', CopySourceRange: 'bytes=3-10' }))).toBe('InvalidArgument 400');
    expect(whole.CopyPartResult.ETag).toBe(`"${md5(first)}"`);
    expect(ranged.CopyPartResult.ETag).toBe(`"${md5(Buffer.from('345'))}"`);
    await complete(upload, [{ PartNumber: 1, ETag: whole.CopyPartResult.ETag }, { PartNumber: 2, ETag: ranged.CopyPartResult.ETag }]);
    expect(await get(world, 'data', 'big', { Range: `bytes=${first.length - 1}-` })).toBe('a345');
  });

  it('names exactly the blobs in use, so that the rest can be forgotten', async () => {
    const upload = await create();
    const parts = [await part(upload, 1, second), await part(upload, 1, Buffer.from('replaced'))];
    await world.blobs.retainOnly(world.s3.referencedBlobs());
    await complete(upload, parts.slice(1));
    expect(await get(world, 'data', 'big')).toBe('replaced');
    expect(world.s3.referencedBlobs().size).toBe(1);
  });
});
