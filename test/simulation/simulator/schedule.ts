import type { ArcEndpointState, RegionState, ReplicationState, ServiceState } from '../../../src/sandbox/faults.js';
import type { Random } from '../../../src/sandbox/random.js';
import { between, chance, diceFor, oneOf } from './dice.js';
import { sizeOf, type FileShape } from './input-files.js';

/** Where an operator's process dies: after its nth journalled event, or before or after one of its writes (two steps each). */
export type CrashPoint = { afterEvent: number } | { atWriteStep: number };

export interface Takeover {
  /** After the crash. */
  afterMs: number;
  /** On the same computer the local journal is still there. */
  where: 'same-computer' | 'elsewhere';
  crash?: CrashPoint;
}

export type MoveAction = {
  kind: 'move';
  atMs: number;
  command: 'failover' | 'failback';
  to: string;
  mode: 'auto' | 'graceful' | 'ungraceful';
  onDrainDeadline: 'redrive' | 'undo';
  crash?: CrashPoint;
  takeovers: Takeover[];
  /**
   * The operator's clock is wrong by less than a lease, which is more than the tool would let pass. It cannot see that here:
   * the simulation's answers carry no time.
   */
  clockAheadMs?: number;
  /** Moved back this long after it was done, while ARC's endpoints may not agree on the move before. */
  backAfterMs?: number;
};

export type Action =
  | { kind: 'upload'; atMs: number; key: string; shape: FileShape; rows: number; by: 'access-point' | 'us-east-1' | 'us-west-2' }
  | { kind: 'region'; atMs: number; region: string; state: RegionState }
  | { kind: 'arc-endpoint'; atMs: number; region: string; state: ArcEndpointState }
  | { kind: 'service'; atMs: number; name: string; region: string; state: ServiceState }
  | { kind: 'replication'; atMs: number; from: string; to: string; state: ReplicationState }
  | { kind: 'dry-run'; atMs: number; to: string }
  | { kind: 'redrive'; atMs: number }
  | { kind: 'resume'; atMs: number }
  | MoveAction;

/** Everything that happens to a run, as a value: printed when the run fails, and made smaller by the shrinker. */
export interface Schedule {
  seed: number;
  /** From here on nothing new goes wrong: all is healed and the dust settles. */
  endMs: number;
  mostLatencyMs: number;
  lostRequestChance: number;
  lostAnswerChance: number;
  killChance: number;
  duplicateChance: number;
  replicationFailureChance: number;
  conflictChance: number;
  smallPages: boolean;
  /** Whether the synthetic jobs and the scheduled observers of both Regions run. */
  canaries: boolean;
  observers: boolean;
  actions: Action[];
}

const home = 'us-east-1';
const other = 'us-west-2';
const regions = [home, other] as const;
const arcRegions = ['us-east-1', 'eu-west-1', 'us-west-2', 'ap-northeast-1', 'ap-southeast-2'] as const;
const services = ['dynamodb', 's3', 'states', 'lambda', 'ses', 'monitoring', 's3-control'] as const;
const second = 1000;

export function scheduleOf(seed: number): Schedule {
  const dice = diceFor(seed, 'schedule');
  const actions: Action[] = [...uploads(dice), ...moves(dice), ...otherFaults(dice)];
  actions.sort((left, right) => left.atMs - right.atMs);
  const last = actions.reduce((latest, action) => Math.max(latest, action.atMs), 0);
  return {
    seed,
    endMs: last + between(dice, 5, 40) * second,
    mostLatencyMs: oneOf(dice, [20, 60, 400]),
    lostRequestChance: oneOf(dice, [0, 0.02, 0.06]),
    lostAnswerChance: oneOf(dice, [0, 0.02, 0.1]),
    killChance: oneOf(dice, [0, 0, 0.05, 0.15]),
    duplicateChance: oneOf(dice, [0, 0.2]),
    replicationFailureChance: oneOf(dice, [0, 0, 0, 0, 0, 0.15]),
    conflictChance: oneOf(dice, [0, 0, 0.1]),
    smallPages: chance(dice, 0.4),
    canaries: chance(dice, 0.04),
    observers: chance(dice, 0.1),
    actions,
  };
}

function uploads(dice: Random): Action[] {
  const count = between(dice, 1, 5);
  const made: Action[] = [];
  for (let index = 0; index < count; index += 1) {
    const key = chance(dice, 0.15) && index > 0 ? 'input/again.csv' : `input/file ${index + 1}+ä.csv`;
    const shape: FileShape = oneOf(dice, ['good', 'good', 'good', 'good', 'with-rejects', 'with-rejects', 'quoted', 'empty', 'wrong-header', 'no-rows']);
    made.push({ kind: 'upload', atMs: between(dice, 0, 110 * second), key, shape, rows: sizeOf(dice), by: oneOf(dice, ['access-point', 'access-point', home, other]) });
  }
  return made;
}

