import { defineConfig } from 'vitest/config';

/** `npm run test:faults`: the situations of go / no-go as real faults in a sandbox, through `bin`. A few of them are in `npm test`. */
export default defineConfig({
  root: new URL('..', import.meta.url).pathname,
  test: {
    include: ['test/e2e/**/*.faults.ts'],
    environment: 'node',
    testTimeout: 60_000,
    hookTimeout: 120_000,
    maxWorkers: 1,
    reporters: ['verbose'],
  },
});
