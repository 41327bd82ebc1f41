import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { protections } from './all.mjs';
import { withoutProtection } from './replace.mjs';

/** `npm run test:removals` takes them away in earnest; that each still can be is seen here. */
describe('the protection', () => {
  it.each(protections)('$area: $name can be taken away', async ({ changes, tests }) => {
    for (const file of new Set(changes.map((change) => change.file))) {
      const text = await readFile(file, 'utf8');
      expect(changes.filter((change) => change.file === file).reduce(withoutProtection, text)).not.toBe(text);
    }
    expect(tests.filter((file) => !existsSync(file))).toEqual([]);
  });
});
