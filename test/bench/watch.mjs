// What the live screen costs: ten minutes of watching a thousand jobs, without a network.
// node test/bench/watch.mjs [LOOKS] [INTERVAL_MS]
import { build } from 'esbuild';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { withoutDeveloperTools } from '../../.ci/without-developer-tools.mjs';

const [looks = '124', intervalMs = '5000'] = process.argv.slice(2);
const directory = mkdtempSync(path.join(os.tmpdir(), 'batchctl-bench-'));
const file = path.join(directory, 'watch-load.mjs');
try {
  await build({
    entryPoints: [fileURLToPath(new URL('../ui/screen/watch-load.ts', import.meta.url))], outfile: file,
    bundle: true, platform: 'node', format: 'esm', target: 'node20', mainFields: ['module', 'main'], logLevel: 'error',
    // Development React keeps what it renders; the product is built without it, and so is this.
    define: { 'process.env.NODE_ENV': '"production"' },
    banner: { js: "import{createRequire as __createRequire}from'node:module';const require=__createRequire(import.meta.url);" },
    plugins: [withoutDeveloperTools],
  });
  spawnSync('node', ['--expose-gc', file, looks, intervalMs], { stdio: 'inherit' });
} finally {
  rmSync(directory, { recursive: true, force: true });
}
