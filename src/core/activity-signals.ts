import type { Policy } from './policy.js';
import type { Signal } from './recommendation-types.js';
import type { Snapshot } from './snapshot.js';
import { ageSeconds } from './view.js';

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
  // What failed may have been started before the window began.
  const executions = Math.max(executionsStarted, executionsFailed);
  const enough = executions >= policy.activityMinStarts;
  const failedShare = executions === 0 ? 0 : executionsFailed / executions;
  // Lambda counts a call that it throttled as a throttle, and as no invocation (Lambda's developer guide, invocation metrics).
  const calls = functionInvocations + functionThrottles;
  const troubledShare = calls === 0 ? 0 : (functionErrors + functionThrottles) / calls;
  const levelOf = (share: number, many: boolean): Signal['level'] => (many && share >= policy.activityBadFraction ? 'bad' : share >= policy.activityWarnFraction ? 'warn' : 'ok');
  return [
    executions === 0
      ? { ...common, ageSeconds: age, value: null, level: 'unknown', why: `no execution was started in ${region} in ${minutes} min: there is nothing to judge by` }
      : {
        ...common, ageSeconds: age, value: Math.round(failedShare * 1000) / 10, level: levelOf(failedShare, enough),
        why: `${executionsFailed} of ${executions} executions failed in ${minutes} min${enough ? '' : ` (fewer than ${policy.activityMinStarts} started: too few to condemn a Region)`}`,
      },
    {
      name: 'activity.functions', kind: 'activity', unit: '% errors and throttles', seenFrom: region, ageSeconds: age, value: Math.round(troubledShare * 1000) / 10,
      level: levelOf(troubledShare, calls >= policy.activityMinStarts),
      why: `${functionErrors} errors and ${functionThrottles} throttles in ${calls} function calls in ${minutes} min`,
    },
  ];
}
