import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { expectedOutput } from '../../src/cli/sample/expected-output.js';
import { sampleText } from '../../src/cli/sample/order-rows.js';
import { createOperator, repository, type Operator } from './operator.js';
import { onTerminal } from './terminal.js';

interface SubmittedJob { jobId: string; key: string; versionId: string; status: string; already: boolean; rows: { in: number; out: number; rejected: number }; url: string | null }
interface Status {
  schemaVersion: number;
  routing: { epoch: number; phase: string; activeRegion: string; arc: Record<string, string>; mrap: Record<string, number>; drift: string[] };
  recommendation: { action: string };
}

let operator: Operator;
beforeAll(async () => {
  operator = await createOperator();
  await sandbox(0, 'start', '--detach', '--speed', '8');
});
afterAll(async () => { await operator.leave(); });

const json = <Document = Record<string, unknown>>(exitCode: number, ...words: string[]): Promise<Document> => operator.document<Document>(words, exitCode);
const run = (...words: string[]): ReturnType<Operator['run']> => operator.run(words);
/** The sandbox's own commands find it by its folder. */
const sandbox = (exitCode: number, ...words: string[]): Promise<Record<string, unknown>> => json(exitCode, 'sandbox', ...words, '--dir', operator.sandbox);

async function sample(name: string, request: { rows: number; bad: number; seed: number }): Promise<string> {
  return operator.write(name, [...sampleText({ ...request, references: 5_000 })].join(''));
}
/** On a machine that others use too, a command may take its time. */
vi.setConfig({ testTimeout: 90_000, hookTimeout: 90_000 });

/** A ledger that answers late on a busy machine is unknown, and asked again. */
const status = (): Promise<Status> => vi.waitFor(async () => {
  const seen = await json<Status>(0, 'status');
  expect(seen.routing.epoch).not.toBeNull();
  return seen;
}, 30_000);

