import type { IncomingMessage, ServerResponse } from 'node:http';
import { pipeline, Readable } from 'node:stream';
import { NoAnswer, type WireRequest, type WireResponse } from '../world.js';

/** What stands between node's HTTP and the world: bodies stream both ways and a slow reader slows the writer. */
export interface HttpAdapterOptions {
  domain: string;
  handle(request: WireRequest): Promise<WireResponse>;
  /** Keeps a request unanswered (`NoAnswer('blackhole')`) until the fault that did it is over. */
  hold(request: IncomingMessage): void;
  log(line: string): void;
}

export function answerHttp(options: HttpAdapterOptions): (request: IncomingMessage, response: ServerResponse) => void {
  return (request, response) => {
    if (!isSandboxHost(request.headers.host)) {
      // A web page that a browser was tricked into resolving to loopback must not be able to talk to us.
      response.writeHead(403, { 'content-type': 'text/plain' }).end(`this is the batchctl sandbox; it answers only for AWS host names, not for ${request.headers.host ?? '(none)'}\n`);
      return;
    }
    const gone = new AbortController();
    response.on('close', () => { if (!response.writableFinished) gone.abort(new Error('the client hung up')); });
    options.handle({ domain: options.domain, method: request.method ?? 'GET', url: request.url ?? '/', headers: headersOf(request), body: request, signal: gone.signal })
      .then((answer) => { send(answer, request, response, options); })
      .catch((error: unknown) => { refuse(error, request, response, options); });
  };
}

/** AWS's own names, and loopback for clients that are given an endpoint. */
export function isSandboxHost(header: string | undefined): boolean {
  const host = (header ?? '').replace(/:\d+$/, '').toLowerCase();
  return /(?:^|\.)(?:amazonaws\.com(?:\.cn)?|api\.aws|localhost)$/.test(host) || host === '127.0.0.1' || host === '[::1]';
}

function headersOf(request: IncomingMessage): Record<string, string> {
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(request.headers)) {
    if (value !== undefined) headers[name] = Array.isArray(value) ? value.join(', ') : value;
  }
  return headers;
}

function send(answer: WireResponse, request: IncomingMessage, response: ServerResponse, options: HttpAdapterOptions): void {
  response.writeHead(answer.status, answer.headers);
  if (answer.body instanceof Uint8Array) {
    response.end(answer.body);
    return;
  }
  if (request.method === 'HEAD') {
    response.end();
    return;
  }
  pipeline(Readable.from(answer.body, { objectMode: false }), response, (error) => {
    // A body that breaks off (its Region went down) can only be told by cutting the connection.
    if (error && !isHangUp(error)) options.log(`${options.domain}: ${request.method} ${pathOnly(request.url)} broke off: ${error.message}`);
  });
}

function refuse(error: unknown, request: IncomingMessage, response: ServerResponse, options: HttpAdapterOptions): void {
  if (response.destroyed) return;
  if (error instanceof NoAnswer) {
    if (error.how === 'blackhole') options.hold(request);
    else request.socket.resetAndDestroy();
    return;
  }
  options.log(`${options.domain}: ${request.method} ${pathOnly(request.url)} failed inside the sandbox: ${error instanceof Error ? error.stack ?? error.message : String(error)}`);
  if (response.headersSent) response.destroy();
  else response.writeHead(500, { 'content-type': 'text/plain' }).end('the sandbox failed; its log says why\n');
}

function isHangUp(error: NodeJS.ErrnoException): boolean {
  return error.code === 'ERR_STREAM_PREMATURE_CLOSE' || error.code === 'ECONNRESET' || error.code === 'EPIPE';
}

/** Queries may hold signatures: they stay out of the log. */
function pathOnly(url: string | undefined): string {
  return (url ?? '').split('?')[0] ?? '';
}
