import type { Server } from 'node:http';
import { createCustomResourceResponses, responseHostPattern, type CustomResourceResponses } from '../deploy/custom-resource.js';
import { connectToRules, domainsOf } from '../wire/domains.js';
import type { WireRequest, WireResponse } from '../world.js';
import type { ConnectToRule } from './connect-to.js';
import { readFacts } from './facts-file.js';
import type { HostedWorld } from './hosted-world.js';
import { closeListener, createHttpServer, listen, openListeners, type Listeners } from './listeners.js';
import type { SandboxLog } from './log.js';
import { loopbackAddress } from './loopback.js';

export interface SocketOptions {
  dir: string;
  portBase?: number;
}

/** The listener that takes the answers of custom resources; it is no failure domain. */
const responseDomain = 'cfn-response';

/** The sandbox's sockets: one listener a failure domain, one for custom resources' answers, one for administration. */
export interface Sockets {
  regions: string[];
  /** Closing them closes the admin listener too. */
  listeners: Listeners;
  connectTo: ConnectToRule[];
  responses: CustomResourceResponses;
  admin: { server: Server; port: number };
  /** Until then every request is told to come back later. */
  serve(hosted: HostedWorld): void;
}

/** Throws PortInUseError, with nothing left open. */
export async function openSockets(options: SocketOptions, regions: string[], log: SandboxLog): Promise<Sockets> {
  const responses = createCustomResourceResponses();
  let serving: HostedWorld | undefined;
  const handle = async (request: WireRequest): Promise<WireResponse> => {
    if (request.domain === responseDomain) return takeResponse(responses, request);
    if (!serving) return { status: 503, headers: { 'content-type': 'text/plain' }, body: Buffer.from('the sandbox is starting\n') };
    return serving.world.handle(request);
  };
  const domains = [...domainsOf(regions), responseDomain];
  const line = (text: string): void => { log.write('-', 'host', text); };
  const admin = createHttpServer((_request, response) => { response.writeHead(503).end(); });
  const wanted = await wantedPorts(options, domains);
  const adminPort = await listen(admin, wanted['admin'] ?? 0, 'the admin listener');
  try {
    const listeners = await openListeners({ domains, ports: wanted, handle, log: line });
    const address = loopbackAddress();
    const rules = [{ host: responseHostPattern, domain: responseDomain }, ...connectToRules(domains.filter((domain) => domain !== responseDomain))];
    return {
      regions: domains.filter((domain) => domain.startsWith('region:')).map((domain) => domain.slice('region:'.length)).sort(),
      listeners: { ...listeners, close: async () => { await Promise.all([listeners.close(), closeListener({ server: admin })]); } },
      connectTo: rules.flatMap(({ host, domain }) => { const port = listeners.ports[domain]; return port === undefined ? [] : [{ host, port, ...(address === '127.0.0.1' ? {} : { address }) }]; }),
      responses,
      admin: { server: admin, port: adminPort },
      serve: (hosted) => { serving = hosted; },
    };
  } catch (error) {
    await closeListener({ server: admin });
    throw error;
  }
}

/** A restarted sandbox keeps its ports where it can, so that what clients have written down stays true. */
async function wantedPorts(options: SocketOptions, domains: readonly string[]): Promise<Record<string, number | undefined>> {
  const { portBase } = options;
  if (portBase !== undefined) return Object.fromEntries(['admin', ...domains].map((domain, index) => [domain, portBase + index]));
  const before = await readFacts(options.dir).catch(() => undefined);
  if (!before) return {};
  const ports: Record<string, number | undefined> = { ...before.ports, admin: before.admin.port };
  for (const [domain, port] of Object.entries(ports)) if (port !== undefined && !await isFree(port)) ports[domain] = undefined;
  return ports;
}

async function isFree(port: number): Promise<boolean> {
  const probe = createHttpServer(() => undefined);
  try {
    await listen(probe, port, 'a look');
    return true;
  } catch {
    return false;
  } finally {
    await closeListener({ server: probe });
  }
}

async function takeResponse(responses: CustomResourceResponses, request: WireRequest): Promise<WireResponse> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of request.body) chunks.push(chunk);
  const taken = request.method === 'PUT' && responses.deliver(request.url, Buffer.concat(chunks).toString('utf8'));
  return { status: taken ? 200 : 403, headers: { 'content-length': '0' }, body: new Uint8Array() };
}
