// Runs one measurement: `node test/bench/bench.mjs NAME [arguments]`. Its source is bundled first, as what ships is.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { fileURLToPath } from 'node:url';
import path from 'node:path';
import { bundleForNode } from '../../.ci/bundle-for-node.mjs';

const root = fileURLToPath(new URL('../..', import.meta.url));
const [name, ...args] = process.argv.slice(2);
if (!/^[a-z-]+$/.test(name ?? '')) {
  process.stderr.write('usage: node test/bench/bench.mjs NAME [arguments]   (names and arguments: test/bench/README.md)\n');
  process.exit(2);
}

const scratch = mkdtempSync(path.join(tmpdir(), 'batchctl-bench-'));
try {
  const outfile = path.join(scratch, 'bench.mjs');
  // Functions ship minified, which makes constants of what would be looked up in each turn of a loop.
  await bundleForNode(root, `test/bench/${name}.ts`, outfile, { minify: true });
  process.exitCode = spawnSync(process.execPath, [...(process.env.BENCH_NODE_FLAGS?.split(' ') ?? []), outfile, ...args], { stdio: 'inherit', cwd: root, env: { ...process.env, BENCH_ROOT: root, BENCH_SCRATCH: scratch } }).status ?? 1;
} finally {
  rmSync(scratch, { recursive: true, force: true });
}
