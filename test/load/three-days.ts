/**
 * Seventy-two hours on the virtual clock with a failover every hour, planned ones and others in turn, and files that arrive all the time: the
 * simulator's own run of the whole product, with one long schedule instead of many short ones.
 */
import '../simulation/simulator/virtual-process.js';
import type { RunningWorld } from '../../src/sandbox/assemble-world.js';
import type { VirtualClock } from '../../src/sandbox/virtual-clock.js';
import { deployOnce } from '../simulation/simulator/deployed-world.js';
import { simulate } from '../simulation/simulator/simulate.js';
import { longSchedule } from './long-schedule.js';
import { cpuSeconds, heldMebibytes, peakResidentMebibytes } from './memory.js';
import { assembly, grouped, isSmall, judge, tell } from './promises.js';

const hours = isSmall ? 6 : 72;
const everyHours = isSmall ? 1 : 12;
const hourMs = 3_600_000;

interface Look {
  heldMebibytes: number;
  /** What the imitation of AWS keeps: rows, objects, executions, metrics, logs. */
  storedMebibytes: number;
  cpuSeconds: number;
}

const deployed = await deployOnce(assembly);
const schedule = longSchedule(20261128, hours);
const looks: Look[] = [];
let pending = Promise.resolve();
const report = await simulate(schedule, deployed, {
  onStart: (world, clock) => {
    for (let at = everyHours; at <= hours; at += everyHours) clock.after(at * hourMs - 1, () => { pending = look(at, world, clock); });
  },
});
await pending;

const ends = new Map<string, number>();
for (const end of report.ends) ends.set(end, (ends.get(end) ?? 0) + 1);
const done = report.moves.filter(({ outcome }) => outcome.startsWith('done')).length;
tell([...ends].sort((left, right) => right[1] - left[1]).map(([end, count]) => `${count} × ${end}`).join(', '));
judge(`a move in nearly each of ${hours} hours`, report.epoch > 0.9 * hours, `${done} moves ended done, epoch ${report.epoch} in the end`);
judge('every promise of the simulator is kept, at any moment and in the end', report.violations.length === 0,
  report.violations.length > 0 ? report.violations.slice(0, 3).map(({ promise, what, atMs }) => `after ${(atMs / hourMs).toFixed(1)} h: ${promise}: ${what}`).join('; ') : `${grouped(report.calls)} calls in ${(report.virtualSeconds / 3600).toFixed(1)} virtual hours, ${grouped(report.files)} files`);
const beyond = looks.map((each) => each.heldMebibytes - each.storedMebibytes);
const growth = looks.slice(1).map((each, place) => each.heldMebibytes - looks[place]!.heldMebibytes);
judge('memory grows by what AWS stores, and no faster from day to day', Math.max(...growth.slice(-2)) < 1.5 * Math.max(...growth.slice(0, 2)) + 8,
  `held ${looks.map((each) => each.heldMebibytes.toFixed(0)).join(', ')} MiB every ${everyHours} h, of which stored (as JSON) ${looks.map((each) => each.storedMebibytes.toFixed(0)).join(', ')}; without that ${beyond.map((each) => each.toFixed(0)).join(', ')}`);
tell(`${looks.map((each) => each.cpuSeconds.toFixed(0)).join(', ')} s of one core until then, ${grouped(cpuSeconds())} in all; resident at the highest ${grouped(peakResidentMebibytes())} MiB`);
process.exit(0);

/** Time stands still meanwhile. */
async function look(at: number, world: RunningWorld, clock: VirtualClock): Promise<void> {
  const release = clock.hold();
  const storedMebibytes = Object.values(world.snapshot().services).reduce((sum: number, state) => sum + JSON.stringify(state).length, 0) / 2 ** 20;
  looks.push({ heldMebibytes: await heldMebibytes(), storedMebibytes, cpuSeconds: cpuSeconds() });
  tell(`${at} h: held ${looks.at(-1)!.heldMebibytes.toFixed(1)} MiB, stored ${storedMebibytes.toFixed(1)} MiB, ${cpuSeconds().toFixed(0)} s of one core`);
  release();
}
