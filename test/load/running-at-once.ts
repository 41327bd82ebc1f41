/**
 * Ten thousand jobs run at once in the home Region when it is cut off: their files were put into its bucket, ingest accepted and started
 * them, and each waits for its split, which Lambda there does not begin. A failover re-drives them all; behind the cut Lambda begins to
 * answer one in ten of the old executions, which go on working. Then the Region comes back, and every job must have one output, one commit
 * and one e-mail.
 */
import '../simulation/simulator/virtual-process.js';
import { bringHome } from '../simulation/simulator/bring-home.js';
import { diceFor } from '../simulation/simulator/dice.js';
import { checkFinalState } from '../simulation/simulator/final-checks.js';
import { makeInputFile } from '../simulation/simulator/input-files.js';
import type { CommandEnd } from '../simulation/simulator/operator.js';
import { cpuSeconds, peakResidentMebibytes } from './memory.js';
import { grouped, isSmall, judge, tell } from './promises.js';
import { createSimulatedPipeline } from './simulated-pipeline.js';

const jobs = isSmall ? 1500 : 10_000;
const minute = 60_000;
/** Files a second: a little less than Step Functions starts in a second. */
const perSecond = 250;
const startQuota = { atOnce: 1300, perSecond: 300 };

const pipeline = await createSimulatedPipeline();
const { clock, world, deployment, witness } = pipeline;
const { home, other } = deployment;

const unanswered: { jobId: string; answer: () => void }[] = [];
pipeline.around('lambda', 'Invoke', async (input, call, perform) => {
  const { FunctionName, Payload } = input as { FunctionName: string; Payload: Uint8Array | string };
  const jobId = /"jobId":"([0-9a-f]+)","key":"input/.exec(Buffer.from(Payload as Uint8Array).toString())?.[1];
  if (call.region === home && FunctionName.includes('-split') && jobId !== undefined) await new Promise<void>((answer) => { unanswered.push({ jobId, answer }); });
  return perform();
});
const startsElsewhere: number[] = [];
pipeline.around('states', 'StartExecution', async (_input, call, perform) => {
  const answer = await perform();
  if (call.region === other) startsElsewhere.push(clock.now());
  return answer;
});

const dice = diceFor(7, 'files');
for (let index = 0; index < jobs; index += 1) {
  clock.after((index * 1000) / perSecond, () => { void pipeline.put(`input/2026/orders-${String(index).padStart(5, '0')}.csv`, makeInputFile(dice, 'good', 4, `n${index}`), home); });
}
await clock.advance((jobs * 1000) / perSecond + 2 * minute);
const running = runningIn(home);
tell(`${grouped(running)} executions run in ${home} after ${grouped(cpuSeconds())} s of a core`);

world.faults.setRegion(home, 'isolated');
await clock.advance(4 * minute);
for (const { jobId, answer } of unanswered.splice(0)) if (Number.parseInt(jobId.slice(0, 4), 16) % 10 === 0) answer();
let fencedAt = 0;
const end = await clock.runUntil(pipeline.operator('failover', (event, at) => { if (event.type === 'step-finished' && event.step === 'fence') fencedAt = at; }).move({
  command: 'failover', to: other, mode: 'ungraceful', onDrainDeadline: 'redrive',
}));
const result = end.kind === 'result' ? end.result : undefined;
// Started by the move itself; later ones are synthetic jobs and what was adopted.
const lastStart = startsElsewhere.filter((at) => at >= fencedAt)[jobs - 1] ?? Infinity;
const startSeconds = (lastStart - fencedAt) / 1000;
const ceilingSeconds = Math.max(0, (jobs - startQuota.atOnce) / startQuota.perSecond);
tell(`moved (${told(end)}) after ${grouped(cpuSeconds())} s of a core`);

