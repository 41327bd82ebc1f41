import { build } from 'esbuild';
import { withoutDeveloperTools } from '../../.ci/without-developer-tools.mjs';

/** The siege as one file, which is written unless `write` is false. */
export async function bundleSiege(root, outfile, { write = true } = {}) {
  await build({
    absWorkingDir: root,
    entryPoints: ['test/siege/siege.ts'],
    outfile,
    write,
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node20',
    mainFields: ['module', 'main'],
    logLevel: 'error',
    banner: { js: "import{createRequire as __createRequire}from'node:module';const require=__createRequire(import.meta.url);" },
    // What is promised of documents is asked of the command line's own program, whose screens come along.
    plugins: [withoutDeveloperTools],
  });
}
