import type { BlobStore } from './blobs.js';
import type { SandboxClock } from './clock.js';
import type { Faults } from './faults.js';
import type { Random } from './random.js';
import type { CallContext, Principal, Service } from './service.js';

/**
 * Two Regions and what is global between them, in one process. Everything that happens in the sandbox goes through one
 * of two doors: `handle` (a signed HTTP request, from a socket or from an SDK client in the same process) and `call`
 * (one service calling another). Both check reachability, faults and IAM in the same way.
 */
export interface World {
  readonly clock: SandboxClock;
  readonly random: Random;
  readonly account: string;
  readonly partition: string;
  readonly faults: Faults;
  readonly blobs: BlobStore;
  readonly quotas: 'on' | 'off';
  /** `realistic` adds the latencies of AWS to every call. */
  readonly latency: 'off' | 'realistic';

  service(name: string): Service;

  /** A call from inside: authorised as `principal`, refused when `region` cannot be reached from its origin. */
  call<Output = unknown>(service: string, operation: string, input: unknown, from: InternalCaller): Promise<Output>;

  handle(request: WireRequest): Promise<WireResponse>;

  /** Puts an event on the Region's default event bus; delivered at least once, later. */
  publish(region: string, event: BusEvent): void;

  /** Records a datapoint in the Region's CloudWatch, as AWS services and functions' embedded metrics do. */
  recordMetric(region: string, metric: MetricDatum): void;

  /** Temporary credentials for a role, as a function or state machine gets them. */
  credentialsFor(roleArn: string, origin: string): IssuedCredentials;

  /** A line for the sandbox's log (functions' console output, deliveries that failed, …). */
  log(region: string, source: string, line: string): void;

  /** Marks state as changed, so that it is written to disk soon. */
  changed(): void;
}

export interface InternalCaller {
  region: string;
  principal: Principal;
  signal?: AbortSignal;
}

/** The principal of an AWS service acting for itself: allowed everything, still subject to reachability. */
export function servicePrincipal(service: string, origin: string): Principal {
  return { arn: `service:${service}.amazonaws.com`, origin };
}

export interface IssuedCredentials {
  accessKeyId: string;
  secretAccessKey: string;
  sessionToken: string;
  /** Milliseconds since 1970. */
  expiresAt: number;
}

export interface BusEvent {
  source: string;
  detailType: string;
  resources: string[];
  detail: Record<string, unknown>;
}

export interface MetricDatum {
  namespace: string;
  name: string;
  dimensions: Record<string, string>;
  value: number;
  unit: string;
  /** Milliseconds since 1970; now when left out. */
  at?: number;
}

/** A request as it stands on the wire. `domain` is the listener that accepted it. */
export interface WireRequest {
  domain: string;
  method: string;
  /** Path and query, still encoded. */
  url: string;
  /** Lower-case names. */
  headers: Record<string, string>;
  body: AsyncIterable<Uint8Array>;
  signal?: AbortSignal;
  /**
   * The time that the signature's date is held against, in milliseconds since 1970. Left out: the world's clock. Clients
   * in the same process sign by the computer's clock, which is far from a virtual one.
   */
  receivedAt?: number;
}

export interface WireResponse {
  status: number;
  headers: Record<string, string>;
  body: Uint8Array | AsyncIterable<Uint8Array>;
}

/** The world answers nothing at all: the socket is left hanging (`blackhole`) or cut (`reset`). */
export class NoAnswer extends Error {
  constructor(readonly how: 'blackhole' | 'reset' | 'refused') {
    super(`no answer (${how})`);
    this.name = 'NoAnswer';
  }
}

export type { CallContext, Principal, Service };