describe('a healthy pair', () => {
  it('shows the status that the contract promises', async () => {
    await vi.waitFor(async () => expect(await status()).toMatchObject({
      schemaVersion: 1,
      deployment: 'sandbox',
      routing: { epoch: 1, phase: 'active', activeRegion: 'us-east-1', homeRegion: 'us-east-1', arc: { endpointsAnswering: 5 }, mrap: { 'us-east-1': 100, 'us-west-2': 0 } },
      regions: { 'us-east-1': { role: 'active', health: 'healthy' }, 'us-west-2': { role: 'standby', health: 'healthy' } },
      jobs: { running: 0, held: 0, parked: 0, failed: 0 },
      replication: { 'us-east-1->us-west-2': { inputsMissing: 0 }, 'us-west-2->us-east-1': { inputsMissing: 0 } },
      recommendation: { action: 'stay', to: null, blockers: [] },
    }), 30_000);
    const human = await run('status');
    expect(human.stdout).toContain('us-east-1 (home)');
    expect(human.stdout).not.toContain('\u001b');
    expect(human.stderr).toBe('');
  });

  it('processes a file with bad rows: the rest comes out in order, each bad row with its number and reason', async () => {
    const request = { rows: 10_000, bad: 37, seed: 11, references: 5_000 };
    const file = await sample('orders.csv', request);
    const [job] = (await json<{ jobs: SubmittedJob[] }>(0, 'submit', file, '--wait')).jobs as [SubmittedJob];
    const expected = expectedOutput(request);
    expect(job).toMatchObject({ key: 'input/orders.csv', status: 'SUCCEEDED', already: false, rows: expected.rows, url: expect.stringContaining('X-Amz-Region-Set=%2A') });

    const out = path.join(operator.home, 'out.csv');
    await json(0, 'output', job.jobId, '--out', out);
    expect(await readFile(out, 'utf8')).toBe(expected.text);
    expect((await run('output', job.jobId)).stdout).toBe(expected.text);
    const rejects = (await run('output', job.jobId, '--rejects')).stdout.trimEnd().split('\n').slice(1);
    expect(rejects.map((line) => Number(line.split(',')[0]))).toEqual(expected.rejectedRows);
    expect(rejects.join('\n')).toContain('uuid is not exactly 9 digits');

    const again = await json<{ jobs: SubmittedJob[] }>(0, 'submit', file);
    expect(again.jobs[0]).toMatchObject({ jobId: job.jobId, versionId: job.versionId, already: true });
    expect((await json<{ jobs: unknown[] }>(0, 'jobs')).jobs).toHaveLength(1);
    expect(await json(0, 'job', job.jobId)).toMatchObject({ status: 'SUCCEEDED', attempt: 1, epoch: 1, region: 'us-east-1', rows: expected.rows });
    await expect(json(1, 'job', 'nonsense')).resolves.toMatchObject({ error: { code: 'JOB_UNKNOWN' } });
  });

  it('takes a file from standard input', async () => {
    const text = [...sampleText({ rows: 50, bad: 0, seed: 2, references: 5_000 })].join('');
    const ran = await operator.run(['submit', '-', '--key', 'day 1/ö.csv', '--wait', '-o', 'json'], { input: text });
    expect(JSON.parse(ran.stdout)).toMatchObject({ jobs: [{ key: 'input/day 1/ö.csv', status: 'SUCCEEDED', rows: { in: 50, out: 50, rejected: 0 } }] });
    expect(ran.exitCode).toBe(0);
  });

  it('tells every event as it happens with ndjson, and the result last', async () => {
    const file = await sample('events.csv', { rows: 50, bad: 0, seed: 4 });
    const ran = await run('submit', file, '--wait', '-o', 'ndjson');
    const lines = ran.stdout.trimEnd().split('\n').map((line) => JSON.parse(line) as { type: string; schemaVersion: number; status?: string });
    expect(lines.every((line) => line.schemaVersion === 1)).toBe(true);
    expect(lines.filter((line) => line.type === 'job').map((line) => line.status)).toEqual(expect.arrayContaining(['ACCEPTED', 'SUCCEEDED']));
    expect(lines.at(-1)?.type).toBe('result');
  });

  it('makes one job of one file that six people submit in the same moment', async () => {
    const file = await sample('together.csv', { rows: 50, bad: 0, seed: 5 });
    const given = await Promise.all(Array.from({ length: 6 }, () => json<{ jobs: SubmittedJob[] }>(0, 'submit', file)));
    expect(new Set(given.map(({ jobs }) => jobs[0]?.versionId)).size).toBe(1);
    expect(given.filter(({ jobs }) => jobs[0]?.already === false)).toHaveLength(1);
  });

  it('loads reference data, all of a file or nothing', async () => {
    const file = path.join(operator.home, 'reference.csv');
    await writeFile(file, 'uuid,unitsSold,unitPrice,unitCost,totalRevenue,totalCost,totalProfit\n999999990,1,2.00,1.00,2.00,1.00,1.00\n999999991,1,2.00,x,2.00,1.00,1.00\n');
    expect(await json(2, 'reference', 'load', file)).toMatchObject({ error: { message: expect.stringContaining('row 3 has a unitCost that is no number. Nothing was loaded.') } });
    await writeFile(file, 'uuid,unitsSold,unitPrice,unitCost,totalRevenue,totalCost,totalProfit\n999999990,1,2.00,1.00,2.00,1.00,1.00\n');
    expect(await json(0, 'reference', 'load', file)).toMatchObject({ rows: 1, region: 'us-east-1', copiedTo: 'us-west-2' });
    expect(await json(0, 'reference', 'load', file, '--region', 'us-west-2', '--no-wait')).toMatchObject({ rows: 1, region: 'us-west-2', copiedTo: null });
  });

  it('is not started twice, nor moved by trying', async () => {
    expect(await sandbox(3, 'start', '--detach')).toMatchObject({ error: { code: 'SANDBOX_START', message: expect.stringContaining('already running') } });
    const described = await json<Record<string, unknown>>(0, 'sandbox', 'env', '--dir', operator.sandbox);
    expect(described).toHaveProperty('environment.AWS_ENDPOINT_URL');
    expect((await status()).routing.epoch).toBe(1);
  });
});

