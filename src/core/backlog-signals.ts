import type { Job } from './job.js';
import type { Observed } from './observation.js';
import type { Policy } from './policy.js';
import type { Signal, SignalLevel } from './recommendation-types.js';
import type { Snapshot } from './snapshot.js';
import { ageSeconds, controlOf, presenceOf } from './view.js';

/**
 * Only the Region that runs the work can be late with it: with ending what it started, or with starting what it holds.
 * While the pipeline is fenced nothing is to start.
 */
export function backlogSignals(snapshot: Snapshot, region: string, policy: Policy): Signal[] {
  const control = controlOf(snapshot);
  if (!control.known || control.value?.activeRegion !== region || !snapshot.work.known) return [];
  const { open } = snapshot.work.value;
  const running = open.filter((job) => job.status === 'RUNNING' && job.claimedAt);
  const oldest = oldestSeconds(running, (job) => job.claimedAt ?? job.acceptedAt, snapshot.observedAt);
  const common = { kind: 'backlog' as const, unit: 's', seenFrom: snapshot.work.seenFrom, ageSeconds: ageSeconds(snapshot.work.at, snapshot.observedAt) };
  const ending: Signal = {
    ...common, name: 'backlog.oldest', level: levelOf(oldest, policy), value: oldest,
    why: running.length === 0 ? 'no job is running' : `the oldest of ${running.length} running jobs was started ${oldest} s ago; ${policy.expectedJobSeconds} s is expected at the most`,
  };
  // An input that has not come over yet waits for replication, and one from before the last move could not start earlier.
  const waiting = open.filter((job) => job.status === 'ACCEPTED' && isHeld(presenceOf(snapshot, job, region)));
  if (waiting.length === 0 || control.value.phase !== 'active') return [ending];
  const { changedAt } = control.value;
  const longest = oldestSeconds(waiting, (job) => later(job.presentIn[region] ?? job.acceptedAt, changedAt), snapshot.observedAt);
  return [ending, {
    ...common, name: 'backlog.waiting', level: levelOf(longest, policy), value: longest,
    why: `the oldest of ${waiting.length} accepted inputs that lie in ${region} has waited ${longest} s to be started; ${policy.expectedJobSeconds} s is expected at the most`,
  }];
}

function oldestSeconds(jobs: Job[], since: (job: Job) => string, now: string): number {
  return jobs.reduce((age, job) => Math.max(age, ageSeconds(since(job), now)), 0);
}

function later(one: string, other: string): string {
  return Date.parse(one) > Date.parse(other) ? one : other;
}

function isHeld(presence: Observed<boolean>): boolean {
  return presence.known && presence.value;
}

function levelOf(seconds: number, policy: Policy): SignalLevel {
  return seconds > 3 * policy.expectedJobSeconds ? 'bad' : seconds > policy.expectedJobSeconds ? 'warn' : 'ok';
}
