import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import http from 'node:http';
import net from 'node:net';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createClientPool } from '../../src/aws/client-pool.js';
import { proxyOfEnvironment } from '../../src/aws/environment-proxy.js';
import { createProxyAgent, isDialledDirectly } from '../../src/aws/proxy-agent.js';
import { describeFailure, failureKind } from '../../src/core/failure.js';
import { dialled } from './dialled.js';

const handshake = 0x16;

/** A proxy that notes what it is asked for, answers `status`, and notes the first byte that comes through. */
async function startProxy(status: number) {
  const asked: { authority: string; authorization: string | undefined }[] = [];
  const firstBytes: number[] = [];
  const server = http.createServer();
  server.on('connect', (request, socket) => {
    asked.push({ authority: request.url ?? '', authorization: request.headers['proxy-authorization'] });
    socket.on('error', () => undefined);
    socket.write(`HTTP/1.1 ${status} Told\r\n\r\n`);
    socket.once('data', (chunk: Buffer) => { firstBytes.push(chunk[0] ?? -1); socket.destroy(); });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return { asked, firstBytes, server, host: `127.0.0.1:${(server.address() as AddressInfo).port}` };
}

describe('calls where the environment names a proxy', () => {
  let proxy: Awaited<ReturnType<typeof startProxy>> | undefined;

  beforeEach(() => { for (const name of ['https_proxy', 'HTTPS_PROXY', 'all_proxy', 'ALL_PROXY', 'no_proxy', 'NO_PROXY']) vi.stubEnv(name, ''); });
  afterEach(() => {
    vi.unstubAllEnvs();
    proxy?.server.close();
    proxy = undefined;
  });

  async function failureOfCall(): Promise<unknown> {
    const pool = createClientPool({ credentials: { accessKeyId: 'AKIAEXAMPLE', secretAccessKey: 'secret' } } as never, { maxAttempts: 1, connectionTimeoutMs: 15_000 });
    try {
      return await pool.once('sts', () => new STSClient({ ...pool.settings, region: 'eu-west-1' } as never)).send(new GetCallerIdentityCommand({})).then(() => undefined, (error: unknown) => error);
    } finally {
      pool.destroy();
    }
  }

  it('go through it, with TLS between this host and AWS alone, and the password that it wants', async () => {
    proxy = await startProxy(200);
    vi.stubEnv('HTTPS_PROXY', `http://ann:p%40ss@${proxy.host}`);
    await failureOfCall();
    expect(proxy.asked).toEqual([{ authority: 'sts.eu-west-1.amazonaws.com:443', authorization: `Basic ${Buffer.from('ann:p@ss').toString('base64')}` }]);
    expect(proxy.firstBytes).toEqual([handshake]);
  });

  it.each([
    [407, /the proxy 127\.0\.0\.1:\d+ did not connect to sts\.eu-west-1\.amazonaws\.com:443: it answered 407, so it wants a user and a password/],
    [403, /it answered 403/],
  ])('name it when it answers %d', async (status, says) => {
    proxy = await startProxy(status);
    vi.stubEnv('https_proxy', proxy.host);
    const failure = await failureOfCall();
    expect(failureKind(failure)).toBe('unreachable');
    expect(describeFailure(failure)).toMatch(says);
  });

  it('name it when it is not there', async () => {
    proxy = await startProxy(200);
    proxy.server.close();
    vi.stubEnv('ALL_PROXY', `http://${proxy.host}`);
    expect(describeFailure(await failureOfCall())).toMatch(/the proxy .* did not connect to .*: ECONNREFUSED/);
  });

  it('go past it to hosts of NO_PROXY', async () => {
    proxy = await startProxy(200);
    vi.stubEnv('HTTPS_PROXY', `http://${proxy.host}`);
    vi.stubEnv('NO_PROXY', '127.0.0.1');
    const direct = await dialled(createProxyAgent(new URL(`http://${proxy.host}`)));
    expect(direct).toBe(handshake);
    vi.stubEnv('NO_PROXY', '.amazonaws.com');
    expect(isDialledDirectly('sts.eu-west-1.amazonaws.com:443')).toBe(true);
    vi.stubEnv('NO_PROXY', '.example.com');
    expect(isDialledDirectly('sts.eu-west-1.amazonaws.com:443')).toBe(false);
    expect(proxy.asked).toEqual([]);
  });

  it('go past it where the deployment redirects its traffic: a sandbox is on this host', async () => {
    proxy = await startProxy(200);
    vi.stubEnv('HTTPS_PROXY', `http://${proxy.host}`);
    const sandbox = net.createServer((socket) => socket.destroy()).listen(0, '127.0.0.1');
    await once(sandbox, 'listening');
    const reached = once(sandbox, 'connection');
    const pool = createClientPool({ transport: { connectTo: [{ host: '.*', port: (sandbox.address() as AddressInfo).port }] }, credentials: { accessKeyId: 'AKIASANDBOXEXAMPLE00', secretAccessKey: 'secret' } } as never, { maxAttempts: 1 });
    await pool.once('sts', () => new STSClient({ ...pool.settings, region: 'eu-west-1' } as never)).send(new GetCallerIdentityCommand({})).catch(() => undefined);
    await reached;
    expect(proxy.asked).toEqual([]);
    pool.destroy();
    sandbox.close();
  });

  it('are not made when it is named wrongly, and what is wrong is not repeated', () => {
    for (const value of ['socks5://ann:secret@proxy:1080', 'http://ann:secret@', 'ann:secret@:::']) {
      vi.stubEnv('HTTPS_PROXY', value);
      expect(() => proxyOfEnvironment()).toThrow(expect.objectContaining({ code: 'PROXY_INVALID', exitCode: 2, message: expect.not.stringContaining('secret') as string }) as Error);
    }
  });
});
