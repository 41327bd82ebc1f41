import type { Policy } from './policy.js';
import type { Signal } from './recommendation-types.js';
import type { ProbeResult, Snapshot } from './snapshot.js';
import { ageSeconds, controlOf, otherRegion } from './view.js';

/** Everything that is known about one Region's fitness, each with the number that the rules use. */
export function regionSignals(snapshot: Snapshot, region: string, policy: Policy): Signal[] {
  return [
    ...probeSignals(snapshot, region),
    observerSignal(snapshot, region),
    canarySignal(snapshot, region),
    ledgerSignal(snapshot, region),
    ...activitySignals(snapshot, region),
    ...backlogSignal(snapshot, region, policy),
    ...headroomSignals(snapshot, region, policy),
    versionSignal(snapshot, region),
  ];
}

function probeSignals(snapshot: Snapshot, region: string): Signal[] {
  const probes = snapshot.probes[region];
  if (!probes) return [];
  const signals = probes.fromOperator.map((probe) => probeSignal(snapshot, region, probe));
  if (probes.fromOtherRegion.known) {
    signals.push(...probes.fromOtherRegion.value.map((probe) => probeSignal(snapshot, region, probe)));
  } else {
    const { reason, at, seenFrom } = probes.fromOtherRegion;
    signals.push({ name: 'probe.remote', kind: 'probe', level: 'unknown', value: null, unit: '', seenFrom, ageSeconds: ageSeconds(at, snapshot.observedAt), why: `${seenFrom} could not be asked how it sees ${region}: ${reason}` });
  }
  return signals;
}

function probeSignal(snapshot: Snapshot, region: string, probe: ProbeResult): Signal {
  const common = { name: `probe.${probe.service}`, kind: 'probe' as const, unit: 'ms', seenFrom: probe.seenFrom, ageSeconds: ageSeconds(probe.at, snapshot.observedAt) };
  if (!probe.ok) return { ...common, level: 'bad', value: probe.milliseconds, why: `${serviceName(probe.service)} in ${region} did not answer ${vantage(probe.seenFrom)}: ${probe.error ?? 'no reason given'}` };
  const slow = probe.milliseconds > 1000;
  return { ...common, level: slow ? 'warn' : 'ok', value: probe.milliseconds, why: `${serviceName(probe.service)} in ${region} answered ${vantage(probe.seenFrom)} in ${probe.milliseconds} ms${slow ? ', which is slow' : ''}` };
}

/** Bad after 3 of the last 5 one-minute samples: one bad minute is no outage. */
function observerSignal(snapshot: Snapshot, region: string): Signal {
  const other = otherRegion(snapshot, region);
  const history = snapshot.probes[region]?.history;
  const common = { name: 'observer.minutes', kind: 'history' as const, unit: 'bad of last 5', seenFrom: other };
  if (!history?.known) return { ...common, level: 'unknown', value: null, ageSeconds: 0, why: `the observer in ${other} has left no readable record: ${history?.known === false ? history.reason : 'not asked'}` };
  const recent = history.value.slice(-5);
  const last = recent.at(-1);
  if (!last) return { ...common, level: 'unknown', value: null, ageSeconds: 0, why: `the observer in ${other} has recorded nothing yet` };
  const age = ageSeconds(last.at, snapshot.observedAt);
  const bad = recent.filter((sample) => !sample.ok).length;
  if (age > 300) return { ...common, level: 'unknown', value: bad, ageSeconds: age, why: `the observer in ${other} last recorded ${age} s ago` };
  return { ...common, level: bad >= 3 ? 'bad' : bad > 0 ? 'warn' : 'ok', value: bad, ageSeconds: age, why: `${other} found ${region} bad in ${bad} of its last ${recent.length} one-minute looks` };
}

function canarySignal(snapshot: Snapshot, region: string): Signal {
  const canary = snapshot.canaries[region];
  const common = { name: 'canary', kind: 'canary' as const, unit: 'failed of last 5', seenFrom: region };
  if (!canary?.known) return { ...common, level: 'unknown', value: null, ageSeconds: 0, why: `the synthetic job's record of ${region} could not be read: ${canary?.reason ?? 'not asked'}` };
  const recent = canary.value?.results.slice(-5) ?? [];
  const last = recent.at(-1);
  if (!last) return { ...common, level: 'unknown', value: null, ageSeconds: 0, why: `no synthetic job has run in ${region} yet` };
  const age = ageSeconds(last.at, snapshot.observedAt);
  const good = recent.filter((result) => result.ok).length;
  const failed = recent.length - good;
  if (age > 300) return { ...common, level: 'unknown', value: failed, ageSeconds: age, why: `the last synthetic job in ${region} ended ${age} s ago` };
  const level = failed >= 3 ? 'bad' : failed === 2 ? 'warn' : 'ok';
  return { ...common, level, value: failed, ageSeconds: age, why: `${good} of the last ${recent.length} synthetic jobs in ${region} succeeded` };
}

