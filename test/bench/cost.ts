/** What a million rows cost, counted in the sandbox: `bench.mjs cost [--rows 100000] [--repeats 1]`. */
import '../simulation/simulator/virtual-process.js';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { createVirtualClock } from '../../src/sandbox/virtual-clock.js';
import type { WorldSnapshot } from '../../src/sandbox/assemble-world.js';
import { createMemoryBlobs } from '../../src/sandbox/blobs-memory.js';
import { createWorld } from '../../src/sandbox/create-world.js';
import { account, app, deployOnce, operatorIn } from '../simulation/simulator/deployed-world.js';
import { diceFor } from '../simulation/simulator/dice.js';
import { createFunctions } from '../simulation/simulator/functions.js';
import { calm } from '../simulation/simulator/network.js';
import { settle } from '../simulation/simulator/settle.js';
import { bindProcess } from '../simulation/simulator/virtual-process.js';
import { dollars, guidanceDollars, type Bill } from './prices.js';
import { meterOperations, meterRuntime, noUsage, type Usage } from './usage-meter.js';
import { wallTimes } from './wall-times.js';

const { values } = parseArgs({ options: { rows: { type: 'string', default: '100000' }, repeats: { type: 'string', default: '1' } } });
const [rows, repeats] = [Number(values.rows), Number(values.repeats)];
const million = 1e6;
const region = 'us-east-1';

const deployed = await deployOnce(path.join(process.env['BENCH_ROOT'] ?? '.', 'dist/cdk.out'));
const clock = createVirtualClock({ startAt: deployed.at, settle });
bindProcess(clock, diceFor(1, 'process'));
let usage: Usage = noUsage();
const functions = createFunctions({
  app, clock, world: () => world, dice: (purpose) => diceFor(1, purpose), killChance: () => 0, environment: {}, onLine: () => undefined,
  network: { world: () => world, clock, weather: () => calm, requestTimeoutMs: 30_000 },
});
const world = createWorld({
  clock, random: diceFor(1, 'world'), account, regions: [region, 'us-west-2'], blobs: createMemoryBlobs(), latency: 'off', quotas: 'on',
  runtime: meterRuntime(functions, () => clock.now(), () => usage),
});
await world.restore(quiet(JSON.parse(deployed.snapshot) as WorldSnapshot));
await world.start();
knowEveryKey();
usage = noUsage();
meterOperations(world, usage);

const { bucket, stateMachineArn } = deployed.deployment.regions[region]!;
const text = Buffer.from(orders());
const began = clock.now();
await clock.runUntil(world.call('s3', 'PutObject', { Bucket: bucket, Key: 'input/orders.csv', Body: (async function* body() { yield text; })() }, operatorIn(region)));
const cpuBefore = process.cpuUsage();
const { executionArn, stopDate } = await clock.runUntil(finished());
const cpu = process.cpuUsage(cpuBefore);
const counted = new Map(usage.calls);
const bill: Bill = { ...usage, transitions: await clock.runUntil(transitionsOf(executionArn)), ...await clock.runUntil(stored()) };
// The functions' own computing takes no time on a virtual clock. All CPU that was used, AWS's imitation included, is an upper bound of it.
bill.gigabyteSeconds += ((cpu.user + cpu.system) / 1e6) * (1769 / 1024);

const scale = million / rows;
const perMillion = Object.fromEntries(Object.entries(dollars(bill)).map(([name, price]) => [name, round(price * scale)]));
const total = Object.values(dollars(bill)).reduce((sum, price) => sum + price, 0) * scale;
const guidance = guidanceDollars(million);
process.stdout.write(`${JSON.stringify({
  rows, distinctKeys: Math.ceil(rows / repeats), bytes: text.length, dollarsPerMillionRows: round(total), of: perMillion, guidance: round(guidance), timesCheaper: Math.round(guidance / total),
  counted: { transitions: bill.transitions, invocations: bill.invocations, gigabyteSeconds: round(bill.gigabyteSeconds), s3Writes: bill.s3Writes, s3Reads: bill.s3Reads, readUnits: bill.readUnits, writeUnits: bill.writeUnits, replicatedObjects: bill.replicatedObjects, replicatedBytes: bill.replicatedBytes, emails: bill.emails },
  calls: Object.fromEntries([...counted].sort((left, right) => right[1] - left[1])), simulatedSeconds: (stopDate - began) / 1000, wallTimes: wallTimes([1, 10_000, million, 10 * million, 100 * million]),
})}\n`);
process.exit(0);

