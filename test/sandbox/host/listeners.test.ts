import http from 'node:http';
import net from 'node:net';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { createFaults } from '../../../src/sandbox/faults.js';
import { openListeners, PortInUseError, type Listeners } from '../../../src/sandbox/host/listeners.js';
import { isSandboxHost } from '../../../src/sandbox/host/http-adapter.js';
import { NoAnswer, type WireRequest, type WireResponse } from '../../../src/sandbox/world.js';

const domains = ['region:us-east-1', 'arc:us-east-1', 'arc:us-west-2', 'mrap'];
let listeners: Listeners | undefined;
const log: string[] = [];

async function open(handle: (request: WireRequest) => Promise<WireResponse>, ports: Record<string, number> = {}): Promise<Listeners> {
  listeners = await openListeners({ domains, ports, handle, log: (line) => log.push(line) });
  return listeners;
}
afterEach(async () => { await listeners?.close(); log.length = 0; });

interface Answer { status: number | undefined; headers: http.IncomingHttpHeaders; body: Buffer }
function request(domain: string, options: http.RequestOptions = {}, body?: string): Promise<Answer> {
  return new Promise((resolve, reject) => {
    http.request({ host: '127.0.0.1', port: listeners?.ports[domain], agent: false, headers: { host: 's3.us-east-1.amazonaws.com' }, ...options }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('error', reject);
      response.on('end', () => { resolve({ status: response.statusCode, headers: response.headers, body: Buffer.concat(chunks) }); });
    }).on('error', reject).end(body);
  });
}
const text = (value: string): WireResponse => ({ status: 200, headers: {}, body: Buffer.from(value) });

describe('requests', () => {
  it('arrive whole, with their domain, and are answered', async () => {
    await open(async ({ domain, method, url, headers, body }) => {
      const chunks: Uint8Array[] = [];
      for await (const chunk of body) chunks.push(chunk);
      return { status: 201, headers: { 'x-amz-id': '7' }, body: Buffer.from(`${domain} ${method} ${url} ${headers['x-mixed'] ?? ''} ${Buffer.concat(chunks).toString()}`) };
    });
    const answer = await request('mrap', { method: 'PUT', path: '/a%20b?c', headers: { host: 'x.amazonaws.com', 'X-Mixed': 'case' } }, 'body');
    expect(answer).toMatchObject({ status: 201, headers: { 'x-amz-id': '7' } });
    expect(answer.body.toString()).toBe('mrap PUT /a%20b?c case body');
  });

  it('are answered by a stream that waits for a slow reader', async () => {
    const chunk = Buffer.alloc(1024 * 1024, 1);
    let produced = 0;
    await open(async () => ({ status: 200, headers: {}, body: (async function* () { for (; produced < 64; produced += 1) yield chunk; })() }));
    const socket = net.connect(listeners?.ports['mrap'] ?? 0, '127.0.0.1');
    socket.write('GET / HTTP/1.1\r\nhost: s3.amazonaws.com\r\n\r\n');
    socket.pause();
    await new Promise((resolve) => setTimeout(resolve, 200));
    const withoutReader = produced;
    let received = 0;
    await new Promise<void>((resolve) => {
      socket.on('data', (data) => { received += data.length; if (received >= 64 * chunk.length) resolve(); });
      socket.resume();
    });
    socket.destroy();
    expect(withoutReader).toBeLessThan(40);
    expect(produced).toBe(64);
  });

  it('tell the world when the client hangs up', async () => {
    let aborted = (): void => undefined;
    const hungUp = new Promise<void>((resolve) => { aborted = resolve; });
    await open(({ signal }) => new Promise(() => { signal?.addEventListener('abort', aborted); }));
    const socket = net.connect(listeners?.ports['mrap'] ?? 0, '127.0.0.1');
    socket.write('GET / HTTP/1.1\r\nhost: s3.amazonaws.com\r\n\r\n');
    setTimeout(() => { socket.destroy(); }, 50);
    await hungUp;
  });

  it('are cut when the answer breaks off half way', async () => {
    await open(async () => ({ status: 200, headers: { 'content-length': '100' }, body: (async function* () { yield Buffer.from('half'); throw new NoAnswer('reset'); })() }));
    await expect(request('mrap')).rejects.toMatchObject({ code: 'ECONNRESET' });
  });

  it('get a 500 and a line in the log, without the query, when the sandbox itself fails', async () => {
    await open(async () => { throw new Error('a bug'); });
    expect((await request('mrap', { path: '/x?X-Amz-Signature=secret' })).status).toBe(500);
    expect(log.join()).toContain('GET /x failed inside the sandbox: Error: a bug');
    expect(log.join()).not.toContain('secret');
  });

  it('for a host that is not AWS’s are refused before the world sees them', async () => {
    let handled = 0;
    await open(async () => { handled += 1; return text('no'); });
    expect((await request('mrap', { headers: { host: 'evil.example' } })).status).toBe(403);
    expect(handled).toBe(0);
    expect(['127.0.0.1:80', 'localhost:1', '[::1]:9', 'bucket.localhost', 'b.s3.us-east-1.amazonaws.com', 's3.api.aws'].every(isSandboxHost)).toBe(true);
    expect(['amazonaws.com.evil.example', 'evilamazonaws.com', '', undefined, '10.0.0.1'].some(isSandboxHost)).toBe(false);
  });
});

