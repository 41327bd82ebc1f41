/**
 * A million small jobs through the ledger: entered as submit does, accepted, claimed and started by both Regions' ingest, committed and told of
 * by the pipeline's own functions, with doubled events, failures that are run again, and three failovers under way. S3, Step Functions and the
 * mail service are stand-ins that count; every row of the ledger is real and stays.
 */
import '../simulation/simulator/virtual-process.js';
import { createReadPorts } from '../../src/aws/ports.js';
import { assess } from '../../src/core/assess.js';
import { planMove } from '../../src/core/plan.js';
import { controlOf } from '../../src/core/view.js';
import type { WorldSnapshot } from '../../src/sandbox/assemble-world.js';
import { createInProcessHandler, type InProcessHandler } from '../../src/sandbox/in-process-handler.js';
import { readUnits } from '../../src/sandbox/services/dynamodb/operations/capacity.js';
import { createVirtualClock } from '../../src/sandbox/virtual-clock.js';
import { observe } from '../../src/workflow/observe.js';
import { deployOnce, makeWorld } from '../simulation/simulator/deployed-world.js';
import { diceFor } from '../simulation/simulator/dice.js';
import { jobRows } from '../simulation/simulator/final-checks.js';
import { settle } from '../simulation/simulator/settle.js';
import { bindProcess } from '../simulation/simulator/virtual-process.js';
import { createPipeline, indexOf, oneZombieIn } from './job-lives.js';
import { median } from '../bench/ratios.js';
import { ledgerIn } from './ledger-model.js';
import { cpuSeconds, heldMebibytes } from './memory.js';
import { assembly, grouped, isSmall, judge, tell } from './promises.js';

const jobs = isSmall ? 20_000 : 1_000_000;
/** Jobs that are under way at any time. */
const openAtOnce = 1000;
const batch = 100;
/** Of the virtual clock, between two files. */
const everyMs = 250;
const moves = [0.35, 0.55, 0.75].map((share) => Math.round((share * jobs) / batch) * batch);

const deployed = await deployOnce(assembly);
const { deployment } = deployed;
const regions = [deployment.home, deployment.other] as const;
const clock = createVirtualClock({ startAt: deployed.at, settle });
bindProcess(clock, diceFor(1, 'process'));
const world = makeWorld({ clock, random: diceFor(1, 'world'), runtime: { invoke: async () => ({ kind: 'returned', payload: 'null' }), stop: async () => undefined } });
await world.restore(JSON.parse(deployed.snapshot) as WorldSnapshot);
const portClock = { now: () => new Date(clock.now()), sleep: clock.sleep };
const ledgers = Object.fromEntries(regions.map((region) => [region, ledgerIn(region, world, deployment.ledgerTable, portClock)]));
const pipeline = createPipeline(jobs, regions, ledgers, portClock);

interface Look {
  rows: number;
  calls: number;
  readUnits: number;
  heldMebibytes: number;
  /** Of one core, for each job since the look before. */
  microsecondsAJob: number;
  openListed: number;
}

const looks: Look[] = [];
let cpuBefore = 0;
let finished = 0;
for (let index = 0; index < jobs; index += batch) {
  const arrived = index + batch;
  await clock.runUntil(arriveAndFinish(index, arrived));
  await clock.advance(batch * everyMs);
  if (moves.includes(arrived)) await clock.runUntil(pipeline.failOver(Array.from({ length: arrived - finished }, (_, place) => finished + place)));
  if (arrived === openAtOnce) cpuBefore = cpuSeconds();
  if (arrived % (jobs / 10) === 0) await look(arrived);
}
await clock.runUntil(arriveAndFinish(jobs, jobs + openAtOnce));
await clock.advance(5000);

const rows = await clock.runUntil(jobRows(world, deployment));
for (const [jobId, row] of rows) if (String(row['key']).startsWith('canary/')) rows.delete(jobId);
const wrong = [...rows.values()].filter((row) => row['status'] !== 'SUCCEEDED' || row['notification'] !== 'SENT' || 'openShard' in row);
const numbers = new Set([...rows.values()].map((row) => indexOf(String(row['key']))));
const { commits, mails, refusals, starts } = pipeline.outside;
const sum = (counts: Uint8Array): number => counts.reduce((total, count) => total + count, 0);
const [first, last] = [looks[0]!, looks.at(-1)!];
judge(`of ${grouped(jobs)} jobs none is lost`, rows.size === jobs && numbers.size === jobs && wrong.length === 0, `${grouped(rows.size)} rows read back, ${grouped(rows.size - wrong.length)} SUCCEEDED with their e-mail SENT, ${wrong.length} otherwise`);
judge('none is done twice', commits.every((count) => count === 1) && mails.every((count) => count === 1) && sum(refusals) === moves.length * (openAtOnce / oneZombieIn),
  `${grouped(sum(commits))} commits and ${grouped(sum(mails))} e-mails, one of each a job; ${grouped(sum(refusals))} commits of an older epoch refused; ${grouped(sum(starts))} executions started`);
