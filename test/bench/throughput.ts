/**
 * Small files through the whole pipeline of a sandbox: `bench.mjs throughput [--jobs 400] [--at-once 32]`. Counts from the
 * first upload to the last job that succeeded, and whose processor time that was.
 */
import { PutObjectCommand } from '@aws-sdk/client-s3';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { createClientFactory } from '../../src/aws/clients.js';
import { createReadPorts } from '../../src/aws/ports.js';
import { systemClock } from '../../src/aws/system-clock.js';
import type { Deployment } from '../../src/config/schema.js';

const { values } = parseArgs({ options: { jobs: { type: 'string', default: '400' }, 'at-once': { type: 'string', default: '32' } } });
const jobs = Number(values.jobs);
const entry = path.join(process.env['BENCH_ROOT'] ?? '.', 'bin/batchctl.js');
const home = mkdtempSync(path.join(os.tmpdir(), 'batchctl-throughput-'));
const env = { ...process.env, HOME: home, XDG_CONFIG_HOME: path.join(home, 'config'), XDG_STATE_HOME: path.join(home, 'state'), XDG_CACHE_HOME: path.join(home, 'cache') };

function batchctl(...words: string[]): string {
  const ended = spawnSync(process.execPath, [entry, ...words], { env, encoding: 'utf8', timeout: 120_000 });
  if (ended.status !== 0) throw new Error(`batchctl ${words.join(' ')}: ${ended.stderr}`);
  return ended.stdout;
}

/** Seconds of processor time by thread of a process; the first is the one that answers for AWS's services. */
function threadSeconds(pid: number): Map<string, number> {
  const ticks = (thread: string): number => {
    const fields = readFileSync(`/proc/${pid}/task/${thread}/stat`, 'utf8').replace(/^.*\) /, '').split(' ');
    return (Number(fields[11]) + Number(fields[12])) / 100;
  };
  return new Map(readdirSync(`/proc/${pid}/task`).map((thread) => [thread, ticks(thread)]));
}

try {
  const startedAt = performance.now();
  batchctl('sandbox', 'start', '--detach');
  const startSeconds = (performance.now() - startedAt) / 1000;
  const deployment = JSON.parse(readFileSync(path.join(home, 'config/batchctl/sandbox.json'), 'utf8')) as Deployment;
  const { pid } = JSON.parse(readFileSync(path.join(home, 'state/batchctl/sandbox/sandbox.json'), 'utf8')) as { pid: number };
  const text = batchctl('sandbox', 'sample', '--rows', '5');
  const clients = createClientFactory(deployment);
  const ledger = createReadPorts(deployment, { clock: systemClock }).ledgers[deployment.home]!;
  const bucket = deployment.regions[deployment.home]!.bucket;

  /** Gives the seconds that so many files took, put in by so many hands. */
  async function run(name: string, count: number): Promise<number> {
    const before = await ledger.countSucceeded(24);
    const begunAt = performance.now();
    let next = 0;
    await Promise.all(Array.from({ length: Number(values['at-once']) }, async () => {
      for (let index = next++; index < count; index = next++) await clients.s3(deployment.home).send(new PutObjectCommand({ Bucket: bucket, Key: `input/${name}-${index}.csv`, Body: text }));
    }));
    while (await ledger.countSucceeded(24) < before + count) await delay(100);
    return (performance.now() - begunAt) / 1000;
  }

  // The first jobs load every function's code; that is measured apart.
  const firstSeconds = await run('first', 20);
  const before = threadSeconds(pid);
  const seconds = await run('small', jobs);
  const after = threadSeconds(pid);
  const spent = [...after].map(([thread, total]) => ({ thread, seconds: total - (before.get(thread) ?? 0) }));
  const services = spent.find(({ thread }) => thread === String(pid))?.seconds ?? 0;
  const all = spent.reduce((sum, each) => sum + each.seconds, 0);
  const rounded = (number: number): number => Math.round(number * 100) / 100;
  process.stdout.write(`${JSON.stringify({
    node: process.version, cores: os.availableParallelism(), sandboxStartSeconds: rounded(startSeconds), first20JobsSeconds: rounded(firstSeconds),
    jobs, seconds: rounded(seconds), jobsPerSecond: rounded(jobs / seconds), servicesThreadCpuSeconds: rounded(services), otherThreadsCpuSeconds: rounded(all - services),
    cpuMillisecondsOfAJob: rounded((all / jobs) * 1000),
  })}\n`);
} finally {
  spawnSync(process.execPath, [entry, 'sandbox', 'reset', '--yes'], { env });
  rmSync(home, { recursive: true, force: true });
}
process.exit();
