import type { SandboxClock } from '../../../src/sandbox/clock.js';
import { createFaults } from '../../../src/sandbox/faults.js';
import { seededRandom } from '../../../src/sandbox/random.js';
import type { CallContext, Operation, Service } from '../../../src/sandbox/service.js';
import type { BusEvent, InternalCaller, MetricDatum, World } from '../../../src/sandbox/world.js';

/** A clock that stands still until it is told to move. */
export interface ManualClock extends SandboxClock {
  /** Moves on, running what falls due in its order, and lets promises settle in between. */
  advance(milliseconds: number): Promise<void>;
}

export function manualClock(start = Date.UTC(2026, 0, 1)): ManualClock {
  let now = start;
  let sequence = 0;
  const waiting = new Map<number, { at: number; action: () => void }>();
  const after = (milliseconds: number, action: () => void): (() => void) => {
    const id = (sequence += 1);
    waiting.set(id, { at: now + Math.max(0, milliseconds), action });
    return () => waiting.delete(id);
  };
  const settle = async (): Promise<void> => { for (let turn = 0; turn < 20; turn += 1) await Promise.resolve(); };
  return {
    now: () => now,
    after,
    sleep: (milliseconds, signal) => new Promise((resolve, reject) => {
      const cancel = after(milliseconds, resolve);
      signal?.addEventListener('abort', () => { cancel(); reject(signal.reason as Error); });
    }),
    advance: async (milliseconds) => {
      const end = now + milliseconds;
      await settle();
      for (;;) {
        const [next] = [...waiting].filter(([, { at }]) => at <= end).sort((one, two) => one[1].at - two[1].at || one[0] - two[0]);
        if (!next) break;
        waiting.delete(next[0]);
        now = Math.max(now, next[1].at);
        next[1].action();
        await settle();
      }
      now = end;
    },
  };
}

export interface RecordedCall {
  service: string;
  operation: string;
  input: unknown;
  from: InternalCaller;
}

/** Just enough of a world to call one service's operations without any wire. */
export interface DataTestWorld extends World {
  clock: ManualClock;
  calls: RecordedCall[];
  events: { region: string; event: BusEvent }[];
  metrics: { region: string; metric: MetricDatum }[];
  register<Registered extends Service>(service: Registered): Registered;
}

export function dataTestWorld(options: { seed?: number; latency?: World['latency']; quotas?: World['quotas'] } = {}): DataTestWorld {
  const services = new Map<string, Service>();
  const unsupported = (): never => { throw new Error('not part of this test world'); };
  const world: DataTestWorld = {
    clock: manualClock(),
    random: seededRandom(options.seed ?? 1),
    account: '111122223333',
    partition: 'aws',
    faults: createFaults(),
    blobs: { put: unsupported, read: unsupported, retainOnly: unsupported },
    quotas: options.quotas ?? 'on',
    latency: options.latency ?? 'off',
    calls: [],
    events: [],
    metrics: [],
    register: (service) => { services.set(service.name, service); return service; },
    service: (name) => {
      const service = services.get(name);
      if (!service) throw new Error(`no service ${name}`);
      return service;
    },
    call: async <Output>(service: string, operation: string, input: unknown, from: InternalCaller) => {
      world.calls.push({ service, operation, input, from });
      return {} as Output;
    },
    handle: unsupported,
    publish: (region, event) => { world.events.push({ region, event }); },
    recordMetric: (region, metric) => { world.metrics.push({ region, metric }); },
    credentialsFor: unsupported,
    log: () => undefined,
    changed: () => undefined,
  };
  return world;
}

export function callIn(region: string, domain = `region:${region}`, origin = 'operator'): CallContext {
  return {
    region, domain, requestId: 'request', signal: new AbortController().signal,
    principal: { arn: 'arn:aws:iam::111122223333:role/tester', origin },
  };
}

/** Calls one operation as a client of `region` would. */
export async function invoke<Output = Record<string, unknown>>(service: Service, operation: string, input: unknown, region: string): Promise<Output> {
  const run = service.operations[operation] as Operation | undefined;
  if (!run) throw new Error(`${service.name} has no operation ${operation}`);
  return (await run(input, callIn(region))) as Output;
}
