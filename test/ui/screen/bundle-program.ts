import { build } from 'esbuild';
import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { withoutDeveloperTools } from '../../../.ci/without-developer-tools.mjs';

export interface BundledProgram {
  file: string;
  remove(): Promise<void>;
}

/** A program of this folder as one plain JavaScript file, built as the product is: production React, no developer tools. */
export async function bundleProgram(name: string): Promise<BundledProgram> {
  const directory = await mkdtemp(path.join(os.tmpdir(), 'batchctl-screen-'));
  const file = path.join(directory, `${name}.mjs`);
  await build({
    entryPoints: [fileURLToPath(new URL(`${name}.ts`, import.meta.url))], outfile: file,
    bundle: true, platform: 'node', format: 'esm', target: 'node20', mainFields: ['module', 'main'], logLevel: 'error',
    define: { 'process.env.NODE_ENV': '"production"' },
    banner: { js: "import{createRequire as __createRequire}from'node:module';const require=__createRequire(import.meta.url);" },
    plugins: [withoutDeveloperTools],
  });
  return { file, remove: () => rm(directory, { recursive: true, force: true }) };
}
