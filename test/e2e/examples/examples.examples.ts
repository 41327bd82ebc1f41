import { cp, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { Command } from 'commander';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { examplesOf, typedLine } from '../../../src/cli/commands/examples.js';
import { buildProgram } from '../../../src/cli/program.js';
import { repository } from '../operator.js';
import { eventually } from '../scene.js';
import { openShell, type Shell } from './shell.js';

const program = buildProgram(() => Promise.resolve(), '0.0.0');

function examplesBelow(command: Command): string[] {
  return [...examplesOf(command), ...command.commands.flatMap(examplesBelow)];
}

interface Step {
  example: string;
  /** What it may end with; 0 unless said. */
  exitCodes?: number[];
  says?: RegExp;
  /** It goes on until somebody stops it. */
  interruptAfterMs?: number;
  timeoutMs?: number;
  before?(shell: Shell): Promise<void>;
  /** For steps that AWS's own waiting times may hold up. */
  againUntilDone?: boolean;
}

/** What stands in the examples for things that only a running deployment has. */
let jobId = '';
let operationId = '';
const typed = (example: string): string => typedLine(example).replace(/4f1c2a…/g, jobId).replace('20261121T060420Z-4f1c2a', operationId);

const fit = async (shell: Shell): Promise<void> => {
  await eventually('both Regions to be fit', async () => ((await shell.type('batchctl assess --to us-west-2')).exitCode === 0 || undefined), 120_000);
};

const withoutSandbox: Step[] = [
  { example: 'completion bash > ~/.local/share/bash-completion/completions/batchctl' },
  { example: 'completion zsh > ~/.zfunc/_batchctl' },
  { example: 'completion fish > ~/.config/fish/completions/batchctl.fish' },
  { example: 'help failover', says: /--accept-data-loss/ },
  { example: 'help exit-codes', says: /refused by a guardrail/ },
  { example: 'help schema', says: /batchctl help schema status/ },
  { example: 'help schema status > status.schema.json' },
  { example: 'demo', timeoutMs: 300_000, says: /all as they must be/ },
  { example: 'demo --files 60 --keep', timeoutMs: 300_000, says: /The sandbox is still running/ },
  { example: 'sandbox stop' },
  { example: 'sandbox reset --yes' },
  { example: 'sandbox start --detach --dir /tmp/two-regions' },
];

const beside: Step[] = [
  { example: 'sandbox start --detach', before: async (shell) => { await shell.type('batchctl sandbox stop --dir /tmp/two-regions && batchctl sandbox reset --yes --dir /tmp/two-regions'); } },
  {
    example: 'sandbox status', says: /running/,
    async before(shell) {
      await shell.type('batchctl sandbox stop && batchctl sandbox start --detach --speed 10');
      await eventually('every part of the sandbox to have answered once', async () => ((await shell.type('batchctl status --exit-code')).exitCode === 0 || undefined), 120_000);
    },
  },
  { example: 'sandbox status --unmodelled', says: /not imitated/ },
  { example: 'sandbox env', says: /export AWS_ENDPOINT_URL=/ },
  { example: 'eval "$(batchctl sandbox env)" && aws s3 ls', says: /^aws s3 ls at http:\/\/127\.0\.0\.1/ },
  { example: 'eval "$(batchctl sandbox env --role observer)" && batchctl status', says: /us-east-1 {2}active/ },
  { example: 'status', says: /active Region us-east-1/ },
  { example: 'status --watch', interruptAfterMs: 6000 },
  { example: 'status --exit-code -o json', exitCodes: [0, 10] },
  { example: '-d sandbox status' },
  { example: 'assess' },
  { example: 'assess --to us-west-2', before: fit, says: /✔ GO/ },
  { example: 'assess --to us-west-2 -o json' },
  { example: 'plan failover', says: /point of no return/ },
  { example: 'plan failback', says: /Nothing to do/ },
  { example: 'plan failback -o json' },
  { example: 'plan failover --to us-west-2 --save plan.json' },
  { example: 'reference load reference.csv', before: async (shell) => { await shell.write('reference.csv', 'uuid,unitsSold,unitPrice,unitCost,totalRevenue,totalCost,totalProfit\n999999990,1,2.00,1.00,2.00,1.00,1.00\n'); } },
  { example: 'sandbox sample > orders.csv', before: async (shell) => { await rm(path.join(shell.home, 'work/reference.csv')); } },
  { example: 'submit orders.csv' },
  { example: 'submit orders.csv --wait', says: /SUCCEEDED/ },
  { example: 'sandbox sample --rows 10000 --bad 37 --seed 7 > orders.csv' },
  { example: 'submit *.csv --durability replicated -o json' },
  { example: 'sandbox sample | batchctl submit - --key orders.csv' },
  { example: 'jobs', says: /input\/orders\.csv/ },
  { example: 'jobs --state FAILED PARKED' },
  { example: 'jobs --region us-west-2 --limit 20 -o json' },
  {
    example: 'job 4f1c2a…', says: /SUCCEEDED/,
    async before(shell) {
      const { jobs } = await shell.document<{ jobs: { jobId: string }[] }>('batchctl submit orders.csv --again --wait');
      jobId = jobs[0]?.jobId ?? '';
    },
  },
  { example: 'job 4f1c2a… -o json' },
  { example: 'output 4f1c2a… --out result.csv' },
  { example: 'output 4f1c2a… | head', says: /^[^\n]+\n/ },
  { example: 'output 4f1c2a… --rejects', says: /uuid/ },
  { example: 'redrive --all' },
  { example: 'redrive 4f1c2a… --dry-run' },
  { example: 'doctor', says: /0 things bad/ },
  { example: 'doctor --verbose' },
  { example: 'guard --to us-west-2', interruptAfterMs: 6000 },
  { example: 'guard --to us-west-2 --auto -o ndjson', interruptAfterMs: 6000 },
  { example: 'failover --to us-west-2', exitCodes: [3] },
  { example: 'failover --to us-west-2 --dry-run', says: /point of no return/ },
  { example: 'failover --to us-west-2 --yes --confirm us-west-2 --accept-data-loss 0 -o json', before: fit },
  { example: 'failback --dry-run' },
  { example: 'failback', exitCodes: [3] },
  { example: 'failback --yes -o json', exitCodes: [3] },
  { example: 'failback --yes --acknowledge recent-move,unsettled-target', againUntilDone: true, timeoutMs: 240_000 },
  { example: 'history', says: /failover/ },
  { example: 'history --since 90d' },
  { example: 'history --limit 5 -o json' },
  { example: 'report', says: /^# Failback/ },
  {
    example: 'report 20261121T060420Z-4f1c2a --format html --out report.html',
    before: async (shell) => { operationId = (await shell.document<{ operations: { operationId: string }[] }>('batchctl history')).operations[0]?.operationId ?? ''; },
  },
  { example: 'report --since 90d --format html --out audit.html' },
  { example: 'report -o json' },
  { example: 'init --publish', says: /✔ published/ },
  {
    example: 'init --outputs outputs.json', says: /deployment production/,
    async before(shell) {
      const described = await readFile(path.join(shell.home, '.config/batchctl/sandbox.json'), 'utf8');
      await shell.write('outputs.json', JSON.stringify({ 'batchctl-regional-us-east-1': { Deployment: JSON.stringify({ ...JSON.parse(described) as object, name: 'production' }) } }));
    },
  },
  { example: '-d production doctor -o json' },
  { example: '-d production drill --list', says: /planned-move/ },
  { example: '-d production drill --scenario planned-move', timeoutMs: 400_000, says: /passed/ },
  // The file of that name, written above, leads to the sandbox.
  { example: 'init --from-ssm us-east-1 --name production', says: /✔ ready/ },
  {
    example: 'init --from-ssm us-east-1 --name production --profile operator', says: /✔ ready/,
    async before(shell) {
      const { environment } = await shell.document<{ environment: Record<string, string> }>('batchctl sandbox env');
      await mkdir(path.join(shell.home, '.aws'));
      await writeFile(path.join(shell.home, '.aws/credentials'), `[operator]\naws_access_key_id = ${environment['AWS_ACCESS_KEY_ID']}\naws_secret_access_key = ${environment['AWS_SECRET_ACCESS_KEY']}\n`);
    },
  },
  { example: 'sandbox fault region us-east-1 down', says: /broken/ },
  { example: 'sandbox fault arc-endpoint eu-west-1 slow' },
  { example: 'sandbox fault replication "us-east-1->us-west-2" lag 10m' },
  { example: 'sandbox fault service states@us-east-1 throttle' },
  { example: 'sandbox fault list', says: /throttle/ },
  { example: 'sandbox fault clear' },
  { example: 'sandbox deploy --assembly ../pipeline/cdk.out', says: /✔ deployed/, before: (shell) => cp(path.join(repository, 'dist/cdk.out'), path.join(shell.home, 'pipeline/cdk.out'), { recursive: true }) },
  { example: 'sandbox destroy', says: /its template retains it/ },
];

/** Each on sandboxes of its own. */
const rehearsals: Step[] = [
  { example: 'drill', timeoutMs: 400_000, says: /1 scenario passed/, before: async (shell) => { await shell.type('batchctl sandbox stop'); } },
  { example: 'drill --scenario region-dead replication-behind', timeoutMs: 400_000, says: /2 scenarios passed/ },
  { example: 'drill --all -o json', timeoutMs: 600_000, says: /"ok": true/ },
];

describe('the examples of the help texts, typed as they stand', () => {
  let shell: Shell;
  beforeAll(async () => { shell = await openShell(); });
  afterAll(() => shell?.leave());

  const play = async (step: Step): Promise<void> => {
    await step.before?.(shell);
    const line = typed(step.example);
    const wanted = step.exitCodes ?? [0];
    const once = () => shell.type(line, step.interruptAfterMs);
    const { exitCode, stdout, stderr } = step.againUntilDone
      ? await eventually(line, async () => { const tried = await once(); return wanted.includes(tried.exitCode) ? tried : undefined; }, step.timeoutMs)
      : await once();
    expect(wanted, `${line} ended with ${exitCode}\n${stdout.slice(-3000)}\n${stderr.slice(-3000)}`).toContain(exitCode);
    if (step.says) expect(stdout, stderr.slice(-1000)).toMatch(step.says);
  };

  const steps = [...withoutSandbox, ...beside, ...rehearsals];
  it.each(steps)('$example', { timeout: 700_000 }, play);

  it('are all of them', () => {
    expect([...new Set(steps.map((step) => step.example))].sort()).toEqual([...new Set(examplesBelow(program))].sort());
  });
});