judge('what a look and a plan cost goes by open jobs alone', looks.every((each) => each.calls === first.calls && Math.abs(each.readUnits / first.readUnits - 1) < 0.05 && each.openListed === openAtOnce),
  `${looks.map((each) => `${each.calls} calls, ${grouped(each.readUnits)} read units at ${grouped(each.rows)} rows`).filter((_, place) => [0, 4, 9].includes(place)).join('; ')}`);
const perJob = looks.map((each) => each.microsecondsAJob);
// The first tenth warms up; the median of three is what a neighbour on the same cores does not move far.
judge('time a job is flat', median(perJob.slice(-3)) < 1.5 * median(perJob.slice(1, 4)), `${perJob.map((each) => Math.round(each)).join(', ')} µs of one core in each tenth`);

// What grew must have been rows: with the table as it was, the memory is too.
rows.clear();
numbers.clear();
wrong.length = 0;
const withRows = await heldMebibytes();
const dynamo = world.services.get('dynamodb')!;
await dynamo.restore!((JSON.parse(deployed.snapshot) as WorldSnapshot).services['dynamodb'] as never);
const withoutRows = await heldMebibytes();
const growths = looks.slice(1).map((each, place) => each.heldMebibytes - looks[place]!.heldMebibytes);
judge('nothing grows but stored rows', withoutRows < first.heldMebibytes && median(growths.slice(-3)) < 1.3 * median(growths.slice(0, 3)) + 8,
  `held ${looks.map((each) => grouped(each.heldMebibytes)).join(', ')} MiB after each tenth (${((1024 * 1024 * (last.heldMebibytes - first.heldMebibytes)) / (last.rows - first.rows)).toFixed(0)} bytes a row, its index entry included); ${grouped(withRows)} MiB in the end, ${grouped(withoutRows)} without the rows`);
tell(`${grouped(cpuSeconds())} s of one core in all`);
process.exit(0);

/** The files from one number to another come in, and the oldest jobs end, so that always as many are under way. */
async function arriveAndFinish(from: number, to: number): Promise<void> {
  for (let index = from; index < Math.min(to, jobs); index += 1) await pipeline.arrive(index);
  for (; finished < to - openAtOnce; finished += 1) await pipeline.finish(finished);
}

/** As `status` looks, with real clients, and the plan of a failover. */
async function look(rowsNow: number): Promise<void> {
  const cpu = cpuSeconds();
  const counted = countReads();
  const read = createReadPorts(deployment, { clock: portClock, clientOptions: { requestHandler: counted.handler } });
  const snapshot = await clock.runUntil(observe(read, deployment, { probeTimeoutMs: 3000 }));
  const control = controlOf(snapshot);
  const to = regions.find((region) => !control.known || control.value?.activeRegion !== region) ?? regions[1];
  planMove(snapshot, assess(snapshot, deployment.policy, { to, mode: 'ungraceful' }), { kind: 'failover', to, mode: 'ungraceful', policy: deployment.policy });
  counted.stop();
  looks.push({
    rows: rowsNow, calls: counted.calls(), readUnits: counted.readUnits(), openListed: snapshot.work.known ? snapshot.work.value.open.length : -1,
    heldMebibytes: await heldMebibytes(), microsecondsAJob: ((cpu - cpuBefore) * 1e6) / (jobs / 10),
  });
  cpuBefore = cpuSeconds();
  tell(JSON.stringify(looks.at(-1)).slice(1, -1));
}

function countReads(): { handler: InProcessHandler; calls(): number; readUnits(): number; stop(): void } {
  const { operations } = world.services.get('dynamodb')!;
  let [calls, units] = [0, 0];
  const originals = new Map(['Query', 'Scan', 'GetItem', 'BatchGetItem'].map((name) => [name, operations[name]!]));
  for (const [name, original] of originals) {
    operations[name] = async (input: { ConsistentRead?: boolean }, call) => {
      const answer = await original(input, call) as { Items?: unknown; Item?: unknown; Responses?: unknown };
      units += readUnits(JSON.stringify(answer.Items ?? answer.Item ?? answer.Responses ?? '').length, input.ConsistentRead === true);
      return answer;
    };
  }
  const direct = createInProcessHandler(world);
  return {
    calls: () => calls,
    readUnits: () => units,
    stop: () => { for (const [name, original] of originals) operations[name] = original; },
    handler: { ...direct, handle: (request, options) => { calls += 1; return direct.handle(request, options); } },
  };
}