function ledgerSignal(snapshot: Snapshot, region: string): Signal {
  const answer = snapshot.ledgers[region];
  const common = { name: 'ledger.strong-read', kind: 'ledger' as const, unit: 'epoch', seenFrom: region };
  if (!answer?.known) return { ...common, level: 'bad', value: null, ageSeconds: 0, why: `the ledger's replica in ${region} did not answer a strong read: ${answer?.reason ?? 'not asked'}` };
  return { ...common, level: 'ok', value: answer.value?.epoch ?? 0, ageSeconds: ageSeconds(answer.at, snapshot.observedAt), why: `the ledger's replica in ${region} answers strong reads` };
}

function activitySignals(snapshot: Snapshot, region: string): Signal[] {
  const activity = snapshot.activity[region];
  const common = { name: 'activity.failures', kind: 'activity' as const, unit: '% of executions', seenFrom: region };
  if (!activity?.known) return [{ ...common, level: 'unknown', value: null, ageSeconds: 0, why: `metrics of ${region}: ${activity?.reason ?? 'not asked'}` }];
  const { executionsStarted, executionsFailed, functionInvocations, functionErrors, functionThrottles, windowSeconds } = activity.value;
  const age = ageSeconds(activity.at, snapshot.observedAt);
  const failedShare = executionsStarted === 0 ? 0 : executionsFailed / executionsStarted;
  const enough = executionsStarted >= 20;
  const minutes = Math.round(windowSeconds / 60);
  const troubled = functionErrors + functionThrottles;
  const troubledShare = functionInvocations === 0 ? 0 : troubled / functionInvocations;
  return [
    {
      ...common, ageSeconds: age, value: Math.round(failedShare * 1000) / 10,
      level: enough && failedShare >= 0.2 ? 'bad' : failedShare >= 0.02 ? 'warn' : 'ok',
      why: `${executionsFailed} of ${executionsStarted} executions failed in ${minutes} min${enough ? '' : ' (fewer than 20 started: too few to condemn a Region)'}`,
    },
    {
      name: 'activity.functions', kind: 'activity', unit: '% errors and throttles', seenFrom: region, ageSeconds: age, value: Math.round(troubledShare * 1000) / 10,
      level: functionInvocations >= 20 && troubledShare >= 0.2 ? 'bad' : troubledShare >= 0.02 ? 'warn' : 'ok',
      why: `${functionErrors} errors and ${functionThrottles} throttles in ${functionInvocations} function calls in ${minutes} min`,
    },
  ];
}

/** Only the Region that runs the work can be late with it. */
function backlogSignal(snapshot: Snapshot, region: string, policy: Policy): Signal[] {
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

function headroomSignals(snapshot: Snapshot, region: string, policy: Policy): Signal[] {
  const headroom = snapshot.headroom[region];
  const common = { kind: 'headroom' as const, unit: '% of quota', seenFrom: region };
  if (!headroom?.known) return [{ ...common, name: 'headroom', level: 'unknown', value: null, ageSeconds: 0, why: `quotas of ${region} could not be read: ${headroom?.reason ?? 'not asked'}` }];
  const age = ageSeconds(headroom.at, snapshot.observedAt);
  const used = Object.entries(headroom.value.used);
  if (used.length === 0) return [{ ...common, name: 'headroom', level: 'ok', value: null, ageSeconds: age, why: `${region} reports its quotas, and no use of them in the last minutes` }];
  return used.map(([quota, fraction]) => ({
    ...common, name: `headroom.${quota}`, ageSeconds: age, value: Math.round(fraction * 100),
    level: fraction > policy.headroomBadFraction ? 'bad' as const : fraction > policy.headroomWarnFraction ? 'warn' as const : 'ok' as const,
    why: `${Math.round(fraction * 100)} % of ${quota} is in use in ${region}`,
  }));
}

function versionSignal(snapshot: Snapshot, region: string): Signal {
  const mine = snapshot.versions[region];
  const others = snapshot.versions[otherRegion(snapshot, region)];
  const common = { name: 'version', kind: 'version' as const, unit: '', seenFrom: 'ledger', ageSeconds: 0 };
  if (!mine?.known || !others?.known) return { ...common, level: 'unknown', value: mine?.known ? mine.value : null, why: `the code versions of both Regions could not be compared: ${(mine?.known === false && mine.reason) || (others?.known === false && others.reason) || 'not stamped yet'}` };
  const same = mine.value === others.value;
  return { ...common, level: same ? 'ok' : 'warn', value: mine.value, why: same ? 'both Regions run the same code' : `${region} runs ${mine.value}, the other Region ${others.value}` };
}

function serviceName(service: ProbeResult['service']): string {
  return { s3: 'S3', states: 'Step Functions', dynamodb: 'DynamoDB' }[service];
}

function vantage(seenFrom: string): string {
  return seenFrom === 'operator' ? 'this host' : seenFrom;
}
