import net from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { sampleDeployment } from '../config/sample-deployment.js';
import type { ErrorDocument } from './documents.js';
import { createOperator, type Operator } from './operator.js';

const nowhere = { AWS_EC2_METADATA_DISABLED: 'true' };
const keys = { credentials: { accessKeyId: 'AKIAEXAMPLE', secretAccessKey: 'example' } };
const keysOfSandbox = { credentials: { accessKeyId: 'AKIASANDBOXEXAMPLE00', secretAccessKey: 'example' } };

/** What goes wrong before anything is done: one message, the documented exit code, and never a stack trace. */
describe('a command that cannot work', () => {
  let operator: Operator;

  beforeEach(async () => { operator = await createOperator(); });
  afterEach(() => operator.leave());

  const expectFailure = async (words: string[], wanted: { exitCode: number; code: string; says: RegExp }): Promise<void> => {
    const told = await operator.run(words, { env: nowhere });
    expect(told).toMatchObject({ exitCode: wanted.exitCode, stdout: '' });
    expect(told.stderr).toMatch(wanted.says);
    expect(told.stderr.match(/✖ error/g)).toHaveLength(1);
    expect(told.stderr.split('\n').filter((line) => line !== '' && !line.startsWith('  '))).toHaveLength(1);
    expect(told.stderr).not.toMatch(/^\s+at .+/m);
    const scripted = await operator.run([...words, '-o', 'json'], { env: nowhere });
    expect(scripted.exitCode).toBe(wanted.exitCode);
    const { error } = JSON.parse(scripted.stdout) as ErrorDocument;
    expect(error).toMatchObject({ code: wanted.code, nextSteps: expect.any(Array) });
    expect(scripted.stdout + scripted.stderr).not.toMatch(/\\n\s+at .+:\d+/);
  };
  const configure = (changes: Record<string, unknown> = {}): Promise<string> => operator.write('deployment.json', JSON.stringify(sampleDeployment(changes)));

  it('without a deployment file says how to get one', () =>
    expectFailure(['status'], { exitCode: 2, code: 'CONFIG_MISSING', says: /batchctl init/ }));

  it('with a broken deployment file names every problem', async () => {
    const file = await configure({ account: 'mine', witness: 'Ohio' });
    await expectFailure(['status', '--config', file], { exitCode: 2, code: 'CONFIG_INVALID', says: /account[^]*witness/ });
  });

  it('with a Region that the deployment does not have names those that it has', async () => {
    const file = await configure(keys);
    await expectFailure(['failover', '--to', 'mars-north-1', '--config', file], { exitCode: 2, code: 'UNKNOWN_REGION', says: /us-east-1 and us-west-2/ });
  });

  it.each([['jobs'], ['status'], ['failover', '--to', 'us-west-2', '--yes']])('%s without credentials says so, once', async (...words) => {
    const file = await configure();
    await expectFailure([...words, '--config', file], { exitCode: 4, code: 'CREDENTIALS', says: /No AWS credentials were found/ });
  });

  it('with endpoints that nobody listens on says so', async () => {
    const file = await configure({ ...keysOfSandbox, transport: { connectTo: [{ host: '.*', port: await closedPort() }] } });
    await expectFailure(['jobs', '--config', file], { exitCode: 1, code: 'UNREACHABLE', says: /did not answer|ECONNREFUSED/ });
  });

  it('shows what it does not know as unknown when no endpoint answers, and recommends nothing on that ground', { timeout: 60_000 }, async () => {
    const file = await configure({ ...keysOfSandbox, transport: { connectTo: [{ host: '.*', port: await closedPort() }] } });
    const status = await operator.document<{ routing: { activeRegion: null }; jobs: { running: null }; recommendation: { verdict: string; action: string } }>(['status', '--config', file]);
    expect(status).toMatchObject({ routing: { activeRegion: null }, jobs: { running: null }, recommendation: { verdict: 'INSUFFICIENT_DATA', action: 'investigate' } });
  });

  it('on a file that is not there names it', async () => {
    const file = await configure(keys);
    await expectFailure(['submit', 'absent.csv', '--config', file], { exitCode: 2, code: 'FILE', says: /absent\.csv: it does not exist/ });
  });

  it('with a command that does not exist suggests the one that was meant', () =>
    expectFailure(['statsu'], { exitCode: 2, code: 'USAGE', says: /did you mean status\?/ }));
});

async function closedPort(): Promise<number> {
  const server = net.createServer();
  await new Promise<void>((resolve) => { server.listen(0, '127.0.0.1', resolve); });
  const { port } = server.address() as net.AddressInfo;
  await new Promise((resolve) => { server.close(resolve); });
  return port;
}
