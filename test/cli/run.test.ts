import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { capture } from './capture.js';
import { sampleDeployment } from '../config/sample-deployment.js';

let home: string;
beforeAll(async () => {
  home = await mkdtemp(path.join(os.tmpdir(), 'batchctl-run-'));
  await writeFile(path.join(home, 'sample.json'), JSON.stringify(sampleDeployment()));
});
afterAll(async () => { await rm(home, { recursive: true }); });
const env = (): Record<string, string> => ({ HOME: home, BATCHCTL_CONFIG: home });

describe('the command line', () => {
  it('prints its version', async () => {
    expect(await capture(['--version'])).toMatchObject({ exitCode: 0, stdout: expect.stringMatching(/^\d+\.\d+\.\d+\n$/), stderr: '' });
  });

  it('prints help on stdout, with nothing typed too', async () => {
    const help = await capture(['--help']);
    expect(help).toMatchObject({ exitCode: 0, stderr: '' });
    for (const command of ['status', 'assess', 'plan', 'failover', 'failback', 'redrive', 'submit', 'jobs', 'job', 'output', 'init', 'reference', 'demo', 'sandbox', 'completion']) expect(help.stdout).toMatch(new RegExp(`^  ${command}\\b`, 'm'));
    expect((await capture([])).stdout).toBe(help.stdout);
  });

  it('puts examples first in a command\'s help', async () => {
    for (const words of [['failover', '--help'], ['help', 'failover']]) {
      const { stdout, exitCode } = await capture(words);
      expect(exitCode).toBe(0);
      expect(stdout.trimStart()).toMatch(/^Examples:\n {2}\$ batchctl failover/);
      expect(stdout).toContain('--accept-data-loss');
      expect(stdout).toContain('--deployment');
    }
  });

  it.each(['exit-codes', 'environment', 'output', 'concepts', 'schema', 'schema status', 'schema plan failover', 'schema event'])('has the topic %s', async (topic) => {
    expect((await capture(['help', ...topic.split(' ')])).stdout.length).toBeGreaterThan(300);
  });

  it.each([
    [['statsu'], 'did you mean status?'],
    [['status', '--exit-cod'], 'did you mean --exit-code?'],
    [['-d', 'sandbox', 'drill', '--yes'], 'See: batchctl drill --help'],
    [['status', '--interval', '5'], '--interval is not a duration'],
    [['failover'], 'failover needs --to'],
    [['guard'], 'guard needs --to'],
    [['failover', '--to', 'eu-west-1'], 'not a Region of the deployment sample'],
    [['failback', '--mode', 'fast'], '--mode must be auto, graceful or ungraceful'],
    [['jobs', '--state', 'FAILD'], 'did you mean FAILED?'],
    [['jobs', '--limit', '0'], '--limit must be a whole number'],
    [['submit', 'nowhere.csv'], 'nowhere.csv: it does not exist.'],
    [['submit', 'a.csv', 'b/a.csv'], 'would both become input/a.csv'],
    [['submit', '-'], 'Standard input has no name'],
    [['redrive'], 'Name their ids, or give --all'],
    [['init'], 'either --outputs FILE or --from-ssm REGION'],
    [['sandbox'], 'Which command?'],
    [['sandbox', 'fault', 'region', 'us-east-1', 'broken'], 'A region cannot be "broken"'],
    [['status', '-o', 'xml'], '--output must be human, json, ndjson'],
    [['status', 'extra'], 'Too many arguments'],
  ])('refuses %j with exit code 2 and one clear message', async (argv, message) => {
    const { exitCode, stdout, stderr } = await capture(argv, env());
    expect(stderr).toContain(message);
    expect(stderr).not.toMatch(/\n\s+at /);
    expect(stdout).toBe('');
    expect(exitCode).toBe(2);
  });

  it('keeps the chosen format for errors, wherever the flag stands', async () => {
    for (const argv of [['status', '-o', 'json'], ['-o', 'json', 'status'], ['--output=json', 'status', '--nonsense'], ['-ojson', 'nonsense']]) {
      const { exitCode, stdout, stderr } = await capture(argv, { HOME: '/nonexistent' });
      expect(exitCode).toBe(2);
      expect(stderr).toBe('');
      expect(JSON.parse(stdout)).toMatchObject({ schemaVersion: 1, error: { code: expect.any(String), message: expect.any(String), nextSteps: expect.any(Array) } });
    }
    const lines = (await capture(['status', '-o', 'ndjson'], { HOME: '/nonexistent' })).stdout.trimEnd().split('\n');
    expect(lines.map((line) => JSON.parse(line) as unknown)).toEqual([expect.objectContaining({ type: 'error', error: expect.objectContaining({ code: 'CONFIG_MISSING' }) })]);
  });

  it('shows escape sequences of others instead of obeying them', async () => {
    const { stderr } = await capture(['\u001b[31mstatus\u202e']);
    expect(stderr).not.toContain('\u001b[31m');
    expect(stderr).toMatch(/\\(x|u00)1b\[31mstatus/);
  });
});

describe('local checks of submit', () => {
  it.each([
    ['empty.csv', '', 'the file is empty', 'EMPTY_FILE'],
    ['header.csv', 'uuid,Country,Item Type,Sales Channel,Order Priority,Order Date,Region,Ship Date\n', 'there is a header and no row', 'NO_ROWS'],
    ['wrong.csv', 'a,b\n1,2\n', 'the header is "a,b"', 'WRONG_HEADER'],
    ['binary.csv', Buffer.from([0x50, 0x4b, 3, 4, 0, 0, 1]), 'NUL byte', 'NOT_CSV'],
    ['latin1.csv', Buffer.from('uuid,Country\n1,\xd6sterreich\n', 'latin1'), 'not UTF-8', 'NOT_CSV'],
  ])('refuse %s before anything is uploaded', async (name, content, message, code) => {
    const file = path.join(home, name);
    await writeFile(file, content);
    const { exitCode, stdout } = await capture(['submit', file, '-o', 'json'], env());
    expect(exitCode).toBe(3);
    expect(JSON.parse(stdout)).toMatchObject({ error: { code, message: expect.stringContaining(message) } });
  });
});

describe('sandbox sample', () => {
  it('gives the same file for the same seed, another for another', async () => {
    const sample = (seed: string): Promise<{ stdout: string }> => capture(['sandbox', 'sample', '--rows', '200', '--bad', '9', '--seed', seed]);
    const [first, again, other] = [await sample('5'), await sample('5'), await sample('6')];
    expect(first.stdout).toBe(again.stdout);
    expect(first.stdout).not.toBe(other.stdout);
    expect(first.stdout.trimEnd().split('\n')).toHaveLength(201);
  });
});
