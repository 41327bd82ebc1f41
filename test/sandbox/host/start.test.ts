import http from 'node:http';
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { connectSandbox, SandboxNotRunningError } from '../../../src/sandbox/client.js';
import { startSandbox, type RunningSandbox, type SandboxOptions } from '../../../src/sandbox/host/start.js';
import { resetSandbox, stopSandbox } from '../../../src/sandbox/index.js';
import type { Service } from '../../../src/sandbox/service.js';
import type { World } from '../../../src/sandbox/world.js';
import { writeAssembly, type TestStack } from '../deploy/test-assembly.js';
import { smallHostedWorld } from './test-hosted-world.js';

const east = 'us-east-1';
let dir: string;
let running: RunningSandbox | undefined;

beforeEach(async () => { dir = await mkdtemp(path.join(tmpdir(), 'sandbox-host-')); });
afterEach(async () => { await running?.stop(); running = undefined; await rm(dir, { recursive: true, force: true }); });

const stacks = (value = 'one'): Record<string, TestStack> => ({ app: { region: east, template: {
  Resources: {
    Value: { Type: 'AWS::SSM::Parameter', Properties: { Name: '/app/value', Type: 'String', Value: value } },
    Odd: { Type: 'AWS::Odd::Thing', Properties: {} },
  },
  Outputs: { Out: { Value: { Ref: 'Value' } } },
} } });

async function start(assembly: string, options: Partial<SandboxOptions> = {}, further?: (world: World) => Service[]): Promise<RunningSandbox> {
  running = await startSandbox({ dir, assembly, speed: 1, latency: 'off', quotas: 'on', ...options }, smallHostedWorld(further));
  return running;
}

const call = <Output>(service: string, operation: string, input: object): Promise<Output> => {
  if (!running) throw new Error('nothing runs');
  return running.hosted.world.call<Output>(service, operation, input, { region: east, principal: { arn: 'test', origin: 'operator' } });
};
const valueNow = async (): Promise<string> => (await call<{ Parameter: { Value: string } }>('ssm', 'GetParameter', { Name: '/app/value' })).Parameter.Value;

function get(port: number, headers: Record<string, string>, method = 'GET', requestPath = '/'): Promise<{ status: number | undefined; text: string }> {
  return new Promise((resolve, reject) => {
    http.request({ host: '127.0.0.1', port, headers, method, path: requestPath, agent: false }, (response) => {
      let text = '';
      response.on('data', (chunk: Buffer) => { text += chunk.toString(); });
      response.on('end', () => { resolve({ status: response.statusCode, text }); });
    }).on('error', reject).end();
  });
}

