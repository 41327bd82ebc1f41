import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { bundleSiege } from './bundle-siege.mjs';

test('the siege, which runs seldom, still bundles', async () => {
  await expect(bundleSiege(fileURLToPath(new URL('../..', import.meta.url)), 'dist/test/siege.mjs', { write: false })).resolves.toBeUndefined();
});
