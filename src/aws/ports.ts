import type { Deployment } from '../config/schema.js';
import { BugError } from '../errors.js';
import type { Clock, LocalJournal, ReadPorts, WritePorts } from '../workflow/ports.js';
import type { ClientFactoryOptions } from './client-pool.js';
import { createClientFactory } from './clients.js';
import { createExtensions } from './extensions.js';
import { createExecutionsReader, createExecutionsWriter } from './executions.js';
import { createLedger, createLedgerReader } from './ledger/ledger.js';
import { createMetricsReader } from './metrics.js';
import { createObjectsReader } from './objects.js';
import { createProver } from './prover.js';
import { createRegionProbe } from './region-probe.js';
import { createRemoteObserver } from './remote-observer.js';
import { createRoutingControlsReader, createRoutingControlsWriter } from './routing-controls.js';
import { createTrafficDialsReader, createTrafficDialsWriter } from './traffic-dials.js';

export interface PortOptions {
  clock: Clock;
  /** Passed to every SDK client; simulation answers requests in this process. */
  clientOptions?: ClientFactoryOptions;
  /** Uniform in [0, 1): the order in which endpoints are tried, and jitter. Seeded in simulation. */
  random?: () => number;
}

export interface WritePortOptions extends PortOptions {
  journal: LocalJournal | null;
}

/** Everything that can look, and nothing that can change: a dry run gets only this. */
export function createReadPorts(deployment: Deployment, { clock, clientOptions, random = Math.random }: PortOptions): ReadPorts {
  const clients = createClientFactory(deployment, clientOptions);
  const each = forBoth(deployment);
  return {
    clock,
    ledgers: each((region) => createLedgerReader({ client: clients.dynamodb(region), table: deployment.ledgerTable, region, clock, random })),
    routingControls: deployment.arc && createRoutingControlsReader(deployment.arc, clients, clock),
    trafficDials: createTrafficDialsReader(deployment, clients, clock),
    objects: each((region, resources) => createObjectsReader(region, resources.bucket, clients, clock)),
    executions: each((region, resources) => createExecutionsReader(region, resources.stateMachineArn, clients, clock)),
    probes: each((region, resources) => createRegionProbe({
      region, seenFrom: 'operator', calls: 3, clock, clients: createClientFactory(deployment, { ...clientOptions, maxAttempts: 1 }),
      targets: { bucket: resources.bucket, stateMachineArn: resources.stateMachineArn, ledgerTable: deployment.ledgerTable },
    })),
    observer: createRemoteObserver(each((_, resources) => resources.functions['observe'] ?? ''), clients, clock),
    metrics: createMetricsReader(deployment, clients, clock),
  };
}

export function createWritePorts(deployment: Deployment, { clock, clientOptions, journal, random = Math.random }: WritePortOptions): WritePorts {
  const clients = createClientFactory(deployment, clientOptions);
  const each = forBoth(deployment);
  const shuffle = <T>(items: T[]): T[] => shuffled(items, random);
  const ledgers = each((region) => createLedger({ client: clients.dynamodb(region), table: deployment.ledgerTable, region, clock, random }));
  const executions = each((region, resources) => createExecutionsWriter(region, resources.stateMachineArn, clients, clock));
  return {
    ledgers,
    routingControls: deployment.arc && createRoutingControlsWriter(deployment.arc, clients, clock, shuffle),
    trafficDials: createTrafficDialsWriter(deployment, clients, clock, shuffle),
    executions,
    extensions: createExtensions(deployment, clientOptions ?? {}, clock),
    prover: createProver(deployment, { clients, clock, ledgers, executions }),
    journal,
  };
}

function forBoth(deployment: Deployment) {
  return <T>(make: (region: string, resources: Deployment['regions'][string]) => T): Record<string, T> => Object.fromEntries(
    [deployment.home, deployment.other].map((region) => {
      const resources = deployment.regions[region];
      if (!resources) throw new BugError(`deployment ${deployment.name} passed validation without resources for ${region}`);
      return [region, make(region, resources)] as const;
    }),
  );
}

/** Fisher–Yates. */
function shuffled<T>(items: T[], random: () => number): T[] {
  for (let last = items.length - 1; last > 0; last -= 1) {
    const other = Math.floor(random() * (last + 1));
    [items[last], items[other]] = [items[other] as T, items[last] as T];
  }
  return items;
}
