import { HttpResponse, type HttpRequest } from '@smithy/core/protocols';
import { Readable } from 'node:stream';
import { domainOfHost } from './wire/domains.js';
import { NoAnswer, type WireRequest, type WireResponse, type World } from './world.js';

export interface InProcessHandlerOptions {
  /** How long a client waits for an answer, in the world's milliseconds; 30 s unless told. */
  requestTimeoutMs?: number;
  /** The listener that all requests come in through; unless told, the one of the request's host name. */
  domain?: string;
}

interface CallOptions {
  abortSignal?: unknown;
}

/** What the SDK's clients take as `requestHandler`. */
export interface InProcessHandler {
  handle(request: HttpRequest, options?: CallOptions): Promise<{ response: HttpResponse }>;
  metadata: { handlerProtocol: string };
  destroy(): void;
  updateHttpClientConfig(): void;
  httpHandlerConfigs(): Record<string, never>;
}

/**
 * An SDK `requestHandler` that answers out of the world with no sockets: the client signs and reads as always, and a
 * simulation can run thousands of clients on a virtual clock. Failures look as they do on a socket: ECONNREFUSED,
 * ECONNRESET, TimeoutError. Errors: ENOTFOUND for hosts that are none of AWS's.
 */
export function createInProcessHandler(world: World, options: InProcessHandlerOptions = {}): InProcessHandler {
  const timeoutMs = options.requestTimeoutMs ?? 30_000;

  async function handle(request: HttpRequest, { abortSignal }: CallOptions = {}): Promise<{ response: HttpResponse }> {
    const clientSignal = abortSignal instanceof AbortSignal ? abortSignal : undefined;
    try {
      return { response: toSdk(await answerInTime(toWire(request, options.domain ?? domainOf(request.hostname)), clientSignal)) };
    } catch (error) {
      throw error instanceof NoAnswer ? socketError(error.how, timeoutMs) : error;
    }
  }

  /** A world that stays silent is given up on after the time-out, and told so. */
  async function answerInTime(wire: WireRequest, clientSignal?: AbortSignal): Promise<WireResponse> {
    const giveUp = new AbortController();
    const leave = (): void => giveUp.abort(abortError());
    if (clientSignal?.aborted) leave();
    clientSignal?.addEventListener('abort', leave, { once: true });
    const stopWaiting = world.clock.after(timeoutMs, () => giveUp.abort(socketError('blackhole', timeoutMs)));
    const hungUp = new Promise<never>((_resolve, reject) => {
      const tell = (): void => reject(giveUp.signal.reason as Error);
      if (giveUp.signal.aborted) tell();
      giveUp.signal.addEventListener('abort', tell, { once: true });
    });
    const answer = world.handle({ ...wire, signal: giveUp.signal }).catch((error: unknown) => {
      // Nothing will come any more, but a client on a socket cannot know: it waits.
      if (error instanceof NoAnswer && error.how === 'blackhole') return hungUp;
      throw error;
    });
    try {
      return await Promise.race([answer, hungUp]);
    } finally {
      stopWaiting();
      clientSignal?.removeEventListener('abort', leave);
      answer.catch(() => undefined);
      hungUp.catch(() => undefined);
    }
  }

  return { handle, metadata: { handlerProtocol: 'http/1.1' }, destroy: () => undefined, updateHttpClientConfig: () => undefined, httpHandlerConfigs: () => ({}) };
}

function domainOf(hostname: string): string {
  const domain = domainOfHost(hostname);
  if (domain === undefined) throw Object.assign(new Error(`getaddrinfo ENOTFOUND ${hostname}`), { code: 'ENOTFOUND' });
  return domain;
}

function toWire(request: HttpRequest, domain: string): WireRequest {
  const headers = Object.fromEntries(Object.entries(request.headers).map(([name, value]) => [name.toLowerCase(), value]));
  const query = queryString(request.query);
  return {
    domain,
    method: request.method,
    url: `${request.path}${query === '' ? '' : `?${query}`}`,
    headers: { host: request.hostname, ...headers },
    body: bodyPieces(request.body),
    // The client has signed by the computer's clock just now, whatever the world's clock says.
    receivedAt: Date.now(),
  };
}

function queryString(query: HttpRequest['query']): string {
  return Object.entries(query ?? {}).flatMap(([name, value]) => {
    const values = Array.isArray(value) ? value : [value];
    return values.map((item) => (item === null ? encodeURIComponent(name) : `${encodeURIComponent(name)}=${encodeURIComponent(item)}`));
  }).join('&');
}

async function* bodyPieces(body: unknown): AsyncGenerator<Uint8Array> {
  if (body === undefined || body === null) return;
  if (typeof body === 'string') yield Buffer.from(body);
  // The SDK's JSON bodies are a subclass that complains when it is treated as text; a plain view does not.
  else if (body instanceof Uint8Array) yield new Uint8Array(body.buffer, body.byteOffset, body.byteLength);
  else for await (const piece of body as AsyncIterable<Uint8Array | string>) yield typeof piece === 'string' ? Buffer.from(piece) : piece;
}

function toSdk(answer: WireResponse): HttpResponse {
  // The answer's date is the world's, and the SDK would set its own clock by it.
  const headers = Object.fromEntries(Object.entries(answer.headers).filter(([name]) => name !== 'date'));
  const body = answer.body instanceof Uint8Array ? Readable.from(answer.body.length === 0 ? [] : [answer.body]) : Readable.from(answer.body, { objectMode: false });
  return new HttpResponse({ statusCode: answer.status, headers, body });
}

function socketError(how: NoAnswer['how'], timeoutMs: number): Error {
  switch (how) {
    case 'refused': return Object.assign(new Error('connect ECONNREFUSED (sandbox)'), { code: 'ECONNREFUSED' });
    case 'reset': return Object.assign(new Error('socket hang up'), { code: 'ECONNRESET' });
    case 'blackhole': return Object.assign(new Error(`no answer within ${timeoutMs} ms`), { name: 'TimeoutError', code: 'ETIMEDOUT' });
  }
}

function abortError(): Error {
  return Object.assign(new Error('Request aborted'), { name: 'AbortError' });
}
