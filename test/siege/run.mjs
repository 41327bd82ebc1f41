// Bundles the siege, as `npm run test:siege -- [--minutes 60] [--seed 1] [--report FILE]`, and runs it.
import { build } from 'esbuild';
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import path from 'node:path';

const root = fileURLToPath(new URL('../..', import.meta.url));
// Two folders below the root, as its sources are: they look for the command line from where they lie.
const outfile = path.join(root, 'dist/test/siege.mjs');
await build({
  absWorkingDir: root,
  entryPoints: ['test/siege/siege.ts'],
  outfile,
  bundle: true,
  platform: 'node',
  format: 'esm',
  target: 'node20',
  mainFields: ['module', 'main'],
  logLevel: 'error',
  banner: { js: "import{createRequire as __createRequire}from'node:module';const require=__createRequire(import.meta.url);" },
});
const siege = spawn(process.execPath, [outfile, ...process.argv.slice(2)], { stdio: 'inherit' });
siege.on('exit', (code) => { process.exitCode = code ?? 1; });
