import { createHash } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ObjectFacts } from '../../src/workflow/ports.js';
import { createUploads, type UploadSettings } from '../../src/aws/uploads.js';

interface Request { method: string; path: string; query: Record<string, string>; headers: Record<string, string>; body: unknown }
/** `lost`: the request is carried out, and nothing comes back. */
type Answer = { status: number; headers?: Record<string, string>; xml?: string; lost?: boolean };

const deployment = {
  home: 'us-east-1',
  mrap: { name: 'uploads', alias: 'abc.mrap', arn: 'arn:aws:s3::111122223333:accesspoint/abc.mrap', controlRegions: ['us-east-1'] },
  credentials: { accessKeyId: 'AKIATEST', secretAccessKey: 'secret' },
};

let directory: string;
beforeAll(async () => { directory = await mkdtemp(path.join(os.tmpdir(), 'batchctl-uploads-')); });
afterAll(async () => { await rm(directory, { recursive: true }); });

async function source(bytes: number): Promise<{ file: string; bytes: number; sha256: string }> {
  const content = Buffer.alloc(bytes, 'abcdefg');
  const file = path.join(directory, `${bytes}.csv`);
  await writeFile(file, content);
  return { file, bytes, sha256: createHash('sha256').update(content).digest('hex') };
}

/** S3 behind the SDK: `answer` says what each request gets, in the order in which they arrive. */
function uploadsTo(answer: (request: Request, index: number) => Answer, { maxAttempts = 1, ...settings }: UploadSettings & { maxAttempts?: number } = {}) {
  const requests: Request[] = [];
  const requestHandler = {
    async handle(request: Request) {
      const index = requests.push(request) - 1;
      if (request.body && typeof request.body === 'object' && Symbol.asyncIterator in request.body) for await (const _ of request.body as AsyncIterable<unknown>) { /* the whole body is sent */ }
      const { status, headers = {}, xml, lost } = answer(request, index);
      if (lost) throw Object.assign(new Error('socket hang up'), { code: 'ECONNRESET' });
      return { response: { statusCode: status, headers: { 'x-amz-request-id': `request-${index}`, ...(xml ? { 'content-type': 'application/xml' } : {}), ...headers }, body: xml ? Buffer.from(xml) : undefined } };
    },
  };
  return { requests, uploads: createUploads(deployment, { pauseMs: 1, ...settings, clientOptions: { requestHandler, maxAttempts } }) };
}

interface Version { versionId: string; etag: string; bytes: number; checksum: string; submission?: string | undefined }

/** One key in a versioned bucket that keeps to the conditions of writes. `meddle` may change the versions, or the answer to a request that was carried out. */
function bucketWithOneKey(meddle: (request: Request, versions: Version[]) => Answer | undefined = () => undefined, settings: UploadSettings & { maxAttempts?: number } = {}) {
  const versions: Version[] = [];
  let begun: Record<string, string> = {};
  let partBytes = 0;
  const refused: Answer = { status: 412, xml: '<Error><Code>PreconditionFailed</Code><Message>At least one of the pre-conditions you specified did not hold</Message></Error>' };
  const create = ({ headers }: Request, bytes: number, described: Record<string, string>): Answer => {
    const checksum = described['x-amz-meta-sha256'] ?? '';
    const newest = versions.at(-1);
    if (headers['if-none-match'] !== undefined && newest) return refused;
    if (headers['if-match'] !== undefined && headers['if-match'] !== newest?.etag) return refused;
    versions.push({ versionId: `v${versions.length + 1}`, etag: `"${checksum}"`, bytes, checksum, submission: described['x-amz-meta-submission'] });
    return { status: 200, headers: { 'x-amz-version-id': `v${versions.length}` }, ...(headers['x-amz-meta-sha256'] === undefined ? { xml: '<CompleteMultipartUploadResult><ETag>"x"</ETag></CompleteMultipartUploadResult>' } : {}) };
  };
  const answerTo = (request: Request): Answer => {
    const newest = versions.at(-1);
    if (request.method === 'HEAD') return newest ? { status: 200, headers: { 'x-amz-version-id': newest.versionId, etag: newest.etag, 'last-modified': 'Sun, 01 Feb 2026 00:00:00 GMT', 'content-length': String(newest.bytes), 'x-amz-meta-sha256': newest.checksum, ...(newest.submission === undefined ? {} : { 'x-amz-meta-submission': newest.submission }) } } : { status: 404 };
    if (request.method === 'POST' && 'uploads' in request.query) {
      begun = request.headers;
      partBytes = 0;
      return { status: 200, xml: initiated };
    }
    if (request.method === 'PUT' && 'partNumber' in request.query) {
      partBytes += Number(request.headers['content-length']);
      return { status: 200, headers: { etag: `"${request.query['partNumber']}"` } };
    }
    if (request.method === 'DELETE') return { status: 204 };
    return request.method === 'POST' ? create(request, partBytes, begun) : create(request, Number(request.headers['x-amz-decoded-content-length']), request.headers);
  };
  const { requests, uploads } = uploadsTo((request) => {
    const answer = answerTo(request);
    return meddle(request, versions) ?? answer;
  }, settings);
  return { versions, uploads, writes: () => requests.filter(({ method, query }) => (method === 'PUT' && !('partNumber' in query)) || (method === 'POST' && 'uploadId' in query)) };
}

