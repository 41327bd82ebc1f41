import { build } from 'esbuild';
import { withoutDeveloperTools } from './without-developer-tools.mjs';

/** Programs of the tests as one file each, as what ships is bundled. `more` adds to esbuild's options or replaces them. */
export function bundleForNode(root, entryPoint, outfile, more = {}) {
  return build({
    absWorkingDir: root,
    entryPoints: [entryPoint],
    outfile,
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node20',
    mainFields: ['module', 'main'],
    logLevel: 'error',
    banner: { js: "import{createRequire as __createRequire}from'node:module';const require=__createRequire(import.meta.url);" },
    // What asks the command line's own program, as end-to-end operators do, has its screens come along.
    plugins: [withoutDeveloperTools],
    ...more,
  });
}
