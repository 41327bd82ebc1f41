import { timingSafeEqual } from 'node:crypto';
import type { IncomingMessage, RequestListener } from 'node:http';
import path from 'node:path';
import { DeploymentError } from '../deploy/template.js';
import type { Destroyed, Upgraded } from './deployments.js';
import { FaultRequestError } from './fault-requests.js';
import type { FaultsState, LogLine, OutboxEmail, SandboxStatus, UnmodelledEntry } from './protocol.js';

/** What the admin listener can ask of the running sandbox. */
export interface Administration {
  status(): SandboxStatus;
  faults(): FaultsState;
  /** Throws FaultRequestError. Resolves when the listeners are as the fault says. */
  setFault(request: unknown): Promise<FaultsState>;
  clearFaults(): Promise<FaultsState>;
  outbox(): OutboxEmail[];
  unmodelled(): UnmodelledEntry[];
  outputs(): Record<string, Record<string, string>>;
  logs(lines: number, source: string | undefined): LogLine[];
  save(): Promise<void>;
  /** Deploys another assembly while everything runs. Throws DeploymentError. */
  upgrade(folder: string): Promise<Upgraded>;
  /** Deletes all stacks. Throws DeploymentError. */
  destroy(): Promise<Destroyed>;
  /** Begins to stop; the answer is sent first. */
  stop(): void;
}

const bodyLimit = 64 * 1024;

/** The admin API: JSON over loopback, for whoever can read the token in `sandbox.json`. */
export function answerAdmin(token: string, administration: Administration): RequestListener {
  const routes: Record<string, (request: IncomingMessage, query: URLSearchParams) => unknown> = {
    'GET /status': () => administration.status(),
    'GET /faults': () => administration.faults(),
    'POST /faults': async (request) => administration.setFault(await readJson(request)),
    'DELETE /faults': () => administration.clearFaults(),
    'GET /outbox': () => administration.outbox(),
    'GET /unmodelled': () => administration.unmodelled(),
    'GET /outputs': () => administration.outputs(),
    'GET /logs': (_request, query) => administration.logs(Number(query.get('lines') ?? 200), query.get('source') ?? undefined),
    'POST /snapshot': async () => { await administration.save(); return { saved: true }; },
    'POST /deployments': async (request) => administration.upgrade(folderOf(await readJson(request))),
    'DELETE /deployments': () => administration.destroy(),
    'POST /stop': () => { setImmediate(() => { administration.stop(); }); return { stopping: true }; },
  };
  return (request, response) => {
    const reply = (status: number, body: unknown): void => {
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
    };
    if (!authorised(request, token)) {
      reply(401, { error: 'the token of sandbox.json is missing or wrong' });
      return;
    }
    const url = new URL(request.url ?? '/', 'http://loopback');
    const route = routes[`${request.method} ${url.pathname}`];
    if (!route) {
      reply(404, { error: `there is no ${request.method} ${url.pathname}` });
      return;
    }
    Promise.resolve()
      .then(() => route(request, url.searchParams))
      .then((body) => { reply(200, body); })
      .catch((error: unknown) => { reply(error instanceof FaultRequestError ? 400 : error instanceof DeploymentError ? 409 : 500, { error: (error as Error).message }); });
  };
}

function folderOf(request: unknown): string {
  const { assembly } = (request ?? {}) as { assembly?: unknown };
  if (typeof assembly !== 'string' || !path.isAbsolute(assembly)) throw new DeploymentError('`assembly` must be the absolute path of a folder that cdk synth wrote');
  return assembly;
}

function authorised(request: IncomingMessage, token: string): boolean {
  const given = Buffer.from(request.headers.authorization ?? '');
  const wanted = Buffer.from(`Bearer ${token}`);
  return given.length === wanted.length && timingSafeEqual(given, wanted);
}

async function readJson(request: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.byteLength;
    if (bytes > bodyLimit) throw new FaultRequestError('the request is too long');
    chunks.push(chunk);
  }
  try {
    return JSON.parse(Buffer.concat(chunks).toString('utf8'));
  } catch {
    throw new FaultRequestError('the request is not JSON');
  }
}
