/**
 * What a look and a plan cost with many open jobs, and with many finished ones: `bench.mjs open-jobs [--open 1000,10000] [--finished 20000]`.
 * Finished jobs are in neither of the lists that are read, so that they cost nothing is counted with as many as fit, not assumed.
 */
import '../simulation/simulator/virtual-process.js';
import { parseArgs } from 'node:util';
import { encodeMembers } from '../../src/aws/ledger/attributes.js';
import { acceptedJobItem } from '../../src/aws/ledger/job-item.js';
import { createReadPorts } from '../../src/aws/ports.js';
import { assess } from '../../src/core/assess.js';
import { jobIdOf } from '../../src/core/job.js';
import { planMove } from '../../src/core/plan.js';
import { observe } from '../../src/workflow/observe.js';
import { readUnits } from '../../src/sandbox/services/dynamodb/operations/capacity.js';
import { account, operatorIn } from '../simulation/simulator/deployed-world.js';
import { createJobWorld, home, logCalls, standby, type JobWorld } from './job-world.js';

const { values } = parseArgs({ options: { open: { type: 'string', default: '1000,10000' }, finished: { type: 'string', default: '20000' } } });
const finished = Number(values.finished);

for (const open of values.open.split(',').map(Number)) {
  const jobWorld = await createJobWorld({ open });
  const alone = await look(jobWorld);
  await finish(jobWorld, finished);
  const among = await look(jobWorld);
  process.stdout.write(`${JSON.stringify({ open, finished, alone, amongFinished: among })}\n`);
  await jobWorld.world.stop();
}
process.exit(0);

interface Cost {
  calls: number;
  queries: number;
  readUnits: number;
  /** In the world's time, AWS's typical latencies included. */
  seconds: number;
  /** Of this process: the look with the imitation of AWS, and then the judgement and the plan alone. */
  lookCpuSeconds: number;
  planCpuSeconds: number;
}

async function look(jobWorld: JobWorld): Promise<Cost> {
  const { clock, deployment, portClock } = jobWorld;
  const calls = logCalls(jobWorld);
  const read = createReadPorts(deployment, { clock: portClock, clientOptions: { requestHandler: calls.handler } });
  const units = countReads(jobWorld);
  const [began, before] = [clock.now(), process.cpuUsage()];
  const snapshot = await clock.runUntil(observe(read, deployment, { probeTimeoutMs: 3000 }));
  const lookCpu = process.cpuUsage(before);
  const seconds = (clock.now() - began) / 1000;
  const beforePlan = process.cpuUsage();
  const assessment = assess(snapshot, deployment.policy, { to: standby, mode: 'ungraceful' });
  planMove(snapshot, assessment, { kind: 'failover', to: standby, mode: 'ungraceful', policy: deployment.policy });
  const planCpu = process.cpuUsage(beforePlan);
  units.stop();
  return {
    calls: [...calls.counts.values()].reduce((sum, count) => sum + count, 0), queries: calls.counts.get('Query') ?? 0, readUnits: units.total(), seconds,
    lookCpuSeconds: cpuSeconds(lookCpu), planCpuSeconds: cpuSeconds(planCpu),
  };
}

function cpuSeconds({ user, system }: NodeJS.CpuUsage): number {
  return Math.round((user + system) / 1e4) / 100;
}

/** Read request units of the operator's queries and scans, by the size of what came back. */
function countReads({ world }: JobWorld): { total(): number; stop(): void } {
  const { operations } = world.services.get('dynamodb')!;
  const read = { Query: operations['Query']!, Scan: operations['Scan']! };
  let total = 0;
  for (const [name, original] of Object.entries(read)) {
    operations[name] = async (input: { ConsistentRead?: boolean }, call) => {
      const answer = await original(input, call) as { Items: unknown[] };
      total += readUnits(JSON.stringify(answer.Items).length, input.ConsistentRead === true);
      return answer;
    };
  }
  return { total: () => total, stop: () => { Object.assign(operations, read); } };
}

/** Rows of jobs that ended well, days ago and settled: as the pipeline leaves them, out of the sparse index. */
async function finish({ world, clock, deployment }: JobWorld, count: number): Promise<void> {
  for (let index = 0; index < count; index += 1) {
    const key = `input/2026/10/done-${String(index).padStart(8, '0')}.csv`;
    const versionId = `d${index.toString(36).padStart(31, '0')}`;
    const jobId = jobIdOf(key, versionId);
    const at = new Date(clock.now() - 86_400_000 * (1 + (index % 25))).toISOString();
    const { openShard: _shard, openSort: _sort, ...accepted } = acceptedJobItem({ jobId, key, versionId, bytes: 1_000_000, checksum: 'c'.repeat(64), acceptedAt: at, acceptedBy: home, presentIn: { [home]: at, [standby]: at } });
    const Item = {
      ...accepted, ...encodeMembers({
        status: 'SUCCEEDED', epoch: 1, region: home, attempt: 1, claimedAt: at, finishedAt: at, notification: 'SENT', notifiedAt: at, outputRegion: home,
        outputKey: `output/${jobId}/e1-a1/done.csv`, executionArn: `arn:aws:states:${home}:${account}:execution:batchctl-job:${jobId}-e1-a1`,
      }),
    };
    await clock.runUntil(world.call('dynamodb', 'PutItem', { TableName: deployment.ledgerTable, Item }, operatorIn(standby)));
  }
  await clock.advance(5000);
}
