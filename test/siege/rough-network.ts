import net from 'node:net';
import { readFile, writeFile } from 'node:fs/promises';
import type { Random } from '../../src/sandbox/random.js';

/** What becomes of one call on its way through a bad network. */
export type Mishap =
  | 'none'
  /** The answer takes its time. */
  | 'slow'
  /** The connection is reset before the call is delivered. */
  | 'reset'
  /** The call is delivered and done, and its answer never comes back. */
  | 'lost-answer'
  /** The answer ends in the middle. */
  | 'truncated'
  /** Something else answers, as a captive portal or a broken load balancer does. */
  | 'garbage'
  /** Nothing comes back, and the connection stays open. */
  | 'black-hole'
  /** The call is delivered twice, as a retry below the client does it. */
  | 'duplicated';

export const mishaps: readonly Mishap[] = ['slow', 'reset', 'lost-answer', 'truncated', 'garbage', 'black-hole', 'duplicated'];

export interface RoughNetwork {
  /** Asked for every call; `port` is the one that it was meant for. */
  decide: (port: number) => Mishap;
  /** How many calls met what. */
  readonly met: Record<Mishap, number>;
  /** The port that stands before `port`. */
  portBefore(port: number): number;
  close(): Promise<void>;
}

const slowMs = 700;
const garbage = 'HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 52\r\nConnection: close\r\n\r\n<html><body>Please sign in to the Wi-Fi.</body></ht>';

/** A TCP proxy before each port. It knows nothing of HTTP but that a client waits for an answer before it asks again. */
export async function openRoughNetwork(ports: readonly number[]): Promise<RoughNetwork> {
  const sockets = new Set<net.Socket>();
  const before = new Map<number, number>();
  const servers: net.Server[] = [];
  const network: RoughNetwork = {
    decide: () => 'none',
    met: { none: 0, slow: 0, reset: 0, 'lost-answer': 0, truncated: 0, garbage: 0, 'black-hole': 0, duplicated: 0 },
    portBefore: (port) => before.get(port) ?? port,
    async close() {
      for (const socket of sockets) socket.destroy();
      await Promise.all(servers.map((server) => new Promise((resolve) => { server.close(resolve); })));
    },
  };
  const keep = (socket: net.Socket): net.Socket => {
    sockets.add(socket);
    // A reset is an event like any other here; what it means is for the two ends to find out.
    socket.on('error', () => {}).on('close', () => sockets.delete(socket));
    return socket;
  };
  for (const port of new Set(ports)) {
    const server = net.createServer((client) => serve(keep(client), () => keep(net.connect(port, '127.0.0.1')), () => {
      const mishap = network.decide(port);
      network.met[mishap] += 1;
      return mishap;
    }));
    servers.push(server);
    await new Promise<void>((resolve) => { server.listen(0, '127.0.0.1', resolve); });
    before.set(port, (server.address() as net.AddressInfo).port);
  }
  return network;
}

function serve(client: net.Socket, connect: () => net.Socket, decide: () => Mishap): void {
  const upstream = connect();
  let twin: net.Socket | undefined;
  let mishap: Mishap = 'none';
  let answering = true;
  client.on('data', (chunk) => {
    if (answering) {
      // The first bytes after an answer begin a new call.
      answering = false;
      mishap = decide();
      if (mishap === 'reset') return void client.resetAndDestroy();
      if (mishap === 'garbage') return void client.end(garbage);
      if (mishap === 'duplicated') twin = connect().on('data', () => {});
    }
    if (mishap === 'black-hole' || mishap === 'garbage' || mishap === 'reset') return;
    twin?.write(chunk);
    upstream.write(chunk);
  });
  upstream.on('data', (chunk) => {
    answering = true;
    if (mishap === 'lost-answer') return void client.resetAndDestroy();
    if (mishap === 'truncated') return void client.write(chunk.subarray(0, Math.ceil(chunk.length / 2)), () => client.destroy());
    if (mishap !== 'slow') return void client.write(chunk);
    setTimeout(() => { if (!client.destroyed) client.write(chunk); }, slowMs);
  });
  upstream.on('close', () => client.destroy());
  client.on('close', () => { upstream.destroy(); twin?.destroy(); });
}

/** Leads an operator's calls through the network: their deployment file says where each host is dialled. */
export async function leadThrough(deploymentFile: string): Promise<RoughNetwork> {
  const deployment = JSON.parse(await readFile(deploymentFile, 'utf8')) as { transport: { connectTo: { host: string; port: number }[] } };
  const { connectTo } = deployment.transport;
  const network = await openRoughNetwork(connectTo.map((rule) => rule.port));
  await writeFile(deploymentFile, JSON.stringify({ ...deployment, transport: { connectTo: connectTo.map((rule) => ({ ...rule, port: network.portBefore(rule.port) })) } }));
  return network;
}

/** Meets a mishap with this probability, each kind as often as the others. */
export function roughly(dice: Random, probability: number): () => Mishap {
  return () => (dice.next() < probability ? mishaps[dice.below(mishaps.length)] ?? 'none' : 'none');
}
