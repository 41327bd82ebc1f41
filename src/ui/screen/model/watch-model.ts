import type { GuardVerdict } from '../../../core/guard.js';
import type { Job } from '../../../core/job.js';
import type { Observed } from '../../../core/observation.js';
import type { OperationSummary } from '../../../core/operation.js';
import type { Policy } from '../../../core/policy.js';
import { inputsAtRisk } from '../../../core/recovery-point.js';
import type { Assessment, Signal } from '../../../core/recommendation-types.js';
import type { Snapshot } from '../../../core/snapshot.js';
import { ageSeconds } from '../../../core/view.js';
import { signalKey, type SignalHistory } from './signal-history.js';

/** One look, as the live screen gets it. */
export interface WatchData {
  snapshot: Snapshot;
  assessment: Assessment;
  policy: Policy;
  /** The newest operation in the ledger; null: there was none. */
  lastOperation: Observed<OperationSummary | null>;
  /** What a guard makes of this look; left out where none watches. */
  guard?: { to: string; auto: boolean; verdict: GuardVerdict };
}

export interface SignalRow {
  key: string;
  region: string;
  label: string;
  signal: Signal;
}

export interface JobRow {
  key: string;
  job: Job;
  /** `held` and `running` are what an operator calls ACCEPTED and RUNNING. */
  ageSeconds: number;
}

export interface JobGroup {
  name: 'running' | 'held' | 'parked' | 'failed';
  count: number;
  oldestSeconds: number | null;
}

/** Sorted and counted once for each look, so that a tick of the clock or a key costs only the visible rows. */
export interface WatchModel extends WatchData {
  history: SignalHistory;
  signals: [SignalRow[], SignalRow[]];
  jobs: JobRow[];
  /** Undefined: the ledger did not answer. */
  groups: JobGroup[] | undefined;
  /** Region → accepted inputs that it certainly does not hold; null: it cannot be told. */
  inputsMissing: Record<string, number | null>;
}

export function watchModel(data: WatchData, history: SignalHistory): WatchModel {
  const { snapshot, assessment } = data;
  const rows = (region: string): SignalRow[] => signalRows(region, assessment.regions[region]?.signals ?? []);
  return {
    ...data,
    history,
    signals: [rows(snapshot.regions[0]), rows(snapshot.regions[1])],
    jobs: jobRows(snapshot),
    groups: jobGroups(snapshot),
    inputsMissing: Object.fromEntries(snapshot.regions.map((region) => [region, inputsAtRisk(snapshot, region)?.missing.length ?? null])),
  };
}

const signalOrder = { bad: 0, warn: 1, unknown: 2, ok: 3 } as const;

/** Worst first; within a level in the order of the rules. */
function signalRows(region: string, signals: Signal[]): SignalRow[] {
  return signals
    .map((signal) => ({ key: signalKey(signal), region, label: signalLabel(signal), signal }))
    .sort((a, b) => signalOrder[a.signal.level] - signalOrder[b.signal.level]);
}

/** Short enough for half of 80 columns; the detail shows the full name. */
function signalLabel(signal: Signal): string {
  const [group = '', rest = ''] = signal.name.split(/\.(.*)/s);
  if (group === 'probe') return rest === 'remote' ? 'peer probes' : `${rest} ${signal.seenFrom === 'operator' ? 'here' : 'peer'}`;
  if (group === 'headroom') return rest || 'headroom';
  if (group === 'replication') return rest === '' ? 'replication' : `copy ${rest}`;
  if (group === 'activity') return rest === 'failures' ? 'failed runs' : 'fn errors';
  return group;
}

const jobOrder: Record<Job['status'], number> = { FAILED: 0, PARKED: 1, ACCEPTED: 2, RUNNING: 3, SUCCEEDED: 4 };

/** What needs somebody first, and the oldest first within each state. */
function jobRows(snapshot: Snapshot): JobRow[] {
  if (!snapshot.work.known) return [];
  const { open, failed } = snapshot.work.value;
  return [...failed, ...open]
    .map((job) => ({ key: job.jobId, job, ageSeconds: ageSeconds(sinceOf(job), snapshot.observedAt) }))
    .sort((a, b) => jobOrder[a.job.status] - jobOrder[b.job.status] || b.ageSeconds - a.ageSeconds || (a.key < b.key ? -1 : 1));
}

/** Since when a job is in its state, as far as the row tells. */
function sinceOf(job: Job): string {
  if (job.status === 'FAILED') return job.finishedAt ?? job.acceptedAt;
  return job.status === 'RUNNING' ? job.claimedAt ?? job.acceptedAt : job.acceptedAt;
}

function jobGroups(snapshot: Snapshot): JobGroup[] | undefined {
  if (!snapshot.work.known) return undefined;
  const { open, failed } = snapshot.work.value;
  const group = (name: JobGroup['name'], jobs: Job[]): JobGroup => ({
    name,
    count: jobs.length,
    oldestSeconds: jobs.length === 0 ? null : jobs.reduce((oldest, job) => Math.max(oldest, ageSeconds(sinceOf(job), snapshot.observedAt)), 0),
  });
  const inState = (status: Job['status']): Job[] => open.filter((job) => job.status === status);
  return [group('running', inState('RUNNING')), group('held', inState('ACCEPTED')), group('parked', inState('PARKED')), group('failed', failed)];
}
