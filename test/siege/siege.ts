import { mkdtemp, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { createOperator } from '../e2e/operator.js';
import { setPolicy } from '../e2e/policy.js';
import { loadReferences } from '../e2e/scene.js';
import { diceFor } from '../simulation/simulator/dice.js';
import { account, listJobs } from './accounting.js';
import { listen } from './listening.js';
import { createMover } from './mover.js';
import { pause } from './pause.js';
import { leadThrough } from './rough-network.js';
import { createSubmitters } from './submitters.js';
import { createWeather } from './weather.js';

const { values } = parseArgs({ options: { minutes: { type: 'string', default: '60' }, seed: { type: 'string', default: '1' }, report: { type: 'string' } } });
const [minutes, seed] = [Number(values.minutes), Number(values.seed)];
const settlingMinutes = 20;

/** What a deployment under siege needs: moves every minute, and that a slow test machine is not taken for a slow Region. */
const policy = { minSecondsBetweenMoves: 0, recoveredCleanMinutes: 0, failbackCleanMinutes: 0, probeTimeoutSeconds: 60, probeSlowMs: 60_000, drainDeadlineSeconds: 60, replicationDeadlineSeconds: 60 };

const startedAt = performance.now();
const elapsed = (): number => Math.round((performance.now() - startedAt) / 1000);
const say = (text: string): void => console.log(`${String(elapsed()).padStart(5)} s  ${text}`);

const operator = await createOperator();
const over = new AbortController();
process.once('SIGINT', () => over.abort()).once('SIGTERM', () => over.abort());
try {
  await operator.startSandbox({ speed: 10 });
  await setPolicy(operator, policy);
  await loadReferences(operator);
  const listening = await listen(operator);
  const network = await leadThrough(path.join(operator.home, 'config/batchctl/sandbox.json'));
  const weather = await createWeather(operator.sandbox, network, diceFor(seed, 'weather'));
  const submitters = createSubmitters(operator, listening, diceFor(seed, 'files'));
  const mover = createMover(listening, diceFor(seed, 'moves'), say);
  say(`siege of ${minutes} minutes, seed ${seed}`);
  const end = setTimeout(() => over.abort(), minutes * 60_000);
  const telling = setInterval(() => say(`${submitters.given.size} files, moves ${JSON.stringify(mover.outcomes)}, findings ${listening.findings.length}`), 60_000);
  await Promise.all([weather.blow(over.signal), submitters.submit(over.signal), submitters.putDirectly(over.signal), mover.moveBackAndForth(over.signal)]);
  clearTimeout(end);
  clearInterval(telling);
  await weather.calm();
  const besieged = elapsed();
  say('the siege is over; everything is mended, and has to settle');
  const settled = await settle();
  const result = await account(operator, submitters.given);
  network.decide = () => 'none';
  const acknowledged = [...submitters.given.values()].filter((each) => each.acknowledged).length;
  const report = {
    seed, besiegedSeconds: besieged, settledAfterSeconds: settled ? elapsed() - besieged : null,
    given: submitters.given.size, acknowledged, ...result, moves: mover.outcomes, weather: weather.counts, calls: network.met, commands: listening.ends, findings: listening.findings,
  };
  say(JSON.stringify(report, null, 2));
  if (values.report !== undefined) await writeFile(values.report, `${JSON.stringify(report, null, 2)}\n`);
  const bad = !settled || result.broken.length > 0 || listening.findings.length > 0;
  say(bad ? 'NOT every job is accounted for' : 'every job is accounted for');
  process.exitCode = bad ? 1 : 0;
  if (bad) await keepLog();
  await network.close();

  async function settle(): Promise<boolean> {
    const deadline = Date.now() + settlingMinutes * 60_000;
    const never = new AbortController().signal;
    while (Date.now() < deadline) {
      const finished = await mover.finishWhatBegan();
      const jobs = await listJobs(operator);
      // What is no CSV stays FAILED for good; whatever else failed or was parked is run again.
      const again = jobs.filter((job) => (job.status === 'FAILED' || job.status === 'PARKED') && submitters.given.get(job.key)?.expected !== undefined);
      if (again.length > 0) await listening.run(['redrive', ...again.map((job) => job.jobId), '-o', 'json']);
      const open = jobs.filter((job) => submitters.given.has(job.key) && (job.status === 'SUCCEEDED' ? job.notification === 'PENDING' : submitters.given.get(job.key)?.expected !== undefined || job.status !== 'FAILED'));
      const missing = [...submitters.given.values()].filter((each) => each.acknowledged && !jobs.some((job) => job.key === each.key));
      say(`${open.length} jobs are open, ${missing.length} are not known yet`);
      if (finished && open.length === 0 && missing.length === 0) return true;
      await pause(10, never);
    }
    return false;
  }

  async function keepLog(): Promise<void> {
    const folder = await mkdtemp(path.join(os.tmpdir(), 'batchctl-siege-'));
    await writeFile(path.join(folder, 'sandbox.log'), await operator.read('../sandbox/sandbox.log'));
    await writeFile(path.join(folder, 'jobs.json'), JSON.stringify(await listJobs(operator)));
    say(`the sandbox's log and the list of jobs are kept in ${folder}`);
  }
} finally {
  await operator.leave();
}