const initiated = '<InitiateMultipartUploadResult><UploadId>upload-1</UploadId></InitiateMultipartUploadResult>';
const gone: Answer = { status: 404, xml: '<Error><Code>NoSuchUpload</Code><Message>gone</Message></Error>' };
const hangUp: Answer = { status: 0, lost: true };
const inParts = { singlePutMaxBytes: 10, partBytes: 40 };

describe('uploading through the access point', () => {
  it('puts a small file in one request, with its checksum beside it', async () => {
    const { requests, uploads } = uploadsTo((_, index) => (index === 0 ? { status: 404 } : { status: 200, headers: { 'x-amz-version-id': 'v1' } }));
    const file = await source(100);
    const seen: number[] = [];
    expect(await uploads.put('input/a b.csv', file, { onProgress: (bytes) => seen.push(bytes) })).toEqual({ versionId: 'v1', already: false });
    expect(requests.map(({ method }) => method)).toEqual(['HEAD', 'PUT']);
    expect(requests[1]?.headers).toMatchObject({ host: 'abc.mrap.accesspoint.s3-global.amazonaws.com', 'x-amz-meta-sha256': file.sha256, 'x-amz-region-set': '*' });
    expect(seen).toEqual([100]);
  });

  it('announces the checksums of its parts, which the SDK adds and S3 would refuse', async () => {
    const { requests, uploads } = uploadsTo((request): Answer => {
      if (request.method === 'HEAD') return { status: 404 };
      if ('uploads' in request.query) return { status: 200, xml: initiated };
      if (request.method === 'PUT') return { status: 200, headers: { etag: '"1"', 'x-amz-checksum-crc32': 'AAAAAA==' } };
      return { status: 200, headers: { 'x-amz-version-id': 'v1' }, xml: '<CompleteMultipartUploadResult><ETag>"x"</ETag></CompleteMultipartUploadResult>' };
    }, inParts);
    await uploads.put('input/a.csv', await source(101));
    const [, created, ...rest] = requests;
    expect(created?.headers).toMatchObject({ 'x-amz-checksum-algorithm': 'CRC32' });
    expect(rest.filter(({ method }) => method === 'PUT').map(({ headers }) => headers['x-amz-sdk-checksum-algorithm'])).toEqual(['CRC32', 'CRC32', 'CRC32']);
    expect(String(rest.at(-1)?.body).match(/<ChecksumCRC32>AAAAAA==<\/ChecksumCRC32>/g)).toHaveLength(3);
  });

  it('puts a large file in parts, and begins again when the access point has turned to another bucket', async () => {
    let turned = false;
    const { versions, uploads } = bucketWithOneKey((request) => {
      if (turned || !('partNumber' in request.query)) return undefined;
      turned = request.query['partNumber'] === '2';
      return gone;
    }, inParts);
    const seen: number[] = [];
    expect(await uploads.put('input/a.csv', await source(101), { onProgress: (bytes) => seen.push(bytes) })).toEqual({ versionId: 'v1', already: false });
    expect(versions).toMatchObject([{ bytes: 101 }]);
    // Progress falls back to nothing when it begins again, and ends with everything.
    expect(seen).toContain(0);
    expect(seen.at(-1)).toBe(101);
  });

  it('does not try again what was refused', async () => {
    const { requests, uploads } = uploadsTo((_, index) => (index === 0 ? { status: 404 } : { status: 403, xml: '<Error><Code>AccessDenied</Code><Message>no</Message></Error>' }));
    await expect(uploads.put('input/a.csv', await source(100))).rejects.toMatchObject({ name: 'AccessDenied' });
    expect(requests).toHaveLength(2);
  });

  it('refuses a bucket without versions, because a job is a version', async () => {
    const { uploads } = uploadsTo((_, index) => (index === 0 ? { status: 404 } : { status: 200 }));
    await expect(uploads.put('input/a.csv', await source(100))).rejects.toMatchObject({ code: 'BUCKET_NOT_VERSIONED' });
  });

  it('says that nothing was uploaded when the access point leads to a Region that is lost', async () => {
    const { uploads } = uploadsTo(() => hangUp);
    await expect(uploads.put('input/a.csv', await source(100))).rejects.toMatchObject({
      code: 'ACCESS_POINT_FAILED', message: expect.stringMatching(/does not answer: unreachable \(ECONNRESET\)\. .*100\.csv was not uploaded\.$/),
    });
  });

  it('looks again while the access point still leads to a Region that is lost', async () => {
    const { requests, uploads } = uploadsTo((request, index) => (index < 2 ? { status: 503 } : request.method === 'HEAD' ? { status: 404 } : { status: 200, headers: { 'x-amz-version-id': 'v5' } }));
    expect(await uploads.put('input/a.csv', await source(100))).toMatchObject({ versionId: 'v5' });
    expect(requests.map(({ method }) => method)).toEqual(['HEAD', 'HEAD', 'HEAD', 'PUT']);
  });
});

