import { isUnfinished } from './job.js';
import type { Policy } from './policy.js';
import type { Signal } from './recommendation-types.js';
import type { Snapshot } from './snapshot.js';
import { startQuotaOf } from './start-quota.js';
import { ageSeconds, controlOf, otherRegion } from './view.js';

/** Executions that may be open at once in one account and Region (Step Functions quotas page). */
const openExecutions = 1_000_000;

/**
 * What the Region has left, against what it needs. The standby needs what it uses plus what it would take over: the open
 * jobs to start, and the other Region's present use.
 */
export function headroomSignals(snapshot: Snapshot, region: string, policy: Policy): Signal[] {
  const headroom = snapshot.headroom[region];
  const common = { kind: 'headroom' as const, unit: '% of quota', seenFrom: region };
  if (!headroom?.known) return [{ ...common, name: 'headroom', level: 'unknown', value: null, ageSeconds: 0, why: `quotas of ${region} could not be read: ${headroom?.reason ?? 'not asked'}` }];
  const age = ageSeconds(headroom.at, snapshot.observedAt);
  const takesOver = isStandby(snapshot, region);
  const peer = snapshot.headroom[otherRegion(snapshot, region)];
  const level = (share: number): Signal['level'] => (share > policy.headroomBadFraction ? 'bad' : share > policy.headroomWarnFraction ? 'warn' : 'ok');
  const used = Object.entries(headroom.value.used).map(([quota, fraction]): Signal => {
    const { limits } = headroom.value;
    const moving = takesOver && peer?.known ? (peer.value.used[quota] ?? 0) * shareOfLimit(peer.value.limits[quota], limits[quota]) : 0;
    const need = fraction + moving;
    return {
      ...common, name: `headroom.${quota}`, ageSeconds: age, value: percent(need), level: level(need),
      why: `${percent(fraction)} % of ${quota} is in use in ${region}${moving > 0 ? `, and the other Region's work would take ${percent(moving)} % more` : ''}`,
    };
  });
  const idle: Signal[] = used.length === 0 ? [{ ...common, name: 'headroom', level: 'ok', value: null, ageSeconds: age, why: `${region} reports its quotas, and no use of them in the last minutes` }] : used;
  return [...idle, ...(takesOver ? startSignals(snapshot, region, policy, level) : [])];
}

/**
 * Open jobs against what the start quota lets begin within the RTO target: beyond that, starting alone breaks the
 * promise. A job that waits for its start is late, never lost.
 */
function startSignals(snapshot: Snapshot, region: string, policy: Policy, level: (share: number) => Signal['level']): Signal[] {
  if (!snapshot.work.known) return [];
  const jobs = snapshot.work.value.open.filter(isUnfinished).length;
  const { burst, perSecond } = startQuotaOf(region);
  const startable = burst + perSecond * policy.rtoTargetSeconds;
  const common = { kind: 'headroom' as const, seenFrom: 'ledger', ageSeconds: ageSeconds(snapshot.work.at, snapshot.observedAt) };
  return [
    { ...common, name: 'headroom.starts', unit: '% of what can start in time', value: percent(jobs / startable), level: level(jobs / startable), why: `${jobs} open jobs would be started in ${region}; ${startable} can be within ${policy.rtoTargetSeconds} s` },
    ...(jobs / openExecutions > policy.headroomWarnFraction ? [{ ...common, name: 'headroom.open-executions', unit: '% of quota', value: percent(jobs / openExecutions), level: level(jobs / openExecutions), why: `${jobs} executions would be open in ${region}; ${openExecutions} may be` }] : []),
  ];
}

function isStandby(snapshot: Snapshot, region: string): boolean {
  const control = controlOf(snapshot);
  return control.known && control.value !== null && control.value.activeRegion !== region;
}

/** The same work is a larger share of a smaller quota. */
function shareOfLimit(theirs: number | undefined, ours: number | undefined): number {
  return theirs !== undefined && ours !== undefined && ours > 0 ? theirs / ours : 1;
}

function percent(fraction: number): number {
  return Math.round(fraction * 100);
}
