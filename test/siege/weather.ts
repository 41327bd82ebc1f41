import { connectSandbox, type FaultRequest } from '../../src/sandbox/index.js';
import type { Random } from '../../src/sandbox/random.js';
import { between, chance, oneOf } from '../simulation/simulator/dice.js';
import { home, standby } from '../e2e/scene.js';
import { pause } from './pause.js';
import { roughly, type RoughNetwork } from './rough-network.js';

export interface Weather {
  /** How often each kind of fault struck. */
  readonly counts: Record<string, number>;
  /**
   * Changes what is broken until the signal. It strikes one of the two Regions for a while and then the other, because a
   * target that was unwell minutes ago is refused, and nothing would ever move.
   */
  blow(signal: AbortSignal): Promise<void>;
  /** Mends everything. */
  calm(): Promise<void>;
}

const regions = [home, standby];
const turnsInOneRegion = 12;
const services = ['lambda', 's3', 'dynamodb', 'states', 'monitoring', 'ses', 'events'];
const arcRegions = ['us-east-1', 'eu-west-1', 'us-west-2', 'ap-northeast-1', 'ap-southeast-2'];

export async function createWeather(sandboxFolder: string, network: RoughNetwork, dice: Random): Promise<Weather> {
  const sandbox = await connectSandbox(sandboxFolder);
  const counts: Record<string, number> = {};
  const strike = async (unwell: string): Promise<void> => {
    const fault = drawFault(dice, unwell);
    const what = `${fault.kind} ${typeof fault.state === 'string' ? fault.state : fault.state.mode}`;
    counts[what] = (counts[what] ?? 0) + 1;
    await patiently(() => sandbox.setFault(fault));
  };
  return {
    counts,
    async blow(signal) {
      for (let turn = 0; !signal.aborted; turn += 1) {
        network.decide = roughly(dice, oneOf(dice, [0, 0.01, 0.03, 0.1]));
        const unwell = regions[Math.floor(turn / turnsInOneRegion) % regions.length] ?? home;
        const strikes = between(dice, 0, 3);
        for (let each = 0; each < strikes; each += 1) await strike(unwell);
        await pause(between(dice, 10, 45), signal);
        await patiently(() => sandbox.clearFaults());
        if (chance(dice, 0.7)) await pause(between(dice, 5, 30), signal);
      }
    },
    async calm() {
      network.decide = () => 'none';
      await patiently(() => sandbox.clearFaults());
    },
  };
}

function drawFault(dice: Random, unwell: string): FaultRequest {
  const kind = dice.next();
  const other = unwell === home ? standby : home;
  if (kind < 0.3) return { kind: 'region', region: unwell, state: oneOf(dice, ['down', 'gray', 'isolated'] as const) };
  if (kind < 0.6) return { kind: 'service', service: oneOf(dice, services), region: unwell, state: oneOf(dice, ['throttle', 'error', 'slow'] as const) };
  if (kind < 0.75) return { kind: 'replication', from: unwell, to: other, state: oneOf(dice, [{ mode: 'paused' }, { mode: 'lagging', lagMs: 40_000 }] as const) };
  return { kind: 'arc-endpoint', region: oneOf(dice, arcRegions), state: oneOf(dice, ['down', 'slow'] as const) };
}

/** The weather must not end because the machine is busy. */
async function patiently(work: () => Promise<unknown>): Promise<void> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      await work();
      return;
    } catch (error) {
      if (attempt === 10) throw error;
    }
  }
}
