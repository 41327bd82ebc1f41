import http from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createClientFactory, type ClientFactory } from '../../src/aws/clients.js';
import { createRegionProbe } from '../../src/aws/region-probe.js';
import { systemClock } from '../../src/aws/system-clock.js';

/** What answers in place of S3, Step Functions and DynamoDB: by the connection that a call came over. */
let answers: (connection: { servedBefore: boolean }) => boolean | 'never';
/** What was said to it, one entry a call. */
let signatures: string[];
/** How far its clock is ahead of this host's. */
let aheadMs: number;
let aws: http.Server;
let clients: ClientFactory;

beforeEach(async () => {
  answers = () => true;
  signatures = [];
  aheadMs = 0;
  const served = new WeakSet<Socket>();
  aws = http.createServer({ keepAliveTimeout: 60_000 }, (request, response) => {
    const answered = answers({ servedBefore: served.has(request.socket) });
    served.add(request.socket);
    signatures.push(request.headers.authorization ?? '');
    if (answered === 'never') return;
    if (!answered) {
      request.socket.resetAndDestroy();
      return;
    }
    request.resume().on('end', () => {
      const isJson = request.headers['x-amz-target'] !== undefined;
      const date = new Date(Date.now() + aheadMs);
      const refused = Math.abs(Number(String(request.headers['x-amz-date']).slice(9, 11)) - date.getUTCHours()) > 1;
      response.setHeader('date', date.toUTCString());
      if (refused && isJson) {
        response.writeHead(400, { 'content-type': 'application/x-amz-json-1.0', 'x-amzn-requestid': 'r' }).end('{"__type":"InvalidSignatureException","message":"Signature expired: …"}');
        return;
      }
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

const probe = (timeoutMs = 2000) => createRegionProbe({
  region: 'us-east-1', seenFrom: 'us-west-2', calls: 3, clock: systemClock, clients, targets: { bucket: 'app-us-east-1', stateMachineArn: 'arn:aws:states:us-east-1:111122223333:stateMachine:app-job', ledgerTable: 'app-ledger' },
}).probe({ timeoutMs });

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

  it('counts what hangs until its time is over beside what is answered', async () => {
    let calls = 0;
    answers = () => ((calls += 1) % 3 === 0 ? 'never' : true);
    const results = await probe(300);
    expect(results.map(({ calls: made }) => made)).toEqual([3, 3, 3]);
    expect(results.reduce((sum, { failed = 0 }) => sum + failed, 0)).toBe(3);
    expect(results.find(({ failed }) => failed)).toMatchObject({ error: 'timed out (no answer within 0.3 s)', failure: 'timeout' });
  });

  it('signs a call once, however often it is sent', async () => {
    await probe();
    expect(signatures).toHaveLength(9);
    expect(new Set(signatures).size).toBe(3);
  });

  it('counts the calls that a wrong clock had signed once, as they went when they were signed by AWS\'s', async () => {
    aheadMs = 6 * 3_600_000;
    const results = await probe();
    expect(signatures.length).toBe(15);
    expect(results).toEqual(['s3', 'states', 'dynamodb'].map((service) => expect.objectContaining({ service, ok: true, calls: 3, failed: 0, clockAheadSeconds: 6 * 3600 })));
  });
});
