import { defineConfig } from 'vitest/config';

export default defineConfig({
  root: new URL('..', import.meta.url).pathname,
  test: {
    include: ['test/**/*.test.ts', 'test/**/*.test.tsx'],
    environment: 'node',
    testTimeout: 20_000,
    hookTimeout: 60_000,
    // Files share the modules of their worker: loading the SDK and the CDK anew for each took half of the time.
    isolate: false,
    // Two cores: more workers only fight over them.
    maxWorkers: 2,
    reporters: ['default'],
  },
});
