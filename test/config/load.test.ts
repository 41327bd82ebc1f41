import { chmod, link, lstat, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { listDeployments, loadDeployment } from '../../src/config/load.js';
import { configDirectory, stateDirectory } from '../../src/config/locations.js';
import { checkDeployment } from '../../src/config/parse.js';
import type { Deployment } from '../../src/config/schema.js';
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

  it('has no setting that is not known, not at its top either: what is misspelt would be missed in silence', async () => {
    await write('one', { polcy: { lockLeaseSeconds: 1 } });
    await expect(load()).rejects.toMatchObject({ code: 'CONFIG_INVALID', message: expect.stringContaining('polcy is not a known setting; did you mean policy?') as string });
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

describe('a deployment file that is written anew', () => {
  it('takes the place of the old one at once, whole, and leaves nothing beside it', async () => {
    const [file, before] = [await write('sample'), path.join(directory, 'before')];
    await link(file, before);
    const old = await readFile(file, 'utf8');
    await saveDeployment(directory, (checkDeployment(sampleDeployment({ codeVersion: 'new' })) as { deployment: Deployment }).deployment);
    // Who had it open reads on in the old one: nothing was written into it.
    expect(await readFile(before, 'utf8')).toBe(old);
    expect(await readFile(file, 'utf8')).toContain('"codeVersion": "new"');
    expect((await readdir(directory)).sort()).toEqual(['before', 'sample.json']);
  });

  it('replaces a link, and writes nothing to where it leads', async () => {
    const elsewhere = path.join(directory, 'elsewhere');
    await writeFile(elsewhere, 'precious');
    await symlink(elsewhere, path.join(directory, 'sample.json'));
    await saveDeployment(directory, (checkDeployment(sampleDeployment()) as { deployment: Deployment }).deployment);
    expect(await readFile(elsewhere, 'utf8')).toBe('precious');
    expect((await lstat(path.join(directory, 'sample.json'))).isSymbolicLink()).toBe(false);
  });

  it('is left as it was where the disk does not take it, which is said', async () => {
    const folder = path.join(directory, 'not-a-folder');
    await writeFile(folder, '');
    await expect(saveDeployment(folder, (checkDeployment(sampleDeployment()) as { deployment: Deployment }).deployment)).rejects.toMatchObject({ code: 'CONFIG_NOT_WRITTEN', exitCode: 2 });
  });
});

describe('folders', () => {
  it('follow the XDG specification, which ignores relative values', () => {
    expect(configDirectory({ XDG_CONFIG_HOME: '/x' })).toBe('/x/batchctl');
    expect(configDirectory({ XDG_CONFIG_HOME: 'x', HOME: '/home/me' })).toBe('/home/me/.config/batchctl');
    expect(stateDirectory({ HOME: '/home/me' })).toBe('/home/me/.local/state/batchctl');
  });
});

describe('files that are not what they seem', () => {
  it('refuses a file whose deployment is called otherwise: it was copied or renamed', async () => {
    await write('production', { name: 'rehearsal' });
    await expect(load({ name: 'production' })).rejects.toMatchObject({ code: 'CONFIG_MISMATCH', exitCode: 2 });
    await expect(load()).rejects.toMatchObject({ code: 'CONFIG_MISMATCH' });
  });

  it.each([
    ['a bucket\'s state machine of another account', { regions: { ...sampleDeployment()['regions'] as object, 'us-west-2': { bucket: 'other-bucket', stateMachineArn: 'arn:aws:states:us-west-2:999999999999:stateMachine:batchctl-job', functions: {} } } }, 'regions.us-west-2.stateMachineArn is of the account 999999999999, and the deployment of 111122223333'],
    ['an access point of another account', { mrap: { name: 'uploads', alias: 'abc.mrap', arn: 'arn:aws:s3::999999999999:accesspoint/abc.mrap', controlRegions: ['us-east-1'] } }, 'mrap.arn is of the account 999999999999'],
    ['roles of another account', { roles: { operator: 'arn:aws:iam::111122223333:role/a', observer: 'arn:aws:iam::999999999999:role/b' } }, 'roles.observer is of the account 999999999999'],
    ['another partition', { partition: 'aws-us-gov' }, 'mrap.arn is of the partition aws, and the deployment of aws-us-gov'],
  ])('refuses parts of two deployments in one file: %s', async (_, changes, says) => {
    await write('one', changes);
    await expect(load()).rejects.toMatchObject({ code: 'CONFIG_INVALID', message: expect.stringContaining(says) as string });
  });

  it('takes an ARC cluster that another account shares', async () => {
    const controls = { 'us-east-1': 'arn:aws:route53-recovery-control::999999999999:controlpanel/p/routingcontrol/a', 'us-west-2': 'arn:aws:route53-recovery-control::999999999999:controlpanel/p/routingcontrol/b' };
    await write('one', { arc: { clusterArn: 'arn:aws:route53-recovery-control::999999999999:cluster/c', controlPanelArn: 'arn:aws:route53-recovery-control::999999999999:controlpanel/p', endpoints: [{ region: 'us-east-1', endpoint: 'https://a.route53-recovery-cluster.us-east-1.amazonaws.com/v1' }], routingControls: controls } });
    expect((await load()).arc?.routingControls).toEqual(controls);
  });

  it.each([
    'http://127.0.0.1:4700/v1', 'https://evil.example/v1', 'http://a.route53-recovery-cluster.us-east-1.amazonaws.com/v1', 'https://a.route53-recovery-cluster.us-east-1.amazonaws.com.evil.example/v1',
    'https://a.route53-recovery-cluster.us-east-1.amazonaws.com:8443/v1', 'https://a.route53-recovery-cluster.us-west-2.amazonaws.com/v1',
  ])('refuses an ARC endpoint that is none: %s', async (endpoint) => {
    const arc = { clusterArn: 'arn:aws:route53-recovery-control::111122223333:cluster/c', controlPanelArn: 'arn:aws:route53-recovery-control::111122223333:controlpanel/p', endpoints: [{ region: 'us-east-1', endpoint }], routingControls: { 'us-east-1': 'arn:aws:r::111122223333:a', 'us-west-2': 'arn:aws:r::111122223333:b' } };
    await write('one', { arc });
    await expect(load()).rejects.toMatchObject({ code: 'CONFIG_INVALID', message: expect.stringContaining('arc.endpoints.0.endpoint is not an ARC endpoint of us-east-1') as string });
  });

  it.each([
    ['cut off in the middle', (text: string) => text.slice(0, text.length / 2), /is not JSON: (malformed|it ends)/],
    ['more than one document', (text: string) => `${text}}`, /is not JSON: malformed at line 1/],
    ['empty', () => '', /the file is empty/],
    ['of a newer version', (text: string) => text.replace('"schemaVersion":1', '"schemaVersion":2'), /schemaVersion must be 1/],
    ['binary', () => '\0\u0001\u0002', /is not JSON/],
    ['an array', () => '[]', /must be an object/],
  ])('says what is wrong with a file that is %s, and repeats nothing of it', async (_, spoil, says) => {
    const file = await write('one', { credentials: { accessKeyId: 'AKIA', secretAccessKey: 'do-not-repeat-me' } });
    await writeFile(file, spoil(await readFile(file, 'utf8')));
    const error = await load().then(() => undefined, (reason: Error) => reason);
    expect(error, 'was taken').toBeInstanceOf(Error);
    expect(error?.message).toMatch(says);
    expect(JSON.stringify({ ...error, message: error?.message })).not.toContain('do-not-repeat-me');
  });

  it('warns of a secret key that others of the machine can read, and only then', async () => {
    const warned: string[] = [];
    const keys = { credentials: { accessKeyId: 'AKIA', secretAccessKey: 'secret' } };
    const look = async (): Promise<string[]> => {
      await loadDeployment({}, { BATCHCTL_CONFIG: directory }, (message) => warned.push(message));
      return warned.splice(0);
    };
    const file = await write('one', keys);
    await chmod(file, 0o644);
    expect(await look()).toEqual([`${file} holds a secret key and can be read by others of this machine: chmod 600 ${file}`]);
    await chmod(file, 0o600);
    expect(await look()).toEqual([]);
    await write('one');
    await chmod(file, 0o644);
    expect(await look()).toEqual([]);
  });
});
