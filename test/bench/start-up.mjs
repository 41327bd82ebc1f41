// What starting costs: whole processes beside an empty one of the same Node, in turn, so that what else the machine does falls on all.
// node test/bench/start-up.mjs [ROUNDS]          (needs python3; run `npm run build` first)
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { measureProcesses, middle, rounded } from './measure-processes.mjs';
import { deploymentOn, startStubAws } from './stub-aws.mjs';

const rounds = Number(process.argv[2] ?? 15);
const entry = fileURLToPath(new URL('../../bin/batchctl.js', import.meta.url));
const home = mkdtempSync(path.join(os.tmpdir(), 'batchctl-start-up-'));
const env = { HOME: home, XDG_CONFIG_HOME: path.join(home, 'config'), XDG_STATE_HOME: path.join(home, 'state'), XDG_CACHE_HOME: path.join(home, 'cache') };
const floor = 'node -e 0';
const awsCli = '/usr/bin/aws';

const stub = await startStubAws();
try {
  const deployment = path.join(home, 'stub.json');
  writeFileSync(deployment, JSON.stringify(deploymentOn(stub.port)));
  const subject = (name, ...argv) => ({ name, argv, env });
  const subjects = [
    subject(floor, process.execPath, '-e', '0'),
    subject('--version', process.execPath, entry, '--version'),
    subject('--help', process.execPath, entry, '--help'),
    subject('status -o json', process.execPath, entry, 'status', '-o', 'json', '--config', deployment),
    ...(existsSync(awsCli) ? [subject('aws --version', awsCli, '--version')] : []),
  ];
  // The first start writes the code cache, and is not what an operator meets twice.
  const before = { calls: stub.calls, connections: stub.connections };
  await measureProcesses(subjects, 2);
  const calls = (stub.calls - before.calls) / 2;
  const connections = (stub.connections - before.connections) / 2;
  subjects.push(subject('as many plain calls', process.execPath, fileURLToPath(new URL('plain-calls.cjs', import.meta.url)), String(stub.port), String(calls), String(connections)));
  const measured = await measureProcesses(subjects, rounds);
  const ratios = Object.fromEntries(Object.entries(measured).map(([name, runs]) => {
    const pairs = runs.map((run, round) => run.seconds / measured[floor][round].seconds);
    return [name, { timesFloor: rounded(middle(pairs)), milliseconds: Math.round(middle(runs.map((run) => run.seconds)) * 1000), cpuMilliseconds: Math.round(middle(runs.map((run) => run.cpuSeconds)) * 1000), mebibytes: Math.round(middle(runs.map((run) => run.mebibytes))) }];
  }));
  process.stdout.write(`${JSON.stringify({ node: process.version, rounds, callsOfStatus: calls, connectionsOfStatus: connections, ...ratios })}\n`);
} finally {
  stub.close();
  rmSync(home, { recursive: true, force: true });
}
