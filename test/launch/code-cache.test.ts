import { chmodSync, existsSync, lstatSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setFlagsFromString } from 'node:v8';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openCodeCache } from '../../src/launch/code-cache.js';
import { createLoader } from '../../src/launch/load.js';

// Else V8 remembers what it compiled for the start before, which no real process does.
setFlagsFromString('--no-compilation-cache');

const userId = process.geteuid?.();
const folder = `build-${process.version}-${process.arch}`;
/** Longer than what is not worth keeping. */
const source = `exports.answer = () => 42; //${'.'.repeat(5000)}`;
let scratch: string;
let home: string;
let bundle: string;
let directory: string;

beforeEach(() => {
  scratch = mkdtempSync(path.join(tmpdir(), 'batchctl-launch-'));
  home = path.join(scratch, 'home');
  bundle = path.join(scratch, 'bundle');
  directory = path.join(home, '.cache/batchctl/code', folder);
  mkdirSync(home);
  mkdirSync(bundle);
  writeFileSync(path.join(bundle, 'main.cjs'), source);
});
afterEach(() => rmSync(scratch, { recursive: true, force: true }));

/** One process: loads the bundle, uses it, ends. Tells what it took from the cache. */
function start(options: { env?: Record<string, string>; userId?: number | undefined; buildId?: string } = {}): { answer: number; taken: string[] } {
  const atExit: (() => void)[] = [];
  const taken: string[] = [];
  const cache = openCodeCache({ env: options.env ?? { HOME: home }, buildId: options.buildId ?? 'build', userId: 'userId' in options ? options.userId : userId, onExit: (work) => atExit.push(work) });
  const load = createLoader({
    directory: bundle,
    native: () => { throw new Error('not asked for'); },
    cache: {
      ...cache,
      read: (name) => {
        const found = cache.read(name);
        if (found) taken.push(name);
        return found;
      },
    },
  });
  const answer = (load('./main.cjs') as { answer(): number }).answer();
  for (const work of atExit) work();
  return { answer, taken };
}

describe('code cache', () => {
  it('gives the second start what the first compiled, from a folder that only its user can open', () => {
    expect(start()).toEqual({ answer: 42, taken: [] });
    expect(lstatSync(directory).mode & 0o777).toBe(0o700);
    expect(readdirSync(directory)).toEqual(['main.cjs']);
    expect(start()).toEqual({ answer: 42, taken: ['main.cjs'] });
  });

  it('follows XDG_CACHE_HOME, and not to a relative place', () => {
    start({ env: { HOME: home, XDG_CACHE_HOME: path.join(scratch, 'elsewhere') } });
    expect(existsSync(path.join(scratch, 'elsewhere/batchctl/code', folder, 'main.cjs'))).toBe(true);
    start({ env: { HOME: home, XDG_CACHE_HOME: 'elsewhere' } });
    expect(existsSync(path.join(directory, 'main.cjs'))).toBe(true);
  });

  it('knows nothing of another build', () => {
    start();
    expect(start({ buildId: 'next' }).taken).toEqual([]);
  });

  it.each<[string, () => void]>([
    ['others may read it', () => chmodSync(directory, 0o755)],
    ['others may write to it', () => chmodSync(directory, 0o733)],
    ['it is a link', () => {
      renameSync(directory, `${directory}-real`);
      symlinkSync(`${directory}-real`, directory);
    }],
    ['it is a file', () => {
      rmSync(directory, { recursive: true });
      writeFileSync(directory, '');
    }],
  ])('is not used when %s', (_, spoil) => {
    start();
    spoil();
    expect(start()).toEqual({ answer: 42, taken: [] });
  });

  it('is not used when it is somebody else\'s, nor made in somebody else\'s home', () => {
    start();
    expect(start({ userId: 4_000_000_000 })).toEqual({ answer: 42, taken: [] });
    rmSync(path.join(home, '.cache'), { recursive: true });
    start({ userId: 4_000_000_000 });
    expect(existsSync(path.join(home, '.cache'))).toBe(false);
  });

  it.each<[string, (file: string) => void]>([
    ['others may write to it', (file) => chmodSync(file, 0o666)],
    ['it is a link', (file) => {
      renameSync(file, path.join(scratch, 'planted'));
      symlinkSync(path.join(scratch, 'planted'), file);
    }],
  ])('passes over a file when %s', (_, spoil) => {
    start();
    spoil(path.join(directory, 'main.cjs'));
    expect(start()).toEqual({ answer: 42, taken: [] });
  });

  it.each<[string, (kept: Buffer) => Buffer]>([
    ['empty', () => Buffer.alloc(0)],
    ['cut off', (kept) => kept.subarray(0, kept.length / 2)],
    ['damaged', (kept) => Buffer.concat([kept.subarray(0, 200), Buffer.alloc(200), kept.subarray(400)])],
    ['of another V8', (kept) => {
      const compiled = Buffer.concat([kept.subarray(0, 4), Buffer.from([1, 2, 3, 4]), kept.subarray(8, kept.length / 2)]);
      return Buffer.concat([compiled, compiled]);
    }],
  ])('compiles anew when what was kept is %s, and replaces it', (_, spoil) => {
    start();
    const file = path.join(directory, 'main.cjs');
    const kept = readFileSync(file);
    writeFileSync(file, spoil(kept));
    expect(start().answer).toBe(42);
    expect(readFileSync(file).subarray(0, 16)).toEqual(kept.subarray(0, 16));
  });

  it.each<[string, { env?: Record<string, string>; userId?: undefined }]>([
    ['there is no home', { env: {} }],
    ['Node is told to keep none', { env: { NODE_DISABLE_COMPILE_CACHE: '1' } }],
    ['the system has no users', { userId: undefined }],
  ])('does without when %s', (_, options) => {
    expect(start(options)).toEqual({ answer: 42, taken: [] });
    expect(readdirSync(home)).toEqual([]);
  });

  it('forgets builds that have not written for a month', () => {
    const old = path.join(home, '.cache/batchctl/code/old-v20.0.0-x64');
    mkdirSync(old, { recursive: true });
    utimesSync(old, new Date(0), new Date(0));
    start();
    expect(readdirSync(path.dirname(directory))).toEqual([folder]);
  });
});
