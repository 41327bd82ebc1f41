import { defineConfig } from 'vitest/config';

/** `npm run test:examples`: every example of every help text, typed into a shell beside a sandbox. Some minutes, so not part of `npm test`. */
export default defineConfig({
  root: new URL('..', import.meta.url).pathname,
  test: {
    include: ['test/e2e/examples/**/*.examples.ts'],
    environment: 'node',
    testTimeout: 120_000,
    hookTimeout: 120_000,
    maxWorkers: 1,
    reporters: ['verbose'],
  },
});
