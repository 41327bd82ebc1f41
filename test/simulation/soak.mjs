// Plays many seeds: `npm run test:soak -- --seeds N [--from S] [--workers W]`, or tells one: `--seed S`.
import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { buildSimulator } from './build-simulator.mjs';
import { startSimulator } from './simulator-process.mjs';

const { values } = parseArgs({
  options: {
    seeds: { type: 'string', default: '200' },
    from: { type: 'string', default: '1' },
    workers: { type: 'string', default: '2' },
    seed: { type: 'string' },
    /** A file with a schedule, as a failing seed prints it. */
    schedule: { type: 'string' },
    'no-shrink': { type: 'boolean', default: false },
  },
});
const folder = await mkdtemp(path.join(os.tmpdir(), 'batchctl-simulation-'));
const bundle = path.join(folder, 'simulator.mjs');

try {
  await buildSimulator(bundle);
  process.exitCode = values.seed !== undefined || values.schedule !== undefined ? await tellOne() : await soak();
} finally {
  await rm(folder, { recursive: true, force: true });
}

async function tellOne() {
  let failed = false;
  const what = values.schedule === undefined ? ['--from', values.seed] : ['--schedule', values.schedule];
  const run = startSimulator(bundle, [...what, '--tell'], {
    traces: true,
    onText: (line) => console.log(line),
    onReport: (report) => {
      failed = report.violations.length > 0;
      console.log(`seed ${report.seed}: ${report.calls} calls in ${report.virtualSeconds} virtual seconds, ${report.ends.join('; ')}`);
      for (const { promise, what: broken, atMs } of report.violations) console.log(`BROKEN after ${atMs / 1000} s: ${promise}: ${broken}`);
      if (!failed) console.log('every promise was kept');
    },
  });
  await run.ended;
  return failed ? 1 : 0;
}

async function soak() {
  const [from, seeds, workers] = [Number(values.from), Number(values.seeds), Math.min(Number(values.workers), Number(values.seeds))];
  const startedAt = performance.now();
  const failures = [];
  const ends = new Map();
  let [played, cpuMs, calls, virtualSeconds] = [0, 0, 0, 0];
  const onReport = (report) => {
    played += 1;
    cpuMs += report.cpuMs;
    calls += report.calls;
    virtualSeconds += report.virtualSeconds;
    for (const end of report.ends) ends.set(end, (ends.get(end) ?? 0) + 1);
    if (report.violations.length > 0) {
      failures.push(report);
      console.log(`seed ${report.seed} breaks a promise: ${report.violations[0].promise}: ${report.violations[0].what}`);
    }
    if (played % 500 === 0) console.log(`${played} of ${seeds} seeds, ${failures.length} failing, ${Math.round((performance.now() - startedAt) / 1000)} s`);
  };
  // Each seed loads the functions' modules anew, and Node never lets go of a module: a process plays so many, and a fresh one goes on.
  const seedsOfProcess = 200;
  let [next, stopped] = [from, false];
  const running = new Set();
  const work = async () => {
    while (next < from + seeds && !stopped) {
      const first = next;
      next = Math.min(first + seedsOfProcess, from + seeds);
      const simulator = startSimulator(bundle, ['--from', String(first), '--seeds', String(next - first)], { onReport });
      running.add(simulator);
      await simulator.ended;
      running.delete(simulator);
    }
  };
  // Stopped early, it tells what was played until then.
  for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => { stopped = true; for (const simulator of running) simulator.stop(); });
  await Promise.all(Array.from({ length: workers }, work));
  const seconds = (performance.now() - startedAt) / 1000;
  for (const [end, count] of [...ends].sort((left, right) => right[1] - left[1])) console.log(`  ${String(count).padStart(7)} ${end}`);
  console.log(`${played} of the seeds ${from} to ${from + seeds - 1}, ${calls} calls, ${Math.round(virtualSeconds / 3600)} virtual hours in ${Math.round(seconds)} s; ${Math.round(cpuMs / played)} ms of one core a seed`);
  if (failures.length === 0) {
    console.log('every promise was kept');
    return 0;
  }
  await explain(failures.sort((left, right) => left.seed - right.seed)[0]);
  console.log(`${failures.length} of ${played} seeds break a promise: ${failures.map((report) => report.seed).join(', ')}`);
  return 1;
}

async function explain(report) {
  for (const { promise, what } of report.violations) console.log(`seed ${report.seed}: ${promise}: ${what}`);
  console.log(`replay it: npm run test:soak -- --seed ${report.seed}`);
  if (values['no-shrink']) return;
  await startSimulator(bundle, ['--from', String(report.seed), '--shrink'], {
    onReport: async ({ schedule, runs, violations }) => {
      console.log(`the smallest schedule found in ${runs} runs (put it into a file and replay it with --schedule FILE):\n${JSON.stringify(schedule)}`);
      for (const { promise, what, atMs } of violations) console.log(`it breaks after ${atMs / 1000} s: ${promise}: ${what}`);
    },
  }).ended;
}
