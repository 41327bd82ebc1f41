import { link, readFile, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';

/** Another host works in this folder. */
export class SandboxLockedError extends Error {
  constructor(readonly dir: string, readonly pid: number) {
    super(`a sandbox is already running in ${dir} (process ${pid}); stop it first, or choose another --dir`);
    this.name = 'SandboxLockedError';
  }
}

interface Holder {
  pid: number;
  /** When that process began, as the system tells it: a process id alone may have been given to somebody else since. */
  began: string;
}

/**
 * Makes this process the only host of a folder. A lock whose process is gone is taken over. Returns what releases it.
 * Throws SandboxLockedError.
 */
export async function lockFolder(dir: string): Promise<() => Promise<void>> {
  const file = path.join(dir, 'host.lock');
  const mine: Holder = { pid: process.pid, began: await beganAt(process.pid) };
  if (!await createExclusively(file, mine)) {
    const holder = await readHolder(file);
    if (holder && await isAlive(holder)) throw new SandboxLockedError(dir, holder.pid);
    await takeOver(file, mine, dir);
  }
  return async () => {
    const holder = await readHolder(file);
    if (holder?.pid === mine.pid && holder.began === mine.began) await rm(file, { force: true });
  };
}

/** The process that holds the folder, if one does and lives. */
export async function lockHolder(dir: string): Promise<number | undefined> {
  const holder = await readHolder(path.join(dir, 'host.lock'));
  return holder && await isAlive(holder) ? holder.pid : undefined;
}

/** Linked into place whole: a lock that is still being written would look like one that a crash left behind. */
async function createExclusively(file: string, holder: Holder): Promise<boolean> {
  const own = await writeOwn(file, holder);
  try {
    await link(own, file);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  } finally {
    await rm(own, { force: true });
  }
}

async function writeOwn(file: string, holder: Holder): Promise<string> {
  const own = `${file}.${holder.pid}`;
  await writeFile(own, JSON.stringify(holder), { mode: 0o600 });
  return own;
}

/** Two that find the same stale lock both rename their own over it; the last one stays, and each looks who that was. */
async function takeOver(file: string, mine: Holder, dir: string): Promise<void> {
  await rename(await writeOwn(file, mine), file);
  await new Promise((resolve) => setTimeout(resolve, 50));
  const holder = await readHolder(file);
  if (holder?.pid !== mine.pid) throw new SandboxLockedError(dir, holder?.pid ?? 0);
}

async function readHolder(file: string): Promise<Holder | undefined> {
  try {
    return JSON.parse(await readFile(file, 'utf8')) as Holder;
  } catch {
    // Absent, or no lock of ours: nobody holds it.
    return undefined;
  }
}

async function isAlive(holder: Holder): Promise<boolean> {
  try {
    process.kill(holder.pid, 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return false;
  }
  const found = await processFacts(holder.pid);
  // A zombie has ended; where nobody collects it (a container without init) it would hold the lock for ever.
  if (found?.state === 'Z') return false;
  return !found || holder.began === '' || found.began === holder.began;
}

async function beganAt(pid: number): Promise<string> {
  return (await processFacts(pid))?.began ?? '';
}

/** Linux tells state and start in fields 3 and 22 of /proc/PID/stat; elsewhere they are unknown and the id must do. */
async function processFacts(pid: number): Promise<{ state: string; began: string } | undefined> {
  try {
    const stat = await readFile(`/proc/${pid}/stat`, 'utf8');
    // The second field is the command in parentheses and may hold spaces itself.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return { state: fields[0] ?? '', began: fields[19] ?? '' };
  } catch {
    return undefined;
  }
}
