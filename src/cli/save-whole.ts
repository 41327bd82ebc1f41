import { createHash, randomBytes } from 'node:crypto';
import { link, lstat, open, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import { refused } from '../errors.js';

export interface SaveOptions {
  /** Replace what stands there. Otherwise it is never touched. */
  overwrite: boolean;
  signal: AbortSignal;
  onBytes(bytes: number): void;
}

/**
 * Writes a file whole or not at all. What stands at its place is left as it is unless `overwrite`, even if it came while
 * this wrote; a link there is never followed, so that nothing outside the folder can be written through it.
 *
 * @throws OperatorError `FILE_EXISTS`
 */
export async function saveWhole(file: string, body: AsyncIterable<Uint8Array>, { overwrite, signal, onBytes }: SaveOptions): Promise<{ bytes: number; sha256: string }> {
  if (!overwrite) await refuseExisting(file);
  const temporary = path.join(path.dirname(file), `.batchctl-${randomBytes(6).toString('hex')}.part`);
  const hash = createHash('sha256');
  let bytes = 0;
  const handle = await open(temporary, 'wx', 0o666);
  try {
    for await (const chunk of body) {
      signal.throwIfAborted();
      await handle.writeFile(chunk);
      hash.update(chunk);
      bytes += chunk.length;
      onBytes(bytes);
    }
    await handle.sync();
    await handle.close();
    await (overwrite ? rename(temporary, file) : renameUnlessTaken(temporary, file));
  } catch (error) {
    await handle.close().catch(() => {});
    await rm(temporary, { force: true });
    throw error;
  }
  return { bytes, sha256: hash.digest('hex') };
}

async function refuseExisting(file: string): Promise<void> {
  try {
    await lstat(file);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return;
    throw error;
  }
  throw alreadyThere(file);
}

/** `rename` would replace what has come in the meantime; a second name for the file is refused by the file system itself. */
async function renameUnlessTaken(temporary: string, file: string): Promise<void> {
  try {
    await link(temporary, file);
    await rm(temporary);
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    if (code === 'EEXIST') throw alreadyThere(file);
    // A file system without hard links: the look and the renaming are two steps there.
    if (code !== 'EPERM' && code !== 'ENOTSUP' && code !== 'ENOSYS') throw error;
    await refuseExisting(file);
    await rename(temporary, file);
  }
}

function alreadyThere(file: string): Error {
  return refused('FILE_EXISTS', `${file} is there already. Nothing was written.`, ['To replace it, add --overwrite.']);
}
