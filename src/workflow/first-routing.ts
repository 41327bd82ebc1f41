import type { ControlItem } from '../core/control.js';
import { BugError } from '../errors.js';
import type { ObservationTarget } from './observe.js';
import type { CallOptions } from './call-options.js';
import type { ReadPorts, WritePorts } from './ports.js';

export interface FirstRouting {
  control: ControlItem;
  /** What this run set; empty when everything stood already. */
  set: ('ledger' | 'arc' | 'mrap')[];
}

/**
 * Sets the first routing state: epoch 1, the home Region active. New routing controls are Off and new traffic dials all
 * open, so nothing runs before this. A pipeline that has moved since keeps its routing: beyond epoch 1 nothing is touched.
 * Running it again finishes what an interrupted run left undone. ARC's endpoints may take 15 s to agree on it; the functions
 * know that, and take no Off for a veto so soon after the control item changed.
 */
export async function setFirstRouting(read: ReadPorts, write: WritePorts, target: ObservationTarget, by: string, options: CallOptions = {}): Promise<FirstRouting> {
  const ledger = write.ledgers[target.home];
  if (!ledger) throw new BugError(`the deployment has no ledger in ${target.home}`);
  const set: FirstRouting['set'] = [];
  let control = await ledger.readControl(options);
  if (!control) {
    const first: ControlItem = { epoch: 1, activeRegion: target.home, phase: 'active', changedAt: read.clock.now().toISOString(), changedBy: by, reason: 'first routing' };
    if (await ledger.createControl(first, options)) set.push('ledger');
    control = (await ledger.readControl(options)) ?? first;
  }
  if (control.epoch > 1 || control.phase !== 'active') return { control, set };
  const active = control.activeRegion;
  const standby = active === target.home ? target.other : target.home;
  if (await openArc(read, write, active, standby, options)) set.push('arc');
  if (await narrowDials(read, write, active, standby, options)) set.push('mrap');
  return { control, set };
}

/** Both Off is how a new cluster stands. Any other state was somebody's decision. */
async function openArc(read: ReadPorts, write: WritePorts, active: string, standby: string, options: CallOptions): Promise<boolean> {
  const { routingControls } = read;
  if (!routingControls || !write.routingControls) return false;
  const states = await Promise.any(routingControls.endpointRegions.map((region) => routingControls.readStates(region, options)))
    .catch((error: unknown) => { throw error instanceof AggregateError ? error.errors[0] : error; });
  if (states[active] === 'On' || states[standby] === 'On') return false;
  await write.routingControls.setStates({ [active]: 'On', [standby]: 'Off' }, options);
  return true;
}

/** Both at 100 is how a new access point stands. */
async function narrowDials(read: ReadPorts, write: WritePorts, active: string, standby: string, options: CallOptions): Promise<boolean> {
  const dials = await read.trafficDials.readDials(options);
  if (dials[active] !== 100 || dials[standby] === 0) return false;
  await write.trafficDials.setDials({ [active]: 100, [standby]: 0 }, options);
  return true;
}
