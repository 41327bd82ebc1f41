import { createHash } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createUploads } from '../../src/aws/uploads.js';

interface Request { method: string; path: string; query: Record<string, string>; headers: Record<string, string>; body: unknown }
type Answer = { status: number; headers?: Record<string, string>; xml?: string };

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
function uploadsTo(answer: (request: Request, index: number) => Answer, settings = {}) {
  const requests: Request[] = [];
  const requestHandler = {
    async handle(request: Request) {
      const index = requests.push(request) - 1;
      if (request.body && typeof request.body === 'object' && Symbol.asyncIterator in request.body) for await (const _ of request.body as AsyncIterable<unknown>) { /* the whole body is sent */ }
      const { status, headers = {}, xml } = answer(request, index);
      return { response: { statusCode: status, headers: { 'x-amz-request-id': `request-${index}`, ...(xml ? { 'content-type': 'application/xml' } : {}), ...headers }, body: xml ? Buffer.from(xml) : undefined } };
    },
  };
  return { requests, uploads: createUploads(deployment, { ...settings, clientOptions: { requestHandler, maxAttempts: 1 } }) };
}

const initiated = '<InitiateMultipartUploadResult><UploadId>upload-1</UploadId></InitiateMultipartUploadResult>';
const gone: Answer = { status: 404, xml: '<Error><Code>NoSuchUpload</Code><Message>gone</Message></Error>' };

describe('uploading through the access point', () => {
  it('puts a small file in one request, with its checksum beside it', async () => {
    const { requests, uploads } = uploadsTo(() => ({ status: 200, headers: { 'x-amz-version-id': 'v1' } }));
    const file = await source(100);
    const seen: number[] = [];
    expect(await uploads.put('input/a b.csv', file, { onProgress: (bytes) => seen.push(bytes) })).toEqual({ versionId: 'v1' });
    expect(requests).toHaveLength(1);
    expect(requests[0]?.headers).toMatchObject({ host: 'abc.mrap.accesspoint.s3-global.amazonaws.com', 'x-amz-meta-sha256': file.sha256, 'x-amz-region-set': '*' });
    expect(seen).toEqual([100]);
  });

  it('puts a large file in parts, and begins again when the access point has turned to another bucket', async () => {
    let completed = 0;
    const { requests, uploads } = uploadsTo((request, index) => {
      if (request.method === 'POST' && 'uploads' in request.query) return { status: 200, xml: initiated };
      if (request.method === 'PUT' && index < 4) return gone;
      if (request.method === 'PUT') return { status: 200, headers: { etag: `"${request.query['partNumber']}"` } };
      if (request.method === 'POST') {
        completed += 1;
        return { status: 200, headers: { 'x-amz-version-id': 'v2' }, xml: '<CompleteMultipartUploadResult><ETag>"x-3"</ETag></CompleteMultipartUploadResult>' };
      }
      return { status: 204 };
    }, { singlePutMaxBytes: 10, partBytes: 40 });
    const seen: number[] = [];
    expect(await uploads.put('input/a.csv', await source(101), { onProgress: (bytes) => seen.push(bytes) })).toEqual({ versionId: 'v2' });
    expect(completed).toBe(1);
    expect(requests.filter((request) => request.method === 'POST' && 'uploads' in request.query)).toHaveLength(2);
    expect(requests.some((request) => request.method === 'DELETE')).toBe(true);
    // Progress falls back to nothing when it begins again, and ends with everything.
    expect(seen).toContain(0);
    expect(seen.at(-1)).toBe(101);
  });

  it('does not try again what was refused', async () => {
    const { requests, uploads } = uploadsTo(() => ({ status: 403, xml: '<Error><Code>AccessDenied</Code><Message>no</Message></Error>' }));
    await expect(uploads.put('input/a.csv', await source(100))).rejects.toMatchObject({ name: 'AccessDenied' });
    expect(requests).toHaveLength(1);
  });

  it('refuses a bucket without versions, because a job is a version', async () => {
    const { uploads } = uploadsTo(() => ({ status: 200 }));
    await expect(uploads.put('input/a.csv', await source(100))).rejects.toMatchObject({ code: 'BUCKET_NOT_VERSIONED' });
  });

  it('looks again while the access point still leads to a Region that is lost', async () => {
    const { requests, uploads } = uploadsTo((_request, index) => (index < 2 ? { status: 503 } : { status: 200, headers: { 'x-amz-version-id': 'v5' } }));
    expect(await uploads.find('input/a.csv')).toMatchObject({ versionId: 'v5' });
    expect(requests).toHaveLength(3);
  });

  it('tells the current version with its checksum, or that there is none', async () => {
    const { uploads } = uploadsTo((_, index) => (index === 0 ? { status: 404 } : { status: 200, headers: { 'x-amz-version-id': 'v1', 'content-length': '5', 'x-amz-meta-sha256': 'abc' } }));
    expect(await uploads.find('input/a.csv')).toBeUndefined();
    expect(await uploads.find('input/a.csv')).toMatchObject({ versionId: 'v1', bytes: 5, checksum: 'abc' });
  });
});
