import type { JobRunInput } from '../../src/core/job.js';
import { commit, type CommitOutcome } from '../pipeline/commit.js';
import type { Environment } from '../pipeline/environment.js';
import type { MergeResult } from '../pipeline/merge.js';
import { type BuildOptions, createRuntime, onFirstCall } from '../pipeline/runtime.js';

export function build(environment: Environment, options?: BuildOptions): (event: { run: JobRunInput; merged: MergeResult }) => Promise<CommitOutcome> {
  const runtime = createRuntime(environment, 'commit', options);
  const ports = { ...runtime, ledger: runtime.ledger() };
  return ({ run, merged }) => commit(run, merged, ports);
}

export const handler = onFirstCall(() => build(process.env));