describe('a started sandbox', () => {
  it('deploys, listens for each domain, and writes what clients need, for its owner only', async () => {
    const { facts } = await start(await writeAssembly(stacks()));
    expect(await valueNow()).toBe('one');
    const written = JSON.parse(await readFile(path.join(dir, 'sandbox.json'), 'utf8')) as unknown;
    expect(written).toEqual(JSON.parse(JSON.stringify(facts)));
    expect((await stat(path.join(dir, 'sandbox.json'))).mode & 0o777).toBe(0o600);
    expect(facts.regions).toEqual(['us-east-1', 'us-west-2']);
    for (const host of ['dynamodb.us-west-2.amazonaws.com', '0123abcd.route53-recovery-cluster.eu-west-1.amazonaws.com', 'alias.accesspoint.s3-global.amazonaws.com', '111122223333.s3-control.us-west-2.amazonaws.com']) {
      const port = facts.connectTo.find((rule) => new RegExp(rule.host).test(host))?.port ?? 0;
      const domain = Object.entries(facts.ports).find(([, candidate]) => candidate === port)?.[0];
      expect((await get(port, { host })).text).toBe(domain);
    }
  });

  it('is administered only with its token', async () => {
    const { facts } = await start(await writeAssembly(stacks()));
    expect((await get(facts.admin.port, { authorization: 'Bearer wrong' }, 'GET', '/status')).status).toBe(401);
    expect((await get(facts.admin.port, {}, 'POST', '/stop')).status).toBe(401);
    expect((await get(facts.admin.port, { authorization: `Bearer ${facts.admin.token}` }, 'GET', '/nothing')).status).toBe(404);
  });

  it('tells its status, outputs, what it does not model, its mail and its log', async () => {
    await start(await writeAssembly(stacks()));
    await call('ses', 'CreateEmailIdentity', { EmailIdentity: 'a@example.com' });
    await call('ses', 'SendEmail', { FromEmailAddress: 'a@example.com', Destination: { ToAddresses: ['b@example.com'] }, Content: { Simple: { Subject: { Data: 'S' }, Body: { Text: { Data: 'T' } } } } });
    const client = await connectSandbox(dir);
    expect(await client.status()).toMatchObject({ pid: process.pid, regions: ['us-east-1', 'us-west-2'], deployment: { stacks: [{ stackName: 'app', status: 'CREATE_COMPLETE' }], unmodelled: 1 }, services: { ses: { sent: 1 } } });
    expect(await client.outputs()).toEqual({ app: { Out: '/app/value' } });
    expect(await client.unmodelled()).toMatchObject([{ logicalId: 'Odd', type: 'AWS::Odd::Thing' }]);
    expect(await client.outbox()).toMatchObject([{ via: 'ses', to: ['b@example.com'], subject: 'S', text: 'T' }]);
    expect((await client.logs(50, 'deploy')).map((entry) => entry.line)).toContain('app create Value AWS::SSM::Parameter');
  });

  it('takes a Region down and up again over the admin API, and refuses faults that it does not have', async () => {
    const { facts } = await start(await writeAssembly(stacks()));
    const client = await connectSandbox(dir);
    const port = facts.ports['region:us-east-1'] ?? 0;
    expect(await client.setFault({ kind: 'region', region: east, state: 'down' })).toMatchObject({ regions: { [east]: 'down' } });
    await expect(get(port, { host: 's3.us-east-1.amazonaws.com' })).rejects.toMatchObject({ code: 'ECONNREFUSED' });
    await client.setFault({ kind: 'replication', from: east, to: 'us-west-2', state: { mode: 'lagging', lagMs: 5000 } });
    expect(await client.listFaults()).toMatchObject({ replication: { 'us-east-1->us-west-2': { mode: 'lagging', lagMs: 5000 } } });
    await client.clearFaults();
    expect((await get(port, { host: 's3.us-east-1.amazonaws.com' })).status).toBe(200);
    await expect(client.setFault({ kind: 'region', region: 'eu-moon-1', state: 'down' })).rejects.toThrow('there is no Region eu-moon-1; there are us-east-1, us-west-2');
    await expect(client.setFault({ kind: 'service', service: 'nosuch', region: east, state: 'slow' })).rejects.toThrow('there is no service nosuch');
    await expect(client.setFault({ kind: 'region', region: east, state: 'broken' as never })).rejects.toThrow('there is no state broken; there are up, gray, down, isolated');
    await expect(client.setFault({ kind: 'volcano' } as never)).rejects.toThrow('there is no fault of kind volcano');
  });

  it('stops when asked, and then nobody answers', async () => {
    const { stopped } = await start(await writeAssembly(stacks()));
    const client = await connectSandbox(dir);
    await client.stop();
    await stopped;
    await expect(connectSandbox(dir)).rejects.toThrow(SandboxNotRunningError);
    expect(await stopSandbox(dir)).toBe(false);
  });
});

