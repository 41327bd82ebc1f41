import net from 'node:net';
import dns from 'node:dns';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { sampleDeployment } from '../config/sample-deployment.js';
import { capture } from './capture.js';
import { openSmallAws, sandboxKeys, type SmallAws } from './small-aws.js';

/** Where this process wanted to go: each is noted, and none but loopback is let through. */
let dialled: string[];
let looked: string[];
let aws: SmallAws;
let folder: string;

beforeEach(async () => {
  aws = await openSmallAws();
  aws.answer = () => ({ body: '{}' });
  folder = await mkdtemp(path.join(os.tmpdir(), 'batchctl-or-'));
  [dialled, looked] = [[], []];
  const connect = Reflect.get(net.Socket.prototype, 'connect') as (...parameters: unknown[]) => net.Socket;
  vi.spyOn(net.Socket.prototype, 'connect').mockImplementation(function dial(this: net.Socket, ...parameters: unknown[]) {
    const [first] = (Array.isArray(parameters[0]) ? parameters[0] : parameters) as [{ host?: string; port?: number }];
    const host = first.host ?? 'localhost';
    dialled.push(`${host}:${first.port}`);
    if (host === '127.0.0.1') return connect.apply(this, parameters);
    setImmediate(() => this.destroy(Object.assign(new Error('not from this test'), { code: 'ECONNREFUSED' })));
    return this;
  });
  vi.spyOn(dns, 'lookup').mockImplementation(((host: string, ...rest: unknown[]) => {
    looked.push(host);
    (rest.at(-1) as (error: Error) => void)(Object.assign(new Error('not from this test'), { code: 'ENOTFOUND' }));
  }) as never);
});
afterEach(async () => {
  vi.restoreAllMocks();
  vi.unstubAllEnvs();
  await aws.close();
  await rm(folder, { recursive: true });
});

/** A deployment on AWS, in a home of its own. */
async function onAws(changes: Record<string, unknown> = {}): Promise<Record<string, string>> {
  await mkdir(path.join(folder, 'batchctl'), { recursive: true });
  await writeFile(path.join(folder, 'batchctl/sample.json'), JSON.stringify(sampleDeployment(changes)), { mode: 0o600 });
  return { HOME: folder, XDG_CONFIG_HOME: folder, XDG_STATE_HOME: path.join(folder, 'state') };
}
const error = (stdout: string): unknown => (JSON.parse(stdout) as { error: unknown }).error;
const inShell = (variables: Record<string, string>): Record<string, string> => {
  for (const [name, value] of Object.entries(variables)) vi.stubEnv(name, value);
  return variables;
};
const nobody = { AWS_EC2_METADATA_DISABLED: 'true', AWS_CONFIG_FILE: '/nonexistent', AWS_SHARED_CREDENTIALS_FILE: '/nonexistent' };

