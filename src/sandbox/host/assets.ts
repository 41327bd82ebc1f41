import { cp, mkdir, readdir, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import type { Assembly } from '../deploy/assembly.js';

/**
 * Copies the assembly's assets into the sandbox's folder and points the assembly at the copies, so that what is deployed
 * keeps running when the app is built again, as in AWS. Assets are named by the hash of their content: one that is
 * there already is kept as it is.
 */
export async function keepAssets(assembly: Assembly, folder: string): Promise<Assembly> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const present = new Set(await readdir(folder));
  const assets = new Map<string, string>();
  for (const [key, source] of assembly.assets) {
    // Every template is an asset as well; the deployer has read them already.
    if (source.endsWith('.template.json')) continue;
    const name = key.replace(/\.zip$/, '').replaceAll('/', '_');
    const kept = path.join(folder, name);
    if (!present.has(name)) await copyWhole(source, kept);
    assets.set(key, kept);
  }
  return { ...assembly, assets };
}

/** By way of a temporary name: a copy that a crash cut short must not pass for a whole one. */
async function copyWhole(source: string, target: string): Promise<void> {
  const temporary = `${target}.partial`;
  await rm(temporary, { recursive: true, force: true });
  await cp(source, temporary, { recursive: true });
  await rename(temporary, target);
}

/** Removes assets that no deployed assembly uses any more. */
export async function forgetOtherAssets(assembly: Assembly, folder: string): Promise<void> {
  const used = new Set([...assembly.assets.values()].map((file) => path.basename(file)));
  for (const name of await readdir(folder)) {
    if (!used.has(name)) await rm(path.join(folder, name), { recursive: true, force: true });
  }
}