const patience = clock.now() + 60 * minute;
while (clock.now() < patience && open() > 0) await clock.advance(10_000);
const doneSeconds = (clock.now() - fencedAt) / 1000;
const openElsewhere = open();
tell(`${grouped(openElsewhere)} jobs are open ${doneSeconds.toFixed(0)} s after the fence, after ${grouped(cpuSeconds())} s of a core`);
world.faults.clear();
const zombies = runningIn(home);
const healed = clock.now();
let left = zombies;
while (clock.now() < healed + 90 * minute && left > 0) {
  await clock.advance(minute);
  left = runningIn(home);
}
const zombieMinutes = (clock.now() - healed) / minute;
const ends: string[] = [];
const snapshot = await bringHome({
  deployment, world, clock, operator: (purpose) => pipeline.operator(purpose), ended: (command, ending) => { ends.push(`${command}: ${told(ending)}`); }, note: () => undefined,
  redrive: async (purpose) => { await clock.runUntil(pipeline.operator(purpose).redriveAll()); },
});
await clock.runUntil(checkFinalState({ world, deployment, witness, sent: pipeline.sent, acknowledged: pipeline.acknowledged, snapshot, texts: pipeline.texts }));

const rows = [...witness.rows.values()].filter((row) => !String(row['key']).startsWith('canary/'));
const mails = rows.map((row) => witness.mails.get(String(row['pk']).slice('job#'.length)) ?? 0);
judge(`${grouped(jobs)} executions run at once in the Region that is lost`, running >= jobs, `${grouped(running)} RUNNING`);
judge('the failover re-drives every one of them', result?.outcome.startsWith('done') === true && result.redriven.length === jobs && result.failed.length === 0 && result.parked.length === 0,
  `${told(end)}; ${grouped(result?.redriven.length ?? 0)} re-driven, ${result?.failed.length ?? '–'} failed, ${result?.parked.length ?? '–'} parked; recovery time ${result?.rtoSeconds?.toFixed(1) ?? '–'} s`);
judge('starts keep to the pace of the quota', startSeconds <= Math.max(5, ceilingSeconds * 1.1), `fence to the last start ${startSeconds.toFixed(2)} s, at the quota's ceiling ${ceilingSeconds.toFixed(2)} s`);
judge('every job has its output before the Region is back', openElsewhere === 0, `the last ${doneSeconds.toFixed(0)} s after the fence`);
judge('what the old Region still runs is stopped when it is back', left === 0, `${grouped(zombies)} executions were left, none ${zombieMinutes.toFixed(0)} min later`);
judge('nothing is lost or done twice, at any moment and in the end', witness.violations.length === 0 && rows.length === jobs && rows.every((row) => row['status'] === 'SUCCEEDED') && mails.every((count) => count === 1),
  witness.violations.length > 0 ? witness.violations.slice(0, 3).map(({ promise, what }) => `${promise}: ${what}`).join('; ') : `${grouped(rows.length)} jobs, each SUCCEEDED with the right output and one e-mail; ${ends.length === 0 ? 'nothing was left to repair' : ends.join(', ')}`);
tell(`${grouped([...witness.counts.values()].reduce((sum, count) => sum + count, 0))} calls, ${grouped(cpuSeconds())} s of a core, resident at the highest ${grouped(peakResidentMebibytes())} MiB`);
process.exit(0);

function open(): number {
  return [...witness.rows.values()].filter((row) => !String(row['key']).startsWith('canary/') && (row['status'] !== 'SUCCEEDED' || row['notification'] !== 'SENT')).length;
}

function runningIn(region: string): number {
  const inspected = world.services.get('states')!.inspect!() as { running: string[] };
  return inspected.running.filter((arn) => arn.includes(`:${region}:`) && !arn.includes('canary')).length;
}

function told(ending: CommandEnd): string {
  return ending.kind === 'result' ? ending.result.outcome : ending.kind === 'refused' ? `${ending.code}: ${ending.message}` : ending.kind === 'broken' ? String(ending.error) : ending.kind;
}
