import { appendFile, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createLocalJournal } from '../../src/cli/local-journal.js';
import type { OperationEvent, Outcome } from '../../src/core/operation.js';

let directory: string;
beforeEach(async () => { directory = path.join(await mkdtemp(path.join(os.tmpdir(), 'batchctl-journal-')), 'new'); });
afterEach(async () => { await rm(path.dirname(directory), { recursive: true }); });

const started = (operationId: string): OperationEvent => ({ type: 'operation-started', at: '2026-11-21T06:00:00Z', operationId, operator: 'me', plan: { steps: [] } } as unknown as OperationEvent);
const finished = (operationId: string, outcome: Outcome): OperationEvent => ({ type: 'operation-finished', at: '2026-11-21T06:01:00Z', operationId, outcome, result: { outcome } } as unknown as OperationEvent);
const note = (message: string): OperationEvent => ({ type: 'note', at: '2026-11-21T06:00:01Z', level: 'info', message });

describe('the journal on this machine', () => {
  it('gives back what was written, in order, and only to its owner', async () => {
    const journal = createLocalJournal(directory);
    expect(await journal.read('op-1')).toEqual([]);
    await journal.append('op-1', 0, started('op-1'));
    await journal.append('op-1', 1, note('one'));
    expect(await journal.read('op-1')).toEqual([started('op-1'), note('one')]);
    const [file] = await readdir(directory);
    expect((await stat(path.join(directory, file as string))).mode & 0o777).toBe(0o600);
    expect((await stat(directory)).mode & 0o777).toBe(0o700);
  });

  it('survives a crash in the middle of a line', async () => {
    const journal = createLocalJournal(directory);
    await journal.append('op-1', 0, started('op-1'));
    await appendFile(path.join(directory, 'op-1.ndjson'), '{"sequence":1,"event":{"ty');
    expect(await journal.read('op-1')).toEqual([started('op-1')]);
    await journal.append('op-1', 1, note('after the crash'));
    await journal.append('op-1', 2, note('and on'));
    expect(await journal.read('op-1')).toEqual([started('op-1'), note('after the crash'), note('and on')]);
  });

  it('ends where an event is missing, so that its length is the place of the next one', async () => {
    const journal = createLocalJournal(directory);
    await journal.append('op-1', 0, started('op-1'));
    await journal.append('op-1', 2, note('two'));
    expect(await journal.read('op-1')).toEqual([started('op-1')]);
    await journal.append('op-1', 1, note('one'));
    expect(await journal.read('op-1')).toEqual([started('op-1'), note('one'), note('two')]);
  });

  it('finds the newest operation that was not finished', async () => {
    const journal = createLocalJournal(directory);
    expect(await journal.latestUnfinished()).toBeUndefined();
    await journal.append('op-1', 0, started('op-1'));
    await journal.append('op-2', 0, started('op-2'));
    await journal.append('op-2', 1, finished('op-2', 'interrupted'));
    await journal.append('op-3', 0, started('op-3'));
    await journal.append('op-3', 1, finished('op-3', 'done'));
    expect(await journal.latestUnfinished()).toBe('op-2');
  });

  it('follows no link in its place, neither to write nor to read', async () => {
    const journal = createLocalJournal(directory);
    await journal.append('op-1', 0, started('op-1'));
    const elsewhere = path.join(path.dirname(directory), 'elsewhere');
    await writeFile(elsewhere, 'precious\n');
    await symlink(elsewhere, path.join(directory, 'op-2.ndjson'));
    await expect(journal.append('op-2', 0, started('op-2'))).rejects.toMatchObject({ code: 'ELOOP' });
    await expect(journal.read('op-2')).rejects.toMatchObject({ code: 'ELOOP' });
    expect(await readFile(elsewhere, 'utf8')).toBe('precious\n');
  });

  it('cannot be led out of its folder by an id', async () => {
    const journal = createLocalJournal(directory);
    await journal.append('../../escape', 0, started('x'));
    expect(await readdir(directory)).toHaveLength(1);
  });
});
