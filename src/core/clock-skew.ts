import type { Policy } from './policy.js';
import type { Snapshot } from './snapshot.js';

/**
 * Seconds by which AWS's clock is ahead of this host's, as the answers to this host's probes said; undefined when none
 * told. HTTP dates have whole seconds and the way takes time, so a second or two mean nothing.
 */
export function clockAheadSeconds(snapshot: Pick<Snapshot, 'probes'>): number | undefined {
  const told = Object.values(snapshot.probes)
    .flatMap((probes) => probes.fromOperator.flatMap((probe) => probe.clockAheadSeconds ?? []))
    .sort((a, b) => Math.abs(a) - Math.abs(b));
  return told[0];
}

export interface ClockFindings {
  blockers: string[];
  warnings: string[];
}

/**
 * Leases are judged by this host's clock: once it is off by a whole lease, the lock of a running operation looks lapsed,
 * or a lapsed one runs for ever.
 */
export function judgeClock(snapshot: Snapshot, policy: Policy): ClockFindings {
  const ahead = clockAheadSeconds(snapshot);
  if (ahead === undefined || Math.abs(ahead) <= policy.clockSkewWarnSeconds) return { blockers: [], warnings: [] };
  const found = `this host's clock is ${Math.abs(ahead)} s ${ahead > 0 ? 'behind' : 'ahead of'} AWS's`;
  if (Math.abs(ahead) >= policy.lockLeaseSeconds) return { blockers: [`${found}: it cannot tell a running operation from a lapsed one (leases last ${policy.lockLeaseSeconds} s); set the clock right`], warnings: [] };
  return { blockers: [], warnings: [`${found}: ages are off by as much`] };
}
