// Takes one protection after the other out of a copy of the tree and runs the tests that must then fail.
// `npm run test:removals [-- --only TEXT] [--workers W]`. Ends with `caught N of N`; exit code 1 when one was missed.
import { parseArgs } from 'node:util';
import { protections } from './all.mjs';
import { createScratch } from './scratch.mjs';
import { judge } from './verdict.mjs';

const { values } = parseArgs({ options: { only: { type: 'string', default: '' }, workers: { type: 'string', default: '2' } } });
const chosen = protections.filter(({ name, area }) => `${area}: ${name}`.includes(values.only));
let caught = 0;

async function baseline(scratch) {
  const files = [...new Set(chosen.flatMap((protection) => protection.tests))];
  // Once more: a few of them measure time, which a busy machine may not have.
  const { passed, failures } = (await scratch.test(files)).passed ? { passed: true } : await scratch.test(files);
  if (passed) return true;
  console.log(`The tests fail as it is, so that nothing can be told from them:\n${failures.map(({ test, message }) => `  ${test}: ${message}`).join('\n')}`);
  return false;
}

async function takeAway(scratch, protection) {
  await scratch.apply(protection.changes);
  try {
    const { caughtBy, why } = judge(await scratch.test(protection.tests), protection);
    if (caughtBy !== undefined) caught += 1;
    console.log(caughtBy === undefined ? `MISSED: ${protection.area}: ${protection.name} (${why})` : `caught: ${protection.area}: ${protection.name} (by "${caughtBy}")`);
  } finally {
    await scratch.restore(protection.changes);
  }
}

const scratches = await Promise.all(Array.from({ length: Number(values.workers) }, createScratch));
try {
  if (chosen.length > 0 && await baseline(scratches[0])) {
    const queue = [...chosen];
    await Promise.all(scratches.map(async (scratch) => {
      for (let next = queue.shift(); next; next = queue.shift()) await takeAway(scratch, next);
    }));
  }
} finally {
  await Promise.all(scratches.map((scratch) => scratch.remove()));
}
console.log(`caught ${caught} of ${chosen.length}`);
process.exitCode = caught === chosen.length && chosen.length > 0 ? 0 : 1;