describe('a restart', () => {
  it('goes on where it was, on the same ports, without deploying again', async () => {
    const assembly = await writeAssembly(stacks());
    const first = await start(assembly);
    await call('ssm', 'PutParameter', { Name: '/app/value', Value: 'changed by hand', Overwrite: true });
    await first.stop();
    const second = await start(assembly);
    expect(await valueNow()).toBe('changed by hand');
    expect(second.facts.ports).toEqual(first.facts.ports);
    expect(second.facts.admin.token).not.toBe(first.facts.admin.token);
    expect(await (await connectSandbox(dir)).unmodelled()).toHaveLength(1);
  });

  it('loses at most a second when the process just dies', async () => {
    const assembly = await writeAssembly(stacks());
    await start(assembly);
    await call('ssm', 'PutParameter', { Name: '/app/value', Value: 'late', Overwrite: true });
    await new Promise((resolve) => setTimeout(resolve, 950));
    const copy = await mkdtemp(path.join(tmpdir(), 'sandbox-crash-'));
    await writeFile(path.join(copy, 'state.json'), await readFile(path.join(dir, 'state.json')));
    await running?.stop();
    await start(assembly, { dir: copy });
    expect(await valueNow()).toBe('late');
    await running?.stop();
    await rm(copy, { recursive: true });
  });

  it('draws other random numbers than the start before', async () => {
    const assembly = await writeAssembly(stacks());
    const first = await start(assembly, { seed: 7 });
    const drawn = first.hosted.world.random.uuid();
    await first.stop();
    const second = await start(assembly, { seed: 7 });
    const again = Array.from({ length: 50 }, () => second.hosted.world.random.uuid());
    expect(again).not.toContain(drawn);
  });

  it('updates the deployment when the assembly is another one', async () => {
    await start(await writeAssembly(stacks('one')));
    await running?.stop();
    await start(await writeAssembly(stacks('two')));
    expect(await valueNow()).toBe('two');
  });

  it('keeps running deployed code after the app was built again', async () => {
    const code = (world: World): Service[] => [{ name: 'code', permissions: () => [], operations: {}, inspect: () => ({}), resources: { 'Test::Code': {
      properties: [], create: async (context) => { world.log(east, 'code', context.assetPath('abc.zip')); return { ref: 'x', attributes: {} }; },
    } } }];
    const withCode: Record<string, TestStack> = { app: { region: east, template: { Resources: { Code: { Type: 'Test::Code', Properties: {} } } } } };
    const assembly = await writeAssembly(withCode, [{ key: 'abc', files: { 'index.mjs': 'first' } }]);
    await start(assembly, {}, code);
    const kept = (await (await connectSandbox(dir)).logs(9, 'code'))[0]?.line ?? '';
    await rm(assembly, { recursive: true });
    expect(await readFile(path.join(kept, 'index.mjs'), 'utf8')).toBe('first');
  });
});

describe('what keeps a sandbox from starting', () => {
  it('another host in the folder', async () => {
    const assembly = await writeAssembly(stacks());
    await start(assembly);
    await expect(startSandbox({ dir, assembly, speed: 1, latency: 'off', quotas: 'on' }, smallHostedWorld())).rejects.toThrow(`already running in ${dir} (process ${process.pid})`);
    await expect(resetSandbox(dir)).rejects.toThrow('already running');
  });

  it('a state that is damaged, until it is reset', async () => {
    const assembly = await writeAssembly(stacks());
    await writeFile(path.join(dir, 'state.json'), '{"schemaVersion":1,');
    await expect(start(assembly)).rejects.toThrow('state.json cannot be used');
    await resetSandbox(dir);
    await start(assembly);
    expect(await valueNow()).toBe('one');
  });

  it('a port that is taken', async () => {
    const taken = http.createServer();
    const port = await new Promise<number>((resolve) => { taken.listen(0, '127.0.0.1', () => { resolve((taken.address() as { port: number }).port); }); });
    const assembly = await writeAssembly(stacks());
    await expect(start(assembly, { portBase: port })).rejects.toThrow(`port ${port} (for the admin listener) is in use`);
    taken.close();
    await start(assembly);
  });

  it('a resource that cannot be made; the next start goes on from there', async () => {
    await expect(start(await writeAssembly(stacks('x'.repeat(5000))))).rejects.toThrow('app (us-east-1): Value (AWS::SSM::Parameter) could not be created');
    await start(await writeAssembly(stacks('short')));
    expect(await valueNow()).toBe('short');
  });

  it('an assembly that is not there', async () => {
    await expect(start(path.join(dir, 'nowhere'))).rejects.toThrow('holds no cloud assembly');
  });
});
