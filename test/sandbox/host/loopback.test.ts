import type os from 'node:os';
import { describe, expect, it } from 'vitest';
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
