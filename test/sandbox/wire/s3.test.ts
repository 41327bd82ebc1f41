import { CompleteMultipartUploadCommand, CopyObjectCommand, CreateBucketCommand, DeleteObjectsCommand, GetBucketLocationCommand, GetObjectCommand, HeadObjectCommand, ListBucketsCommand, ListObjectsV2Command, PutBucketReplicationCommand, PutObjectCommand, S3Client, UploadPartCommand, UploadPartCopyCommand } from '@aws-sdk/client-s3';
import { GetMultiRegionAccessPointRoutesCommand, S3ControlClient, SubmitMultiRegionAccessPointRoutesCommand } from '@aws-sdk/client-s3-control';
import { getSignedUrl } from '@aws-sdk/s3-request-presigner';
import '@aws-sdk/signature-v4a';
import { Readable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { AwsError, type CallContext } from '../../../src/sandbox/service.js';
import { receive } from '../../../src/sandbox/wire/received.js';
import { clientOf, fakeService, testWorld, textOf } from './fixture.js';

type Seen = { operation: string; input: Record<string, unknown>; call: CallContext };

/** Records what arrives; answers what the test says. */
function recordingS3(answers: Record<string, unknown> = {}): { service: ReturnType<typeof fakeService>; seen: Seen[] } {
  const seen: Seen[] = [];
  const names = ['PutObject', 'UploadPart', 'UploadPartCopy', 'CopyObject', 'GetObject', 'HeadObject', 'ListBuckets', 'ListObjectsV2', 'CreateBucket', 'DeleteObjects', 'GetBucketLocation', 'PutBucketReplication', 'CompleteMultipartUpload'];
  const operations = Object.fromEntries(names.map((operation) => [operation, async (input: Record<string, unknown>, call: CallContext) => {
    const body = input['Body'] as AsyncIterable<Uint8Array> | undefined;
    const text = body && (await textOf(body));
    seen.push({ operation, input: body ? { ...input, Body: text } : input, call });
    const answer = answers[operation];
    if (answer instanceof Error) throw answer;
    return answer ?? {};
  }]));
  return { service: fakeService('s3', operations), seen };
}

describe('S3 over the wire', () => {
  it('routes operations that share a path by query, header and bucket', async () => {
    const { service, seen } = recordingS3({ CopyObject: { CopyObjectResult: { ETag: '"c"' } }, UploadPartCopy: { CopyPartResult: { ETag: '"p"' } } });
    const client = new S3Client(clientOf(testWorld([service])));
    const place = { Bucket: 'in-east', Key: 'a/b c+d.csv' };
    await client.send(new PutObjectCommand({ ...place, Body: 'x' }));
    await client.send(new UploadPartCommand({ ...place, PartNumber: 3, UploadId: 'U', Body: 'x' }));
    await client.send(new CopyObjectCommand({ ...place, CopySource: 'other/key' }));
    await client.send(new UploadPartCopyCommand({ ...place, PartNumber: 4, UploadId: 'U', CopySource: 'other/key' }));
    await client.send(new CreateBucketCommand({ Bucket: 'in-east' }));
    await client.send(new ListBucketsCommand({}));
    expect(seen.map(({ operation }) => operation)).toEqual(['PutObject', 'UploadPart', 'CopyObject', 'UploadPartCopy', 'CreateBucket', 'ListBuckets']);
    expect(seen[0]?.input).toMatchObject(place);
    expect(seen[1]?.input).toMatchObject({ ...place, PartNumber: 3, UploadId: 'U' });
    expect(seen[5]?.input['Bucket']).toBeUndefined();
  });

  it('reads the same from path-style addresses', async () => {
    const { service, seen } = recordingS3();
    const client = new S3Client({ ...clientOf(testWorld([service])), forcePathStyle: true });
    await client.send(new PutObjectCommand({ Bucket: 'in-east', Key: 'dir/', Body: 'x', Metadata: { run: '7' }, IfNoneMatch: '*', ContentType: 'text/csv' }));
    expect(seen[0]?.input).toMatchObject({ Bucket: 'in-east', Key: 'dir/', Metadata: { run: '7' }, IfNoneMatch: '*', ContentType: 'text/csv', ContentLength: 1 });
  });

  it('decodes chunked streams and gives their trailing checksum', async () => {
    const { service, seen } = recordingS3();
    const client = new S3Client(clientOf(testWorld([service])));
    await client.send(new PutObjectCommand({ Bucket: 'b', Key: 'k', Body: Readable.from(['he', 'llo']), ContentLength: 5 }));
    expect(seen[0]?.input).toMatchObject({ Body: 'hello', ContentLength: 5 });
    expect(seen[0]?.input['ContentEncoding']).toBeUndefined();
  });

  it('writes lists, dates and text with markup as the client reads them', async () => {
    const modified = new Date('2026-11-21T06:15:00.000Z');
    const listing = { Name: 'b', IsTruncated: true, NextContinuationToken: 't&<', KeyCount: 2, MaxKeys: 2, Contents: [{ Key: ' a<&>"', Size: 3, LastModified: modified, ETag: '"e"' }, { Key: 'b', Size: 0, LastModified: modified }], CommonPrefixes: [{ Prefix: 'p/' }] };
    const { service } = recordingS3({ ListObjectsV2: listing });
    const client = new S3Client(clientOf(testWorld([service])));
    const { $metadata, ...answer } = await client.send(new ListObjectsV2Command({ Bucket: 'b' }));
    expect($metadata.httpStatusCode).toBe(200);
    expect(answer).toEqual(listing);
  });

  it('streams an object with its headers, and says 206 for a range', async () => {
    const body = async function* (): AsyncGenerator<Uint8Array> { yield Buffer.from('hel'); yield Buffer.from('lo'); };
    const { service } = recordingS3({ GetObject: { Body: body(), ContentLength: 5, ContentRange: 'bytes 0-4/9', ETag: '"e"', Metadata: { run: '7' }, LastModified: new Date(1e12), VersionId: 'v1', ReplicationStatus: 'COMPLETED' } });
    const client = new S3Client(clientOf(testWorld([service])));
    const answer = await client.send(new GetObjectCommand({ Bucket: 'b', Key: 'k', Range: 'bytes=0-4' }));
    expect(await answer.Body?.transformToString()).toBe('hello');
    expect(answer).toMatchObject({ ContentLength: 5, ETag: '"e"', Metadata: { run: '7' }, LastModified: new Date(1e12), VersionId: 'v1', ReplicationStatus: 'COMPLETED' });
    expect(answer.$metadata.httpStatusCode).toBe(206);
  });

  it('reads nested XML and answers a single unwrapped value', async () => {
    const { service, seen } = recordingS3({ GetBucketLocation: { LocationConstraint: 'us-west-2' }, DeleteObjects: { Deleted: [{ Key: 'x&y' }], Errors: [] } });
    const client = new S3Client(clientOf(testWorld([service])));
    const configuration = { Role: 'r', Rules: [{ ID: 'one', Status: 'Enabled' as const, Priority: 1, Filter: { Prefix: 'in/' }, Destination: { Bucket: 'arn:aws:s3:::x', Metrics: { Status: 'Enabled' as const, EventThreshold: { Minutes: 15 } } } }] };
    await client.send(new PutBucketReplicationCommand({ Bucket: 'b', ReplicationConfiguration: configuration }));
    const deleted = await client.send(new DeleteObjectsCommand({ Bucket: 'b', Delete: { Objects: [{ Key: 'x&y', VersionId: 'v' }, { Key: 'z' }], Quiet: true } }));
    await client.send(new CompleteMultipartUploadCommand({ Bucket: 'b', Key: 'k', UploadId: 'U', MultipartUpload: { Parts: [{ PartNumber: 1, ETag: '"1"' }] } }));
    expect((await client.send(new GetBucketLocationCommand({ Bucket: 'b' }))).LocationConstraint).toBe('us-west-2');
    expect(seen[0]?.input['ReplicationConfiguration']).toEqual(configuration);
    expect(seen[1]?.input['Delete']).toEqual({ Objects: [{ Key: 'x&y', VersionId: 'v' }, { Key: 'z' }], Quiet: true });
    expect(deleted.Deleted).toEqual([{ Key: 'x&y' }]);
    expect(seen[2]?.input['MultipartUpload']).toEqual({ Parts: [{ PartNumber: 1, ETag: '"1"' }] });
  });

  it('answers errors by code and status, and HEAD without a body', async () => {
    const { service } = recordingS3({ GetObject: new AwsError('NoSuchKey', 'The specified key does not exist.', { members: { Key: 'k' } }), HeadObject: new AwsError('NotFound', 'Not Found'), PutObject: new AwsError('PreconditionFailed', 'At least one of the pre-conditions you specified did not hold') });
    const client = new S3Client(clientOf(testWorld([service])));
    await expect(client.send(new GetObjectCommand({ Bucket: 'b', Key: 'k' }))).rejects.toMatchObject({ name: 'NoSuchKey', message: 'The specified key does not exist.', $metadata: { httpStatusCode: 404 } });
    await expect(client.send(new HeadObjectCommand({ Bucket: 'b', Key: 'k' }))).rejects.toMatchObject({ name: 'NotFound', $metadata: { httpStatusCode: 404 } });
    await expect(client.send(new PutObjectCommand({ Bucket: 'b', Key: 'k', Body: 'x' }))).rejects.toMatchObject({ name: 'PreconditionFailed', $metadata: { httpStatusCode: 412 } });
    const unknown = new S3Client(clientOf(testWorld([fakeService('s3', {})])));
    await expect(unknown.send(new ListBucketsCommand({}))).rejects.toMatchObject({ name: 'NotImplemented', $metadata: { httpStatusCode: 501 } });
  });

  it('reaches a Multi-Region Access Point only when signed for every Region', async () => {
    const { service, seen } = recordingS3();
    const world = testWorld([service]);
    const arn = 'arn:aws:s3::111122223333:accesspoint/mfzwi23gnjvgw.mrap';
    await new S3Client(clientOf(world)).send(new PutObjectCommand({ Bucket: arn, Key: 'in/a b.csv', Body: Readable.from(['x,y']), ContentLength: 3 }));
    expect(seen[0]).toMatchObject({ operation: 'PutObject', input: { Bucket: 'mfzwi23gnjvgw.mrap', Key: 'in/a b.csv', Body: 'x,y' }, call: { region: '*', domain: 'mrap' } });
    const disguised = new S3Client({ ...clientOf(world), endpoint: 'https://mfzwi23gnjvgw.mrap.accesspoint.s3-global.amazonaws.com', bucketEndpoint: false });
    await expect(disguised.send(new GetObjectCommand({ Bucket: 'b', Key: 'k' }))).rejects.toMatchObject({ name: 'AuthorizationHeaderMalformed' });
  });

  it('accepts presigned URLs until they expire and not when altered', async () => {
    const { service, seen } = recordingS3({ GetObject: { Body: Buffer.from('ok'), ContentLength: 2 } });
    let ahead = 0;
    const world = testWorld([service]);
    const later = { ...world.clock, now: () => Date.now() + ahead };
    const timed = testWorld([service], { clock: later });
    const client = new S3Client(clientOf(timed));
    const url = new URL(await getSignedUrl(client, new GetObjectCommand({ Bucket: 'b', Key: 'in/a b.csv' }), { expiresIn: 60 }));
    const get = async (target: URL): Promise<{ status: number; text: string }> => {
      const answer = await timed.handle({ domain: 'region:us-east-1', method: 'GET', url: `${target.pathname}${target.search}`, headers: { host: target.host }, body: Readable.from([]) });
      return { status: answer.status, text: answer.body instanceof Uint8Array ? Buffer.from(answer.body).toString() : await textOf(answer.body) };
    };
    expect(await get(url)).toEqual({ status: 200, text: 'ok' });
    expect(seen[0]?.input['Key']).toBe('in/a b.csv');
    const altered = new URL(url);
    altered.pathname = '/in/another.csv';
    expect(await get(altered)).toMatchObject({ status: 403, text: expect.stringContaining('SignatureDoesNotMatch') as string });
    ahead = 61_000;
    expect(await get(url)).toMatchObject({ status: 403, text: expect.stringContaining('Request has expired') as string });
  });
});

describe('S3 Control over the wire', () => {
  it('tells itself from S3 and passes routes both ways', async () => {
    const routes = [{ Bucket: 'in-east', Region: 'us-east-1', TrafficDialPercentage: 100 }, { Bucket: 'in-west', Region: 'us-west-2', TrafficDialPercentage: 0 }];
    const submitted: unknown[] = [];
    const control = fakeService('s3-control', {
      GetMultiRegionAccessPointRoutes: async (input: { Mrap: string }) => ({ Mrap: input.Mrap, Routes: routes }),
      SubmitMultiRegionAccessPointRoutes: async (input: { RouteUpdates: unknown }, call: CallContext) => {
        submitted.push(input.RouteUpdates, call.region, call.domain);
        throw new AwsError('ConflictException', 'A route change is under way', { status: 409 });
      },
    });
    const client = new S3ControlClient(clientOf(testWorld([control]), { region: 'ap-southeast-2' }));
    const place = { AccountId: '111122223333', Mrap: 'arn:aws:s3::111122223333:accesspoint/mfzwi23gnjvgw.mrap' };
    expect(await client.send(new GetMultiRegionAccessPointRoutesCommand(place))).toMatchObject({ Mrap: place.Mrap, Routes: routes });
    const update = new SubmitMultiRegionAccessPointRoutesCommand({ ...place, RouteUpdates: [{ Region: 'us-east-1', TrafficDialPercentage: 0 }] });
    await expect(client.send(update)).rejects.toMatchObject({ name: 'ConflictException', message: 'A route change is under way', $metadata: { httpStatusCode: 409 } });
    expect(submitted).toEqual([[{ Region: 'us-east-1', TrafficDialPercentage: 0 }], 'ap-southeast-2', 'mrap-control:ap-southeast-2']);
  });
});

describe('a request taken apart', () => {
  it('keeps plus signs and order of the query', () => {
    const { query, path } = receive({ domain: 'any', method: 'get', url: '/a%20b?b=1+2&a&c=%2B', headers: {}, body: Readable.from([]) });
    expect(path).toBe('/a%20b');
    expect(query).toEqual([['b', '1+2'], ['a', ''], ['c', '+']]);
  });
});
