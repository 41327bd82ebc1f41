// Builds the product with one deliberate defect after the other and plays seeds until a promise breaks.
// `npm run test:sabotage [-- --only TEXT] [--seeds N] [--workers W]`. Ends with `caught N of N`.
import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { buildSimulator } from './build-simulator.mjs';
import { defects } from './defects.mjs';
import { startSimulator } from './simulator-process.mjs';

const { values } = parseArgs({
  options: {
    only: { type: 'string', default: '' },
    seeds: { type: 'string', default: '600' },
    from: { type: 'string', default: '1' },
    workers: { type: 'string', default: '2' },
  },
});
const chosen = defects.filter((defect) => defect.name.includes(values.only));
const folder = await mkdtemp(path.join(os.tmpdir(), 'batchctl-sabotage-'));
let caught = 0;

async function hunt(defect, index) {
  const bundle = path.join(folder, `simulator-${index}.mjs`);
  await buildSimulator(bundle, defect);
  const startedAt = performance.now();
  let played = 0;
  let found;
  await startSimulator(bundle, ['--from', values.from, '--seeds', values.seeds, '--stop-at-first'], {
    onReport: (report) => {
      played += 1;
      if (report.violations.length > 0) found ??= report;
    },
  }).ended;
  const seconds = Math.round((performance.now() - startedAt) / 1000);
  if (found) {
    caught += 1;
    const { promise, what } = found.violations[0];
    console.log(`caught: ${defect.name} (seed ${found.seed}, ${played} seeds, ${seconds} s): ${promise}: ${what}`);
  } else {
    console.log(`MISSED: ${defect.name} (${played} seeds, ${seconds} s)`);
  }
}

try {
  const queue = [...chosen.entries()];
  await Promise.all(Array.from({ length: Number(values.workers) }, async () => {
    for (let next = queue.shift(); next; next = queue.shift()) await hunt(next[1], next[0]);
  }));
} finally {
  await rm(folder, { recursive: true, force: true });
}
console.log(`caught ${caught} of ${chosen.length}`);
process.exitCode = caught === chosen.length && chosen.length > 0 ? 0 : 1;
