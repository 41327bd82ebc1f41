import { execFile } from 'node:child_process';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { repository } from '../operator.js';

const everything = { notify: 'sns', encryption: 'kms', chaos: 'true', autoFailover: 'true', alertsTo: 'on-call@example.com', keepData: 'false', canaryMinutes: '4' };
const choices: [string, Record<string, string>][] = [
  ['the data given up', { keepData: 'false' }],
  ['every choice', everything],
  ['every choice, without ARC, in Europe', { ...everything, arc: 'false', primary: 'eu-west-1', standby: 'eu-central-1' }],
];

/** The whole command, with CDK's own validation and the AWS Solutions rules, where every warning is an error. */
describe('cdk synth --strict', () => {
  let folder: string;
  beforeAll(async () => { folder = await mkdtemp(path.join(os.tmpdir(), 'batchctl-strict-')); });
  afterAll(async () => { await rm(folder, { recursive: true, force: true }); });

  it.each(choices)('takes %s', async (title, context) => {
    const output = path.join(folder, title.replaceAll(/\W/g, '-'));
    const flags = Object.entries(context).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
    await promisify(execFile)('npx', ['cdk', 'synth', '--strict', '--quiet', '--app', 'node ../dist/infra/app.mjs', '--output', output, ...flags], { cwd: path.join(repository, 'infra'), maxBuffer: 16 * 1024 * 1024 });
    expect((await readdir(output)).filter((name) => name.endsWith('.template.json'))).toHaveLength(8);
  });

  it('says in one sentence what cannot be chosen', async () => {
    const failing = promisify(execFile)('npx', ['cdk', 'synth', '--strict', '--quiet', '--app', 'node ../dist/infra/app.mjs', '--output', path.join(folder, 'no'), '-c', 'encryption=none'], { cwd: path.join(repository, 'infra') });
    await expect(failing).rejects.toMatchObject({ stderr: expect.stringContaining('encryption is "none"; it must be aws or kms.') as string });
  });
});
