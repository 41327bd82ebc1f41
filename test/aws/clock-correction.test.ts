import { GetItemCommand } from '@aws-sdk/client-dynamodb';
import { GetRoutingControlStateCommand } from '@aws-sdk/client-route53-recovery-cluster';
import { PutObjectCommand } from '@aws-sdk/client-s3';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createClientFactory, type ClientFactory } from '../../src/aws/clients.js';
import { onWrongClock } from '../../src/aws/clock-correction.js';
import { createRegionProbe } from '../../src/aws/region-probe.js';
import { systemClock } from '../../src/aws/system-clock.js';
import { failureKind } from '../../src/core/failure.js';

/** By how much AWS's clock is ahead of this host's. */
let aheadMs: number;
let calls: number;
let aws: http.Server;
let clients: ClientFactory;

const signedAt = (date: string): number => Date.parse(date.replace(/^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/, '$1-$2-$3T$4:$5:$6Z'));

beforeEach(async () => {
  calls = 0;
  aws = http.createServer((request, response) => {
    calls += 1;
    request.resume().on('end', () => {
      const now = Date.now() + aheadMs;
      const off = signedAt(String(request.headers['x-amz-date'])) - now;
      const refused = Math.abs(off) > 300_000;
      const body = JSON.stringify(refused ? { __type: 'InvalidSignatureException', message: `${off > 0 ? 'Signature not yet current' : 'Signature expired'}: …` } : { Item: {}, RoutingControlState: 'On' });
      response.writeHead(!refused ? 200 : request.method === 'HEAD' ? 403 : 400, { date: new Date(now).toUTCString(), 'content-type': 'application/x-amz-json-1.0', 'x-amzn-requestid': 'r', 'content-length': Buffer.byteLength(body) });
      response.end(body);
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

const read = (): Promise<unknown> => clients.dynamodb('us-east-1').send(new GetItemCommand({ TableName: 't', Key: { pk: { S: 'control' } } }));
const flip = (): Promise<unknown> => clients.routingControls('us-east-1', 'https://a.route53-recovery-cluster.us-east-1.amazonaws.com/v1').send(new GetRoutingControlStateCommand({ RoutingControlArn: 'arn:aws:route53-recovery-control::111122223333:controlpanel/p/routingcontrol/a' }));

describe('a host whose clock is wrong', () => {
  it.each([['three hours behind', 3 * 3_600_000], ['three hours ahead', -3 * 3_600_000], ['a day ahead', -86_400_000]])('by being %s makes each first call twice, and no other', async (_, ahead) => {
    aheadMs = ahead;
    for (const call of [read, flip]) {
      calls = 0;
      await call();
      expect(calls).toBe(2);
      await Promise.all([call(), call()]);
      expect(calls).toBe(4);
    }
  });

  it('sees Regions as they are, and how far it is off', async () => {
    aheadMs = 3 * 3_600_000;
    const targets = { bucket: 'app-us-east-1', stateMachineArn: 'arn:aws:states:us-east-1:111122223333:stateMachine:app-job', ledgerTable: 'app-ledger' };
    const probed = await createRegionProbe({ region: 'us-east-1', seenFrom: 'operator', calls: 3, clock: systemClock, clients, targets }).probe({ timeoutMs: 5000 });
    expect(probed).toEqual(['s3', 'states', 'dynamodb'].map((service) => expect.objectContaining({ service, ok: true, calls: 3, failed: 0 }) as unknown));
    for (const { clockAheadSeconds } of probed) expect(Math.abs(clockAheadSeconds! - 3 * 3600)).toBeLessThan(3);
  });

  it('is told by how much, once', async () => {
    const told: number[] = [];
    onWrongClock((seconds) => told.push(seconds));
    aheadMs = -3 * 3_600_000;
    await Promise.all([read(), read(), flip()]);
    onWrongClock(undefined);
    expect(told).toHaveLength(1);
    expect(Math.abs(told[0]! - 3 * 3600)).toBeLessThan(3);
  });

  it('goes on when it is set in the middle, forward and back', async () => {
    for (const ahead of [0, 7_200_000, 0, -7_200_000]) {
      aheadMs = ahead;
      await Promise.all([read(), read(), flip()]);
    }
  });

  it('is told so, and not of its credentials, where nothing helps', async () => {
    aheadMs = Number.NaN;
    aws.removeAllListeners('request');
    aws.on('request', (request: http.IncomingMessage, response: http.ServerResponse) => {
      request.resume().on('end', () => { response.writeHead(400, { date: 'unknown', 'content-type': 'application/x-amz-json-1.0', 'x-amzn-requestid': 'r' }).end('{"__type":"InvalidSignatureException","message":"Signature expired: …"}'); });
    });
    expect(failureKind(await read().catch((error: unknown) => error))).toBe('clock');
  });

  it('does not send a file again of which some has been read already; whoever has it begins anew', async () => {
    aheadMs = 3 * 3_600_000;
    const received: string[] = [];
    aws.removeAllListeners('request');
    aws.on('request', (request: http.IncomingMessage, response: http.ServerResponse) => {
      void text(request).then((body) => {
        received.push(body);
        const now = Date.now() + aheadMs;
        const refused = Math.abs(signedAt(String(request.headers['x-amz-date'])) - now) > 300_000;
        response.writeHead(refused ? 403 : 200, { date: new Date(now).toUTCString(), 'content-type': 'application/xml', 'x-amz-request-id': 'r' });
        response.end(refused ? '<Error><Code>RequestTimeTooSkewed</Code><Message>The difference is too large.</Message></Error>' : undefined);
      });
    });
    const put = (): Promise<unknown> => clients.s3('us-east-1').send(new PutObjectCommand({ Bucket: 'b', Key: 'k', Body: Readable.from([Buffer.from('a,b\n1,2\n')]), ContentLength: 8 }));
    expect(failureKind(await put().catch((error: unknown) => error))).toBe('clock');
    expect(received).toHaveLength(1);
    await put();
    expect(received.at(-1)).toContain('a,b\n1,2\n');
  });
});
