import { GetObjectCommand } from '@aws-sdk/client-s3';
import { GetItemCommand } from '@aws-sdk/client-dynamodb';
import { HttpResponse, type HttpRequest } from '@smithy/core/protocols';
import { afterEach, describe, expect, it, vi } from 'vitest';
import type { Reach } from '../../src/aws/client-pool.js';
import { createClientFactory } from '../../src/aws/clients.js';

const get = new GetItemCommand({ TableName: 'jobs', Key: { pk: { S: 'control' } } });

function answering(hosts: string[]) {
  return {
    metadata: { handlerProtocol: 'http/1.1' },
    destroy: () => undefined,
    handle: (request: HttpRequest) => {
      hosts.push(request.hostname);
      return Promise.resolve({ response: new HttpResponse({ statusCode: 200, headers: { 'x-amzn-requestid': 'r' }, body: new Blob(['{}']).stream() }) });
    },
  };
}

describe('clients', () => {
  afterEach(() => vi.unstubAllEnvs());

  it('of a simulated AWS follow nothing that the shell says about the real one', async () => {
    vi.stubEnv('AWS_ENDPOINT_URL', 'https://endpoint.example.com');
    vi.stubEnv('AWS_USE_FIPS_ENDPOINT', 'true');
    vi.stubEnv('AWS_S3_USE_ARN_REGION', 'true');
    const hosts: string[] = [];
    const clients = createClientFactory({ credentials: { accessKeyId: 'a', secretAccessKey: 's' } }, { requestHandler: answering(hosts) });
    await clients.dynamodb('us-east-1').send(get);
    await clients.s3('us-west-2').send(new GetObjectCommand({ Bucket: 'app', Key: 'k' }));
    expect(hosts).toEqual(['dynamodb.us-east-1.amazonaws.com', 'app.s3.us-west-2.amazonaws.com']);
  });

  it('of a real deployment are not led elsewhere by an endpoint that the shell names, such as a sandbox\'s', async () => {
    vi.stubEnv('AWS_ENDPOINT_URL', 'http://127.0.0.1:1');
    vi.stubEnv('AWS_ENDPOINT_URL_DYNAMODB', 'http://127.0.0.1:1');
    const hosts: string[] = [];
    const real = createClientFactory({ credentials: { accessKeyId: 'a', secretAccessKey: 's' } }).dynamodb('us-west-2');
    real.config.requestHandler = answering(hosts) as never;
    await real.send(get);
    expect(hosts).toEqual(['dynamodb.us-west-2.amazonaws.com']);
  });

  it('of a real deployment use FIPS endpoints where the environment asks for them', async () => {
    vi.stubEnv('AWS_USE_FIPS_ENDPOINT', 'true');
    const reach: Reach = { credentials: { accessKeyId: 'a', secretAccessKey: 's' } };
    const endpoint = await createClientFactory(reach).dynamodb('us-west-2').config.useFipsEndpoint();
    expect(endpoint).toBe(true);
  });
});
