import { bundleForNode } from '../../.ci/bundle-for-node.mjs';

/** The siege as one file, which is written unless `write` is false. */
export async function bundleSiege(root, outfile, { write = true } = {}) {
  await bundleForNode(root, 'test/siege/siege.ts', outfile, { write });
}
