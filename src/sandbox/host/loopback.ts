import os from 'node:os';

export type LoopbackAddress = '127.0.0.1' | '::1';

/** Where the sandbox listens: IPv4's loopback, or IPv6's on a machine (mostly a container) that has no other. */
export function loopbackAddress(interfaces: ReturnType<typeof os.networkInterfaces> = os.networkInterfaces()): LoopbackAddress {
  const own = Object.values(interfaces).flat().map((each) => each?.address);
  return own.includes('::1') && !own.includes('127.0.0.1') ? '::1' : '127.0.0.1';
}

/** An address as a URL spells it. */
export function inUrl(address: LoopbackAddress): string {
  return address === '::1' ? '[::1]' : address;
}