/** One to three moves, each with the trouble that it answers, its crash and its rival. */
function moves(dice: Random): Action[] {
  const made: Action[] = [];
  let active: string = home;
  let atMs = between(dice, 10, 60) * second;
  const count = oneOf(dice, [1, 1, 2, 2, 3]);
  for (let index = 0; index < count; index += 1) {
    const to = active === home ? other : home;
    const trouble = oneOf<RegionState | 'none'>(dice, ['none', 'none', 'down', 'isolated', 'isolated', 'gray']);
    if (trouble !== 'none') {
      const beginsAt = Math.max(0, atMs - between(dice, 1, 25) * second);
      // A job that the trouble catches at work: its execution is what an old Region comes back with.
      if (chance(dice, 0.5)) made.push({ kind: 'upload', atMs: Math.max(0, beginsAt - between(dice, 0, 2500)), key: `input/caught ${index + 1}.csv`, shape: 'good', rows: between(dice, 12, 40), by: active as typeof home | typeof other });
      made.push({ kind: 'region', atMs: beginsAt, region: active, state: trouble });
      made.push({ kind: 'region', atMs: atMs + between(dice, 1, 60) * second, region: active, state: 'up' });
    }
    const move = moveTo(dice, to, atMs, trouble);
    made.push(move);
    if (chance(dice, 0.15)) made.push({ ...moveTo(dice, chance(dice, 0.5) ? to : active, atMs + between(dice, 0, 4000), trouble), takeovers: [] });
    if (chance(dice, 0.1)) made.push({ kind: 'resume', atMs: atMs + between(dice, 500, 15_000) });
    active = to;
    atMs += between(dice, 8, 60) * second;
  }
  return made;
}

function moveTo(dice: Random, to: string, atMs: number, trouble: RegionState | 'none'): MoveAction {
  const crash = chance(dice, 0.45) ? crashPoint(dice) : undefined;
  const takeovers: Takeover[] = [];
  while (crash && takeovers.length < 3 && chance(dice, 0.7)) {
    const where = oneOf(dice, ['same-computer', 'elsewhere'] as const);
    takeovers.push({
      // Elsewhere one has to wait until the lease of the dead has lapsed.
      afterMs: (where === 'elsewhere' ? between(dice, 25, 45) : between(dice, 1, 20)) * second,
      where,
      ...(chance(dice, 0.4) ? { crash: crashPoint(dice) } : {}),
    });
  }
  return {
    kind: 'move', atMs, to,
    command: to === home && chance(dice, 0.7) ? 'failback' : 'failover',
    mode: trouble === 'none' ? oneOf(dice, ['auto', 'graceful']) : oneOf(dice, ['auto', 'ungraceful', 'ungraceful', 'graceful']),
    onDrainDeadline: oneOf(dice, ['redrive', 'undo']),
    ...(crash ? { crash } : {}),
    takeovers,
    ...(chance(dice, 0.15) ? { clockAheadMs: between(dice, -50, 50) * second } : {}),
    ...(!crash && chance(dice, 0.3) ? { backAfterMs: between(dice, 0, 4000) } : {}),
  };
}

function crashPoint(dice: Random): CrashPoint {
  return chance(dice, 0.5) ? { afterEvent: between(dice, 1, 30) } : { atWriteStep: between(dice, 1, 140) };
}

function otherFaults(dice: Random): Action[] {
  const made: Action[] = [];
  const spell = (least: number, most: number): [number, number] => {
    const begin = between(dice, 0, 120 * second);
    return [begin, begin + between(dice, least, most) * second];
  };
  for (let count = oneOf(dice, [0, 0, 1, 3]); count > 0; count -= 1) {
    const [begin, end] = spell(10, 120);
    const region = oneOf(dice, arcRegions);
    made.push({ kind: 'arc-endpoint', atMs: begin, region, state: oneOf(dice, ['down', 'slow']) }, { kind: 'arc-endpoint', atMs: end, region, state: 'up' });
  }
  for (let count = oneOf(dice, [0, 0, 1, 2]); count > 0; count -= 1) {
    const [begin, end] = spell(10, 90);
    const from = oneOf(dice, regions);
    const to = from === home ? other : home;
    const state: ReplicationState = chance(dice, 0.5) ? { mode: 'paused' } : { mode: 'lagging', lagMs: between(dice, 5, 60) * second };
    made.push({ kind: 'replication', atMs: begin, from, to, state }, { kind: 'replication', atMs: end, from, to, state: { mode: 'flowing' } });
  }
  for (let count = oneOf(dice, [0, 0, 1, 2]); count > 0; count -= 1) {
    const [begin, end] = spell(2, 45);
    const [name, region] = [oneOf(dice, services), oneOf(dice, regions)];
    made.push({ kind: 'service', atMs: begin, name, region, state: oneOf(dice, ['throttle', 'error', 'slow']) }, { kind: 'service', atMs: end, name, region, state: 'ok' });
  }
  if (chance(dice, 0.15)) made.push({ kind: 'dry-run', atMs: between(dice, 0, 120 * second), to: oneOf(dice, regions) });
  if (chance(dice, 0.2)) made.push({ kind: 'redrive', atMs: between(dice, 30, 120) * second });
  return made;
}
