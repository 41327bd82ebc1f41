import type { HttpRequest, HttpResponse } from '@smithy/core/protocols';
import { seededRandom, type Random } from '../../../src/sandbox/random.js';
import type { SandboxClock } from '../../../src/sandbox/clock.js';
import { createInProcessHandler, type InProcessHandler } from '../../../src/sandbox/in-process-handler.js';
import type { World } from '../../../src/sandbox/world.js';
import { between, chance } from './dice.js';

/** How unreliable the way between a client and AWS is. The chances are for one write; looks are ten times as lucky. */
export interface Weather {
  leastLatencyMs: number;
  mostLatencyMs: number;
  /** The request never arrives. */
  lostRequestChance: number;
  /** The request takes effect, and its answer never comes. */
  lostAnswerChance: number;
}

export const calm: Weather = { leastLatencyMs: 2, mostLatencyMs: 20, lostRequestChance: 0, lostAnswerChance: 0 };

/** One process that calls AWS: an operator's, or one invocation of a function. It can die between any two steps. */
export interface Caller {
  readonly name: string;
  readonly dead: boolean;
  /** Called before each request is sent and after each took effect; it may kill the caller. */
  beforeRequest?(request: HttpRequest): void;
  afterRequest?(request: HttpRequest): void;
}

export interface NetworkOptions {
  world: () => World;
  clock: SandboxClock;
  weather: () => Weather;
  /** How long clients wait for an answer. */
  requestTimeoutMs: number;
}

const never = new Promise<never>(() => undefined);

/**
 * An SDK `requestHandler` of one caller. Latency lets calls overtake each other; some requests are lost, and some answers
 * are lost after the request took effect. A dead caller sends nothing and hears nothing.
 */
export function createConnection(options: NetworkOptions, caller: Caller, dice: Random): InProcessHandler {
  const { clock, weather, requestTimeoutMs } = options;
  const luckOf = luckByRequest(dice);
  let direct: InProcessHandler | undefined;

  async function handle(request: HttpRequest, call?: { abortSignal?: unknown }): Promise<{ response: HttpResponse }> {
    direct ??= createInProcessHandler(options.world(), { requestTimeoutMs });
    if (caller.dead) return never;
    const now = weather();
    const dice = luckOf(request);
    const oneWay = (): number => now.leastLatencyMs + dice.next() * (now.mostLatencyMs - now.leastLatencyMs);
    await clock.sleep(oneWay());
    caller.beforeRequest?.(request);
    if (caller.dead) return never;
    const luck = isReading(request) ? 0.1 : 1;
    if (chance(dice, now.lostRequestChance * luck)) return lost(dice);
    const answer = direct.handle(request, call);
    const lostAnswer = chance(dice, now.lostAnswerChance * luck);
    // An answer that fails is an answer too.
    await answer.catch(() => undefined);
    caller.afterRequest?.(request);
    if (caller.dead) return never;
    if (lostAnswer) return lost(dice);
    await clock.sleep(oneWay());
    return caller.dead ? never : answer;
  }

  /** Half of the time the connection breaks; else nothing is heard until the client gives up. */
  async function lost(way: Random): Promise<never> {
    if (chance(way, 0.5)) {
      await clock.sleep(between(way, 1, 200));
      throw caller.dead ? await never : Object.assign(new Error('socket hang up'), { code: 'ECONNRESET' });
    }
    await clock.sleep(requestTimeoutMs);
    throw caller.dead ? await never : Object.assign(new Error(`no answer within ${requestTimeoutMs} ms`), { name: 'TimeoutError', code: 'ETIMEDOUT' });
  }

  return { handle, metadata: { handlerProtocol: 'http/1.1' }, destroy: () => undefined, updateHttpClientConfig: () => undefined, httpHandlerConfigs: () => ({}) };
}

/**
 * Every request has dice of its own, told apart by what it asks and how often that was asked before. Which of two
 * requests of the same instant the SDK has ready first depends on what it has in its caches; no run may depend on that.
 */
function luckByRequest(dice: Random): (request: HttpRequest) => Random {
  const base = dice.below(2 ** 32);
  const asked = new Map<number, number>();
  return (request) => {
    const what = digest(digest(base, nameOf(request)), typeof request.body === 'string' || request.body instanceof Uint8Array ? request.body : JSON.stringify(request.query));
    // A function that serves for days asks too much to remember it all.
    if (asked.size > 20_000) asked.clear();
    const times = asked.get(what) ?? 0;
    asked.set(what, times + 1);
    return seededRandom(what + Math.imul(times, 0x9e3779b1));
  };
}

/** FNV-1a, over the beginning of long bodies. */
function digest(start: number, what: string | Uint8Array): number {
  let hash = (start ^ 0x811c9dc5) >>> 0;
  const length = Math.min(what.length, 400);
  for (let index = 0; index < length; index += 1) {
    hash = Math.imul(hash ^ (typeof what === 'string' ? what.charCodeAt(index) : what[index]!), 0x01000193) >>> 0;
  }
  return hash;
}

/** `DynamoDB_20120810.GetItem`, or method and path for the services that are asked that way. */
export function nameOf(request: HttpRequest): string {
  return request.headers['x-amz-target'] ?? `${request.method} ${request.hostname}${request.path}`;
}

/** True for requests that change nothing. The observer function only looks, and CloudWatch is asked by POST. */
export function isReading(request: HttpRequest): boolean {
  const target = request.headers['x-amz-target'];
  if (target !== undefined) return /\.(Get|Describe|List|Query|BatchGet|Scan)\w*$/.test(target);
  return request.method === 'GET' || request.method === 'HEAD' || /\/functions\/[^/]*observe\/invocations$/.test(request.path);
}
