import { between, chance, diceFor, oneOf } from '../simulation/simulator/dice.js';
import type { FileShape } from '../simulation/simulator/input-files.js';
import type { Action, MoveAction, Schedule } from '../simulation/simulator/schedule.js';

const [home, other] = ['us-east-1', 'us-west-2'] as const;
const second = 1000;
const minute = 60 * second;
const hour = 60 * minute;
/** How a Region breaks before a move that was not planned. */
const troubles = ['down', 'isolated', 'gray'] as const;

/**
 * Each hour the pipeline moves to the other Region: in even hours because somebody planned it, in odd ones because its Region is down, cut
 * off or gray for some minutes. One operator in five crashes and another one goes on. A file arrives every two minutes, by every way, and
 * calls, events and functions fail now and then as in the simulator's own schedules. So do synthetic jobs, and after one of the target's has
 * failed no move goes there: whoever is refused asks again some minutes later.
 */
export function longSchedule(seed: number, hours: number): Schedule {
  const dice = diceFor(seed, 'long schedule');
  const actions: Action[] = [];
  for (let atMs = 30 * second; atMs < hours * hour; atMs += between(dice, 80, 160) * second) {
    const shape: FileShape = oneOf(dice, ['good', 'good', 'good', 'good', 'with-rejects', 'quoted', 'empty']);
    actions.push({ kind: 'upload', atMs, key: `input/${Math.floor(atMs / hour)} h/file ${actions.length}+ä.csv`, shape, rows: between(dice, 1, 12), by: oneOf(dice, ['access-point', 'access-point', home, other]) });
  }
  for (let index = 0; index < hours; index += 1) {
    const [from, to] = index % 2 === 0 ? [home, other] : [other, home];
    // A pair of hours is one there and one back: planned or not changes from pair to pair and within them.
    const trouble = (index + Math.floor(index / 2)) % 2 === 0 ? undefined : troubles[Math.floor(index / 2) % troubles.length]!;
    const atMs = index * hour + between(dice, 25, 35) * minute;
    if (trouble) {
      actions.push({ kind: 'region', atMs: atMs - between(dice, 3, 6) * minute, region: from, state: trouble });
      actions.push({ kind: 'region', atMs: atMs + between(dice, 4, 10) * minute, region: from, state: 'up' });
    }
    const crashes = chance(dice, 0.2);
    const move: MoveAction = {
      kind: 'move', atMs, to, command: to === home ? 'failback' : 'failover', mode: trouble ? 'ungraceful' : 'graceful', onDrainDeadline: 'redrive',
      ...(crashes ? { crash: { atWriteStep: between(dice, 4, 60) } } : {}),
      takeovers: crashes ? [{ afterMs: 40 * second, where: oneOf(dice, ['same-computer', 'elsewhere'] as const) }] : [],
    };
    const again = [7, 13, 19].map((minutes): MoveAction => ({ ...move, atMs: atMs + minutes * minute, mode: 'auto', crash: undefined, takeovers: [] }));
    actions.push(move, ...again, { kind: 'redrive', atMs: atMs + 22 * minute });
  }
  actions.sort((left, right) => left.atMs - right.atMs);
  return {
    seed, endMs: hours * hour, mostLatencyMs: 60, lostRequestChance: 0.01, lostAnswerChance: 0.01, killChance: 0.02, duplicateChance: 0.1,
    replicationFailureChance: 0, conflictChance: 0.02, smallPages: false, canaries: true, observers: true, actions,
  };
}
