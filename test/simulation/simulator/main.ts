/**
 * The simulator as a process: plays seeds (or one schedule) and writes one line of JSON for each on standard output.
 * `soak.mjs`, `sabotage.mjs` and the test start it and read that.
 */
import { realNow } from './virtual-process.js';
import { readFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { deployOnce } from './deployed-world.js';
import { scheduleOf, type Schedule } from './schedule.js';
import { shrink } from './shrink.js';
import { simulate, type RunReport } from './simulate.js';

const { values } = parseArgs({
  options: {
    assembly: { type: 'string', default: 'dist/cdk.out' },
    from: { type: 'string', default: '1' },
    seeds: { type: 'string', default: '1' },
    /** Plays every nth seed: so that several processes share a range. */
    step: { type: 'string', default: '1' },
    'budget-seconds': { type: 'string', default: 'Infinity' },
    'stop-at-first': { type: 'boolean', default: false },
    tell: { type: 'boolean', default: false },
    schedule: { type: 'string' },
    shrink: { type: 'boolean', default: false },
  },
});

const write = (line: object): void => { process.stdout.write(`${JSON.stringify(line)}\n`); };
const tell = values.tell ? (line: string): void => { process.stdout.write(`${line}\n`); } : undefined;

function told({ seed, violations, digest, ends, calls, virtualSeconds, counts }: RunReport, cpuMs: number): object {
  return { seed, violations, digest, ends, calls, virtualSeconds, cpuMs, ...(values.tell ? { counts: Object.fromEntries(counts) } : {}) };
}

async function play(): Promise<void> {
  const deployed = await deployOnce(values.assembly);
  const one = values.schedule === undefined ? undefined : JSON.parse(await readFile(values.schedule, 'utf8')) as Schedule;
  if (values.shrink) return reduce(one ?? scheduleOf(Number(values.from)), deployed);
  const deadline = realNow() + Number(values['budget-seconds']) * 1000;
  const [first, step] = [Number(values.from), Number(values.step)];
  for (let seed = first; seed < first + Number(values.seeds) * step && realNow() < deadline; seed += step) {
    const before = process.cpuUsage();
    const report = await simulate(one ?? scheduleOf(seed), deployed, tell ? { tell } : {});
    const { user, system } = process.cpuUsage(before);
    write(told(report, Math.round((user + system) / 1000)));
    if (one || (values['stop-at-first'] && report.violations.length > 0)) return;
  }
}

async function reduce(schedule: Schedule, deployed: Awaited<ReturnType<typeof deployOnce>>): Promise<void> {
  const promise = (await simulate(schedule, deployed)).violations[0]?.promise;
  if (promise === undefined) throw new Error(`seed ${schedule.seed} breaks no promise`);
  const fails = async (candidate: Schedule): Promise<boolean> => (await simulate(candidate, deployed)).violations.some((violation) => violation.promise === promise);
  const { schedule: smallest, runs } = await shrink(schedule, fails, 150);
  write({ promise, runs, schedule: smallest, violations: (await simulate(smallest, deployed)).violations });
}

await play();
// Crashed operators wait for ever, and so would this process for what they hold.
process.exitCode = 0;
process.stdout.write('', () => process.exit());
