import { execFile } from 'node:child_process';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import type { Grant } from '../../src/sandbox/iam/access.js';
import { buildSimulator, root } from '../simulation/build-simulator.mjs';
import type { SeenAccess } from './access-log.js';
import type { Part } from './need.js';
import { recordsFolder } from './records.js';

export interface Rehearsed {
  /** Everything that the deployed policies allow. */
  granted: Grant[];
  /** What IAM was asked, by scene; `deployment` is the first of them. */
  seen: Record<string, SeenAccess[]>;
  /** Scenes in which something did not happen, and why. */
  failures: Record<string, string>;
  seconds: Record<string, number>;
}

const assembly = path.join(root, 'dist/cdk.out');

/** In a process of its own, because the simulation takes the process's clock and dice away. */
export function rehearse(): Promise<Rehearsed> {
  return run('rehearsal', { do: 'record', assembly });
}

/** What was noticed when each part was taken away; null: nothing was. */
export async function removed(parts: { scene: string; part: Part }[]): Promise<(string | null)[]> {
  return (await run<{ noticed: (string | null)[] }>('removals', { do: 'remove', assembly, parts })).noticed;
}

async function run<Answer>(name: string, task: object): Promise<Answer> {
  await mkdir(recordsFolder, { recursive: true });
  const [bundle, question, answer] = ['rehearsal.mjs', `${name}.task.json`, `${name}.json`].map((file) => path.join(recordsFolder, file)) as [string, string, string];
  await buildSimulator(bundle, undefined, 'test/privileges/rehearsal.ts');
  await writeFile(question, JSON.stringify(task));
  await promisify(execFile)(process.execPath, ['--no-warnings', bundle, question, answer], { maxBuffer: 64 * 1024 * 1024 });
  return JSON.parse(await readFile(answer, 'utf8')) as Answer;
}
