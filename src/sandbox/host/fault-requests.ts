import type { Faults } from '../faults.js';
import type { FaultRequest } from './protocol.js';

/** A fault was asked for that the sandbox does not have. The message lists what it has. */
export class FaultRequestError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'FaultRequestError';
  }
}

const states = {
  region: ['up', 'gray', 'down', 'isolated'],
  'arc-endpoint': ['up', 'slow', 'down'],
  service: ['ok', 'throttle', 'error', 'slow'],
  replication: ['flowing', 'paused', 'lagging'],
  credentials: ['ok', 'expired'],
} as const;

export interface FaultTargets {
  regions: readonly string[];
  arcRegions: readonly string[];
  services: readonly string[];
}

/** Checks a request that came as JSON and applies it. Throws FaultRequestError. */
export function applyFault(request: unknown, faults: Faults, targets: FaultTargets): void {
  const fault = checked(request, targets);
  switch (fault.kind) {
    case 'region': faults.setRegion(fault.region, fault.state); break;
    case 'arc-endpoint': faults.setArcEndpoint(fault.region, fault.state); break;
    case 'service': faults.setService(fault.service, fault.region, fault.state); break;
    case 'credentials': faults.setCredentials(fault.holder, fault.state); break;
    case 'replication': faults.setReplication(fault.from, fault.to, fault.state); break;
  }
}

function checked(request: unknown, targets: FaultTargets): FaultRequest {
  const fault = request as FaultRequest;
  const { kind } = fault;
  if (!Object.hasOwn(states, kind)) throw new FaultRequestError(`there is no fault of kind ${String(kind)}; there are ${Object.keys(states).join(', ')}`);
  const state: unknown = kind === 'replication' ? fault.state?.mode : fault.state;
  oneOf('state', state, states[kind]);
  switch (fault.kind) {
    case 'region': oneOf('Region', fault.region, targets.regions); break;
    case 'arc-endpoint': oneOf('ARC endpoint Region', fault.region, targets.arcRegions); break;
    case 'service': oneOf('Region', fault.region, targets.regions); oneOf('service', fault.service, targets.services); break;
    case 'credentials': oneOf('holder of credentials', fault.holder, ['operator']); break;
    case 'replication':
      oneOf('Region', fault.from, targets.regions);
      oneOf('Region', fault.to, targets.regions);
      if (fault.from === fault.to) throw new FaultRequestError('replication runs between two different Regions');
      if (fault.state.mode === 'lagging' && !(fault.state.lagMs > 0)) throw new FaultRequestError('a lag must be longer than nothing');
      break;
  }
  return fault;
}

function oneOf(what: string, value: unknown, known: readonly string[]): void {
  if (typeof value !== 'string' || !known.includes(value)) throw new FaultRequestError(`there is no ${what} ${String(value)}; there are ${known.join(', ')}`);
}
