import { callsOf, failedOf, isCallersFault } from './probe-sample.js';
import type { Policy } from './policy.js';
import type { Signal } from './recommendation-types.js';
import type { ProbedService, ProbeResult, Snapshot } from './snapshot.js';
import { ageSeconds } from './view.js';

/** What else is known of the Region: it decides what a probe that was only partly answered means. */
export interface Corroboration {
  /** The other Region's observer found it bad in 3 of 5 minutes. */
  sustained: boolean;
  /** Its synthetic jobs fail. */
  workFails: boolean;
}

/** API probes of a Region, from this host and from the other Region. */
export function probeSignals(snapshot: Snapshot, region: string, policy: Policy, corroboration: Corroboration): Signal[] {
  const probes = snapshot.probes[region];
  if (!probes) return [];
  const signal = (probe: ProbeResult): Signal => probeSignal(snapshot, region, probe, policy, corroboration);
  const signals = probes.fromOperator.map(signal);
  if (probes.fromOtherRegion.known) return [...signals, ...probes.fromOtherRegion.value.map(signal)];
  const { reason, at, seenFrom } = probes.fromOtherRegion;
  return [...signals, {
    name: 'probe.remote', kind: 'probe', level: 'unknown', value: null, unit: '', seenFrom, ageSeconds: ageSeconds(at, snapshot.observedAt),
    why: `${seenFrom} could not be asked how it sees ${region}: ${reason}`,
  }];
}

/**
 * Not answered: bad. Not let in: unknown, because it says nothing of the Region. Answered in part, or throttled: a warning
 * that turns bad when a second kind of evidence agrees, so that neither a hiccup nor a quota condemns a Region.
 */
function probeSignal(snapshot: Snapshot, region: string, probe: ProbeResult, policy: Policy, { sustained, workFails }: Corroboration): Signal {
  const { service, seenFrom, milliseconds, error } = probe;
  const common = { name: `probe.${service}`, kind: 'probe' as const, unit: 'ms', seenFrom, ageSeconds: ageSeconds(probe.at, snapshot.observedAt), value: milliseconds };
  const who = `${serviceName(service)} in ${region}`;
  const from = seenFrom === 'operator' ? 'this host' : seenFrom;
  const [calls, failed] = [callsOf(probe), failedOf(probe)];
  const reason = error ?? 'no reason given';
  if (failed > 0 && isCallersFault(probe.failure)) return { ...common, level: 'unknown', value: null, why: `${who} did not let ${from} in, which says nothing of the Region: ${reason}` };
  if (failed > 0 && probe.failure === 'throttled') return { ...common, level: workFails ? 'bad' : 'warn', why: `${who} throttles ${from}${workFails ? ', and synthetic jobs fail' : ''}: ${reason}` };
  if (!probe.ok) return { ...common, level: 'bad', why: `${who} did not answer ${from}${calls > 1 ? ` (${failed} of ${calls} calls)` : ''}: ${reason}` };
  if (failed > 0) {
    const agreed = sustained ? ', as in most of the last minutes' : workFails ? ', and synthetic jobs fail' : '';
    return { ...common, level: agreed === '' ? 'warn' : 'bad', why: `${who} failed ${failed} of ${calls} calls of ${from}${agreed}: ${reason}` };
  }
  const slow = milliseconds > policy.probeSlowMs;
  if (slow && seenFrom === 'operator' && findsEverythingSlow(snapshot, policy)) return { ...common, level: 'ok', why: `${who} answered ${from} in ${milliseconds} ms; ${from} finds both Regions slow, so that is its own doing` };
  return { ...common, level: slow ? 'warn' : 'ok', why: `${who} answered ${from} in ${milliseconds} ms${slow ? ', which is slow' : ''}` };
}

/** A busy laptop or a slow line slows every answer down; two Regions do not turn slow together. */
function findsEverythingSlow(snapshot: Snapshot, policy: Policy): boolean {
  return Object.values(snapshot.probes).every(({ fromOperator }) => fromOperator.some((probe) => probe.ok && probe.milliseconds > policy.probeSlowMs));
}

function serviceName(service: ProbedService): string {
  return { s3: 'S3', states: 'Step Functions', dynamodb: 'DynamoDB' }[service];
}
