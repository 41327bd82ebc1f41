import type { Deployment } from '../../config/schema.js';
import type { DoctorFacts } from '../../core/doctor-facts.js';
import { known, unknown, type Observed } from '../../core/observation.js';
import { describeFailure, failureKind } from '../../core/failure.js';
import type { Clock, ReadPorts } from '../../workflow/ports.js';
import { createSetupClientFactory } from '../setup-clients.js';
import { withDeadline } from '../deadline.js';
import { proxyOfEnvironment } from '../environment-proxy.js';
import { readClockSkew, readCredentials, readIdentity } from './identity.js';
import { tryCalls } from './permissions.js';
import { readAlarms, readDescription, readDials, readQuotas, readReplicationRules, readTeller, readThroughAccessPoint } from './resources.js';

export interface InspectionOptions {
  clock: Clock;
  signal?: AbortSignal;
  /** For each call. */
  timeoutMs?: number;
}

/** Looks at everything that the doctor judges, all of it at once; reads only. Never throws for what it could not see. */
export async function inspectDeployment(deployment: Deployment, read: ReadPorts, options: InspectionOptions): Promise<DoctorFacts> {
  const { clock, signal } = options;
  const timeoutMs = options.timeoutMs ?? 5000;
  // One attempt: what needs a second one now would need it at 3 a.m. too.
  const clients = createSetupClientFactory(deployment, { maxAttempts: 1 });
  const regions = [deployment.home, deployment.other];
  const call = { timeoutMs, ...(signal ? { signal } : {}) };
  const see = async <T>(seenFrom: string, look: (signal: AbortSignal) => Promise<T>): Promise<Observed<T>> => {
    const at = (): string => clock.now().toISOString();
    try {
      return known(await withDeadline(clock, call, timeoutMs, look), at(), seenFrom);
    } catch (error) {
      signal?.throwIfAborted();
      return unknown(describeFailure(error), at(), seenFrom, failureKind(error));
    }
  };
  const perRegion = async <T>(names: readonly string[], look: (region: string) => Promise<T>): Promise<Record<string, T>> => Object.fromEntries(await Promise.all(names.map(async (region) => [region, await look(region)] as const)));
  const seen = <T>(look: (region: string, signal: AbortSignal) => Promise<T>): Promise<Record<string, Observed<T>>> => perRegion(regions, (region) => see(region, (own) => look(region, own)));
  const endpoints = deployment.arc?.endpoints.map((endpoint) => endpoint.region) ?? [];
  try {
    const [credentials, identities, clockSkewSeconds, arcEndpoints, mrapControlRegions, accessPoint, calls, descriptions, versions, quotas, alarms, replication, mail, operations] = await Promise.all([
      see('operator', () => readCredentials(clients, deployment)),
      seen((region, own) => readIdentity(clients, region, own)),
      see('operator', (own) => Promise.any(regions.map((region) => readClockSkew(deployment, region, clock, own)))),
      deployment.arc ? perRegion(endpoints, (region) => see(region, (own) => readEndpoint(read, region, own))) : Promise.resolve(null),
      perRegion(deployment.mrap.controlRegions, (region) => see(region, (own) => readDials(clients, deployment, region, own))),
      see('operator', (own) => readThroughAccessPoint(clients, deployment, own)),
      perRegion(regions, (region) => tryCalls(clients, deployment, region, see)),
      seen((region, own) => readDescription(clients, deployment, region, own)),
      see('ledger', (own) => Promise.any(Object.values(read.ledgers).map(async (ledger) => (await ledger.readStanding([deployment.home, deployment.other], { ...call, signal: own })).versions))),
      seen((region, own) => readQuotas(clients, deployment, region, own)),
      seen((region, own) => readAlarms(clients, deployment, region, own)),
      seen((region, own) => readReplicationRules(clients, deployment, region, own)),
      seen((region, own) => readTeller(clients, deployment, region, own)),
      see('ledger', (own) => Promise.any(Object.values(read.ledgers).map((ledger) => ledger.listOperations(50, { ...call, signal: own })))),
    ]);
    return {
      at: clock.now().toISOString(), proxy: await proxyTowards(deployment), credentials, identities, clockSkewSeconds, arcEndpoints, mrapControlRegions, accessPoint, calls, descriptions, quotas, alarms, replication, mail,
      versions: Object.fromEntries(regions.map((region) => [region, versionOf(versions, region)])),
      lastRehearsalAt: operations.known ? { ...operations, value: operations.value.find((operation) => operation.outcome?.startsWith('done'))?.finishedAt ?? null } : operations,
    };
  } finally {
    clients.destroy();
  }
}

/** Where `NO_PROXY` names AWS, the proxy is none of ours. */
async function proxyTowards(deployment: Deployment): Promise<string | null> {
  const proxy = deployment.transport ? undefined : proxyOfEnvironment();
  if (!proxy || (await import('../proxy-agent.js')).isDialledDirectly(`sts.${deployment.home}.amazonaws.com:443`)) return null;
  return proxy.host;
}

async function readEndpoint(read: ReadPorts, region: string, signal: AbortSignal): Promise<Awaited<ReturnType<NonNullable<ReadPorts['routingControls']>['readStates']>>> {
  if (!read.routingControls) throw new Error('the deployment has no ARC cluster');
  return read.routingControls.readStates(region, { signal });
}

function versionOf(versions: Observed<Record<string, string>>, region: string): Observed<string> {
  if (!versions.known) return versions;
  const version = versions.value[region];
  return version === undefined ? unknown(`${region} has stamped no code version yet`, versions.at, versions.seenFrom) : { ...versions, value: version };
}