describe('a sandbox\'s deployment', () => {
  const commands = [['status'], ['doctor'], ['jobs'], ['failover', '--to', 'us-west-2', '--yes'], ['submit', '-', '--key', 'x.csv', '--no-validate']];

  it.each(commands)('is reached on loopback alone, whatever the shell says about AWS: %s', async (...words) => {
    inShell({
      AWS_ENDPOINT_URL: 'https://dynamodb.us-east-1.amazonaws.com', AWS_ENDPOINT_URL_DYNAMODB: 'https://dynamodb.us-east-1.amazonaws.com', AWS_ENDPOINT_URL_S3: 'https://s3.amazonaws.com', AWS_ENDPOINT_URL_STS: 'https://sts.amazonaws.com',
      HTTPS_PROXY: 'http://proxy.example.com:3128', ALL_PROXY: 'http://proxy.example.com:3128', AWS_REGION: 'eu-west-1', AWS_PROFILE: 'production', AWS_USE_FIPS_ENDPOINT: 'true', AWS_USE_DUALSTACK_ENDPOINT: 'true', ...nobody,
    });
    await capture([...words, '-o', 'json'], aws.env, 'x');
    expect(aws.calls.length).toBeGreaterThan(0);
    expect(dialled.filter((place) => !place.startsWith('127.0.0.1:'))).toEqual([]);
    expect(looked.filter((host) => host !== '127.0.0.1')).toEqual([]);
  });

  it('is signed for with a sandbox\'s keys or not at all, in the file and in the shell', async () => {
    const redirected = { transport: { connectTo: [{ host: '.*', port: 9 }] } };
    const real = { accessKeyId: 'AKIAIOSFODNN7EXAMPLE', secretAccessKey: 'wJalrXUtnFEMI' };
    const expected = { code: 'NOT_SANDBOX_KEYS', message: expect.stringMatching(/AKIA…MPLE is no key of a sandbox\. Nothing was signed/) as string };
    const withKeys = await capture(['status', '-o', 'json'], await onAws({ ...redirected, credentials: real }));
    expect([withKeys.exitCode, error(withKeys.stdout)]).toMatchObject([4, expected]);
    inShell({ AWS_ACCESS_KEY_ID: real.accessKeyId, AWS_SECRET_ACCESS_KEY: real.secretAccessKey });
    const withoutKeys = await capture(['jobs', '-o', 'json'], await onAws(redirected));
    expect([withoutKeys.exitCode, error(withoutKeys.stdout)]).toMatchObject([4, expected]);
    expect(dialled).toEqual([]);
  });

  it('asks AWS for no keys: neither profiles nor roles nor the host', async () => {
    await writeFile(path.join(folder, 'aws-config'), '[profile production]\nrole_arn = arn:aws:iam::111122223333:role/operator\nsource_profile = base\n[profile base]\naws_access_key_id = AKIAIOSFODNN7EXAMPLE\naws_secret_access_key = s\n');
    inShell({ AWS_PROFILE: 'production', AWS_CONFIG_FILE: path.join(folder, 'aws-config'), AWS_ACCESS_KEY_ID: '' });
    const { exitCode, stdout } = await capture(['status', '-o', 'json'], await onAws({ transport: { connectTo: [{ host: '.*', port: 9 }] } }));
    expect([exitCode, error(stdout)]).toMatchObject([4, { code: 'CREDENTIALS', message: expect.stringContaining('No AWS credentials were found') as string }]);
    expect([dialled, looked]).toEqual([[], []]);
  });
});

describe('a deployment on AWS', () => {
  it('is never answered by a sandbox that the shell was pointed at', async () => {
    const port = 4711;
    inShell({ AWS_ENDPOINT_URL: `http://127.0.0.1:${port}`, AWS_ENDPOINT_URL_STS: `http://127.0.0.1:${port}`, AWS_ENDPOINT_URL_S3: `http://127.0.0.1:${port}` });
    const env = await onAws({ credentials: { accessKeyId: 'AKIAIOSFODNN7EXAMPLE', secretAccessKey: 's' } });
    await capture(['jobs', '-o', 'json'], env);
    expect(dialled.length).toBeGreaterThan(0);
    expect(dialled.filter((place) => !/^dynamodb\.us-(?:east-1|west-2)\.amazonaws\.com:443$/.test(place))).toEqual([]);
  });

  it('refuses a sandbox\'s keys, before it asks for anything', async () => {
    const shell = { AWS_ACCESS_KEY_ID: sandboxKeys.accessKeyId, AWS_SECRET_ACCESS_KEY: 's', AWS_ENDPOINT_URL: 'http://127.0.0.1:4711' };
    const stray = await capture(['status', '-o', 'json'], { ...await onAws(), ...shell });
    expect([stray.exitCode, error(stray.stdout)]).toMatchObject([4, { code: 'SANDBOX_KEYS', message: expect.stringContaining('AWS_ACCESS_KEY_ID of this shell') as string, nextSteps: ['If you mean the sandbox: -d sandbox', expect.stringContaining('unset AWS_ACCESS_KEY_ID')] }]);
    const inFile = await capture(['status', '-o', 'json'], await onAws({ credentials: sandboxKeys }));
    expect([inFile.exitCode, error(inFile.stdout)]).toMatchObject([4, { code: 'SANDBOX_KEYS', message: expect.stringContaining('The deployment file') as string }]);
    expect(dialled).toEqual([]);
  });

  it('is not kept from a profile by what else the shell holds', async () => {
    const shell = { AWS_ACCESS_KEY_ID: sandboxKeys.accessKeyId, AWS_SECRET_ACCESS_KEY: 's', AWS_PROFILE: 'production' };
    const { stdout } = await capture(['status', '-o', 'json'], { ...await onAws({ credentials: { profile: 'production' } }), ...shell });
    expect(stdout).not.toContain('SANDBOX_KEYS');
  });
});
