import { createFaults } from '../../src/sandbox/faults.js';
import { createMemoryBlobs } from '../../src/sandbox/blobs-memory.js';
import { seededRandom } from '../../src/sandbox/random.js';
import { AwsError, type CallContext, type Service } from '../../src/sandbox/service.js';
import { createVirtualClock, type VirtualClock } from '../../src/sandbox/virtual-clock.js';
import type { MetricDatum, World } from '../../src/sandbox/world.js';

export const account = '111122223333';

export interface SmallWorld extends World {
  clock: VirtualClock;
  services: Map<string, Service>;
  metrics: (MetricDatum & { region: string })[];
  lines: string[];
  changes(): number;
  add<Added extends Service>(service: Added): Added;
  /** Calls an operation as the operator would, in one Region. */
  as<Output = Record<string, unknown>>(region: string): (service: string, operation: string, input?: object) => Promise<Output>;
}

/** Services on a virtual clock, calling each other directly: no wire, no IAM. Unreachable Regions refuse calls. */
export function createSmallWorld(seed = 1): SmallWorld {
  const clock = createVirtualClock({ startAt: Date.parse('2026-11-21T00:00:00Z') });
  const random = seededRandom(seed);
  const faults = createFaults();
  const services = new Map<string, Service>();
  const metrics: SmallWorld['metrics'] = [];
  const lines: string[] = [];
  let changes = 0;
  const service = (name: string): Service => {
    const found = services.get(name);
    if (!found) throw new Error(`this small world has no ${name}`);
    return found;
  };
  const invoke = async (name: string, operation: string, input: unknown, call: CallContext): Promise<unknown> => {
    if (!faults.reachable(call.principal.origin, call.region)) throw new AwsError('Unreachable', `${call.region} cannot be reached`, { status: 503 });
    const act = service(name).operations[operation];
    if (!act) throw new Error(`${name} has no operation ${operation}`);
    return act(input, call);
  };
  const context = (region: string, principal: CallContext['principal']): CallContext => ({ region, principal, requestId: random.uuid(), signal: new AbortController().signal, domain: `region:${region}` });
  return {
    clock, random, account, partition: 'aws', faults, blobs: createMemoryBlobs(), quotas: 'off', latency: 'off', services, metrics, lines,
    service,
    changes: () => changes,
    add: (added) => { services.set(added.name, added); return added; },
    as: <Output>(region: string) => (name: string, operation: string, input: object = {}) => invoke(name, operation, input, context(region, { arn: `arn:aws:iam::${account}:user/operator`, origin: 'operator' })) as Promise<Output>,
    call: <Output>(name: string, operation: string, input: unknown, from: Parameters<World['call']>[3]) => invoke(name, operation, input, context(from.region, from.principal)) as Promise<Output>,
    handle: () => Promise.reject(new Error('a small world has no wire')),
    publish: () => undefined,
    recordMetric: (region, metric) => { metrics.push({ ...metric, region }); },
    credentialsFor: () => ({ accessKeyId: 'ASIASANDBOX', secretAccessKey: 'secret', sessionToken: 'token', expiresAt: clock.now() + 3_600_000 }),
    log: (region, source, line) => { lines.push(`${region} ${source} ${line}`); },
    changed: () => { changes += 1; },
  };
}

/** What goes to disk and back: state must survive being JSON. */
export function saved(service: Service): never {
  return JSON.parse(JSON.stringify(service.snapshot?.())) as never;
}
