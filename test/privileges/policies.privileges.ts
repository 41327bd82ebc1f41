import { beforeAll, describe, expect, it } from 'vitest';
import type { SeenAccess } from './access-log.js';
import { commonName, neededParts, partId, partsOf, type Part } from './need.js';
import { readSeen } from './records.js';
import { rehearse, removed, type Rehearsed } from './rehearse.js';

const pair = ['us-east-1', 'us-west-2'] as const;
const people = ['batchctl-watching', 'batchctl-operating', 'batchctl-runbooks'];

/** Parts that nothing here can need, and why they stay. */
const kept: readonly { part: RegExp; reason: string }[] = [
  {
    part: /batchctl-watching .* resource \S+:accesspoint\/ALIAS\.mrap$/,
    reason: 'Through an access point S3 tells "absent" from "forbidden" to whoever may list the access point too; the sandbox asks the bucket alone.',
  },
];

/** How many removals are really made; `all` takes a quarter of an hour. */
const sample = process.env['BATCHCTL_REMOVALS'] ?? '10';

let rehearsed: Rehearsed;
let byPeople: SeenAccess[];
const common = (seen: SeenAccess[]): SeenAccess[] => seen.map((access) => ({ ...access, grants: access.grants.map((grant) => commonName(grant, pair, people)) }));

beforeAll(async () => {
  // Written by people.privileges.ts, which runs before.
  byPeople = await readSeen('people');
  rehearsed = await rehearse();
});

describe('a pipeline through all its days', () => {
  it('goes through them as it should', () => { expect(rehearsed.failures).toEqual({}); });

  it('misses no permission: nothing is refused', () => {
    const refused = Object.entries(rehearsed.seen).flatMap(([scene, seen]) => seen.filter(({ allowed }) => !allowed).map(({ principal, action, resource }) => `${scene}: ${principal} ${action} on ${resource}`));
    expect(refused).toEqual([]);
  });
});

describe('every action of every policy, and every resource of a statement that has several', () => {
  it('is needed: without it a call that was made would have been refused', () => {
    const needed = neededParts(common([...Object.values(rehearsed.seen).flat(), ...byPeople]));
    const parts = partsOf(rehearsed.granted.map((grant) => commonName(grant, pair, people)));
    expect(parts.length).toBeGreaterThan(200);
    const idle = parts.map(partId).filter((id) => !needed.has(id));
    expect(idle.filter((id) => !kept.some(({ part }) => part.test(id)))).toEqual([]);
    // A reason for something that is needed, or gone, is no reason any more.
    expect(kept.filter(({ part }) => !idle.some((id) => part.test(id)))).toEqual([]);
  });

  it('is missed when it is really taken away', async () => {
    const chosen = chooseRemovals(sample === 'all' ? Infinity : Number(sample));
    expect(chosen.length).toBeGreaterThan(5);
    const noticed = await removed(chosen);
    expect(chosen.filter((_removal, index) => noticed[index] === null).map(({ scene, part }) => `${partId(part)}, in ${scene}`)).toEqual([]);
  });
});

/** Evenly out of all parts that one scene alone needs, each with the quickest such scene. */
function chooseRemovals(most: number): { scene: string; part: Part }[] {
  const removable = rehearsed.granted.filter(({ policy, holder }) => policy !== 'trust' && policy !== 'resource' && holder !== 'batchctl-observer');
  const scenes = Object.keys(rehearsed.seconds).sort((left, right) => (rehearsed.seconds[left] ?? 0) - (rehearsed.seconds[right] ?? 0));
  const needs = scenes.map((scene) => ({ scene, needed: neededParts(rehearsed.seen[scene] ?? []) }));
  const all = partsOf(removable).flatMap((part) => {
    const found = needs.find(({ needed }) => needed.has(partId(part)));
    return found ? [{ scene: found.scene, part }] : [];
  });
  const step = Math.max(1, all.length / most);
  return Array.from({ length: Math.min(most, all.length) }, (_, index) => all[Math.floor(index * step)] as { scene: string; part: Part });
}
