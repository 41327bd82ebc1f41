// One whole look at a running sandbox, beside what AWS's own command line needs to say its version; and one at an AWS of which a
// Region takes every call and answers none.
// node test/bench/status.mjs [ROUNDS]          (needs python3; run `npm run build` first)
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { measureProcesses, middle, rounded } from './measure-processes.mjs';
import { deploymentOn, startStubAws } from './stub-aws.mjs';

const rounds = Number(process.argv[2] ?? 10);
/** Each probe's own deadline (src/workflow/observe.ts). */
const probeDeadlineSeconds = 3;
const entry = fileURLToPath(new URL('../../bin/batchctl.js', import.meta.url));
const home = mkdtempSync(path.join(os.tmpdir(), 'batchctl-status-'));
const env = { HOME: home, XDG_CONFIG_HOME: path.join(home, 'config'), XDG_STATE_HOME: path.join(home, 'state'), XDG_CACHE_HOME: path.join(home, 'cache') };
const awsCli = '/usr/bin/aws';
const awsVersion = existsSync(awsCli) ? spawnSync(awsCli, ['--version'], { encoding: 'utf8' }).stdout.trim() : undefined;

function batchctl(...words) {
  const ended = spawnSync(process.execPath, [entry, ...words], { env: { ...process.env, ...env }, encoding: 'utf8', timeout: 120_000 });
  if (ended.status !== 0) throw new Error(`batchctl ${words.join(' ')}: ${ended.stderr}`);
  return ended.stdout;
}

const status = { name: 'status', argv: [process.execPath, entry, 'status', '-o', 'json'], env };
const figures = (runs) => ({ seconds: rounded(middle(runs.map((run) => run.seconds))), slowestSeconds: rounded(Math.max(...runs.map((run) => run.seconds))), mebibytes: Math.round(middle(runs.map((run) => run.mebibytes))) });

try {
  const startedAt = performance.now();
  batchctl('sandbox', 'start', '--detach');
  const startSeconds = rounded((performance.now() - startedAt) / 1000);
  await measureProcesses([status], 2);
  const healthy = await measureProcesses([status, ...(awsVersion ? [{ name: 'aws --version', argv: [awsCli, '--version'], env }] : [])], rounds);
  const blackHole = await startStubAws({ swallows: /us-east-1/ });
  const deployment = path.join(home, 'black-hole.json');
  writeFileSync(deployment, JSON.stringify(deploymentOn(blackHole.port)), { mode: 0o600 });
  const { status: swallowed } = await measureProcesses([{ ...status, argv: [...status.argv, '--config', deployment] }], Math.min(rounds, 5));
  blackHole.close();
  process.stdout.write(`${JSON.stringify({
    node: process.version, rounds, sandboxStartSeconds: startSeconds,
    healthy: figures(healthy.status),
    ...(awsVersion ? { aws: { version: awsVersion.split(' ')[0], ...figures(healthy['aws --version']) }, timesAwsVersion: rounded(middle(healthy.status.map((run, round) => run.seconds / healthy['aws --version'][round].seconds))) } : {}),
    blackHoledRegion: figures(swallowed), beyondProbeDeadlineSeconds: rounded(middle(swallowed.map((run) => run.seconds)) - probeDeadlineSeconds),
  })}\n`);
} finally {
  spawnSync(process.execPath, [entry, 'sandbox', 'reset', '--yes'], { env: { ...process.env, ...env } });
  rmSync(home, { recursive: true, force: true });
}
