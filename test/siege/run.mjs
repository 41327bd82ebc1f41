// Bundles the siege, as `npm run test:siege -- [--minutes 60] [--seed 1] [--report FILE]`, and runs it.
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import path from 'node:path';
import { bundleSiege } from './bundle-siege.mjs';

const root = fileURLToPath(new URL('../..', import.meta.url));
// Two folders below the root, as its sources are: they look for the command line from where they lie.
const outfile = path.join(root, 'dist/test/siege.mjs');
await bundleSiege(root, outfile);
const siege = spawn(process.execPath, [outfile, ...process.argv.slice(2)], { stdio: 'inherit' });
siege.on('exit', (code) => { process.exitCode = code ?? 1; });
