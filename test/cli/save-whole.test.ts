import { mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { saveWhole } from '../../src/cli/save-whole.js';

let folder: string;
beforeEach(async () => { folder = await mkdtemp(path.join(os.tmpdir(), 'batchctl-save-')); });
afterEach(() => rm(folder, { recursive: true, force: true }));

const quietly = { overwrite: false, signal: new AbortController().signal, onBytes: () => {} };
async function* body(...chunks: string[]): AsyncGenerator<Uint8Array> {
  for (const chunk of chunks) yield Buffer.from(chunk);
}
async function* broken(): AsyncGenerator<Uint8Array> {
  yield Buffer.from('half');
  throw new Error('connection lost');
}

describe('saving an output', () => {
  it('writes it whole, and tells its size and digest', async () => {
    const file = path.join(folder, 'result.csv');
    expect(await saveWhole(file, body('a,b\n', '1,2\n'), quietly)).toEqual({ bytes: 8, sha256: '492d5ea496056f1a6a6592241032fab764c321596317930b4fa0e1e8bc3b7470' });
    expect(await readFile(file, 'utf8')).toBe('a,b\n1,2\n');
    expect(await readdir(folder)).toEqual(['result.csv']);
  });

  it('leaves nothing behind when the connection breaks', async () => {
    await expect(saveWhole(path.join(folder, 'result.csv'), broken(), quietly)).rejects.toThrow('connection lost');
    expect(await readdir(folder)).toEqual([]);
  });

  it('never touches what is there, unless it is told to', async () => {
    const file = path.join(folder, 'result.csv');
    await writeFile(file, 'precious');
    await expect(saveWhole(file, body('new'), quietly)).rejects.toMatchObject({ code: 'FILE_EXISTS', exitCode: 3, nextSteps: ['To replace it, add --overwrite.'] });
    expect(await readFile(file, 'utf8')).toBe('precious');
    await saveWhole(file, body('new'), { ...quietly, overwrite: true });
    expect(await readFile(file, 'utf8')).toBe('new');
  });

  it('never touches what came there while it was writing', async () => {
    const file = path.join(folder, 'result.csv');
    const late = async function* (): AsyncGenerator<Uint8Array> {
      yield Buffer.from('new');
      await writeFile(file, 'precious');
    };
    await expect(saveWhole(file, late(), quietly)).rejects.toMatchObject({ code: 'FILE_EXISTS' });
    expect(await readFile(file, 'utf8')).toBe('precious');
    expect(await readdir(folder)).toEqual(['result.csv']);
  });

  it.each([true, false])('does not follow a link that leads elsewhere (overwrite: %s)', async (overwrite) => {
    const target = path.join(folder, 'elsewhere');
    await writeFile(target, 'precious');
    const file = path.join(folder, 'result.csv');
    await symlink(target, file);
    const saved = saveWhole(file, body('new'), { ...quietly, overwrite });
    await (overwrite ? saved : expect(saved).rejects.toMatchObject({ code: 'FILE_EXISTS' }));
    expect(await readFile(target, 'utf8')).toBe('precious');
  });

  it('nor a dangling one, which would make a file elsewhere', async () => {
    const file = path.join(folder, 'result.csv');
    await symlink(path.join(folder, 'elsewhere'), file);
    await expect(saveWhole(file, body('new'), quietly)).rejects.toMatchObject({ code: 'FILE_EXISTS' });
    expect(await readdir(folder)).toEqual(['result.csv']);
  });
});
