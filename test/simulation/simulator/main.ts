import { realNow } from './virtual-process.js';
import { deployOnce } from './deployed-world.js';
import { scheduleOf } from './schedule.js';
import { simulate } from './simulate.js';

const started = realNow();
const deployed = await deployOnce(process.argv[2] ?? 'dist/cdk.out');
console.log(`deployed in ${Math.round(realNow() - started)} ms, snapshot ${deployed.snapshot.length} characters`);
const from = Number(process.argv[3] ?? 1);
const count = Number(process.argv[4] ?? 1);
const tell = process.argv[5] === 'tell' ? (line: string): void => console.log(line) : undefined;
const totals = new Map<string, number>();
for (let seed = from; seed < from + count; seed += 1) {
  const before = process.cpuUsage();
  const report = await simulate(scheduleOf(seed), deployed, tell);
  for (const [name, n] of report.counts) totals.set(name, (totals.get(name) ?? 0) + n);
  console.log(`seed ${seed}: ${Math.round(process.cpuUsage(before).user / 1000)} ms, ${report.calls} calls, ${report.virtualSeconds} s, ${report.digest.slice(0, 12)}, ${report.ends.join('; ')}`);
  for (const violation of report.violations) console.log(`  ${violation.promise}: ${violation.what}`);
}
for (const [name, n] of [...totals].sort((a, b) => b[1] - a[1]).slice(0, 25)) console.log((n / count).toFixed(1), name);
