import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { bundleForNode } from '../../../.ci/bundle-for-node.mjs';

export interface BundledProgram {
  file: string;
  remove(): Promise<void>;
}

/** A program of this folder as one plain JavaScript file, built as the product is: production React, no developer tools. */
export async function bundleProgram(name: string): Promise<BundledProgram> {
  const directory = await mkdtemp(path.join(os.tmpdir(), 'batchctl-screen-'));
  const file = path.join(directory, `${name}.mjs`);
  await bundleForNode(fileURLToPath(new URL('../../..', import.meta.url)), `test/ui/screen/${name}.ts`, file, { define: { 'process.env.NODE_ENV': '"production"' } });
  return { file, remove: () => rm(directory, { recursive: true, force: true }) };
}
