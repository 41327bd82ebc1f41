import http, { type IncomingMessage } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import type { Faults } from '../faults.js';
import type { WireRequest, WireResponse } from '../world.js';
import { parseDomain } from '../wire/domains.js';
import { answerHttp } from './http-adapter.js';
import { loopbackAddress } from './loopback.js';

/**
 * One plain HTTP listener on loopback for each failure domain. A domain that is down has no listener, so that a
 * connection is truly refused; it comes back on the same port.
 */
export interface Listeners {
  /** Port by domain. */
  ports: Record<string, number>;
  /** Opens and closes what the faults ask for. Resolves when the sockets are as the faults say. */
  follow(faults: Faults): Promise<void>;
  close(): Promise<void>;
}

export interface ListenersOptions {
  /** Wanted port by domain; 0 or absent: any free one. */
  ports: Record<string, number | undefined>;
  domains: readonly string[];
  handle(request: WireRequest): Promise<WireResponse>;
  log(line: string): void;
}

export class PortInUseError extends Error {
  constructor(readonly port: number, what: string) {
    super(`port ${port} (for ${what}) is in use by another program; choose another --port-base, or leave it out to take free ports`);
    this.name = 'PortInUseError';
  }
}

interface DomainListener {
  domain: string;
  server: http.Server;
  port: number;
  open: boolean;
  held: Set<Socket>;
  /** Opening and closing of one server must not overlap, however fast faults change. */
  settled: Promise<void>;
}

/** Throws PortInUseError, with nothing left open, when a wanted port is taken. */
export async function openListeners(options: ListenersOptions): Promise<Listeners> {
  const listeners: DomainListener[] = [];
  const close = async (): Promise<void> => { await Promise.all(listeners.map(closeListener)); };
  try {
    for (const domain of options.domains) {
      const listener = createListener(domain, options);
      listener.port = await listen(listener.server, options.ports[domain] ?? 0, domain);
      listener.open = true;
      listeners.push(listener);
    }
  } catch (error) {
    await close();
    throw error;
  }
  return {
    ports: Object.fromEntries(listeners.map(({ domain, port }) => [domain, port])),
    follow: async (faults) => {
      await Promise.all(listeners.map((listener) => {
        listener.settled = listener.settled.then(() => followFaults(listener, faults, options.log));
        return listener.settled;
      }));
    },
    close,
  };
}

function createListener(domain: string, options: ListenersOptions): DomainListener {
  const held = new Set<Socket>();
  const hold = (request: IncomingMessage): void => {
    held.add(request.socket);
    request.socket.once('close', () => held.delete(request.socket));
  };
  const server = createHttpServer(answerHttp({ domain, handle: options.handle, hold, log: options.log }));
  return { domain, server, port: 0, open: false, held, settled: Promise.resolve() };
}

export function createHttpServer(listener: http.RequestListener): http.Server {
  // Uploads may take long, so only the headers have a deadline; and an idle connection must outlive the pools of
  // clients, or they would send into a socket that is just being closed.
  return http.createServer({ requestTimeout: 0, headersTimeout: 60_000, keepAliveTimeout: 65_000, noDelay: true }, listener);
}

export function listen(server: http.Server, port: number, what: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const failed = (error: NodeJS.ErrnoException): void => {
      reject(error.code === 'EADDRINUSE' ? new PortInUseError(port, what) : error);
    };
    server.once('error', failed);
    server.listen(port, loopbackAddress(), () => {
      server.off('error', failed);
      resolve((server.address() as AddressInfo).port);
    });
  });
}

function shouldBeOpen(domain: string, faults: Faults): boolean {
  const { kind, region } = parseDomain(domain);
  if (kind === 'arc' && faults.arcEndpoint(region) === 'down') return false;
  return kind === 'mrap' || kind === 'any' || faults.region(region) !== 'down';
}

/** A request that was swallowed stays so while anything that can swallow requests is cut off. */
function stillSwallowing(domain: string, faults: Faults): boolean {
  const { kind, region } = parseDomain(domain);
  if (kind === 'mrap' || kind === 'any') return Object.values(faults.state().regions).includes('isolated');
  return faults.region(region) === 'isolated' || faults.region(region) === 'gray';
}

async function followFaults(listener: DomainListener, faults: Faults, log: (line: string) => void): Promise<void> {
  if (!stillSwallowing(listener.domain, faults)) for (const socket of listener.held) socket.destroy();
  const wanted = shouldBeOpen(listener.domain, faults);
  if (wanted === listener.open) return;
  listener.open = wanted;
  if (!wanted) {
    await closeListener(listener);
    return;
  }
  try {
    await listen(listener.server, listener.port, listener.domain);
  } catch (error) {
    listener.open = false;
    log(`${listener.domain} cannot listen again: ${(error as Error).message}`);
  }
}

/** Cuts what is in flight too: that is what happens to it in a Region that goes dark. */
export function closeListener({ server }: { server: http.Server }): Promise<void> {
  return new Promise((resolve) => {
    if (!server.listening) {
      resolve();
      return;
    }
    server.close(() => { resolve(); });
    server.closeAllConnections();
  });
}
