// `npm run test:load -- [--only NAME,NAME] [--small]`: bundles each part of the suite as what ships is bundled, plays it in a process of its
// own, and ends with a verdict. Exit code 1 when a promise is broken, or a part did not come to its end.
import { spawn } from 'node:child_process';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { cpus, loadavg, tmpdir, totalmem } from 'node:os';
import { createInterface } from 'node:readline';
import { parseArgs } from 'node:util';
import path from 'node:path';
import { bundleForNode } from '../../.ci/bundle-for-node.mjs';
import { buildSimulator, root } from '../simulation/build-simulator.mjs';

/** `simulated`: plays on the virtual clock, so that timers, dates and dice of its bundle are the simulation's. */
const parts = [
  { name: 'submitters', simulated: false },
  { name: 'large-files', simulated: false },
  { name: 'running-at-once', simulated: true },
  { name: 'three-days', simulated: true },
  { name: 'million-jobs', simulated: false },
];

const { values } = parseArgs({ options: { only: { type: 'string' }, small: { type: 'boolean', default: false } } });
const wanted = values.only?.split(',') ?? parts.map(({ name }) => name);
const unknown = wanted.filter((name) => !parts.some((part) => part.name === name));
if (unknown.length > 0) {
  process.stderr.write(`there is no ${unknown.join(', ')}; there are ${parts.map(({ name }) => name).join(', ')}\n`);
  process.exit(2);
}

const [kept, broken] = [[], []];
console.log(`Node ${process.version}, ${cpus().length} cores (${cpus()[0]?.model}), ${Math.round(totalmem() / 2 ** 30)} GiB, load ${loadavg().map((load) => load.toFixed(1)).join(' ')}, ${new Date().toISOString()}`);
for (const part of parts.filter(({ name }) => wanted.includes(name))) await play(part);
if (broken.length === 0) console.log(`LOAD: every promise was kept (${kept.length})${values.small ? ', in small' : ''}`);
else console.log(`LOAD: BROKEN: ${broken.length} of ${broken.length + kept.length}: ${broken.join('; ')}`);
process.exitCode = broken.length === 0 ? 0 : 1;

async function play({ name, simulated }) {
  const scratch = await mkdtemp(path.join(tmpdir(), 'batchctl-load-'));
  const began = performance.now();
  console.log(`\n${name}`);
  try {
    const bundle = simulated ? path.join(scratch, `${name}.mjs`) : path.join(root, 'dist/test', `load-${name}.mjs`);
    await (simulated ? buildSimulator(bundle, undefined, `test/load/${name}.ts`) : bundleAsIs(name, bundle));
    const heard = await hear(bundle, scratch);
    if (heard.code !== 0) broken.push(`${name} ended with ${heard.code}`);
    else if (heard.promises === 0) broken.push(`${name} promised nothing`);
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
  console.log(`  ${((performance.now() - began) / 1000).toFixed(0)} s`);
}

/** Two folders below the root, as its sources are: they look for the command line from where they lie. */
async function bundleAsIs(name, outfile) {
  await mkdir(path.dirname(outfile), { recursive: true });
  await bundleForNode(root, `test/load/${name}.ts`, outfile);
}

function hear(bundle, scratch) {
  const child = spawn(process.execPath, ['--expose-gc', '--max-old-space-size=12288', '--no-warnings', bundle], {
    stdio: ['ignore', 'pipe', 'pipe'], cwd: root,
    env: { ...process.env, LOAD_SCRATCH: scratch, LOAD_ROOT: root, ...(values.small ? { LOAD_SMALL: '1' } : {}) },
  });
  let promises = 0;
  // SDKs warn of what is meant so; it is told when a part fails.
  let complaint = '';
  child.stderr.on('data', (chunk) => { complaint = `${complaint}${chunk}`.slice(-4000); });
  createInterface({ input: child.stdout }).on('line', (line) => {
    if (!line.startsWith('{')) {
      console.log(`  ${line}`);
      return;
    }
    const { promise, isKept, measured } = JSON.parse(line);
    promises += 1;
    (isKept ? kept : broken).push(promise);
    console.log(`  ${isKept ? 'kept  ' : 'BROKEN'} ${promise}: ${measured}`);
  });
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code, signal) => {
      if (code !== 0) process.stderr.write(complaint);
      resolve({ code: code ?? signal, promises });
    });
  });
}
