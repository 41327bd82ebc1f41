import type { RefusedCommit } from './control.js';
import type { Job, JobStatus } from './job.js';
import type { Observed } from './observation.js';
import type { Zombie } from './snapshot.js';

/** What became of an operation after it had ended, as far as it could be seen when somebody asked. */
export interface Aftermath {
  observedAt: string;
  /** The jobs that the operation names, as the ledger knows them now. */
  jobs: Observed<Job[]>;
  /** What the fence refused since the operation began. */
  refusedCommits: Observed<RefusedCommit[]>;
  /** Executions of an epoch before the ledger's present one that still run, by Region. */
  zombies: Record<string, Observed<Zombie[]>>;
  missing: Observed<MissingItem[]>;
}

/** An object version that the Region being left holds and the target does not. */
export interface MissingItem {
  key: string;
  versionId: string;
  bytes: number;
  lastModified: string;
  kind: 'input' | 'output';
  /** What the source bucket says of its replication; PENDING goes on by itself, FAILED is never retried by S3. */
  replication: 'PENDING' | 'COMPLETED' | 'FAILED' | 'REPLICA' | null;
  /** The job of an input; null when the ledger has no row for it. Outputs have none. */
  jobStatus: JobStatus | null;
}
