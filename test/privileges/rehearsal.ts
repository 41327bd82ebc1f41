/**
 * Deploys the synthesised templates into the simulated world and plays scenes there, operators as their role. Started by
 * `rehearse.ts`, with what to do as JSON in the file that the first argument names; the second is where the answer goes.
 */
import { realNow } from '../simulation/simulator/virtual-process.js';
import { readFile, writeFile } from 'node:fs/promises';
import type { WorldSnapshot } from '../../src/sandbox/assemble-world.js';
import type { Access } from '../../src/sandbox/iam/access.js';
import { deployOnce, type Deployed } from '../simulation/simulator/deployed-world.js';
import { createAccessLog, type AccessLog } from './access-log.js';
import { everyGrant } from './granted.js';
import { without, type Part } from './need.js';
import { largeOutputs, scenes as everyScene } from './scenes.js';
import { play, type Scene } from './stage.js';

export interface Recording {
  do: 'record';
  assembly: string;
}

export interface Removals {
  do: 'remove';
  assembly: string;
  /** Parts that are taken away, one at a time, and a scene that needs each. */
  parts: { scene: string; part: Part }[];
}

const large = 'large outputs';
const mebibyteParts = { PART_MIN_BYTES: '1048576', PART_MAX_BYTES: '1048576', INLINE_PARTS: '40' };

function playScene(name: string, deployed: Deployed, onAccess: (access: Access) => void, change?: (snapshot: WorldSnapshot) => void): Promise<void> {
  const scene = name === large ? largeOutputs : everyScene[name] as Scene;
  return play(scene, { deployed, onAccess, ...(name === large ? { environment: mebibyteParts } : {}), ...(change ? { change } : {}) });
}

async function record({ assembly }: Recording): Promise<object> {
  const deploying = createAccessLog();
  const deployed = await deployOnce(assembly, { onAccess: deploying.note, asOperatorRole: true });
  const logs: Record<string, AccessLog> = { deployment: deploying };
  const failures: Record<string, string> = {};
  const seconds: Record<string, number> = {};
  for (const name of [...Object.keys(everyScene), large]) {
    const log = (logs[name] = createAccessLog());
    const began = realNow();
    await playScene(name, deployed, log.note).catch((error: unknown) => { failures[name] = error instanceof Error ? error.stack ?? error.message : String(error); });
    seconds[name] = Math.round((realNow() - began) / 100) / 10;
  }
  const seen = Object.fromEntries(Object.entries(logs).map(([name, log]) => [name, log.seen()]));
  return { granted: everyGrant(JSON.parse(deployed.snapshot) as WorldSnapshot), seen, failures, seconds };
}

/** What was noticed of each removal: the first call that was refused, or that the scene came to nothing. */
async function remove({ assembly, parts }: Removals): Promise<object> {
  const deployed = await deployOnce(assembly, { asOperatorRole: true });
  const noticed: (string | null)[] = [];
  for (const { scene, part } of parts) {
    let refused: Access | undefined;
    const failure = await playScene(scene, deployed, (access) => { if (!access.allowed) refused ??= access; }, (snapshot) => without(part, snapshot)).then(() => undefined, (error: unknown) => String(error));
    noticed.push(refused ? `${refused.principal} was refused ${refused.action} on ${refused.resource}` : failure ?? null);
  }
  return { noticed };
}

const task = JSON.parse(await readFile(process.argv[2] as string, 'utf8')) as Recording | Removals;
await writeFile(process.argv[3] as string, JSON.stringify(task.do === 'record' ? await record(task) : await remove(task)));
// Crashed operators wait for ever, and so would this process for what they hold.
process.stdout.write('', () => process.exit());
