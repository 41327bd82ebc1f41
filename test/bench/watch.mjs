// What the live screen costs: ten minutes of watching a thousand jobs, without a network.
// node test/bench/watch.mjs [LOOKS] [INTERVAL_MS]
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { bundleForNode } from '../../.ci/bundle-for-node.mjs';

const [looks = '124', intervalMs = '5000'] = process.argv.slice(2);
const directory = mkdtempSync(path.join(os.tmpdir(), 'batchctl-bench-'));
const file = path.join(directory, 'watch-load.mjs');
try {
  await bundleForNode(fileURLToPath(new URL('../..', import.meta.url)), 'test/ui/screen/watch-load.ts', file, {
    // Development React keeps what it renders; the product is built without it, and so is this.
    define: { 'process.env.NODE_ENV': '"production"' },
  });
  spawnSync('node', ['--expose-gc', file, looks, intervalMs], { stdio: 'inherit' });
} finally {
  rmSync(directory, { recursive: true, force: true });
}