describe('faults', () => {
  it('close the listeners of a Region that is down, and open them again on the same ports', async () => {
    const { ports, follow } = await open(async () => text('up'));
    const faults = createFaults();
    faults.setRegion('us-east-1', 'down');
    await follow(faults);
    await expect(request('region:us-east-1')).rejects.toMatchObject({ code: 'ECONNREFUSED' });
    await expect(request('arc:us-east-1')).rejects.toMatchObject({ code: 'ECONNREFUSED' });
    expect((await request('arc:us-west-2')).body.toString()).toBe('up');
    faults.clear();
    await follow(faults);
    expect((await request('region:us-east-1', { port: ports['region:us-east-1'] })).body.toString()).toBe('up');
  });

  it('close a single ARC endpoint', async () => {
    const { follow } = await open(async () => text('up'));
    const faults = createFaults();
    faults.setArcEndpoint('us-west-2', 'down');
    await follow(faults);
    await expect(request('arc:us-west-2')).rejects.toMatchObject({ code: 'ECONNREFUSED' });
    expect((await request('arc:us-east-1')).status).toBe(200);
  });

  it('may change faster than sockets close', async () => {
    const { follow } = await open(async () => text('up'));
    const faults = createFaults();
    const following: Promise<void>[] = [];
    for (let round = 0; round < 6; round += 1) {
      faults.setRegion('us-east-1', round % 2 === 0 ? 'down' : 'up');
      following.push(follow(faults));
    }
    await Promise.all(following);
    expect((await request('region:us-east-1')).status).toBe(200);
    expect(log).toEqual([]);
  });

  it('cut requests in flight when their Region goes down', async () => {
    const { follow } = await open(() => new Promise(() => undefined));
    const faults = createFaults();
    const inFlight = request('region:us-east-1');
    const outcome = expect(inFlight).rejects.toMatchObject({ code: 'ECONNRESET' });
    await new Promise((resolve) => setTimeout(resolve, 50));
    faults.setRegion('us-east-1', 'down');
    await follow(faults);
    await outcome;
  });

  it('swallow requests without an answer until the Region is reachable again', async () => {
    const faults = createFaults();
    faults.setRegion('us-east-1', 'isolated');
    const { follow } = await open(async () => { throw new NoAnswer(faults.region('us-east-1') === 'isolated' ? 'blackhole' : 'reset'); });
    let ended = false;
    const swallowed = request('region:us-east-1').catch((error: NodeJS.ErrnoException) => { ended = true; return error.code; });
    await new Promise((resolve) => setTimeout(resolve, 100));
    faults.setArcEndpoint('us-west-2', 'slow');
    await follow(faults);
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(ended).toBe(false);
    faults.clear();
    await follow(faults);
    expect(await swallowed).toBe('ECONNRESET');
  });

  it('refuse with a reset where the world says so', async () => {
    await open(async () => { throw new NoAnswer('refused'); });
    await expect(request('mrap')).rejects.toMatchObject({ code: 'ECONNRESET' });
  });
});

describe('ports', () => {
  it('are open on loopback alone, whatever networks the machine is in', async () => {
    const listen = vi.spyOn(net.Server.prototype, 'listen');
    const faults = createFaults();
    const { follow } = await open(async () => text('up'));
    // A listener that comes back after an outage is one like the first.
    faults.setRegion('us-east-1', 'down');
    await follow(faults);
    faults.clear();
    await follow(faults);
    const hosts = listen.mock.calls.map(([, host]) => host as unknown);
    listen.mockRestore();
    expect(hosts.length).toBeGreaterThan(domains.length);
    expect(hosts.filter((host) => host !== '127.0.0.1' && host !== '::1')).toEqual([]);
  });

  it('name the one that is taken, and leave nothing open', async () => {
    const taken = http.createServer();
    const port = await new Promise<number>((resolve) => { taken.listen(0, '127.0.0.1', () => { resolve((taken.address() as net.AddressInfo).port); }); });
    const free = await new Promise<number>((resolve) => { const probe = net.createServer().listen(0, '127.0.0.1', () => { const chosen = (probe.address() as net.AddressInfo).port; probe.close(() => { resolve(chosen); }); }); });
    await expect(open(async () => text('x'), { 'region:us-east-1': free, 'arc:us-east-1': port })).rejects.toThrow(PortInUseError);
    await new Promise<void>((resolve, reject) => { const again = net.createServer().listen(free, '127.0.0.1', () => { again.close(() => { resolve(); }); }).on('error', reject); });
    taken.close();
  });
});
