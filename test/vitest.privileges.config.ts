import { defineConfig } from 'vitest/config';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** By name: what people did is judged together with what functions did, and has to be known by then. */
class ByName extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    return [...files].sort((left, right) => left.moduleId.localeCompare(right.moduleId));
  }
}

/** `npm run test:privileges`: every action of every policy is needed, and none is missing. Minutes, so not part of `npm test`. */
export default defineConfig({
  root: new URL('..', import.meta.url).pathname,
  test: {
    include: ['test/privileges/**/*.privileges.ts'],
    environment: 'node',
    testTimeout: 600_000,
    hookTimeout: 900_000,
    maxWorkers: 1,
    // The files work in turn: both keep a processor busy.
    fileParallelism: false,
    sequence: { sequencer: ByName },
    reporters: ['verbose'],
  },
});
