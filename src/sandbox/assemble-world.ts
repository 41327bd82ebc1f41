import type { BlobStore } from './blobs.js';
import type { SandboxClock } from './clock.js';
import { createFaults, type FaultsState } from './faults.js';
import type { Access } from './iam/access.js';
import { createIam, type Iam } from './iam/service.js';
import type { Random } from './random.js';
import type { Service } from './service.js';
import { createDoor, type Door } from './wire/door.js';
import { domainsOf } from './wire/domains.js';
import type { BusEvent, MetricDatum, World } from './world.js';

export interface WorldOptions {
  clock: SandboxClock;
  random: Random;
  /** Twelve digits. */
  account: string;
  partition?: string;
  /** The Regions that have services; those of the global control planes are added by themselves. */
  regions: readonly string[];
  blobs: BlobStore;
  latency: 'off' | 'realistic';
  quotas: 'on' | 'off';
  /** Where the sandbox's log lines go; nowhere unless told. */
  onLog?: (region: string, source: string, line: string) => void;
  /** Told of every decision of IAM; nobody unless told. */
  onAccess?: (access: Access) => void;
  /** Called after every change of state, often; whoever writes to disk waits for a quiet moment. */
  onChange?: () => void;
}

/** A world with everything that its owner does to it. */
export interface RunningWorld extends World {
  readonly services: ReadonlyMap<string, Service>;
  readonly iam: Iam;
  /** Every failure domain, each of which the host gives a listener. */
  readonly domains: readonly string[];
  /** Starts timers and resumes what was under way. Call it once, after `restore`. */
  start(): Promise<void>;
  stop(): Promise<void>;
  snapshot(): WorldSnapshot;
  restore(snapshot: WorldSnapshot): Promise<void>;
}

export interface WorldSnapshot {
  faults: FaultsState;
  services: Record<string, unknown>;
}

/** What the event bus offers beside its operations. */
export interface EventBus extends Service {
  publish(region: string, event: BusEvent): void;
}

/** What CloudWatch offers beside its operations. */
export interface MetricStore extends Service {
  record(region: string, metric: MetricDatum): void;
}

/** Puts a world together out of the services that `makeServices` gives; IAM is always one of them. */
export function assembleWorld(options: WorldOptions, makeServices: (world: World) => readonly Service[]): RunningWorld {
  const faults = createFaults();
  const services = new Map<string, Service>();
  const domains = domainsOf(options.regions);
  const changed = options.onChange ?? ((): void => undefined);
  const door = (): Door => entrance;

  function service(name: string): Service {
    const found = services.get(name);
    if (!found) throw new Error(`the sandbox has no service named ${name}`);
    return found;
  }

  const world: World = {
    clock: options.clock,
    random: options.random,
    account: options.account,
    partition: options.partition ?? 'aws',
    faults,
    blobs: options.blobs,
    quotas: options.quotas,
    latency: options.latency,
    service,
    call: (name, operation, input, from) => door().call(name, operation, input, from),
    handle: (request) => door().handle(request),
    publish: (region, event) => (service('events') as EventBus).publish(region, event),
    recordMetric: (region, metric) => (service('monitoring') as MetricStore).record(region, metric),
    credentialsFor: (roleArn, origin) => iam.credentialsFor(roleArn, origin),
    log: options.onLog ?? ((): void => undefined),
    changed,
  };
  const iam = createIam(world, options.onAccess ? { onAccess: options.onAccess } : {});
  const entrance = createDoor({ world, iam, domains: new Set(domains), serviceNamed: (name) => services.get(name) });
  for (const made of [iam, ...makeServices(world)]) services.set(made.name, made);
  faults.onChange(changed);

  async function start(): Promise<void> {
    for (const each of services.values()) await each.start?.();
  }

  /** The other way round, so that what others rest on stops last. */
  async function stop(): Promise<void> {
    for (const each of [...services.values()].reverse()) await each.stop?.();
  }

  function snapshot(): WorldSnapshot {
    const kept = [...services.values()].filter((each) => each.snapshot).map((each): [string, unknown] => [each.name, each.snapshot?.()]);
    return { faults: faults.state(), services: Object.fromEntries(kept) };
  }

  async function restore(saved: WorldSnapshot): Promise<void> {
    for (const each of services.values()) {
      const state = saved.services[each.name];
      if (state !== undefined) await each.restore?.(state as never);
    }
    faults.restore(saved.faults);
  }

  return { ...world, services, iam, domains, start, stop, snapshot, restore };
}
