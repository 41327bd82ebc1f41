import { randomBytes } from 'node:crypto';
import { mkdir, open, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import { usage } from '../errors.js';
import { deploymentFile } from './locations.js';
import type { Deployment } from './schema.js';

/** Writes the deployment's file so that a reader sees the old or the new one, never a half, and only its owner may read it. */
export async function saveDeployment(directory: string, deployment: Deployment): Promise<string> {
  const file = deploymentFile(directory, deployment.name);
  await writePrivately(file, `${JSON.stringify(deployment, null, 2)}\n`);
  return file;
}

/**
 * Atomic and owner-only (0600, in a 0700 folder where it has to be made).
 * Throws `CONFIG_NOT_WRITTEN` when the folder cannot be written.
 */
export async function writePrivately(file: string, text: string): Promise<void> {
  const temporary = `${file}.${randomBytes(6).toString('hex')}.tmp`;
  try {
    await mkdir(path.dirname(file), { recursive: true, mode: 0o700 });
    const handle = await open(temporary, 'wx', 0o600);
    try {
      await handle.writeFile(text);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(temporary, file);
  } catch (error) {
    await rm(temporary, { force: true }).catch(() => {});
    throw usage('CONFIG_NOT_WRITTEN', `Could not write ${file} (${(error as NodeJS.ErrnoException).code ?? String(error)}).`, ['Check the permissions of the folder, or name another with --config.']);
  }
}
