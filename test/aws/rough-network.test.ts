import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { GetItemCommand } from '@aws-sdk/client-dynamodb';
import { ListObjectsV2Command } from '@aws-sdk/client-s3';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createClientFactory, type ClientFactory } from '../../src/aws/clients.js';
import { failureKind, isTransient } from '../../src/core/failure.js';
import { openRoughNetwork, type Mishap, type RoughNetwork } from '../siege/rough-network.js';

const item = JSON.stringify({ Item: { pk: { S: 'control' }, note: { S: 'x'.repeat(2000) } } });
const listing = '<?xml version="1.0"?><ListBucketResult><Name>b</Name><KeyCount>1</KeyCount><Contents><Key>input/a.csv</Key></Contents></ListBucketResult>';

/** A DynamoDB and an S3 that answer everything alike. What counts here is what happens on the way. */
let aws: http.Server;
let calls: number;
let network: RoughNetwork;
let clients: ClientFactory;

beforeEach(async () => {
  calls = 0;
  aws = http.createServer((request, response) => {
    calls += 1;
    request.resume();
    request.on('end', () => {
      const isDynamo = request.headers['x-amz-target'] !== undefined;
      const body = isDynamo ? item : listing;
      response.writeHead(200, { 'content-type': isDynamo ? 'application/x-amz-json-1.0' : 'application/xml', 'content-length': Buffer.byteLength(body), [isDynamo ? 'x-amzn-requestid' : 'x-amz-request-id']: 'r' });
      response.end(body);
    });
  });
  await new Promise<void>((resolve) => { aws.listen(0, '127.0.0.1', resolve); });
  const { port } = aws.address() as AddressInfo;
  network = await openRoughNetwork([port]);
  clients = createClientFactory({
    transport: { connectTo: [{ host: '.*', port: network.portBefore(port) }] }, credentials: { accessKeyId: 'AKIASANDBOXEXAMPLE00', secretAccessKey: 'secret' },
  }, { maxAttempts: 1, requestTimeoutMs: 1500 });
});

afterEach(async () => {
  clients.destroy();
  await network.close();
  aws.closeAllConnections();
  await new Promise((resolve) => { aws.close(resolve); });
});

const look = () => clients.dynamodb('us-east-1').send(new GetItemCommand({ TableName: 't', Key: { pk: { S: 'control' } } }));
const list = () => clients.s3('us-east-1').send(new ListObjectsV2Command({ Bucket: 'bucket' }));

/** The next call meets it, all others nothing. */
function next(mishap: Mishap): void {
  let met = false;
  network.decide = () => {
    const now = met ? 'none' : mishap;
    met = true;
    return now;
  };
}

describe('a call over a bad network', () => {
  it.each<Mishap>(['reset', 'lost-answer', 'truncated', 'garbage', 'black-hole'])('that meets %s fails as one that may be made again, and the one after it is answered', async (mishap) => {
    next(mishap);
    const error = await look().then(() => undefined, (reason: unknown) => reason);
    expect(error).toBeInstanceOf(Error);
    expect(isTransient(error), `${String(error)} is ${failureKind(error)}`).toBe(true);
    expect((await look()).Item?.['pk']).toEqual({ S: 'control' });
  });

  it.each<[Mishap, number]>([['slow', 1], ['duplicated', 2]])('that is %s is answered, after %d deliveries', async (mishap, deliveries) => {
    next(mishap);
    expect((await look()).Item?.['pk']).toEqual({ S: 'control' });
    await expect.poll(() => calls).toBe(deliveries);
  });

  it('never takes a page that is not of AWS for an empty list', async () => {
    next('garbage');
    await expect(list()).rejects.toMatchObject({ name: 'NotAnAwsAnswer', message: 'something that is not AWS answered (HTTP 200)' });
    expect((await list()).Contents).toHaveLength(1);
  });
});
