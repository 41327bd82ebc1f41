import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { listDeployments, loadDeployment } from '../../src/config/load.js';
import { configDirectory, stateDirectory } from '../../src/config/locations.js';
import { checkDeployment } from '../../src/config/parse.js';
import { saveDeployment } from '../../src/config/write.js';
import { sampleDeployment } from './sample-deployment.js';

let directory: string;
beforeEach(async () => { directory = await mkdtemp(path.join(os.tmpdir(), 'batchctl-config-')); });
afterEach(async () => { await rm(directory, { recursive: true }); });

async function write(name: string, changes: Record<string, unknown> = {}): Promise<string> {
  const file = path.join(directory, `${name}.json`);
  await writeFile(file, JSON.stringify(sampleDeployment({ name, ...changes })));
  return file;
}
const load = (choice: { name?: string; config?: string } = {}, env: Record<string, string> = {}): ReturnType<typeof loadDeployment> => loadDeployment(choice, { BATCHCTL_CONFIG: directory, ...env });

describe('which deployment is used', () => {
  it('takes the only one', async () => {
    await write('one');
    expect((await load()).name).toBe('one');
  });

  it('takes the named one, by flag before environment', async () => {
    await write('one');
    await write('two');
    expect((await load({ name: 'two' }, { BATCHCTL_DEPLOYMENT: 'one' })).name).toBe('two');
    expect((await load({}, { BATCHCTL_DEPLOYMENT: 'one' })).name).toBe('one');
  });

  it('takes the one marked default, even beside a broken file', async () => {
    await write('one');
    await write('two', { default: true });
    await writeFile(path.join(directory, 'broken.json'), '{');
    expect((await load()).name).toBe('two');
  });

  it('refuses to guess among several, and lists them', async () => {
    await write('one');
    await write('two');
    await expect(load()).rejects.toMatchObject({ code: 'CONFIG_AMBIGUOUS', exitCode: 2, message: expect.stringContaining('one, two') });
    await write('one', { default: true });
    await write('two', { default: true });
    await expect(load()).rejects.toMatchObject({ code: 'CONFIG_AMBIGUOUS', message: expect.stringContaining('2 deployments are marked default') });
  });

  it('reads a file that --config names, and checks that it is the one that -d means', async () => {
    const file = await write('one');
    expect((await load({ config: file })).name).toBe('one');
    await expect(load({ config: file, name: 'two' })).rejects.toMatchObject({ code: 'CONFIG_MISMATCH' });
  });

  it('suggests a name that is close', async () => {
    await write('production');
    await expect(load({ name: 'prodution' })).rejects.toMatchObject({ code: 'CONFIG_UNKNOWN_DEPLOYMENT', nextSteps: expect.arrayContaining(['Did you mean -d production?']) });
  });

  it('says how to begin when there is none', async () => {
    await expect(load()).rejects.toMatchObject({ code: 'CONFIG_MISSING', exitCode: 2, nextSteps: expect.arrayContaining([expect.stringContaining('sandbox start')]) });
    await expect(load({ config: path.join(directory, 'absent.json') })).rejects.toMatchObject({ code: 'CONFIG_UNREADABLE' });
    expect(await listDeployments(path.join(directory, 'nowhere'))).toEqual([]);
  });
});

describe('a deployment file', () => {
  it('is told all its problems at once, with their places and without its values', async () => {
    await write('one', { account: '12', policy: { probeTimeoutSecond: 3 }, ledgerTable: undefined, transport: { connectTo: [{ host: 'x', port: 'secret-value' }] } });
    const error = await load().catch((caught: unknown) => caught as Error);
    expect((error as Error).message).toContain('one.json has 4 problems');
    expect((error as Error).message).toContain('account is not a 12-digit account id');
    expect((error as Error).message).toContain('policy.probeTimeoutSecond is not a known setting; did you mean probeTimeoutSeconds?');
    expect((error as Error).message).toContain('ledgerTable is missing');
    expect((error as Error).message).toContain('transport.connectTo.0.port must be a number');
    expect((error as Error).message).not.toContain('secret-value');
  });

  it('that is no JSON is told where it breaks', async () => {
    await writeFile(path.join(directory, 'one.json'), '{\n  "name": "one",\n  oops\n}');
    await expect(load()).rejects.toThrow(/line 3, column 3/);
    await writeFile(path.join(directory, 'one.json'), '');
    await expect(load()).rejects.toThrow(/the file is empty/);
  });

  it('is written whole, for its owner only, and reads back the same', async () => {
    const checked = checkDeployment(sampleDeployment({ name: 'one' }));
    if (!checked.ok) throw new Error('the sample is invalid');
    const file = await saveDeployment(path.join(directory, 'new'), checked.deployment);
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    expect((await stat(path.dirname(file))).mode & 0o777).toBe(0o700);
    expect(JSON.parse(await readFile(file, 'utf8'))).toEqual(checked.deployment);
    expect(await listDeployments(path.dirname(file))).toEqual(['one']);
  });
});

describe('folders', () => {
  it('follow the XDG specification, which ignores relative values', () => {
    expect(configDirectory({ XDG_CONFIG_HOME: '/x' })).toBe('/x/batchctl');
    expect(configDirectory({ XDG_CONFIG_HOME: 'x', HOME: '/home/me' })).toBe('/home/me/.config/batchctl');
    expect(stateDirectory({ HOME: '/home/me' })).toBe('/home/me/.local/state/batchctl');
  });
});
