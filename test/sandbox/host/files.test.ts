import { spawn } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { BlobSlice, BlobStore } from '../../../src/sandbox/blobs.js';
import { blobsIn, createFileBlobs } from '../../../src/sandbox/blobs-files.js';
import { lockFolder, lockHolder, SandboxLockedError } from '../../../src/sandbox/host/lock.js';
import { openLog } from '../../../src/sandbox/host/log.js';
import { createPersistence, readState, type SavedState } from '../../../src/sandbox/host/state-file.js';

let dir: string;
beforeEach(async () => { dir = await mkdtemp(path.join(tmpdir(), 'sandbox-files-')); });
afterEach(async () => { await rm(dir, { recursive: true, force: true }); });

async function* chunks(...parts: string[]): AsyncGenerator<Uint8Array> {
  for (const part of parts) yield Buffer.from(part);
}
async function textOf(body: AsyncIterable<Uint8Array>): Promise<string> {
  const parts: Uint8Array[] = [];
  for await (const part of body) parts.push(part);
  return Buffer.concat(parts).toString();
}

describe('blobs in files', () => {
  let blobs: BlobStore;
  beforeEach(() => { blobs = createFileBlobs(path.join(dir, 'blobs'), { graceMs: 0 }); });

  it('give back what was stored, and any range over several slices', async () => {
    const first = await blobs.put(chunks('hello', ' ', 'world'));
    const second = await blobs.put(chunks('!?'));
    expect(first.length).toBe(11);
    const slices: BlobSlice[] = [{ ...first, offset: 6, length: 5 }, second, { ...first, length: 5 }];
    expect(await textOf(blobs.read(slices))).toBe('world!?hello');
    for (let start = 0; start <= 12; start += 1) {
      for (let end = start; end <= 12; end += 1) expect(await textOf(blobs.read(slices, start, end))).toBe('world!?hello'.slice(start, end));
    }
  });

  it('store an empty body', async () => {
    const empty = await blobs.put(chunks());
    expect(empty.length).toBe(0);
    expect(await textOf(blobs.read([empty]))).toBe('');
  });

  it('leave nothing behind when the body breaks off', async () => {
    await expect(blobs.put((async function* () { yield Buffer.from('x'); throw new Error('cut'); })())).rejects.toThrow('cut');
    expect((await readdir(path.join(dir, 'blobs'), { recursive: true })).filter((name) => name.length > 2)).toEqual([]);
  });

  it('forget what nobody keeps, but never what is being read or was only just stored', async () => {
    const kept = await blobs.put(chunks('kept'));
    const gone = await blobs.put(chunks('gone'));
    const readSlowly = await blobs.put(chunks('slow'));
    const reader = blobs.read([gone, readSlowly])[Symbol.asyncIterator]();
    await reader.next();
    await blobs.retainOnly(new Set([kept.blob]));
    expect(Buffer.from((await reader.next()).value as Uint8Array).toString()).toBe('slow');
    await reader.next();
    await blobs.retainOnly(new Set([kept.blob]));
    expect(await textOf(blobs.read([kept]))).toBe('kept');
    await expect(textOf(blobs.read([gone]))).rejects.toMatchObject({ code: 'ENOENT' });
    const patient = createFileBlobs(path.join(dir, 'blobs'));
    const fresh = await patient.put(chunks('fresh'));
    await patient.retainOnly(new Set());
    expect(await textOf(patient.read([fresh]))).toBe('fresh');
  });

  it('are found anywhere in a snapshot', () => {
    expect([...blobsIn({ s3: { objects: [{ slices: [{ blob: 'a', offset: 0, length: 1 }] }], uploads: { u: { parts: { 1: { blob: 'b' } } } } }, other: { blob: 7 } })]).toEqual(['a', 'b']);
  });
});

describe('the lock of a folder', () => {
  it('keeps a second host out, and lets it in after the release', async () => {
    const release = await lockFolder(dir);
    await expect(lockFolder(dir)).rejects.toThrow(SandboxLockedError);
    expect(await lockHolder(dir)).toBe(process.pid);
    await release();
    expect(await lockHolder(dir)).toBeUndefined();
    await (await lockFolder(dir))();
  });

  it('is taken over from a process that is gone, or whose number was given to another', async () => {
    const child = spawn(process.execPath, ['-e', '']);
    await new Promise((resolve) => child.once('exit', resolve));
    await writeFile(path.join(dir, 'host.lock'), JSON.stringify({ pid: child.pid, began: '1' }));
    await (await lockFolder(dir))();
    await writeFile(path.join(dir, 'host.lock'), JSON.stringify({ pid: process.ppid, began: '1' }));
    const release = await lockFolder(dir);
    expect(await lockHolder(dir)).toBe(process.pid);
    await release();
    expect((await readdir(dir))).toEqual([]);
  });
});

describe('the saved state', () => {
  const state = (world: unknown): SavedState => ({ schemaVersion: 1, savedAt: new Date().toISOString(), account: '1', seed: 1, starts: 1, world });

  it('is on disk within a second of a change, readable by its owner only', async () => {
    let value = 1;
    const persistence = createPersistence(dir, () => state({ value }), () => undefined);
    value = 2;
    persistence.changed();
    await new Promise((resolve) => setTimeout(resolve, 900));
    expect((await readState(dir))?.world).toEqual({ value: 2 });
    expect((await stat(path.join(dir, 'state.json'))).mode & 0o777).toBe(0o600);
    persistence.stop();
  });

  it('holds the newest change when saves overlap, and never a torn file', async () => {
    let value = 0;
    const persistence = createPersistence(dir, () => state({ value, padding: 'x'.repeat(200_000) }), () => undefined);
    await Promise.all(Array.from({ length: 10 }, async () => { value += 1; await persistence.save(); JSON.parse(await readFile(path.join(dir, 'state.json'), 'utf8')); }));
    expect((await readState(dir))?.world).toMatchObject({ value: 10 });
    expect((await readdir(dir))).toEqual(['state.json']);
  });

  it.each([
    ['cut short', '{"schemaVersion":1,', 'it is not whole JSON'],
    ['of another version', '{"schemaVersion":9}', 'its version 9'],
    ['with parts missing', '{"schemaVersion":1,"account":"1"}', 'parts of it are missing'],
  ])('%s is refused with what to do', async (_name, text, why) => {
    await writeFile(path.join(dir, 'state.json'), text);
    await expect(readState(dir)).rejects.toThrow(why);
    await expect(readState(dir)).rejects.toThrow('batchctl sandbox reset');
  });
});

describe('the log', () => {
  it('has a line for each thing that was said, whatever was said, and is for its owner alone', async () => {
    const file = path.join(dir, 'sandbox.log');
    const log = openLog(file);
    log.write('us-east-1', 'lambda', 'input/\u001b]0;owned\u0007\u202evsc.exe\n2026-11-21T06:00:00.000Z - host stopped\r');
    log.write('-', 'host', 'ready');
    await log.close();
    const [first, second, third, ...rest] = (await readFile(file, 'utf8')).split('\n');
    expect(first).toMatch(/ us-east-1 lambda input\/\\u001b]0;owned\\u0007\\u202evsc\.exe$/);
    expect(second).toBe('  | 2026-11-21T06:00:00.000Z - host stopped\\u000d');
    expect(third).toMatch(/^\d{4}-.* - host ready$/);
    expect(rest).toEqual(['']);
    expect((await stat(file)).mode & 0o777).toBe(0o600);
  });
});
