import { defineConfig } from 'vitest/config';

/** `npm run test:choices`: deployments other than the default one, in sandboxes of their own. Minutes each, so not part of `npm test`. */
export default defineConfig({
  root: new URL('..', import.meta.url).pathname,
  test: {
    include: ['test/e2e/**/*.choices.ts'],
    environment: 'node',
    testTimeout: 300_000,
    hookTimeout: 300_000,
    maxWorkers: 1,
    reporters: ['verbose'],
  },
});
