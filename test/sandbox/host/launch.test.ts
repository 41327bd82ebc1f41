import { execFile } from 'node:child_process';
import { symlink, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { GetParameterCommand, PutParameterCommand, SSMClient } from '@aws-sdk/client-ssm';
import { build } from 'esbuild';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { installConnectTo } from '../../../src/sandbox/host/connect-to.js';
import { readFacts } from '../../../src/sandbox/host/facts-file.js';
import { lockHolder } from '../../../src/sandbox/host/lock.js';
import { connectSandbox, launchSandbox, SandboxNotRunningError, SandboxStartError, stopSandbox, type LaunchedSandbox, type SandboxFacts } from '../../../src/sandbox/index.js';
import { writeAssembly } from '../deploy/test-assembly.js';

// The whole thing: a host process, its bundle, a function in a worker thread, and SDK clients that know of no sandbox.
const root = fileURLToPath(new URL('../../..', import.meta.url));
const east = 'us-east-1';
let scratch: string;
let dir: string;
let hostEntry: string;
let assembly: string;

const trust = { Version: '2012-10-17', Statement: { Effect: 'Allow', Principal: { Service: 'lambda.amazonaws.com' }, Action: 'sts:AssumeRole' } };
const handler = `
  export const handler = async (event) => {
    if (!event.ResponseURL) return { region: process.env.AWS_REGION, greeting: process.env.GREETING, got: event };
    const body = JSON.stringify({ Status: 'SUCCESS', PhysicalResourceId: 'made', StackId: event.StackId, RequestId: event.RequestId, LogicalResourceId: event.LogicalResourceId, Data: { Word: event.ResourceProperties.Word.toUpperCase() } });
    const answer = await fetch(event.ResponseURL, { method: 'PUT', body, headers: { 'content-type': '' } });
    if (answer.status !== 200) throw new Error('the answer was not taken: ' + answer.status);
  };
`;

beforeAll(async () => {
  scratch = await mkdtemp(path.join(tmpdir(), 'sandbox-launch-'));
  dir = path.join(scratch, 'state');
  const outdir = path.join(scratch, 'bundle');
  // Piscina finds its own worker file beside itself, so it cannot be bundled.
  await symlink(path.join(root, 'node_modules'), path.join(scratch, 'node_modules'));
  await build({
    absWorkingDir: root, outdir, bundle: true, splitting: true, platform: 'node', format: 'esm', target: 'node20', mainFields: ['module', 'main'], logLevel: 'error',
    external: ['piscina'], outExtension: { '.js': '.mjs' },
    banner: { js: "import{createRequire as __createRequire}from'node:module';const require=__createRequire(import.meta.url);" },
    entryPoints: { 'sandbox-host': 'src/sandbox/host/main.ts', 'function-worker': 'src/sandbox/services/lambda/function-worker.ts' },
  });
  hostEntry = path.join(outdir, 'sandbox-host.mjs');
  assembly = await writeAssembly({ app: { region: east, template: { Resources: {
    Role: { Type: 'AWS::IAM::Role', Properties: { AssumeRolePolicyDocument: trust } },
    Maker: { Type: 'AWS::Lambda::Function', Properties: {
      FunctionName: 'maker', Handler: 'index.handler', Runtime: 'nodejs22.x', Role: { 'Fn::GetAtt': ['Role', 'Arn'] }, Code: { S3Bucket: 'assets', S3Key: 'code.zip' },
      Environment: { Variables: { GREETING: { 'Fn::Sub': 'hello from ${AWS::Region}' } } },
    } },
    Made: { Type: 'Custom::Word', Properties: { ServiceToken: { 'Fn::GetAtt': ['Maker', 'Arn'] }, Word: 'loud' } },
    Value: { Type: 'AWS::SSM::Parameter', Properties: { Name: '/app/word', Type: 'String', Value: { 'Fn::GetAtt': ['Made', 'Word'] } } },
  } } } }, [{ key: 'code', files: { 'index.mjs': handler } }]);
});
afterAll(async () => {
  await stopSandbox(dir);
  await rm(scratch, { recursive: true, force: true });
});

const launch = (detached: boolean, folder = assembly): Promise<LaunchedSandbox> => launchSandbox({ dir, assembly: folder, hostEntry, detached, speed: 1, latency: 'off', quotas: 'on' });
const client = (facts: SandboxFacts): { region: string; credentials: SandboxFacts['credentials']; maxAttempts: number } => ({ region: east, credentials: { ...facts.credentials }, maxAttempts: 1 });

async function word(facts: SandboxFacts): Promise<string | undefined> {
  const { Parameter } = await new SSMClient(client(facts)).send(new GetParameterCommand({ Name: '/app/word' }));
  return Parameter?.Value;
}

/** Other files of this worker share its modules. */
let takeBack = (): void => {};
afterAll(() => takeBack());

describe('a launched sandbox', () => {
  it('deploys, serves SDK clients, breaks and heals, and goes on after a restart as another process', async () => {
    const seen: string[] = [];
    const first = await launchSandbox({ dir, assembly, hostEntry, detached: false, speed: 1, latency: 'off', quotas: 'on', onProgress: (step) => seen.push(`${step.action} ${step.logicalId ?? ''}`) });
    const { facts } = first.client;
    takeBack = installConnectTo(facts.connectTo);
    expect(seen).toContain('create Made');
    expect(await word(facts)).toBe('LOUD');

    const invoked = await new LambdaClient(client(facts)).send(new InvokeCommand({ FunctionName: 'maker', Payload: Buffer.from('{"a":1}') }));
    expect(JSON.parse(Buffer.from(invoked.Payload ?? []).toString())).toEqual({ region: east, greeting: 'hello from us-east-1', got: { a: 1 } });

    await first.client.setFault({ kind: 'region', region: east, state: 'down' });
    await expect(word(facts)).rejects.toMatchObject({ code: 'ECONNREFUSED' });
    await first.client.clearFaults();
    await new SSMClient(client(facts)).send(new PutParameterCommand({ Name: '/app/word', Value: 'kept', Overwrite: true }));
    await first.client.stop();
    await first.ended;
    await expect(connectSandbox(dir)).rejects.toThrow(SandboxNotRunningError);

    const second = await launch(true);
    expect(second.client.facts.pid).not.toBe(facts.pid);
    expect(second.client.facts.credentials).toEqual(facts.credentials);
    expect(second.client.facts.ports).toEqual(facts.ports);
    expect(await word(second.client.facts)).toBe('kept');
    await expect(launch(true)).rejects.toThrow(`already running in ${dir} (process ${second.client.facts.pid})`);
    expect(await stopSandbox(dir)).toBe(true);
  });

  it('says why it could not start', async () => {
    const failure = launch(true, path.join(scratch, 'nowhere'));
    await expect(failure).rejects.toThrow(SandboxStartError);
    await expect(failure).rejects.toMatchObject({ hostError: 'DeploymentError', message: expect.stringContaining('run cdk synth first') as string });
    await expect(launchSandbox({ dir, assembly, hostEntry: path.join(scratch, 'no-host.mjs'), detached: true, speed: 1, latency: 'off', quotas: 'on' })).rejects.toThrow(/ended before it was ready[^]*no-host\.mjs/);
  });

  it('ends with the process that it is attached to', async () => {
    const script = `
      const { spawn } = await import('node:child_process');
      const host = spawn(process.execPath, ['--no-warnings', ${JSON.stringify(hostEntry)}, ${JSON.stringify(JSON.stringify({ dir: path.join(scratch, 'attached'), assembly, attached: true, speed: 1, latency: 'off', quotas: 'on' }))}], { stdio: ['ignore', 'ignore', 'ignore', 'ipc'], detached: true });
      host.on('message', (message) => { if (message.type === 'ready') { process.stdout.write(String(message.facts.pid)); setTimeout(() => process.exit(0), 20); } });
    `;
    const pid = await new Promise<number>((resolve, reject) => { execFile(process.execPath, ['--input-type=module', '-e', script], (error, stdout) => { if (error) reject(error); else resolve(Number(stdout)); }); });
    expect(await readFacts(path.join(scratch, 'attached'))).toMatchObject({ pid });
    await expect.poll(() => lockHolder(path.join(scratch, 'attached')), { timeout: 5000 }).toBeUndefined();
  });
});