describe('what is asked before a move', () => {
  it('is asked for by name of the flags where nobody can be asked', async () => {
    expect(await json(3, 'failover', '--to', 'us-west-2')).toMatchObject({ error: { code: 'CONFIRMATION_NEEDED', details: { flags: ['--yes'] } } });
    expect(await json(3, 'failover', '--to', 'us-west-2', '--yes', '--confirm', 'us-east-1')).toMatchObject({ error: { code: 'CONFIRMATION_MISMATCH' } });
  });

  it('stops an ungraceful move away from a healthy Region', async () => {
    expect(await json(3, 'failover', '--to', 'us-west-2', '--mode', 'ungraceful', '--yes', '--confirm', 'us-west-2', '--accept-data-loss', '0')).toMatchObject({ error: { code: 'INSUFFICIENT_DATA' } });
  });

  it('is cancelled on a terminal by wrong answers, and a bare Enter does nothing', async () => {
    const { exitCode, text } = await onTerminal(operator, ['failover', '--to', 'us-west-2'], 'type the target Region', '\nyes\nus-east-1\n');
    expect(text).toContain('Nothing was typed.');
    expect(text).toContain('Nothing was changed.');
    expect(exitCode).toBe(5);
  });

  it('leaves everything as it was', async () => {
    await json(0, 'failover', '--to', 'us-west-2', '--dry-run');
    await json(0, 'plan', 'failover');
    await json(0, 'assess');
    expect((await status()).routing).toMatchObject({ epoch: 1, activeRegion: 'us-east-1', drift: [] });
  });
});

describe('a planned move and back', () => {
  it('is planned, saved, confirmed on a terminal, and done', async () => {
    const file = path.join(operator.home, 'plan.json');
    await json(0, 'plan', 'failover', '--to', 'us-west-2', '--save', file);
    const { exitCode, text } = await onTerminal(operator, ['failover', '--plan', file, '--reason', 'a test'], 'type the target Region', 'us-west-2\n');
    expect(text).toContain('failover us-east-1 → us-west-2');
    expect(exitCode).toBe(0);
    expect((await status()).routing).toMatchObject({ epoch: 2, activeRegion: 'us-west-2', phase: 'active', mrap: { 'us-east-1': 0, 'us-west-2': 100 } });
  });

  it('changes nothing when it is repeated', async () => {
    expect(await json(0, 'failover', '--to', 'us-west-2', '--yes')).toMatchObject({ outcome: 'done', nothingToDo: true, epoch: 2 });
    expect((await status()).routing.epoch).toBe(2);
  });

  it('takes jobs in the other Region', async () => {
    const request = { rows: 200, bad: 3, seed: 21, references: 5_000 };
    const [job] = (await json<{ jobs: SubmittedJob[] }>(0, 'submit', await sample('west.csv', request), '--wait', '--durability', 'replicated')).jobs as [SubmittedJob];
    expect(await json(0, 'job', job.jobId)).toMatchObject({ region: 'us-west-2', epoch: 2, presentIn: ['us-east-1', 'us-west-2'] });
    expect((await run('output', job.jobId)).stdout).toBe(expectedOutput(request).text);
  });

  it('goes back', async () => {
    const result = await json<{ steps: { name: string; state: string }[] }>(0, 'failback', '--yes', '--acknowledge', 'recent-move,unsettled-target');
    expect(result).toMatchObject({ kind: 'failback', mode: 'graceful', from: 'us-west-2', to: 'us-east-1', epoch: 3, outcome: 'done', parked: [], failed: [] });
    expect(result.steps.map((step) => step.name)).toEqual(expect.arrayContaining(['drain', 'wait-for-replication', 'fence', 'flip-routing-controls', 'flip-traffic-dials', 'prove']));
    // Two endpoints are proof enough for the move; the others may take 15 s more to say so.
    await expect.poll(async () => (await status()).routing, { timeout: 30_000, interval: 1000 }).toMatchObject({ epoch: 3, activeRegion: 'us-east-1', arc: { 'us-east-1': 'On', 'us-west-2': 'Off' } });
  }, 60_000);
});

describe('faults', () => {
  it('are set, listed and mended, and change the exit code of status', async () => {
    await sandbox(0, 'fault', 'region', 'us-east-1', 'down');
    expect(await sandbox(0, 'fault', 'list')).toMatchObject({ faults: { regions: { 'us-east-1': 'down' } } });
    expect(await json(11, 'status', '--exit-code')).toMatchObject({ recommendation: { action: 'failover', to: 'us-west-2', verdict: 'GO' } });
    // Without --exit-code, having looked is success.
    expect((await run('status')).exitCode).toBe(0);
    await sandbox(0, 'fault', 'clear');
    expect(await sandbox(2, 'fault', 'region', 'mars-1', 'down')).toMatchObject({ error: { code: 'USAGE' } });
  });
});

