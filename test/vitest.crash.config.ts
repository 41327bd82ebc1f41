import { defineConfig } from 'vitest/config';

/** `npm run test:crash`: every step of every move killed and resumed, through `bin`. Half an hour, so not part of `npm test`. */
export default defineConfig({
  root: new URL('..', import.meta.url).pathname,
  test: {
    include: ['test/e2e/crash/**/*.crash.ts'],
    environment: 'node',
    testTimeout: 240_000,
    hookTimeout: 120_000,
    maxWorkers: 1,
    reporters: ['verbose'],
  },
});