/** Schedules cost the same whether rows come or not; they are no part of a row's price. */
function quiet(snapshot: WorldSnapshot): WorldSnapshot {
  (snapshot.services['scheduler'] as { schedules: unknown[] }).schedules = [];
  return snapshot;
}

/** The reference table knows every key: loading millions of items would measure the sandbox. */
function knowEveryKey(): void {
  const { operations } = world.services.get('dynamodb')!;
  const read = operations['BatchGetItem']!;
  const { referenceTable } = deployed.deployment;
  operations['BatchGetItem'] = async (input: { RequestItems: Record<string, { Keys: { uuid: { S: string } }[] }> }, call) => {
    const asked = input.RequestItems[referenceTable];
    if (!asked) return read(input, call) as Promise<unknown>;
    return { Responses: { [referenceTable]: asked.Keys.map(({ uuid }) => ({ uuid, ...Object.fromEntries(['unitsSold', 'unitPrice', 'unitCost', 'totalRevenue', 'totalCost', 'totalProfit'].map((name) => [name, { N: '1234.5' }])) })) }, UnprocessedKeys: {} };
  };
}

/** Each key stands in `repeats` rows that follow each other. */
function orders(): string {
  const lines = ['uuid,Country,Item Type,Sales Channel,Order Priority,Order Date,Region,Ship Date'];
  for (let row = 0; row < rows; row += 1) lines.push(`${100_000_000 + Math.floor(row / repeats)},Country ${row % 200},Snacks,Online,H,7/27/12,Region ${row % 7},2012-07-28`);
  return `${lines.join('\n')}\n`;
}

async function finished(): Promise<{ executionArn: string; stopDate: number }> {
  for (;;) {
    const { executions } = await world.call<{ executions: { executionArn: string; name: string; status: string; startDate: Date; stopDate?: Date }[] }>('states', 'ListExecutions', { stateMachineArn }, operatorIn(region));
    const ended = executions.find((execution) => execution.status !== 'RUNNING' && execution.startDate.getTime() >= began);
    if (ended?.status === 'SUCCEEDED') return { executionArn: ended.executionArn, stopDate: clock.now() };
    if (ended) throw new Error(`the job ended as ${ended.status}`);
    await clock.sleep(500);
  }
}

/** AWS bills each state that is entered, in the execution and in those of its Map Run. */
async function transitionsOf(arn: string): Promise<number> {
  let entered = 0;
  let nextToken: string | undefined;
  do {
    const page = await world.call<{ events: { type: string }[]; nextToken?: string }>('states', 'GetExecutionHistory', { executionArn: arn, maxResults: 1000, nextToken }, operatorIn(region));
    entered += page.events.filter((event) => event.type.endsWith('StateEntered')).length;
    nextToken = page.nextToken;
  } while (nextToken);
  const { mapRuns } = await world.call<{ mapRuns: { mapRunArn: string }[] }>('states', 'ListMapRuns', { executionArn: arn }, operatorIn(region));
  for (const { mapRunArn } of mapRuns) {
    const { executions } = await world.call<{ executions: { executionArn: string }[] }>('states', 'ListExecutions', { mapRunArn }, operatorIn(region));
    for (const child of executions) entered += await transitionsOf(child.executionArn);
  }
  return entered;
}

/** Everything in the bucket was written by the job or is its input, and all of it replicates. */
async function stored(): Promise<{ replicatedBytes: number; replicatedObjects: number }> {
  let [replicatedBytes, replicatedObjects] = [0, 0];
  for (const prefix of ['input/', 'work/', 'output/']) {
    const { Contents = [] } = await world.call<{ Contents?: { Size: number }[] }>('s3', 'ListObjectsV2', { Bucket: bucket, Prefix: prefix }, operatorIn(region));
    replicatedObjects += Contents.length;
    replicatedBytes += Contents.reduce((sum, object) => sum + object.Size, 0);
  }
  return { replicatedBytes, replicatedObjects };
}

function round(value: number): number {
  return Math.round(value * 1e5) / 1e5;
}
