import { mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import type { SeenAccess } from './access-log.js';

/** Where the suite notes what was asked of IAM, so that what people did and what functions did is judged together. */
export const recordsFolder = fileURLToPath(new URL('../../dist/privileges', import.meta.url));

export async function saveSeen(name: string, seen: SeenAccess[]): Promise<void> {
  await mkdir(recordsFolder, { recursive: true });
  await writeFile(path.join(recordsFolder, `${name}.json`), JSON.stringify({ seen }));
}

export async function readSeen(name: string): Promise<SeenAccess[]> {
  return (JSON.parse(await readFile(path.join(recordsFolder, `${name}.json`), 'utf8')) as { seen: SeenAccess[] }).seen;
}
