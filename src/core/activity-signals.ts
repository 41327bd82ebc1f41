import type { Policy } from './policy.js';
import type { Signal } from './recommendation-types.js';
import type { Snapshot } from './snapshot.js';
import { ageSeconds, controlOf } from './view.js';

/** How the Region's executions and functions fare, from its own metrics. */
export function activitySignals(snapshot: Snapshot, region: string, policy: Policy): Signal[] {
  const activity = snapshot.activity[region];
  const common = { name: 'activity.failures', kind: 'activity' as const, unit: '% of executions', seenFrom: region };
  const unknown = (why: string, age: number): Signal[] => [{ ...common, level: 'unknown', value: null, ageSeconds: age, why }];
  if (!activity?.known) return unknown(`metrics of ${region}: ${activity?.reason ?? 'not asked'}`, 0);
  const age = ageSeconds(activity.at, snapshot.observedAt);
  if (age > policy.evidenceStaleSeconds) return unknown(`the newest metrics of ${region} are ${age} s old`, age);
  const { executionsStarted, executionsFailed, functionInvocations, functionErrors, functionThrottles, windowSeconds } = activity.value;
  const minutes = Math.round(windowSeconds / 60);
  const enough = executionsStarted >= policy.activityMinStarts;
  const failedShare = executionsStarted === 0 ? 0 : executionsFailed / executionsStarted;
  const troubledShare = functionInvocations === 0 ? 0 : (functionErrors + functionThrottles) / functionInvocations;
  const levelOf = (share: number, many: boolean): Signal['level'] => (many && share >= policy.activityBadFraction ? 'bad' : share >= policy.activityWarnFraction ? 'warn' : 'ok');
  return [
    executionsStarted === 0
      ? { ...common, ageSeconds: age, value: null, level: 'unknown', why: `no execution was started in ${region} in ${minutes} min: there is nothing to judge by` }
      : {
        ...common, ageSeconds: age, value: Math.round(failedShare * 1000) / 10, level: levelOf(failedShare, enough),
        why: `${executionsFailed} of ${executionsStarted} executions failed in ${minutes} min${enough ? '' : ` (fewer than ${policy.activityMinStarts} started: too few to condemn a Region)`}`,
      },
    {
      name: 'activity.functions', kind: 'activity', unit: '% errors and throttles', seenFrom: region, ageSeconds: age, value: Math.round(troubledShare * 1000) / 10,
      level: levelOf(troubledShare, functionInvocations >= policy.activityMinStarts),
      why: `${functionErrors} errors and ${functionThrottles} throttles in ${functionInvocations} function calls in ${minutes} min`,
    },
  ];
}

/** Only the Region that runs the work can be late with it. */
export function backlogSignal(snapshot: Snapshot, region: string, policy: Policy): Signal[] {
  const control = controlOf(snapshot);
  if (!control.known || control.value?.activeRegion !== region || !snapshot.work.known) return [];
  const running = snapshot.work.value.open.filter((job) => job.status === 'RUNNING' && job.claimedAt);
  const oldest = running.reduce((age, job) => Math.max(age, ageSeconds(job.claimedAt ?? job.acceptedAt, snapshot.observedAt)), 0);
  const level = oldest > 3 * policy.expectedJobSeconds ? 'bad' : oldest > policy.expectedJobSeconds ? 'warn' : 'ok';
  return [{
    name: 'backlog.oldest', kind: 'backlog', level, value: oldest, unit: 's', seenFrom: snapshot.work.seenFrom, ageSeconds: ageSeconds(snapshot.work.at, snapshot.observedAt),
    why: running.length === 0 ? 'no job is running' : `the oldest of ${running.length} running jobs was started ${oldest} s ago; ${policy.expectedJobSeconds} s is expected at the most`,
  }];
}
