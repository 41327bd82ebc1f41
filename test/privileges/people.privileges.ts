import { mkdtemp, readFile, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { sampleText } from '../../src/cli/sample/order-rows.js';
import { referenceEntries } from '../../src/cli/sample/reference-rows.js';
import { AwsError, type Operation } from '../../src/sandbox/service.js';
import { createAccessLog, type SeenAccess } from './access-log.js';
import { startCommandLine, type CommandLine, type Ended, type PeopleRole } from './command-line.js';
import { saveSeen } from './records.js';

/** What a role for people is refused on purpose, by the command that asks for it. */
const refusedOnPurpose: readonly { role: PeopleRole; action: RegExp }[] = [
  // An observer who submits, moves or redrives is told so; reference data belongs to its owner.
  { role: 'observer', action: /^(s3:PutObject|dynamodb:(PutItem|UpdateItem|BatchWriteItem)|states:StartExecution)$/ },
  { role: 'operator', action: /^dynamodb:BatchWriteItem$/ },
];

const log = createAccessLog();
let line: CommandLine;

beforeAll(async () => { line = await startCommandLine(await mkdtemp(path.join(os.tmpdir(), 'batchctl-privileges-')), log.note); });
afterAll(async () => {
  await saveSeen('people', log.seen());
  await line.stop();
  await rm(line.folder, { recursive: true, force: true, maxRetries: 5 });
});

const refusals = (): SeenAccess[] => log.seen().filter(({ allowed, principal, action }) => !allowed && /:role\/batchctl-(operator|observer)$/.test(principal)
  && !refusedOnPurpose.some((each) => principal.endsWith(`-${each.role}`) && each.action.test(action)));

async function must(role: PeopleRole, exitCode: number | readonly number[], ...words: string[]): Promise<Ended> {
  const ended = await line.as(role, ...words);
  expect([exitCode].flat(), `batchctl ${words.join(' ')}\n${ended.stdout}\n${ended.stderr}`).toContain(ended.exitCode);
  expect(refusals(), `batchctl ${words.join(' ')} as ${role}`).toEqual([]);
  return ended;
}
const json = async <Document>(role: PeopleRole, ...words: string[]): Promise<Document> => JSON.parse((await must(role, 0, ...words, '-o', 'json')).stdout) as Document;

async function eventually(what: string, ask: () => Promise<boolean>): Promise<void> {
  const deadline = Date.now() + 240_000;
  while (!await ask()) {
    if (Date.now() > deadline) throw new Error(`waited in vain for ${what}`);
    await new Promise((resolve) => { setTimeout(resolve, 1000); });
  }
}

async function sample(name: string, rows: number, bad = 0): Promise<string> {
  return line.write(name, [...sampleText({ rows, bad, seed: rows, references: 200 })].join(''));
}

let jobId = '';

describe('an operator', () => {
  it('sets the first routing from the outputs of the stacks', async () => {
    const credentials = (JSON.parse(await readFile(path.join(line.folder, 'operator.json'), 'utf8')) as { credentials: object }).credentials;
    const outputs = await line.write('outputs.json', JSON.stringify({ stack: { Deployment: JSON.stringify({ ...line.described, name: 'as-operator', credentials }) } }));
    await mustBare(0, 'init', '--outputs', outputs);
  });

  it('submits small and large inputs, and takes an upload back that fails', async () => {
    await loadReferences();
    const { jobs: [job] } = await json<{ jobs: [{ jobId: string; status: string; url: string }] }>('operator', 'submit', await sample('small.csv', 40, 3), '--wait', '--durability', 'replicated');
    expect(job.status).toBe('SUCCEEDED');
    jobId = job.jobId;
    expect(await line.follow(job.url)).toBe(200);
    // Above 64 MiB a file goes up in parts.
    const large = await line.write('large.csv', 'a,b\n'.repeat(17 * 1024 * 1024));
    const mend = failing('s3', 'UploadPart');
    expect((await line.as('operator', 'submit', large, '--no-validate')).exitCode).not.toBe(0);
    mend();
    expect(refusals()).toEqual([]);
  });

  it('looks at everything that an observer looks at', async () => { await lookAtEverything('operator'); });

  it('runs failed jobs again', async () => {
    await line.as('operator', 'submit', await line.write('refused.csv', 'a,b\n1,2\n'), '--no-validate');
    await eventually('a failed job', async () => (await json<{ jobs: unknown[] }>('operator', 'jobs', '--state', 'FAILED')).jobs.length > 0);
    await must('operator', [0, 7], 'redrive', '--all');
  });

  it('moves the pipeline and moves it back', async () => {
    await eventually('a GO', async () => (await json<{ recommendation?: { verdict: string }; verdict?: string }>('operator', 'assess', '--to', 'us-west-2')).verdict !== 'INSUFFICIENT_DATA');
    const flags = ['--yes', '--acknowledge', 'recent-move,unsettled-target', '-o', 'json'];
    await must('operator', [0, 7], 'failover', '--to', 'us-west-2', ...flags);
    // For a while after the move uploads may still be led to the Region that was left.
    let west = 0;
    await eventually('an upload to land in the standby', async () => {
      west += 1;
      await must('operator', 0, 'submit', await sample(`west-${west}.csv`, 20), '--wait');
      return log.seen().some(({ action, resource }) => action === 's3:PutObject' && resource.includes(`us-west-2/input/west-${west}`));
    });
    await must('operator', [0, 7], 'failback', ...flags);
    await must('operator', 0, 'history');
    await must('operator', 0, 'report');
  });

  it('cannot load reference data', async () => {
    expect(await line.as('operator', 'reference', 'load', await references(10))).toMatchObject({ exitCode: 4 });
    expect(refusals()).toEqual([]);
  });
});

describe('an observer', () => {
  it('looks at everything', async () => {
    await lookAtEverything('observer');
    await must('observer', 0, 'history');
    await must('observer', 0, 'report');
  });

  it.each([['submit', 'small.csv'], ['failover', '--to', 'us-west-2', '--yes', '--acknowledge', 'recent-move,unsettled-target'], ['redrive', '--all']])('cannot %s', async (...words) => {
    const ended = await line.as('observer', ...words.map((word) => (word === 'small.csv' ? path.join(line.folder, word) : word)));
    expect(ended.exitCode, ended.stderr).not.toBe(0);
    expect(refusals()).toEqual([]);
  });
});

async function lookAtEverything(role: PeopleRole): Promise<void> {
  await must(role, 0, 'status');
  await must(role, [0, 3], 'assess');
  await must(role, [0, 3], 'assess', '--to', 'us-west-2');
  await must(role, [0, 3], 'plan', 'failover', '--to', 'us-west-2');
  await must(role, [0, 3], 'plan', 'failback');
  await must(role, [0, 3], 'failover', '--to', 'us-west-2', '--dry-run');
  await must(role, 0, 'jobs');
  await must(role, 0, 'job', jobId);
  await must(role, 0, 'output', jobId);
  await must(role, 0, 'output', jobId, '--rejects');
  await must(role, 0, 'redrive', '--all', '--dry-run');
  const { findings } = JSON.parse((await must(role, [0, 1], 'doctor', '-o', 'json')).stdout) as { findings: { detail: string }[] };
  expect(findings.filter(({ detail }) => /not authorized|AccessDenied/.test(detail))).toEqual([]);
  // It watches until it is told to stop.
  await must(role, 0, 'guard', '--to', 'us-west-2', '--timeout', '4s');
}

/** As `init` is run: with no deployment file yet. */
async function mustBare(exitCode: number, ...words: string[]): Promise<void> {
  const ended = await line.bare(...words);
  expect(ended.exitCode, ended.stderr).toBe(exitCode);
  expect(refusals()).toEqual([]);
}

function failing(service: string, operation: string): () => void {
  const operations = line.world.service(service).operations;
  const original = operations[operation] as Operation;
  operations[operation] = async () => { throw new AwsError('InternalError', 'We encountered an internal error. Please try again.', { status: 500 }); };
  return () => { operations[operation] = original; };
}

async function references(count: number): Promise<string> {
  const rows = [...referenceEntries(count)].map(({ uuid, values }) => [uuid, ...Object.values(values)].join(','));
  return line.write('reference.csv', `uuid,unitsSold,unitPrice,unitCost,totalRevenue,totalCost,totalProfit\n${rows.join('\n')}\n`);
}

async function loadReferences(): Promise<void> {
  for (const { uuid, values } of referenceEntries(200)) {
    const Item = { uuid: { S: uuid }, ...Object.fromEntries(Object.entries(values).map(([name, value]) => [name, { N: value }])) };
    await line.world.call('dynamodb', 'PutItem', { TableName: 'batchctl-reference', Item }, { region: 'us-east-1', principal: { arn: 'arn:aws:iam::111122223333:user/operator-admin', origin: 'operator' } });
  }
}
