import type { Ledger } from '../../src/aws/ledger/ledger.js';
import { describeFailure } from '../../src/core/failure.js';
import { jobIdOf, type Job, type JobRunInput } from '../../src/core/job.js';
import { prefixes } from '../../src/core/layout.js';
import { syntheticFile } from '../../src/core/record.js';
import type { Clock } from './clock.js';
import type { ObjectStore } from './objects.js';
import type { StartExecution } from './start-job.js';
import type { Telemetry } from './telemetry.js';

export interface CanaryPorts {
  region: string;
  ledger: Pick<Ledger, 'readControl' | 'acceptJob' | 'claimJob' | 'recordExecution' | 'readJob' | 'stampCanary'>;
  objects: Pick<ObjectStore, 'write'>;
  startExecution: StartExecution;
  clock: Clock;
  telemetry: Telemetry;
  /** Milliseconds that the invocation may still take. */
  remainingMs(): number;
}

export interface CanaryOutcome {
  ok: boolean;
  seconds: number;
  detail: string;
}

/** Left for the stamp, with the ledger's own retries. */
const reserveMs = 10_000;
/** A short job ends in a few seconds; the first looks come soon and the later ones are cheap. */
const firstLookMs = 500;
const longestPauseMs = 4000;

/**
 * Runs one synthetic job through this Region's real state machine and stamps how it went. It runs in both Regions
 * whichever is active, because the passive one must be known to work before anybody moves to it: the claim of a synthetic
 * row is its own, and no control item gates it. A run that has not ended when the time is up has failed.
 */
export async function runCanary(ports: CanaryPorts): Promise<CanaryOutcome> {
  const startedAt = ports.clock.now();
  const { ok, detail } = await attempt(startedAt, ports);
  const endedAt = ports.clock.now();
  const outcome = { ok, seconds: (endedAt.getTime() - startedAt.getTime()) / 1000, detail };
  ports.telemetry.count({ CanarySucceeded: ok ? 1 : 0, CanarySeconds: outcome.seconds });
  if (ok) ports.telemetry.info('canary succeeded', { seconds: outcome.seconds });
  else ports.telemetry.warn('canary failed', { ...outcome });
  try {
    await ports.ledger.stampCanary(ports.region, endedAt.toISOString(), ok, outcome.seconds);
  } catch (error) {
    // A Region that is cut off cannot say so in the ledger; its silence is told from the age of its last stamp.
    ports.telemetry.warn('the canary could not be stamped', { error: describeFailure(error) });
  }
  return outcome;
}

async function attempt(startedAt: Date, ports: CanaryPorts): Promise<Pick<CanaryOutcome, 'ok' | 'detail'>> {
  try {
    const run = await start(startedAt, ports);
    return run === undefined ? { ok: false, detail: 'the synthetic job could not be claimed' } : await result(run.jobId, ports);
  } catch (error) {
    return { ok: false, detail: describeFailure(error) };
  }
}

/** A file of its own for each run: parts that stand already would be kept, and would prove nothing. */
async function start(startedAt: Date, ports: CanaryPorts): Promise<JobRunInput | undefined> {
  const { ledger, region } = ports;
  const at = startedAt.toISOString();
  const key = `${prefixes.canary}scheduled/${region}/${at}.csv`;
  const bytes = Buffer.byteLength(syntheticFile);
  const [control, { versionId }] = await Promise.all([
    ledger.readControl(),
    ports.objects.write(key, syntheticFile, { contentType: 'text/csv', metadata: {} }),
  ]);
  const jobId = jobIdOf(key, versionId);
  await ledger.acceptJob({ jobId, key, versionId, bytes, acceptedAt: at, acceptedBy: region, presentIn: { [region]: at } });
  // Before `init` there is no epoch, and the path can be proven all the same.
  const claimed = await ledger.claimJob(jobId, { epoch: control?.epoch ?? 0, region, at });
  if (claimed.kind !== 'claimed') return undefined;
  const run: JobRunInput = { jobId, key, versionId, bytes, ...claimed.claim };
  const { executionArn } = await ports.startExecution(run);
  await ledger.recordExecution(jobId, claimed.claim, executionArn);
  return run;
}

async function result(jobId: string, ports: CanaryPorts): Promise<Pick<CanaryOutcome, 'ok' | 'detail'>> {
  let pauseMs = firstLookMs;
  let job: Job | undefined;
  while (ports.remainingMs() > reserveMs + pauseMs) {
    await ports.clock.sleep(pauseMs);
    job = await ports.ledger.readJob(jobId);
    if (job?.status === 'SUCCEEDED') return { ok: true, detail: `synthetic job ${jobId} succeeded` };
    if (job?.status === 'FAILED') return { ok: false, detail: `synthetic job ${jobId} failed in ${job.error?.step ?? 'an unknown step'}: ${job.error?.message ?? 'no reason given'}` };
    pauseMs = Math.min(longestPauseMs, pauseMs * 1.5);
  }
  return { ok: false, detail: `synthetic job ${jobId} was still ${job?.status ?? 'unseen'} when the time was up` };
}
