import type { Ledger } from '../../src/aws/ledger/ledger.js';
import type { ControlItem } from '../../src/core/control.js';
import { describeFailure } from '../../src/core/failure.js';
import type { Job } from '../../src/core/job.js';
import type { RoutingVeto } from './arc-veto.js';
import { mapConcurrently } from './concurrency.js';
import type { Addressee, DeadLetterQueue } from './dead-letters.js';
import type { ObjectStore } from './objects.js';
import type { JobExecutions } from './job-executions.js';
import { takeDeadLetters } from './sweep-dead-letters.js';
import { settleDeadExecutions, stopZombies } from './sweep-executions.js';
import { settleNotifications } from './sweep-notifications.js';
import { claimAndStart, type StartPorts } from './start-job.js';
import { jobFields } from './telemetry.js';

export interface SweepPorts extends StartPorts {
  ledger: Pick<Ledger,
    | 'acceptJob' | 'claimJob' | 'recordExecution' | 'readControl' | 'readJob' | 'listOpenJobs' | 'listUnsettledNotifications' | 'stampPresence' | 'parkJob'
    | 'failJob' | 'stampVersion' | 'settleNotification'>;
  objects: ObjectStore;
  routingVeto: RoutingVeto;
  executions: JobExecutions;
  deadLetters: DeadLetterQueue;
  /** Whose letters are taken out of it. */
  addressee: Addressee;
  /** Tells the operators. */
  alert(subject: string, message: string): Promise<void>;
  /** Starts the notify function and does not wait for it. */
  invokeNotify(jobId: string): Promise<void>;
  codeVersion: string;
  /** Milliseconds that the invocation may still take. */
  remainingMs(): number;
}

export interface SweepOutcome {
  open: number;
  started: number;
  parked: number;
  stamped: number;
  zombiesStopped: number;
  lettersTaken: number;
  /** Of those that were looked at: what stays in the dead-letter queue for people. */
  lettersLeft: number;
  failures: number;
}

const jobsAtOnce = 12;
/** Work stops this long before the function's time-out; the next minute goes on. */
export const reserveMs = 8000;
const unstartedGraceMs = 60_000;
/** Inputs of the other Region arrive in seconds; one that is later than this is parked, so that somebody hears of it. */
const lateInputMs = 5 * 60_000;

/**
 * What no event will do: starts accepted jobs that nobody started, parks those whose input is not here, settles e-mails
 * and executions that died, notes which inputs have arrived, and takes back the events that ingest gave up on. Runs each
 * minute in both Regions, and each run is complete in itself.
 */
export async function sweep(ports: SweepPorts): Promise<SweepOutcome> {
  const outcome: SweepOutcome = { open: 0, started: 0, parked: 0, stamped: 0, zombiesStopped: 0, lettersTaken: 0, lettersLeft: 0, failures: 0 };
  const section = async (name: string, work: () => Promise<void>): Promise<void> => {
    try {
      await work();
    } catch (error) {
      outcome.failures += 1;
      ports.telemetry.error('part of the sweep failed', { section: name, error: describeFailure(error) });
    }
  };
  const control = await ports.ledger.readControl();
  if (control) ports.telemetry.count({ ActiveRegion: control.activeRegion === ports.region ? 1 : 0 });
  await Promise.all([
    section('version', () => ports.ledger.stampVersion(ports.region, ports.codeVersion, ports.clock.now().toISOString())),
    section('jobs', () => sweepJobs(control, outcome, ports)),
    section('dead letters', () => takeDeadLetters(outcome, ports)),
    ...(control ? [section('zombies', async () => { outcome.zombiesStopped = await stopZombies(control, ports); })] : []),
    ...(control?.activeRegion === ports.region ? [section('notifications', () => settleNotifications(ports))] : []),
  ]);
  if (outcome.failures > 0) ports.telemetry.count({ SweepFailures: outcome.failures });
  ports.telemetry.info('swept', { ...outcome, epoch: control?.epoch, phase: control?.phase });
  return outcome;
}

async function sweepJobs(control: ControlItem | undefined, outcome: SweepOutcome, ports: SweepPorts): Promise<void> {
  const jobs = await ports.ledger.listOpenJobs();
  outcome.open = jobs.length;
  const active = control?.activeRegion === ports.region;
  if (active) reportBacklog(jobs, ports);
  const working = active && control.phase === 'active' && !await ports.routingVeto(control.changedAt);
  await mapConcurrently(jobs, jobsAtOnce, async (job) => {
    if (ports.remainingMs() < reserveMs) return;
    try {
      await sweepJob(job, working ? control : undefined, outcome, ports);
    } catch (error) {
      outcome.failures += 1;
      ports.telemetry.warn('job not swept', { ...jobFields(job), error: describeFailure(error) });
    }
  });
  // Also while it drains: the move waits for running jobs, and a dead one would never end.
  if (active) await settleDeadExecutions(jobs, control, ports);
}

/** `control` only when this Region may start work; otherwise the arrival of the input is all there is to note. */
async function sweepJob(job: Job, control: ControlItem | undefined, outcome: SweepOutcome, ports: SweepPorts): Promise<void> {
  const wanted = control !== undefined && wantsStart(job, control, ports);
  if (!wanted && job.presentIn[ports.region]) return;
  const present = await isPresent(job, outcome, ports);
  if (!wanted) return;
  if (present) {
    if (await claimAndStart(job, control.epoch, ports) === 'started') outcome.started += 1;
  } else if (job.status !== 'PARKED' && (job.epoch !== undefined || ageMs(job.acceptedAt, ports) > lateInputMs)) {
    const why = job.epoch === undefined ? `its input has not reached ${ports.region}` : `its input had not reached ${ports.region} when ${ports.region} took over in epoch ${control.epoch}`;
    const parked = await ports.ledger.parkJob(job.jobId, why, control.epoch);
    if (!parked) return;
    outcome.parked += 1;
    ports.telemetry.warn('job parked', jobFields(job));
    ports.telemetry.count({ JobsParked: 1 });
  }
}

function wantsStart(job: Job, control: ControlItem, ports: SweepPorts): boolean {
  if (job.epoch !== undefined && job.epoch > control.epoch) return false;
  if (job.status !== 'RUNNING' || job.epoch === undefined || job.epoch < control.epoch) return true;
  // Claimed by this Region in this epoch, and its start was never heard of.
  return job.region === ports.region && job.executionArn === undefined && ageMs(job.claimedAt, ports) > unstartedGraceMs;
}

async function isPresent(job: Job, outcome: SweepOutcome, ports: SweepPorts): Promise<boolean> {
  if (job.presentIn[ports.region]) return true;
  if (!await ports.objects.head(job.key, job.versionId)) return false;
  await ports.ledger.stampPresence(job.jobId, ports.region, ports.clock.now().toISOString());
  outcome.stamped += 1;
  return true;
}

function reportBacklog(jobs: readonly Job[], ports: SweepPorts): void {
  const oldest = jobs[0];
  ports.telemetry.count({ OpenJobs: jobs.length, OldestOpenJobSeconds: oldest ? Math.max(0, ageMs(oldest.acceptedAt, ports) / 1000) : 0 });
}

export function ageMs(at: string | undefined, ports: Pick<SweepPorts, 'clock'>): number {
  return at === undefined ? Number.POSITIVE_INFINITY : ports.clock.now().getTime() - Date.parse(at);
}
