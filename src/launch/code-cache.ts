import { closeSync, constants, fstatSync, lstatSync, mkdirSync, openSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { Script } from 'node:vm';

/** What V8 made of this program's files when it last ran, so that it need not compile them again. */
export interface CodeCache {
  read(name: string): Buffer | undefined;
  /** Keeps what was compiled of `script` by the end of this process. */
  keep(name: string, script: Script): void;
}

export interface CodeCacheOptions {
  env: Readonly<Record<string, string | undefined>>;
  /** Changes with the content of any file of this program. */
  buildId: string;
  /** Undefined where the system has no such thing; there is no cache then. */
  userId: number | undefined;
  onExit(work: () => void): void;
}

const unusedDays = 30;

/**
 * Compiled code is code: whoever can write it can run as its reader. So it is read from, and written to, nothing but a
 * folder that is this user's own and closed to everyone else. Where there is none and none can be made (a home that is
 * read-only, or another user's), the program runs as it does without.
 */
export function openCodeCache({ env, buildId, userId, onExit }: CodeCacheOptions): CodeCache {
  const home = cacheHome(env);
  if (home === undefined || userId === undefined || isSet(env['NODE_DISABLE_COMPILE_CACHE'])) return none;
  const versions = path.join(home, 'batchctl', 'code');
  const directory = path.join(versions, `${buildId}-${process.version}-${process.arch}`);
  const compiled = new Map<string, Script>();
  let trusted: boolean | undefined;

  function write(): void {
    try {
      if (isOurs(nearest(directory), userId)) mkdirSync(directory, { recursive: true, mode: 0o700 });
      if (!isClosed(directory, userId)) return;
      for (const [name, script] of compiled) replaceFile(path.join(directory, name), sealed(script.createCachedData()));
      removeUnused(versions);
    } catch {
      // A full or read-only disk costs the next start some time, and nothing else.
    }
  }

  return {
    read(name) {
      trusted ??= isClosed(directory, userId);
      const kept = trusted ? readOwn(path.join(directory, name), userId) : undefined;
      return kept && unsealed(kept);
    },
    keep(name, script) {
      if (compiled.size === 0) onExit(write);
      compiled.set(name, script);
    },
  };
}

const none: CodeCache = { read: () => undefined, keep: () => {} };

/** XDG Base Directory Specification; relative values are to be ignored. */
function cacheHome(env: CodeCacheOptions['env']): string | undefined {
  const { XDG_CACHE_HOME: cache, HOME: home } = env;
  if (cache !== undefined && path.isAbsolute(cache)) return cache;
  return home !== undefined && path.isAbsolute(home) ? path.join(home, '.cache') : undefined;
}

function isSet(value: string | undefined): boolean {
  return value !== undefined && value !== '';
}

/** A link to a folder is none: it might lead anywhere tomorrow. */
function isClosed(directory: string, userId: number | undefined): boolean {
  try {
    const found = lstatSync(directory);
    return found.isDirectory() && found.uid === userId && (found.mode & 0o077) === 0;
  } catch {
    return false;
  }
}

function isOurs(directory: string, userId: number | undefined): boolean {
  return lstatSync(directory).uid === userId;
}

/** The folder itself, or the first above it that exists: one in another user's home is not for us to make. */
function nearest(directory: string): string {
  for (let place = directory; ; place = path.dirname(place)) {
    if (lstatSync(place, { throwIfNoEntry: false }) || place === path.dirname(place)) return place;
  }
}

/** Checks the very file that it reads: the folder may have been exchanged since it was looked at. */
function readOwn(file: string, userId: number | undefined): Buffer | undefined {
  let descriptor: number;
  try {
    descriptor = openSync(file, constants.O_RDONLY | constants.O_NOFOLLOW);
  } catch {
    return undefined;
  }
  try {
    const found = fstatSync(descriptor);
    return found.isFile() && found.uid === userId && (found.mode & 0o022) === 0 ? readFileSync(descriptor) : undefined;
  } catch {
    return undefined;
  } finally {
    closeSync(descriptor);
  }
}

/**
 * V8 believes what it is given: one damaged byte, and it takes the process down, at this start and at every other. Against
 * somebody's hand the folder's permissions stand; against a disk, that all is written twice and has to be the same. Reading
 * it twice costs less than loading what computes a checksum.
 */
function sealed(compiled: Buffer): Buffer {
  return Buffer.concat([compiled, compiled]);
}

function unsealed(kept: Buffer): Buffer | undefined {
  const compiled = kept.subarray(0, kept.length / 2);
  return compiled.length > 0 && compiled.equals(kept.subarray(compiled.length)) ? compiled : undefined;
}

/** Whole or not at all, whoever else starts or stops meanwhile. */
function replaceFile(file: string, content: Buffer): void {
  const draft = `${file}.${process.pid}`;
  writeFileSync(draft, content, { mode: 0o600, flag: 'wx' });
  renameSync(draft, file);
}

/** Those of builds and versions of Node that have written nothing for a month. */
function removeUnused(versions: string): void {
  for (const name of readdirSync(versions)) {
    const found = lstatSync(path.join(versions, name), { throwIfNoEntry: false });
    if (found && Date.now() - found.mtimeMs > unusedDays * 86_400_000) rmSync(path.join(versions, name), { recursive: true, force: true });
  }
}
