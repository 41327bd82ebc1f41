import type { Deployment } from '../../../src/config/schema.js';
import { findDrift } from '../../../src/core/drift.js';
import { controlOf } from '../../../src/core/view.js';
import type { Snapshot } from '../../../src/core/snapshot.js';
import type { RunningWorld } from '../../../src/sandbox/assemble-world.js';
import type { VirtualClock } from '../../../src/sandbox/virtual-clock.js';
import { observe } from '../../../src/workflow/observe.js';
import { jobRows, versionsIn } from './final-checks.js';
import type { CommandEnd, OperatorProcess } from './operator.js';

/** What the end of a run needs of it. */
export interface Homecoming {
  deployment: Deployment;
  world: RunningWorld;
  clock: VirtualClock;
  /** A new operator at a new computer. */
  operator(purpose: string): OperatorProcess;
  redrive(purpose: string): Promise<void>;
  ended(command: string, end: CommandEnd): void;
  note(line: string): void;
}

const rounds = 14;

/**
 * All is healed; operators do what the tool tells them to (resume, repair, redrive) until nothing is left to do. What
 * they saw last is what the run is judged by.
 */
export async function bringHome(run: Homecoming): Promise<Snapshot> {
  const { clock, deployment } = run;
  for (let round = 0; round < rounds; round += 1) {
    const operator = run.operator(`home ${round}`);
    const unfinished = await clock.runUntil(operator.resume(true));
    if (unfinished.kind !== 'nothing-to-do') run.ended('last resume', unfinished);
    const snapshot = await clock.runUntil(observe(operator.read, deployment, { probeTimeoutMs: 3000 }));
    const open = await openInputs(run);
    // An input that replication gave up stays where it is; that it is parked and named is all that can be done.
    const stuck = round > 2 && open.every((each) => each.endsWith('PARKED'));
    if ((open.length === 0 || stuck) && atRest(snapshot)) return snapshot;
    run.note(`round ${round}: ${open.join(', ')} ${JSON.stringify(snapshot.routing)}`);
    if (!atRest(snapshot)) await clock.runUntil(repair(run, round, snapshot));
    if (open.some((each) => each.endsWith('FAILED'))) await clock.runUntil(run.redrive(`last ${round}`));
    // Some things are given up on only after a quarter of an hour, and that is spent asleep: it costs nothing.
    if (round > 0 && atRest(snapshot)) await sleepThroughTheNight(run);
    await clock.advance(61_000);
  }
  return clock.runUntil(observe(run.operator('judge').read, deployment, { probeTimeoutMs: 3000 }));
}

/** The move that the ledger names, made again, repairs what disagrees with it. */
async function repair(run: Homecoming, round: number, snapshot: Snapshot): Promise<void> {
  const control = controlOf(snapshot);
  if (!control.known || !control.value) return;
  const to = control.value.drainingTo ?? control.value.activeRegion;
  const end = await run.operator(`repair ${round}`).move({ command: 'failover', to, mode: 'auto', onDrainDeadline: 'redrive' });
  if (end.kind !== 'nothing-to-do') run.ended('last repair', end);
}

/** Both Regions sleep for sixteen minutes: nothing computes, nothing is delivered, and then all goes on. */
async function sleepThroughTheNight({ world, clock, deployment }: Homecoming): Promise<void> {
  const regions = [deployment.home, deployment.other];
  for (const region of regions) world.faults.setRegion(region, 'down');
  await clock.advance(16 * 60_000);
  for (const region of regions) world.faults.setRegion(region, 'up');
}

/** Inputs that are not at their end, as `key status`. Refused files fail again however often they are started. */
async function openInputs({ world, clock, deployment }: Homecoming): Promise<string[]> {
  const rows = await clock.runUntil(jobRows(world, deployment));
  const open: string[] = [];
  for (const region of [deployment.home, deployment.other]) {
    const versions = await clock.runUntil(versionsIn(world, deployment.regions[region]?.bucket ?? '', region));
    for (const [jobId, { Key }] of versions) if (!rows.has(jobId)) open.push(`${Key} UNKNOWN`);
  }
  for (const row of rows.values()) {
    const [status, notification] = [String(row['status']), String(row['notification'])];
    if (String(row['key']).startsWith('canary/')) continue;
    const error = row['error'] as { code?: string } | undefined;
    if (status === 'FAILED' && ['EMPTY_FILE', 'WRONG_HEADER', 'NO_ROWS'].includes(error?.code ?? '')) continue;
    if (status === 'SUCCEEDED' && ['SENT', 'UNCERTAIN'].includes(notification)) continue;
    open.push(`${String(row['key'])} ${status === 'SUCCEEDED' ? notification : status}`);
  }
  return open;
}

/** Nothing disagrees or is left half way, and nobody holds the lock; one whose lease has lapsed is nobody's. */
function atRest(snapshot: Snapshot): boolean {
  const { arc, mrap } = snapshot.routing;
  const { lock } = snapshot;
  const control = controlOf(snapshot);
  return control.known && control.value?.phase === 'active' && arc?.known === true && !arc.value.disagree && mrap.known && findDrift(snapshot).length === 0
    && lock.known && (lock.value === null || lock.value.leaseEndsAt < snapshot.observedAt);
}
