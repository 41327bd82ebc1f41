import { mkdtemp, mkdir, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { build } from 'esbuild';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { FunctionConfiguration, FunctionRuntime, InvocationOptions, InvocationOutcome } from '../../../../src/sandbox/services/lambda/runtime.js';
import { createWorkerRuntime } from '../../../../src/sandbox/services/lambda/worker-runtime.js';

const handlerSource = `
let count = 0;
export const handler = async (event, context) => {
  count += 1;
  if (event.say) { console.log('said', event.say); process.stdout.write('raw line\\n'); }
  if (event.fail) { const problem = new Error(event.fail); problem.name = 'InputRejected'; throw problem; }
  if (event.exit) process.exit(3);
  if (event.spin) for (;;);
  if (event.get) return new Promise((resolve, reject) => import('node:https').then((https) => https.get(event.get, (answer) => { let text = ''; answer.on('data', (chunk) => { text += chunk; }); answer.on('end', () => resolve(text)); }).on('error', reject)));
  if (event.sleepMs) await new Promise((resolve) => setTimeout(resolve, event.sleepMs));
  return { count, region: process.env.AWS_REGION, key: process.env.AWS_ACCESS_KEY_ID, name: context.functionName, home: process.env.HOME ?? null, niceness: (await import('node:os')).getPriority(0) };
};
`;

let folder: string;
let server: Server;
let runtime: FunctionRuntime;

beforeAll(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'function-worker-'));
  const workerFile = path.join(folder, 'function-worker.mjs');
  await build({ entryPoints: ['src/sandbox/services/lambda/function-worker.ts'], outfile: workerFile, bundle: true, platform: 'node', format: 'esm', target: 'node20', logLevel: 'warning' });
  await mkdir(path.join(folder, 'code'));
  await writeFile(path.join(folder, 'code/index.mjs'), handlerSource);
  server = createServer((request, response) => response.end(`reached as ${request.headers.host ?? ''}`));
  await new Promise<void>((resolve) => { server.listen(0, '127.0.0.1', resolve); });
  runtime = createWorkerRuntime({ workerFile, connectTo: () => [{ host: '^dynamodb\\.', port: (server.address() as AddressInfo).port }], threadsPerFunction: 2 });
});

afterAll(async () => {
  await runtime.stop();
  await new Promise((resolve) => { server.close(resolve); });
  await rm(folder, { recursive: true });
});

function configuration(region: string, revision = '1'): FunctionConfiguration {
  return {
    functionName: 'f', functionArn: `arn:aws:lambda:${region}:111122223333:function:f`, region, roleArn: 'r', handler: 'index.handler', codeFolder: path.join(folder, 'code'),
    runtime: 'nodejs20.x', timeoutSeconds: 5, memoryMegabytes: 256, environment: {}, description: '', revision, lastModified: 0, logGroup: '/aws/lambda/f',
  };
}

const environments = new Map<string, Record<string, string>>();
function environmentOf(region: string): Record<string, string> {
  const known = environments.get(region) ?? { AWS_REGION: region, AWS_ACCESS_KEY_ID: 'first' };
  environments.set(region, known);
  return known;
}

let requests = 0;
function invoke(event: unknown, more: Partial<InvocationOptions> & { region?: string; revision?: string } = {}): Promise<InvocationOutcome> {
  const { region = 'us-east-1', revision, ...options } = more;
  requests += 1;
  return runtime.invoke(configuration(region, revision), JSON.stringify(event), {
    requestId: `request-${requests}`, timeoutMs: 5_000, signal: new AbortController().signal, environment: environmentOf(region), log: () => undefined, ...options,
  });
}

function returned(outcome: InvocationOutcome): Record<string, unknown> {
  if (outcome.kind !== 'returned') throw new Error(JSON.stringify(outcome));
  return JSON.parse(outcome.payload) as Record<string, unknown>;
}

describe('functions in worker threads', () => {
  it('keep modules loaded, have only their own variables, and keep Regions apart', async () => {
    const first = returned(await invoke({}));
    expect(first).toMatchObject({ count: 1, region: 'us-east-1', name: 'f', home: null });
    expect(returned(await invoke({}))['count']).toBe(2);
    const [east, west] = await Promise.all([invoke({ sleepMs: 20 }), invoke({ sleepMs: 20 }, { region: 'us-west-2' })]);
    expect([returned(east)['region'], returned(west)['region']]).toEqual(['us-east-1', 'us-west-2']);
  });

  it('report exceptions by name, and an exit of the process', async () => {
    expect(await invoke({ fail: 'row 3' })).toMatchObject({ kind: 'failed', error: { errorType: 'InputRejected', errorMessage: 'row 3' } });
    expect(await invoke({ exit: true })).toMatchObject({ kind: 'failed', error: { errorType: 'Runtime.ExitError' } });
    expect(returned(await invoke({}))['region']).toBe('us-east-1');
  });

  it('are ended at the time-out, also when they never yield', async () => {
    expect(await invoke({ spin: true }, { timeoutMs: 150 })).toEqual({ kind: 'timeout' });
    expect(returned(await invoke({}))['count']).toBeGreaterThan(0);
  });

  it('are killed when their Region goes', async () => {
    const kill = new AbortController();
    const outcome = invoke({ sleepMs: 4_000 }, { signal: kill.signal });
    setTimeout(() => kill.abort(), 50);
    expect(await outcome).toEqual({ kind: 'killed' });
  });

  it('send every console line to the sandbox, those before a time-out too', async () => {
    const lines: string[] = [];
    await invoke({ say: 'this', spin: true }, { timeoutMs: 200, log: (line) => lines.push(line) });
    expect(lines).toEqual(['said this', 'raw line']);
    await invoke({ say: 'more' }, { log: (line) => lines.push(line) });
    expect(lines.slice(2)).toEqual(['said more', 'raw line']);
  });

  it('reach the sandbox under AWS host names and nothing else of AWS', async () => {
    const reached = await invoke({ get: 'https://dynamodb.us-east-1.amazonaws.com/' });
    expect(reached).toEqual({ kind: 'returned', payload: '"reached as dynamodb.us-east-1.amazonaws.com"' });
    expect(await invoke({ get: 'https://iam.amazonaws.com/' })).toMatchObject({ kind: 'failed', error: { errorMessage: expect.stringContaining('iam.amazonaws.com') as string } });
  });

  it('begin anew with new credentials and with new code', async () => {
    const before = returned(await invoke({}));
    environments.set('us-east-1', { AWS_REGION: 'us-east-1', AWS_ACCESS_KEY_ID: 'second' });
    expect(returned(await invoke({}))).toMatchObject({ count: 1, key: 'second' });
    expect(before['key']).toBe('first');
    expect(returned(await invoke({}, { revision: '2' }))['count']).toBe(1);
  });

  it.runIf(process.platform === 'linux' && os.getPriority(0) < os.constants.priority.PRIORITY_LOW)('give way to the thread that answers for the services', async () => {
    expect(returned(await invoke({}))['niceness']).toBeGreaterThan(os.getPriority(0));
    expect(os.getPriority(process.pid)).toBe(os.getPriority(0));
  });

  it('wait for a thread when all are busy, and that wait is not held against their time', async () => {
    const outcomes = await Promise.all([1, 2, 3, 4].map(() => invoke({ sleepMs: 300 }, { timeoutMs: 550, region: 'eu-west-1' })));
    expect(outcomes.map((outcome) => outcome.kind)).toEqual(['returned', 'returned', 'returned', 'returned']);
  });
});
