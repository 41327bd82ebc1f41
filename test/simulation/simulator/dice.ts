import { createHash } from 'node:crypto';
import { seededRandom, type Random } from '../../../src/sandbox/random.js';

/** Dice that belong to one purpose, so that leaving one thing out of a schedule does not change the luck of all others. */
export function diceFor(seed: number, purpose: string): Random {
  return seededRandom(createHash('sha256').update(`${seed}/${purpose}`).digest().readUInt32LE(0));
}

export function chance(dice: Random, probability: number): boolean {
  return dice.next() < probability;
}

export function between(dice: Random, least: number, most: number): number {
  return least + dice.below(most - least + 1);
}

export function oneOf<T>(dice: Random, choices: readonly T[]): T {
  const chosen = choices[dice.below(choices.length)];
  if (chosen === undefined) throw new Error('there is nothing to choose from');
  return chosen;
}
