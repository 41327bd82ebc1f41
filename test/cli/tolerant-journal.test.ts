import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createLocalJournal } from '../../src/cli/local-journal.js';
import { tolerateUnreadable } from '../../src/cli/tolerant-journal.js';
import type { OperationEvent } from '../../src/core/operation.js';

let folder: string;
beforeEach(async () => { folder = await mkdtemp(path.join(os.tmpdir(), 'batchctl-tolerant-')); });
afterEach(() => rm(folder, { recursive: true }));

const event: OperationEvent = { type: 'note', at: '2026-11-21T06:00:01Z', level: 'info', message: 'x' };

describe('journals of a machine whose disk fails', () => {
  it('count as empty when they cannot be read, which is said once; writing still fails', async () => {
    // A file where the folder should be: unlike missing permissions, that stops an administrator too.
    await writeFile(path.join(folder, 'journals'), '');
    const said: string[] = [];
    const journal = tolerateUnreadable(createLocalJournal(path.join(folder, 'journals', 'prod')), (message) => said.push(message));
    expect(await journal.read('op-1')).toEqual([]);
    expect(await journal.list()).toEqual([]);
    expect(await journal.latestUnfinished()).toBeUndefined();
    expect(said).toEqual([expect.stringMatching(/^this machine's journals cannot be read \(ENOTDIR: .*\); the ledger's are enough$/)]);
    await expect(journal.append('op-1', 0, event)).rejects.toMatchObject({ code: expect.stringMatching(/ENOTDIR|EEXIST/) as string });
  });

  it('are read where they can be, and nothing is said', async () => {
    const journal = tolerateUnreadable(createLocalJournal(path.join(folder, 'journals')), () => { throw new Error('said'); });
    expect(await journal.read('op-1')).toEqual([]);
    await journal.append('op-1', 0, event);
    expect(await journal.read('op-1')).toEqual([event]);
    expect(await journal.list()).toEqual(['op-1']);
  });

  it('do not hide a defect of ours', async () => {
    const broken = { ...createLocalJournal(folder), list: () => Promise.reject(new TypeError('undefined is not a function')) };
    await expect(tolerateUnreadable(broken, () => {}).list()).rejects.toThrow(TypeError);
  });
});
