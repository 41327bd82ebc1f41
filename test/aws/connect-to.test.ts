import { ListBucketsCommand } from '@aws-sdk/client-s3';
import net from 'node:net';
import { once } from 'node:events';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createClientFactory } from '../../src/aws/clients.js';
import { createConnectToAgent } from '../../src/aws/connect-to.js';

type Dial = (options: { host?: string }) => net.Socket;
let listener: net.Server;
let connected: number;
beforeEach(async () => {
  connected = 0;
  listener = net.createServer((socket) => { connected += 1; socket.on('error', () => undefined).destroy(); }).listen(0, '127.0.0.1');
  await once(listener, 'listening');
});
afterEach(() => { vi.restoreAllMocks(); listener.close(); });
const port = (): number => (listener.address() as net.AddressInfo).port;

describe('a deployment that redirects its traffic', () => {
  it('dials loopback and nothing else, whatever the host is called', async () => {
    const dialled = vi.spyOn(net, 'connect');
    const agent = createConnectToAgent([{ host: '\\.us-east-1\\.amazonaws\\.com$', port: port() }]);
    const dial = agent.createConnection.bind(agent) as unknown as Dial;
    await once(dial({ host: 'dynamodb.us-east-1.amazonaws.com' }), 'close');
    for (const host of ['dynamodb.us-west-2.amazonaws.com', 'us-east-1.amazonaws.com.example.com', '169.254.169.254', '', undefined]) {
      expect(() => dial(host === undefined ? {} : { host })).toThrow(expect.objectContaining({ code: 'HOST_NOT_MAPPED', exitCode: 2 }) as Error);
    }
    expect(dialled.mock.calls).toEqual([[port(), '127.0.0.1']]);
  });

  it('ends a call to a host that is not mapped, and says what to do', async () => {
    const clients = createClientFactory({ transport: { connectTo: [{ host: '^never$', port: port() }] }, credentials: { accessKeyId: 'AKIASANDBOXEXAMPLE00', secretAccessKey: 'x' } }, { maxAttempts: 1 });
    await expect(clients.s3('us-east-1').send(new ListBucketsCommand({}))).rejects.toMatchObject({ code: 'HOST_NOT_MAPPED', nextSteps: [expect.stringContaining('batchctl sandbox start')] });
    expect(connected).toBe(0);
    clients.destroy();
  });
});
