import { defineConfig } from 'vitest/config';

/** `npm run test:package`: packs, installs the file where there is no network, and runs what it promises. */
export default defineConfig({
  root: new URL('..', import.meta.url).pathname,
  test: {
    include: ['test/package/**/*.package.ts'],
    environment: 'node',
    testTimeout: 600_000,
    hookTimeout: 900_000,
    maxWorkers: 1,
    reporters: ['verbose'],
  },
});
