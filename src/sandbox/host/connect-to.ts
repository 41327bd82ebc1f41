import { syncBuiltinESMExports } from 'node:module';
import https from 'node:https';
import net from 'node:net';
import { Readable } from 'node:stream';
import tls from 'node:tls';
import type { LoopbackAddress } from './loopback.js';

/** Dial `port` on loopback for every host name that matches `host`, a regular expression. The first match wins. */
export interface ConnectToRule {
  host: string;
  port: number;
  /** IPv4's loopback unless told. */
  address?: LoopbackAddress;
}

const awsHost = /(?:^|\.)(?:amazonaws\.com(?:\.cn)?|api\.aws|aws\.dev)$/i;

/**
 * Makes this process dial the sandbox where it means AWS (curl calls it connect-to): clients keep AWS's real host
 * names, and so their real signatures, while the socket goes to loopback without TLS. An AWS host that no rule matches
 * is refused, and so is any other way of opening TLS to one: nothing that runs in the sandbox can reach the real AWS.
 * Covers `https` with any agent, and the global `fetch`. Returns what takes it back.
 */
export function installConnectTo(rules: readonly ConnectToRule[]): () => void {
  const compiled = rules.map((rule) => ({ pattern: new RegExp(rule.host), port: rule.port, host: rule.address ?? '127.0.0.1' }));
  const redirected = (host: string): { port: number; host: string } | undefined => compiled.find((rule) => rule.pattern.test(host));

  const prototype = https.Agent.prototype as unknown as { createConnection: CreateConnection };
  const dial = prototype.createConnection;
  prototype.createConnection = function createConnection(options, callback) {
    const host = options.host ?? '';
    const rule = redirected(host);
    if (rule) return net.connect({ port: rule.port, host: rule.host, noDelay: true });
    refuseAws(host);
    return dial.call(this, options, callback);
  };

  const plainConnect = tls.connect;
  const connect = tls.connect.bind(tls) as (...parameters: unknown[]) => tls.TLSSocket;
  tls.connect = ((...parameters: unknown[]) => {
    for (const parameter of parameters) refuseAws(hostIn(parameter));
    return connect(...parameters);
  }) as typeof tls.connect;

  const plainFetch = globalThis.fetch;
  globalThis.fetch = async (input, init) => {
    const request = new Request(input, init);
    const url = new URL(request.url);
    if (!redirected(url.hostname)) {
      refuseAws(url.hostname);
      return plainFetch(request);
    }
    return fetchByHttps(request);
  };
  syncBuiltinESMExports();
  return () => {
    prototype.createConnection = dial;
    tls.connect = plainConnect;
    globalThis.fetch = plainFetch;
    syncBuiltinESMExports();
  };
}

/** Node's fetch has no agent and sets Host by itself, so a redirected fetch goes the way of `https`. */
async function fetchByHttps(request: Request): Promise<Response> {
  const body = request.method === 'GET' || request.method === 'HEAD' ? undefined : Buffer.from(await request.arrayBuffer());
  const headers = { ...Object.fromEntries(request.headers), ...(body ? { 'content-length': String(body.byteLength) } : {}) };
  return new Promise((resolve, reject) => {
    const outgoing = https.request(request.url, { method: request.method, headers, signal: request.signal }, (incoming) => {
      const status = incoming.statusCode ?? 500;
      const answered = Object.entries(incoming.headers).flatMap(([name, value]): [string, string][] => (value === undefined ? [] : [[name, String(value)]]));
      const noBody = status === 204 || status === 304 || request.method === 'HEAD';
      if (noBody) incoming.resume();
      resolve(new Response(noBody ? null : Readable.toWeb(incoming) as ReadableStream, { status, headers: answered }));
    });
    outgoing.on('error', (error) => { reject(new TypeError('fetch failed', { cause: error })); });
    outgoing.end(body);
  });
}

type CreateConnection = (this: https.Agent, options: { host?: string }, callback: unknown) => net.Socket;

function hostIn(parameter: unknown): string {
  if (typeof parameter === 'string') return parameter;
  if (typeof parameter !== 'object' || parameter === null) return '';
  const { host, servername } = parameter as { host?: unknown; servername?: unknown };
  return typeof servername === 'string' && servername !== '' ? servername : typeof host === 'string' ? host : '';
}

function refuseAws(host: string): void {
  if (awsHost.test(host)) throw new Error(`the sandbox has no ${host}, and lets nothing out to the real AWS`);
}
