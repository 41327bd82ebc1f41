import { activitySignals } from './activity-signals.js';
import { backlogSignals } from './backlog-signals.js';
import { functionCallSignal } from './function-call-signal.js';
import { headroomSignals } from './headroom-signals.js';
import type { Policy } from './policy.js';
import { probeSignals } from './probe-signals.js';
import type { Signal } from './recommendation-types.js';
import { replicationSignals } from './replication-signals.js';
import type { Snapshot } from './snapshot.js';
import { canarySignal, observerSignal, wentSilent } from './stamped-signals.js';
import { ageSeconds, otherRegion } from './view.js';

/** Everything that is known about one Region's fitness, each with the number that the rules use. */
export function regionSignals(snapshot: Snapshot, region: string, policy: Policy): Signal[] {
  const observer = observerSignal(snapshot, region, policy);
  const canary = canarySignal(snapshot, region, policy);
  return [
    ...probeSignals(snapshot, region, policy, { sustained: observer.level === 'bad', workFails: canary.level === 'bad' }),
    ...functionCallSignal(snapshot, region, canary.level === 'bad' || wentSilent(canary)),
    observer,
    canary,
    ledgerSignal(snapshot, region),
    ...activitySignals(snapshot, region, policy),
    ...backlogSignals(snapshot, region, policy),
    ...headroomSignals(snapshot, region, policy),
    versionSignal(snapshot, region),
    ...replicationSignals(snapshot, region, policy),
  ];
}

function ledgerSignal(snapshot: Snapshot, region: string): Signal {
  const answer = snapshot.ledgers[region];
  const common = { name: 'ledger.strong-read', kind: 'ledger' as const, unit: 'epoch', seenFrom: region };
  if (!answer?.known) return { ...common, level: 'bad', value: null, ageSeconds: 0, why: `the ledger's replica in ${region} did not answer a strong read: ${answer?.reason ?? 'not asked'}` };
  return { ...common, level: 'ok', value: answer.value?.epoch ?? 0, ageSeconds: ageSeconds(answer.at, snapshot.observedAt), why: `the ledger's replica in ${region} answers strong reads` };
}

function versionSignal(snapshot: Snapshot, region: string): Signal {
  const mine = snapshot.versions[region];
  const others = snapshot.versions[otherRegion(snapshot, region)];
  const common = { name: 'version', kind: 'version' as const, unit: '', seenFrom: 'ledger', ageSeconds: 0 };
  if (!mine?.known || !others?.known) return { ...common, level: 'unknown', value: mine?.known ? mine.value : null, why: `the code versions of both Regions could not be compared: ${(mine?.known === false && mine.reason) || (others?.known === false && others.reason) || 'not stamped yet'}` };
  const same = mine.value === others.value;
  return { ...common, level: same ? 'ok' : 'warn', value: mine.value, why: same ? 'both Regions run the same code' : `${region} runs ${mine.value}, the other Region ${others.value}` };
}
