import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { connectSandbox, SandboxRequestError, type SandboxClient } from '../../../src/sandbox/client.js';
import { startSandbox, type RunningSandbox } from '../../../src/sandbox/host/start.js';
import { writeAssembly, type TestStack } from '../deploy/test-assembly.js';
import { smallHostedWorld } from './test-hosted-world.js';

const east = 'us-east-1';
let dir: string;
let running: RunningSandbox | undefined;

beforeEach(async () => { dir = await mkdtemp(path.join(tmpdir(), 'sandbox-deployments-')); });
afterEach(async () => { await running?.stop(); running = undefined; await rm(dir, { recursive: true, force: true }); });

const stacks = (values: Record<string, string>, region = east): Record<string, TestStack> => ({ app: { region, template: {
  Resources: Object.fromEntries(Object.entries(values).map(([id, value]) => [id, { Type: 'AWS::SSM::Parameter', Properties: { Name: `/app/${id}`, Type: 'String', Value: value } }])),
  Outputs: { Out: { Value: { Ref: 'Value' } } },
} } });

async function start(assembly: string): Promise<SandboxClient> {
  running = await startSandbox({ dir, assembly, speed: 1, latency: 'off', quotas: 'on' }, smallHostedWorld());
  return connectSandbox(dir);
}
const valueOf = async (id: string): Promise<string> => {
  const { Parameter } = await running!.hosted.world.call<{ Parameter: { Value: string } }>('ssm', 'GetParameter', { Name: `/app/${id}` }, { region: east, principal: { arn: 'test', origin: 'operator' } });
  return Parameter.Value;
};

describe('another assembly for a running sandbox', () => {
  it('changes what changed, adds what is new, removes what left, and leaves the rest alone', async () => {
    const client = await start(await writeAssembly(stacks({ Value: 'one', Gone: 'x', Same: 'y' })));
    const next = await writeAssembly(stacks({ Value: 'two', Same: 'y', New: 'z' }));
    expect(await client.upgrade(next)).toMatchObject({ assembly: next, created: 1, updated: 1, unchanged: 1, removed: 1 });
    expect([await valueOf('Value'), await valueOf('New')]).toEqual(['two', 'z']);
    await expect(valueOf('Gone')).rejects.toMatchObject({ name: 'ParameterNotFound' });
    expect((await client.status()).deployment.assembly).toBe(next);
    expect(JSON.parse(await readFile(path.join(dir, 'sandbox.json'), 'utf8'))).toMatchObject({ assembly: next });
  });

  it('is what the next start goes on with', async () => {
    const client = await start(await writeAssembly(stacks({ Value: 'one' })));
    const next = await writeAssembly(stacks({ Value: 'two' }));
    const { assemblyDigest } = await client.upgrade(next);
    await running!.stop();
    await start(next);
    expect(await valueOf('Value')).toBe('two');
    expect(running!.facts.assemblyDigest).toBe(assemblyDigest);
  });

  it('keeps the code that may still run, until the next start', async () => {
    const withAsset = (key: string, value: string): Promise<string> => writeAssembly(stacks({ Value: value }), [{ key, files: { 'index.mjs': `// ${value}` } }]);
    const client = await start(await withAsset('old', 'one'));
    const next = await withAsset('new', 'two');
    await client.upgrade(next);
    expect((await readdir(path.join(dir, 'assets'))).sort()).toEqual(['new', 'old']);
    await running!.stop();
    await start(next);
    expect(await readdir(path.join(dir, 'assets'))).toEqual(['new']);
  });

  it('is refused for Regions that this sandbox has no listeners for', async () => {
    const client = await start(await writeAssembly(stacks({ Value: 'one' })));
    const refusal = await client.upgrade(await writeAssembly(stacks({ Value: 'two' }, 'eu-west-3'))).catch((error: unknown) => error);
    expect(refusal).toBeInstanceOf(SandboxRequestError);
    expect(refusal).toMatchObject({ status: 409, message: 'this sandbox has no eu-west-3: start another one with these templates' });
    expect(await valueOf('Value')).toBe('one');
  });

  it('says what could not be made, and goes on from there the next time', async () => {
    const client = await start(await writeAssembly(stacks({ Value: 'one' })));
    const broken = stacks({ Value: 'two' });
    broken['app']!.template.Outputs = { Out: { Value: { Ref: 'Missing' } } };
    await expect(client.upgrade(await writeAssembly(broken))).rejects.toMatchObject({ status: 409, message: expect.stringContaining('Missing') as string });
    expect(await client.upgrade(await writeAssembly(stacks({ Value: 'two' })))).toMatchObject({ created: 0, removed: 0 });
    expect(await valueOf('Value')).toBe('two');
  });

  it('is one at a time', async () => {
    const client = await start(await writeAssembly(stacks({ Value: 'one' })));
    const [two, three] = [await writeAssembly(stacks({ Value: 'two' })), await writeAssembly(stacks({ Value: 'three' }))];
    const [one, other] = await Promise.allSettled([client.upgrade(two), client.upgrade(three)]);
    expect([one.status, other.status].sort()).toEqual(['fulfilled', 'rejected']);
  });
});

describe('destroying what is deployed', () => {
  const retained = (policy: string): Record<string, TestStack> => {
    const given = stacks({ Value: 'one', Data: 'kept' });
    given['app']!.template.Resources!['Data']!.DeletionPolicy = policy;
    return given;
  };

  it('removes everything but what its template retains, which it names', async () => {
    const client = await start(await writeAssembly(retained('Retain')));
    expect(await client.destroy()).toEqual({ removed: 1, kept: [{ stackName: 'app', region: east, type: 'AWS::SSM::Parameter', name: '/app/Data', why: 'its template retains it' }] });
    expect(await valueOf('Data')).toBe('kept');
    await expect(valueOf('Value')).rejects.toMatchObject({ name: 'ParameterNotFound' });
    expect((await client.status()).deployment.stacks).toEqual([]);
  });

  it('takes what a later template no longer retains, though nothing else of it changed', async () => {
    const client = await start(await writeAssembly(retained('Retain')));
    await client.upgrade(await writeAssembly(retained('Delete')));
    expect(await client.destroy()).toEqual({ removed: 2, kept: [] });
  });

  it('takes the last stack first', async () => {
    const both: Record<string, TestStack> = { ...stacks({ Value: 'one' }), later: { region: east, dependencies: ['app'], template: { Resources: { Other: { Type: 'AWS::SSM::Parameter', Properties: { Name: '/later/Other', Type: 'String', Value: 'x' } } } } } };
    const client = await start(await writeAssembly(both));
    await client.destroy();
    const removed = (await client.logs(200, 'deploy')).map((line) => line.line).filter((line) => line.includes(' remove '));
    expect(removed.map((line) => line.split(' ')[0])).toEqual(['later', 'app']);
  });

  it('leaves the next start to deploy anew', async () => {
    const assembly = await writeAssembly(stacks({ Value: 'one' }));
    await (await start(assembly)).destroy();
    await running!.stop();
    await start(assembly);
    expect(await valueOf('Value')).toBe('one');
  });
});
