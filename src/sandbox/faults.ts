/** up: fine. gray: slow and partly failing. down: off, nothing runs. isolated: cut off from outside, running inside. */
export type RegionState = 'up' | 'gray' | 'down' | 'isolated';
export type ArcEndpointState = 'up' | 'slow' | 'down';
export type ServiceState = 'ok' | 'throttle' | 'error' | 'slow';
export type CredentialsState = 'ok' | 'expired';
export type ReplicationState = { mode: 'flowing' } | { mode: 'paused' } | { mode: 'lagging'; lagMs: number };

export interface FaultsState {
  regions: Record<string, RegionState>;
  arcEndpoints: Record<string, ArcEndpointState>;
  services: Record<string, ServiceState>;
  replication: Record<string, ReplicationState>;
  /** Of whoever calls from outside: `operator`. */
  credentials: Record<string, CredentialsState>;
}

/** What is broken at present. Keys: services `NAME@REGION`, replication `FROM->TO`. */
export interface Faults {
  region(region: string): RegionState;
  setRegion(region: string, state: RegionState): void;
  arcEndpoint(region: string): ArcEndpointState;
  setArcEndpoint(region: string, state: ArcEndpointState): void;
  service(name: string, region: string): ServiceState;
  setService(name: string, region: string, state: ServiceState): void;
  replication(from: string, to: string): ReplicationState;
  setReplication(from: string, to: string, state: ReplicationState): void;
  credentials(holder: string): CredentialsState;
  setCredentials(holder: string, state: CredentialsState): void;
  clear(): void;
  state(): FaultsState;
  restore(state: FaultsState): void;
  /** Called after every change; the returned function unsubscribes. */
  onChange(listener: () => void): () => void;
  /** Whether a call from `origin` (a Region or `operator`) can reach `region` at all. */
  reachable(origin: string, region: string): boolean;
  /** Whether functions and executions of the Region are running. */
  computing(region: string): boolean;
}

export function createFaults(): Faults {
  const nothing = (): FaultsState => ({ regions: {}, arcEndpoints: {}, services: {}, replication: {}, credentials: {} });
  let current = nothing();
  const listeners = new Set<() => void>();
  const changed = (): void => { for (const listener of [...listeners]) listener(); };
  const faults: Faults = {
    region: (region) => current.regions[region] ?? 'up',
    setRegion: (region, state) => { current.regions[region] = state; changed(); },
    arcEndpoint: (region) => current.arcEndpoints[region] ?? 'up',
    setArcEndpoint: (region, state) => { current.arcEndpoints[region] = state; changed(); },
    service: (name, region) => current.services[`${name}@${region}`] ?? 'ok',
    setService: (name, region, state) => { current.services[`${name}@${region}`] = state; changed(); },
    replication: (from, to) => current.replication[`${from}->${to}`] ?? { mode: 'flowing' },
    setReplication: (from, to, state) => { current.replication[`${from}->${to}`] = state; changed(); },
    credentials: (holder) => current.credentials[holder] ?? 'ok',
    setCredentials: (holder, state) => { current.credentials[holder] = state; changed(); },
    clear: () => { current = nothing(); changed(); },
    state: () => structuredClone(current),
    restore: (state) => { current = { ...nothing(), ...structuredClone(state) }; changed(); },
    onChange: (listener) => { listeners.add(listener); return () => listeners.delete(listener); },
    reachable: (origin, region) => {
      if (faults.region(region) === 'down') return false;
      if (origin === region) return true;
      return faults.region(region) !== 'isolated' && faults.region(origin) !== 'isolated' && faults.region(origin) !== 'down';
    },
    computing: (region) => faults.region(region) !== 'down',
  };
  return faults;
}
