import { DynamoDBClient, ListTablesCommand } from '@aws-sdk/client-dynamodb';
import { GetObjectCommand, ListBucketsCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { AssumeRoleCommand, GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import type { HttpRequest } from '@smithy/core/protocols';
import { Readable } from 'node:stream';
import { beforeEach, describe, expect, it } from 'vitest';
import { presignGet } from '../../../src/aws/presign/presign.js';
import type { RunningWorld } from '../../../src/sandbox/assemble-world.js';
import type { CallContext } from '../../../src/sandbox/service.js';
import { clientOf, fakeService, testWorld } from './fixture.js';

const roleArn = 'arn:aws:iam::111122223333:role/worker';
const context = { region: 'us-east-1', account: '111122223333', stackName: 's', logicalId: 'Worker', assetPath: (key: string) => key, unmodelled: () => undefined };

let world: RunningWorld;
let calls: CallContext[];
let inputs: unknown[];
let logged: string[];

async function makeRole(): Promise<void> {
  const trust = { Statement: { Effect: 'Allow', Principal: { Service: 'lambda.amazonaws.com', AWS: 'arn:aws:iam::111122223333:root' }, Action: 'sts:AssumeRole' } };
  await world.iam.resources?.['AWS::IAM::Role']?.create(context, { RoleName: 'worker', AssumeRolePolicyDocument: trust } as never);
}

beforeEach(() => {
  calls = [];
  inputs = [];
  logged = [];
  const record = async (input: unknown, call: CallContext): Promise<object> => {
    inputs.push(input);
    calls.push(call);
    return {};
  };
  world = testWorld([fakeService('dynamodb', { ListTables: record }), fakeService('s3', { ListBuckets: record, GetObject: async (input, call) => ({ ...(await record(input, call)), Body: Buffer.from('data'), ContentLength: 4 }), PutObject: async (input: { Body: AsyncIterable<Uint8Array> }, call) => {
    for await (const _piece of input.Body);
    return record(input, call);
  } })], { onLog: (_region, _source, line) => { logged.push(line); } });
});


const list = (settings: Parameters<typeof clientOf>[1] = {}): Promise<unknown> => new DynamoDBClient(clientOf(world, settings)).send(new ListTablesCommand({}));
const buckets = (settings: Parameters<typeof clientOf>[1] = {}): Promise<unknown> => new S3Client(clientOf(world, settings)).send(new ListBucketsCommand({}));

describe('who may speak', () => {
  it('knows the operator by name and as coming from outside', async () => {
    await list();
    expect(calls[0]?.principal).toMatchObject({ arn: 'arn:aws:iam::111122223333:user/operator-admin', origin: 'operator' });
  });

  it('refuses keys that are not its own, in the words of each protocol', async () => {
    const credentials = { accessKeyId: 'AKIAIOSFODNN7EXAMPLE', secretAccessKey: 'x' };
    await expect(list({ credentials })).rejects.toMatchObject({ name: 'UnrecognizedClientException' });
    await expect(buckets({ credentials })).rejects.toMatchObject({ name: 'InvalidAccessKeyId' });
    await expect(new STSClient(clientOf(world, { credentials })).send(new GetCallerIdentityCommand({}))).rejects.toMatchObject({ name: 'InvalidClientTokenId' });
    expect(calls).toEqual([]);
    // Refused is not enough: whoever mixed up their shell ought to hear of it, once, and the log is no place for the key.
    expect(logged).toEqual([expect.stringMatching(/^a call to dynamodb was signed with AKIA…MPLE, which is no key of this sandbox: refused\. It looks like a key of a real account/)]);
  });

  it('refuses a wrong secret', async () => {
    const credentials = { ...world.iam.operatorKeys(), secretAccessKey: 'guessed' };
    await expect(list({ credentials })).rejects.toMatchObject({ name: 'InvalidSignatureException' });
    await expect(buckets({ credentials })).rejects.toMatchObject({ name: 'SignatureDoesNotMatch' });
    expect(calls).toEqual([]);
  });

  it('refuses requests that are not signed', async () => {
    const send = (host: string, headers: Record<string, string>): Promise<{ status: number; body: unknown }> => world.handle({ domain: 'region:us-east-1', method: 'GET', url: '/', headers: { host, ...headers }, body: Readable.from([]) });
    expect(await send('in-east.s3.us-east-1.amazonaws.com', {})).toMatchObject({ status: 403 });
    const answer = await send('dynamodb.us-east-1.amazonaws.com', { 'x-amz-target': 'DynamoDB_20120810.ListTables' });
    expect(Buffer.from(answer.body as Uint8Array).toString()).toContain('MissingAuthenticationToken');
  });

  it('accepts temporary credentials with their token, until they expire', async () => {
    await makeRole();
    const { expiresAt, ...issued } = world.credentialsFor(roleArn, 'us-west-2');
    expect(expiresAt).toBeGreaterThan(Date.now());
    await list({ credentials: issued });
    expect(calls[0]?.principal).toMatchObject({ arn: roleArn, origin: 'us-west-2' });
    const { sessionToken: _token, ...without } = issued;
    await expect(list({ credentials: without })).rejects.toMatchObject({ name: 'UnrecognizedClientException' });
    const short = world.iam.credentialsFor(roleArn, 'us-west-2', { durationSeconds: -1 });
    await expect(list({ credentials: short })).rejects.toMatchObject({ name: 'ExpiredTokenException' });
    await expect(buckets({ credentials: short })).rejects.toMatchObject({ name: 'ExpiredToken' });
  });

  it('refuses the operator alone while the operator\u2019s credentials have expired', async () => {
    await makeRole();
    world.faults.setCredentials('operator', 'expired');
    await expect(list()).rejects.toMatchObject({ name: 'ExpiredTokenException' });
    await expect(buckets()).rejects.toMatchObject({ name: 'ExpiredToken' });
    await list({ credentials: world.credentialsFor(roleArn, 'us-west-2') });
    world.faults.clear();
    await list();
    expect(calls).toHaveLength(2);
  });
});

describe('what was signed', () => {
  const put = new PutObjectCommand({ Bucket: 'in-east', Key: 'k', Body: 'original' });

  /** A client whose requests are changed on the way, after they were signed. */
  function meddling(change: (request: HttpRequest) => void): S3Client {
    const settings = clientOf(world);
    const honest = settings.requestHandler as { handle(request: HttpRequest, options: object): Promise<unknown> };
    return new S3Client({ ...settings, requestHandler: { ...honest, handle: (request: HttpRequest, options: object) => {
      change(request);
      return honest.handle(request, options);
    } } as never });
  }

  it.each<[string, (request: HttpRequest) => void, string]>([
    ['method', (request) => { request.method = 'POST'; request.query = { uploads: '' }; }, 'SignatureDoesNotMatch'],
    ['path', (request) => { request.path = '/other'; }, 'SignatureDoesNotMatch'],
    ['query', (request) => { request.query = { ...request.query, versionId: 'v' }; }, 'SignatureDoesNotMatch'],
    ['a signed header', (request) => { request.headers['x-amz-user-agent'] = 'other'; }, 'SignatureDoesNotMatch'],
    ['host', (request) => { request.hostname = 'elsewhere.s3.us-east-1.amazonaws.com'; request.headers['host'] = request.hostname; }, 'SignatureDoesNotMatch'],
    ['body', (request) => { request.body = 'swapped!'; }, 'XAmzContentSHA256Mismatch'],
  ])('refuses a request whose %s was changed', async (_what, change, code) => {
    await expect(meddling(change).send(put)).rejects.toMatchObject({ name: code });
    expect(calls).toEqual([]);
  });

  it('refuses a signature made for another Region', async () => {
    const west = clientOf(world, { region: 'us-west-2' }, { domain: 'region:us-east-1' });
    await expect(new S3Client(west).send(new GetObjectCommand({ Bucket: 'b', Key: 'k' }))).rejects.toMatchObject({ name: 'AuthorizationHeaderMalformed', Region: 'us-east-1' });
    await expect(new DynamoDBClient(west).send(new ListTablesCommand({}))).rejects.toMatchObject({ name: 'InvalidSignatureException' });
  });

  it('refuses a date that is a quarter of an hour off', async () => {
    const settings = clientOf(world);
    const honest = settings.requestHandler as { handle(request: HttpRequest, options: object): Promise<unknown> };
    const signed: HttpRequest[] = [];
    await new DynamoDBClient({ ...settings, requestHandler: { ...honest, handle: (request: HttpRequest, options: object) => { signed.push(request); return honest.handle(request, options); } } as never }).send(new ListTablesCommand({}));
    const [request] = signed as [HttpRequest];
    const send = (receivedAt: number): Promise<{ status: number; body: unknown }> => world.handle({ domain: 'region:us-east-1', method: 'POST', url: '/', headers: { host: request.hostname, ...request.headers }, body: Readable.from([Buffer.from('{}')]), receivedAt });
    expect(await send(Date.now())).toMatchObject({ status: 200 });
    const late = await send(Date.now() + 16 * 60_000);
    expect(Buffer.from(late.body as Uint8Array).toString()).toContain('InvalidSignatureException');
  });
});

describe('SigV4A', () => {
  const accessPointArn = 'arn:aws:s3::111122223333:accesspoint/mfzwi23gnjvgw.mrap';

  const get = (url: URL): Promise<{ status: number; body: unknown }> =>
    world.handle({ domain: 'mrap', method: 'GET', url: `${url.pathname}${url.search}`, headers: { host: url.host }, body: Readable.from([]) });

  it('verifies the URLs that the pipeline presigns, with its own signer, through a Multi-Region Access Point', async () => {
    await makeRole();
    const credentials = world.credentialsFor(roleArn, 'us-east-1');
    const url = new URL(presignGet({ accessPointArn, key: 'output/a b+c(1).csv', versionId: 'v1', fileName: 'ü.csv', expiresInSeconds: 3600 }, credentials, new Date()));
    expect(await get(url)).toMatchObject({ status: 200 });
    expect(calls[0]).toMatchObject({ region: '*', domain: 'mrap', principal: { arn: roleArn } });
    expect(inputs[0]).toMatchObject({ Bucket: 'mfzwi23gnjvgw.mrap', Key: 'output/a b+c(1).csv', VersionId: 'v1' });
    const altered = new URL(url);
    altered.pathname = '/output/other.csv';
    expect(await get(altered)).toMatchObject({ status: 403 });
  });

  it('takes no session of the global STS endpoint, and says no more than AWS does; one Region\'s own S3 takes it', async () => {
    await makeRole();
    const session = async (endpoint: string) => {
      const { Credentials } = await new STSClient(clientOf(world, { endpoint } as never)).send(new AssumeRoleCommand({ RoleArn: roleArn, RoleSessionName: 'ann' }));
      return { accessKeyId: Credentials!.AccessKeyId!, secretAccessKey: Credentials!.SecretAccessKey!, sessionToken: Credentials!.SessionToken! };
    };
    const presigned = (credentials: Awaited<ReturnType<typeof session>>): URL => new URL(presignGet({ accessPointArn, key: 'output/a.csv', fileName: 'a.csv', expiresInSeconds: 3600 }, credentials, new Date()));
    const [global, regional] = [await session('https://sts.amazonaws.com'), await session('https://sts.us-east-1.amazonaws.com')];
    expect(await get(presigned(regional))).toMatchObject({ status: 200 });
    const refused = await get(presigned(global));
    expect([refused.status, Buffer.from(refused.body as Uint8Array).toString()]).toEqual([500, expect.stringContaining('InternalError')]);
    await buckets({ credentials: global });
  });

  it('refuses them once they, or their credentials, have expired', async () => {
    const url = (at: number): URL => new URL(presignGet({ accessPointArn, key: 'k', expiresInSeconds: 60 }, world.iam.operatorKeys(), new Date(at)));
    expect(await get(url(Date.now() - 59_000))).toMatchObject({ status: 200 });
    expect(await get(url(Date.now() - 61_000))).toMatchObject({ status: 403 });
  });

  it('refuses what another secret signed', async () => {
    const victim = world.iam.createUser('victim', {});
    const url = new URL(presignGet({ accessPointArn, key: 'k', expiresInSeconds: 60 }, { ...world.iam.operatorKeys(), accessKeyId: victim.accessKeyId }, new Date()));
    expect(await get(url)).toMatchObject({ status: 403 });
    expect(calls).toEqual([]);
  });
});
