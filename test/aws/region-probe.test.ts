import http from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createClientFactory, type ClientFactory } from '../../src/aws/clients.js';
import { createRegionProbe } from '../../src/aws/region-probe.js';
import { systemClock } from '../../src/aws/system-clock.js';

/** What answers in place of S3, Step Functions and DynamoDB: by the connection that a call came over. */
let answers: (connection: { servedBefore: boolean }) => boolean;
let aws: http.Server;
let clients: ClientFactory;

beforeEach(async () => {
  answers = () => true;
  const served = new WeakSet<Socket>();
  aws = http.createServer({ keepAliveTimeout: 60_000 }, (request, response) => {
    const answered = answers({ servedBefore: served.has(request.socket) });
    served.add(request.socket);
    if (!answered) {
      request.socket.resetAndDestroy();
      return;
    }
    request.resume().on('end', () => {
      const isJson = request.headers['x-amz-target'] !== undefined;
      response.writeHead(200, isJson ? { 'content-type': 'application/x-amz-json-1.0', 'x-amzn-requestid': 'r' } : { 'x-amz-request-id': 'r' });
      response.end(isJson ? '{}' : undefined);
    });
  });
  await new Promise<void>((resolve) => { aws.listen(0, '127.0.0.1', resolve); });
  clients = createClientFactory({
    transport: { connectTo: [{ host: '.*', port: (aws.address() as AddressInfo).port }] }, credentials: { accessKeyId: 'AKIASANDBOXEXAMPLE00', secretAccessKey: 'secret' },
  }, { maxAttempts: 1 });
});

afterEach(async () => {
  clients.destroy();
  aws.closeAllConnections();
  await new Promise((resolve) => { aws.close(resolve); });
});

const probe = () => createRegionProbe({
  region: 'us-east-1', seenFrom: 'us-west-2', calls: 3, clock: systemClock, clients, targets: { bucket: 'app-us-east-1', stateMachineArn: 'arn:aws:states:us-east-1:111122223333:stateMachine:app-job', ledgerTable: 'app-ledger' },
}).probe({ timeoutMs: 2000 });

describe('a Region\'s probe', () => {
  it('takes no connection that was closed while nobody used it for a Region that does not answer', async () => {
    expect((await probe()).map(({ ok }) => ok)).toEqual([true, true, true]);
    answers = ({ servedBefore }) => !servedBefore;
    expect(await probe()).toEqual(['s3', 'states', 'dynamodb'].map((service) => expect.objectContaining({ service, ok: true, calls: 3, failed: 0 })));
  });

  it('says so of a Region that closes new connections too', async () => {
    answers = () => false;
    expect(await probe()).toEqual(['s3', 'states', 'dynamodb'].map((service) => expect.objectContaining({ service, ok: false, failed: 3, failure: 'unreachable' })));
  });
});