describe('what goes wrong outside', () => {
  async function withDeployment(change: (deployment: Record<string, unknown>) => void): Promise<string> {
    const deployment = JSON.parse(await readFile(path.join(operator.home, 'config/batchctl/sandbox.json'), 'utf8')) as Record<string, unknown>;
    change(deployment);
    const file = path.join(operator.home, 'changed.json');
    await writeFile(file, JSON.stringify(deployment));
    return file;
  }

  it('wrong credentials end with 4', async () => {
    const file = await withDeployment((deployment) => { deployment['credentials'] = { accessKeyId: 'AKIASANDBOXWRONG', secretAccessKey: 'wrong' }; });
    expect(await json(4, '--config', file, 'jobs')).toMatchObject({ error: { code: 'CREDENTIALS' } });
  });

  it('no credentials at all end with 4', async () => {
    const file = await withDeployment((deployment) => { delete deployment['credentials']; });
    const ran = await operator.run(['--config', file, 'jobs', '-o', 'json'], { env: { AWS_EC2_METADATA_DISABLED: 'true' } });
    expect(JSON.parse(ran.stdout)).toMatchObject({ error: { code: 'CREDENTIALS' } });
    expect(ran.exitCode).toBe(4);
  });

  it('endpoints that nobody listens on end with 1 and one message', async () => {
    const file = await withDeployment((deployment) => { deployment['transport'] = { connectTo: [{ host: '.*', port: 9 }] }; });
    const ran = await run('--config', file, 'jobs');
    expect(ran.stderr).toMatch(/✖ error A service did not answer: .*\[UNREACHABLE\]/);
    expect(ran.stderr).not.toMatch(/\n\s+at /);
    expect(ran.exitCode).toBe(1);
  });
});

describe('the process', () => {
  it('ends quietly when its reader has gone', async () => {
    const child = spawn('sh', ['-c', `'${process.execPath}' bin/batchctl.js sandbox sample --rows 200000 | head -n 1; echo done`], { cwd: repository });
    let text = '';
    child.stdout.on('data', (chunk: Buffer) => { text += chunk.toString(); });
    child.stderr.on('data', (chunk: Buffer) => { text += chunk.toString(); });
    await new Promise((resolve) => child.on('close', resolve));
    expect(text).toMatch(/^uuid,.*\ndone\n$/);
  });

  it('gives an environment that other clients can use', async () => {
    const { stdout } = await run('sandbox', 'env', '--dir', operator.sandbox);
    expect(stdout).toMatch(/^export AWS_ENDPOINT_URL=http:\/\/127\.0\.0\.1:\d+$/m);
    expect(stdout).toMatch(/^export AWS_ACCESS_KEY_ID=\S+$/m);
  });

  it('stops at Ctrl-C and says how to go on', async () => {
    const file = await sample('slow.csv', { rows: 50, bad: 0, seed: 5 });
    await sandbox(0, 'fault', 'service', 'lambda@us-east-1', 'error');
    const child = spawn(process.execPath, [path.join(repository, 'bin/batchctl.js'), 'submit', file, '--wait'], { env: { PATH: process.env['PATH'], HOME: operator.home, XDG_CONFIG_HOME: path.join(operator.home, 'config'), XDG_STATE_HOME: path.join(operator.home, 'state') } });
    let shown = '';
    let interrupted = false;
    child.stderr.on('data', (chunk: Buffer) => {
      shown += chunk.toString();
      if (shown.includes('ACCEPTED') && !interrupted) interrupted = child.kill('SIGINT');
    });
    const exitCode = await new Promise<number | null>((resolve) => child.on('close', resolve));
    expect(shown).toContain('Stopping. Press Ctrl-C again');
    expect(shown).toContain('Go on with: batchctl submit');
    expect(exitCode).toBe(6);
    await sandbox(0, 'fault', 'clear');
  });

  it('stops the sandbox and keeps its state', async () => {
    expect(await sandbox(0, 'stop')).toMatchObject({ stopped: true });
    expect(await sandbox(0, 'stop')).toMatchObject({ stopped: false });
    expect(await sandbox(1, 'status')).toMatchObject({ error: { code: 'SANDBOX_NOT_RUNNING' } });
    const restarted = await sandbox(0, 'start', '--detach');
    expect(restarted).toMatchObject({ epoch: 3, set: [], referenceRowsLoaded: 0 });
    expect((await json<{ jobs: unknown[] }>(0, 'jobs')).jobs.length).toBeGreaterThan(3);
    await sandbox(0, 'reset', '--yes');
    expect(existsSync(path.join(operator.home, 'sandbox/state.json'))).toBe(false);
  });
});