describe('one file becomes one version', () => {
  const key = 'input/a.csv';

  /** The other Region's bucket, with one version that lacks a replica. */
  function otherBucket(there: Partial<ObjectFacts> | undefined) {
    const bucket = { region: 'us-west-2', asked: 0, head: () => {
      bucket.asked += 1;
      if (there === undefined) return Promise.reject(Object.assign(new Error('lost'), { name: 'TimeoutError' }));
      return Promise.resolve({ key, versionId: 'theirs', etag: '"theirs"', bytes: 100, lastModified: '2026-03-01T00:00:00.000Z', ...there });
    } };
    return bucket;
  }

  it('when only the Region that uploads have turned away from holds it', async () => {
    const file = await source(100);
    const other = otherBucket({ checksum: file.sha256 });
    const { versions, uploads } = bucketWithOneKey(undefined, { buckets: [other] });
    expect(await uploads.put(key, file)).toEqual({ versionId: 'theirs', already: true, awaitsReplica: true });
    expect(versions).toHaveLength(0);
    expect(await uploads.put(key, file, { again: true })).toEqual({ versionId: 'v1', already: false });
    expect(await uploads.put(key, await source(101))).toEqual({ versionId: 'v2', already: false });
  });

  it('when its answer was lost by a Region that uploads then turned away from', async () => {
    const file = await source(100);
    for (const again of [false, true]) {
      const there: Partial<ObjectFacts> = { checksum: 'another' };
      const { versions, uploads } = bucketWithOneKey((request, all) => {
        if (request.method !== 'PUT') return undefined;
        // It was stored there, not here.
        all.pop();
        Object.assign(there, { checksum: file.sha256, submission: request.headers['x-amz-meta-submission'] });
        return hangUp;
      }, { buckets: [otherBucket(there)] });
      expect(await uploads.put(key, file, { again })).toEqual({ versionId: 'theirs', already: false, awaitsReplica: true });
      expect(versions).toHaveLength(0);
    }
  });

  it('of which an older version elsewhere is not the current one', async () => {
    const file = await source(100);
    const { versions, uploads } = bucketWithOneKey(undefined, { buckets: [otherBucket({ checksum: file.sha256, lastModified: '2020-01-01T00:00:00.000Z' })] });
    versions.push({ versionId: 'v1', etag: '"newer"', bytes: 1, checksum: 'newer' });
    expect(await uploads.put(key, file)).toEqual({ versionId: 'v2', already: false });
  });

  it('run again: an old one elsewhere is not taken for it when the access point turns there', async () => {
    const file = await source(100);
    let puts = 0;
    const old = { checksum: file.sha256, lastModified: '2020-01-01T00:00:00.000Z' };
    const { versions, uploads } = bucketWithOneKey((request, all) => {
      if (request.method !== 'PUT') return undefined;
      puts += 1;
      if (puts > 1) return undefined;
      // Nothing was stored, and what stands now is what the other bucket held all the time.
      all.splice(0, all.length, { versionId: 'theirs', etag: '"theirs"', bytes: 100, checksum: file.sha256 });
      return { status: 503 };
    }, { buckets: [otherBucket(old)] });
    versions.push({ versionId: 'v1', etag: '"newer"', bytes: 1, checksum: 'newer' });
    expect(await uploads.put(key, file, { again: true })).toEqual({ versionId: 'v2', already: false });
    expect(versions.map(({ versionId }) => versionId)).toEqual(['theirs', 'v2']);
  });

  it('as far as buckets answer, and says once of each that it does not', async () => {
    const silent = otherBucket(undefined);
    const told: string[] = [];
    const { uploads } = bucketWithOneKey(undefined, { buckets: [silent], onSilent: (region: string, failure: Error) => told.push(`${region}: ${failure.name}`) });
    const files = await Promise.all([10, 20, 30].map(source));
    await Promise.all(files.slice(0, 2).map((file, index) => uploads.put(`${key}${index}`, file)));
    expect(silent.asked).toBe(2);
    await uploads.put(key, files[2]!);
    expect(silent.asked).toBe(2);
    expect(told).toEqual(['us-west-2: TimeoutError']);
  });

  it('when it is there already, unless it is to run again', async () => {
    const { versions, uploads } = bucketWithOneKey();
    const file = await source(100);
    expect(await uploads.put(key, file)).toEqual({ versionId: 'v1', already: false });
    expect(await uploads.put(key, file)).toEqual({ versionId: 'v1', already: true });
    expect(await uploads.put(key, file, { again: true })).toEqual({ versionId: 'v2', already: false });
    expect(await uploads.put(key, await source(101))).toEqual({ versionId: 'v3', already: false });
    expect(versions).toHaveLength(3);
  });

  it.each([
    { how: 'in one request', settings: {} },
    { how: 'in parts', settings: inParts },
  ])('when the answer is lost on its way back, $how', async ({ settings }) => {
    // Whether this program or the SDK within it asks once more.
    for (const [again, maxAttempts] of [[false, 1], [true, 1], [false, 3], [true, 3]] as const) {
      let isLost = false;
      const { versions, uploads, writes } = bucketWithOneKey((request) => {
        if (isLost || !(writes() as unknown[]).includes(request)) return undefined;
        isLost = true;
        return hangUp;
      }, { ...settings, maxAttempts });
      versions.push({ versionId: 'v1', etag: '"old"', bytes: 3, checksum: 'old' });
      expect(await uploads.put(key, await source(100), { again })).toEqual({ versionId: 'v2', already: false });
      expect(versions).toHaveLength(2);
    }
  });

  it('when the answer of a second run of the same content is lost', async () => {
    let puts = 0;
    const { versions, uploads } = bucketWithOneKey((request) => {
      if (request.method === 'PUT') puts += 1;
      return request.method === 'PUT' && puts === 2 ? hangUp : undefined;
    });
    const file = await source(100);
    await uploads.put(key, file);
    expect(await uploads.put(key, file, { again: true })).toEqual({ versionId: 'v2', already: false });
    expect(versions).toHaveLength(2);
  });

  it.each([
    { how: 'in one request', settings: {} },
    { how: 'in parts', settings: inParts },
  ])('when somebody puts the same in the same moment, $how', async ({ settings }) => {
    const file = await source(100);
    const { versions, uploads } = bucketWithOneKey((request, all) => {
      // After this one looked, and before it writes.
      if (request.method === 'HEAD' && all.length === 0) all.push({ versionId: 'v1', etag: '"theirs"', bytes: 100, checksum: file.sha256 });
      return undefined;
    }, settings);
    expect(await uploads.put(key, file)).toEqual({ versionId: 'v1', already: true });
    expect(versions).toHaveLength(1);
  });

  it('and goes on top of what somebody else put in the same moment, without sending its parts again', async () => {
    let others = 0;
    const { versions, uploads, writes } = bucketWithOneKey((request, all) => {
      if (request.method === 'HEAD' && others < 3) all.push({ versionId: `other-${others += 1}`, etag: `"${others}"`, bytes: 1, checksum: 'other' });
      return undefined;
    }, inParts);
    const seen: number[] = [];
    expect(await uploads.put(key, await source(100), { onProgress: (bytes) => seen.push(bytes) })).toEqual({ versionId: 'v4', already: false });
    expect(versions.map(({ checksum }) => checksum === 'other')).toEqual([true, true, true, false]);
    expect(writes()).toHaveLength(4);
    // Three parts, in whatever order they arrive.
    expect(seen).toHaveLength(3);
    expect(seen.at(-1)).toBe(100);
  });

  it('also where S3 takes no conditions', async () => {
    const { versions, uploads } = bucketWithOneKey((request, all) => {
      if (request.method !== 'PUT' || request.headers['if-none-match'] === undefined) return undefined;
      all.pop();
      return { status: 501, xml: '<Error><Code>NotImplemented</Code><Message>A header you provided implies functionality that is not implemented</Message></Error>' };
    });
    expect(await uploads.put(key, await source(100))).toEqual({ versionId: 'v1', already: false });
    expect(versions).toHaveLength(1);
  });

  it('or says that it could not be uploaded, when looks and writes never agree', async () => {
    const { uploads, writes } = bucketWithOneKey((request) => (request.method === 'HEAD' ? { status: 404 } : request.method === 'PUT' ? { status: 412 } : undefined));
    await expect(uploads.put(key, await source(100))).rejects.toMatchObject({ code: 'UPLOAD_FAILED', message: expect.stringContaining('could not be uploaded') });
    expect(writes().length).toBeLessThan(100);
  });
});
