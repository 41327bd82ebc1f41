import { S3Client } from '@aws-sdk/client-s3';
import { HttpResponse, type HttpRequest } from '@smithy/core/protocols';
import { Readable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { createS3Objects } from '../../../infra/pipeline/s3-objects.js';

type Answer = { status: number; code?: string };

/** A bucket that answers every HEAD and every GET in one way; what a HEAD is refused for stands nowhere, as with S3. */
function bucket(head: Answer, get: Answer = { status: 500, code: 'InternalError' }) {
  const asked: string[] = [];
  const handle = (request: HttpRequest): Promise<{ response: HttpResponse }> => {
    asked.push(`${request.method} ${request.query?.['versionId'] as string}`);
    const { status, code } = request.method === 'HEAD' ? head : get;
    const body = request.method === 'HEAD' ? '' : code === undefined ? 'x' : `<?xml version="1.0"?><Error><Code>${code}</Code><Message>${code}</Message></Error>`;
    return Promise.resolve({ response: new HttpResponse({ statusCode: status, headers: { 'content-type': 'application/xml', 'content-length': String(body.length), 'x-amz-request-id': '1' }, body: Readable.from([Buffer.from(body)]) }) });
  };
  const requestHandler = { handle, metadata: { handlerProtocol: 'http/1.1' }, destroy: () => undefined, updateHttpClientConfig: () => undefined, httpHandlerConfigs: () => ({}) };
  const client = new S3Client({ region: 'us-east-1', requestHandler, maxAttempts: 1, credentials: { accessKeyId: 'a', secretAccessKey: 'b' } });
  return { objects: createS3Objects(client, 'bucket'), asked };
}

describe('whether an object is there', () => {
  it.each<[string, Answer, Answer | undefined]>([
    ['S3 has not got it', { status: 404 }, undefined],
    ['its version id cannot be one', { status: 400 }, { status: 400, code: 'InvalidArgument' }],
    ['its version is found to be gone when S3 is asked again', { status: 400 }, { status: 404, code: 'NoSuchVersion' }],
  ])('is answered with no when %s', async (_when, head, get) => {
    const { objects, asked } = bucket(head, get);
    expect(await objects.head('input/a.csv', 'v')).toBeUndefined();
    expect(asked).toEqual(get ? ['HEAD v', 'GET v'] : ['HEAD v']);
  });

  // S3 says 400 for these too (S3 API reference, "Error responses").
  it.each(['ExpiredToken', 'InvalidToken', 'RequestTimeout'])('is not known when the call is refused as %s', async (code) => {
    await expect(bucket({ status: 400 }, { status: 400, code }).objects.head('input/a.csv', 'v')).rejects.toThrow(code);
  });

  it.each<[string, string | undefined, Answer, Answer | undefined]>([
    ['a HEAD is refused that a GET is not', 'v', { status: 400 }, { status: 206 }],
    ['a HEAD without a version is refused', undefined, { status: 400 }, undefined],
    ['it is forbidden', 'v', { status: 403 }, undefined],
    ['S3 fails', 'v', { status: 503 }, undefined],
  ])('is not known when %s', async (_when, versionId, head, get) => {
    await expect(bucket(head, get).objects.head('input/a.csv', versionId)).rejects.toThrow();
  });
});
