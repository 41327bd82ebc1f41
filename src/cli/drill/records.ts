import { mkdir, open, readFile } from 'node:fs/promises';
import path from 'node:path';
import { stateDirectory, type Environment } from '../../config/locations.js';
import type { DrillMeasures } from '../../core/drill.js';

/** Where the results of drills of a deployment are kept, so that the next one can be compared with them. */
export function drillDirectory(env: Environment, deployment: string): string {
  return path.join(stateDirectory(env), 'drills', deployment);
}

const file = (directory: string): string => path.join(directory, 'results.ndjson');

/** Oldest first. A line that a crash cut short is passed over. */
export async function readDrills(directory: string): Promise<DrillMeasures[]> {
  try {
    return (await readFile(file(directory), 'utf8')).split('\n').flatMap((line) => {
      try {
        return line === '' ? [] : [JSON.parse(line) as DrillMeasures];
      } catch {
        return [];
      }
    });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
}

export async function recordDrill(directory: string, measures: DrillMeasures): Promise<void> {
  await mkdir(directory, { recursive: true, mode: 0o700 });
  const handle = await open(file(directory), 'a', 0o600);
  try {
    await handle.appendFile(`${JSON.stringify(measures)}\n`);
  } finally {
    await handle.close();
  }
}
