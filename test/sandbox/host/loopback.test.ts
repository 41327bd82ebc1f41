import http from 'node:http';
import https from 'node:https';
import type { AddressInfo } from 'node:net';
import os from 'node:os';
import { describe, expect, it } from 'vitest';
import { createConnectToAgent } from '../../../src/aws/connect-to.js';
import { installConnectTo } from '../../../src/sandbox/host/connect-to.js';
import { inUrl, loopbackAddress } from '../../../src/sandbox/host/loopback.js';

const machine = (...addresses: string[]): ReturnType<typeof os.networkInterfaces> =>
  ({ lo: addresses.map((address) => ({ address, internal: true, family: address.includes(':') ? 'IPv6' : 'IPv4', netmask: '', mac: '', cidr: null, scopeid: 0 })) as os.NetworkInterfaceInfo[] });

describe('the loopback address', () => {
  it.each([
    ['both', machine('127.0.0.1', '::1'), '127.0.0.1'],
    ['IPv4 alone', machine('127.0.0.1'), '127.0.0.1'],
    ['IPv6 alone', machine('::1'), '::1'],
    ['IPv6 and an address of a network', { ...machine('::1'), eth0: machine('10.0.0.7').lo }, '::1'],
    ['nothing that could be read', {}, '127.0.0.1'],
  ])('of a machine with %s', (_name, interfaces, expected) => {
    expect(loopbackAddress(interfaces)).toBe(expected);
  });

  it('stands in brackets in a URL where it needs them', () => {
    expect(new URL(`http://${inUrl('::1')}:80/`).hostname).toBe('[::1]');
    expect(new URL(`http://${inUrl('127.0.0.1')}:8080/`).host).toBe('127.0.0.1:8080');
  });
});

const hasIpv6 = Object.values(os.networkInterfaces()).flat().some((each) => each?.address === '::1');

describe.runIf(hasIpv6)('a sandbox that listens on ::1', () => {
  const host = '^states\\.us-east-1\\.amazonaws\\.com$';
  const get = (agent?: https.Agent): Promise<number | undefined> => new Promise((resolve, reject) => {
    https.get('https://states.us-east-1.amazonaws.com/', { agent }, (response) => { response.resume().on('end', () => { resolve(response.statusCode); }); }).on('error', reject);
  });

  it('is reached by the command line and by functions', async () => {
    const server = http.createServer((_request, response) => { response.writeHead(204, { connection: 'close' }).end(); });
    await new Promise<void>((resolve) => { server.listen(0, '::1', resolve); });
    const rule = { host, port: (server.address() as AddressInfo).port, address: '::1' as const };
    expect(await get(createConnectToAgent([rule]))).toBe(204);
    const takeBack = installConnectTo([rule]);
    expect(await get().finally(takeBack)).toBe(204);
    server.close();
  });
});
