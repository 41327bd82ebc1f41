import type { Ledger } from '../../src/aws/ledger/ledger.js';
import { describeFailure } from '../../src/core/failure.js';
import { failedOf, minuteOf } from '../../src/core/probe-sample.js';
import type { CanaryView, ProbeResult } from '../../src/core/snapshot.js';
import type { Clock } from './clock.js';
import type { Telemetry } from './telemetry.js';

export interface ObservePorts {
  region: string;
  otherRegion: string;
  /** Never throws: a failure is a result. */
  probe(options: { timeoutMs?: number }): Promise<ProbeResult[]>;
  /** Whether the other Region's own composite alarm is in ALARM. Throws while it cannot be read. */
  otherAlarm(): Promise<boolean>;
  ledger: Pick<Ledger, 'stampObservation' | 'readCanary'>;
  clock: Clock;
  telemetry: Telemetry;
}

const canaryRuns = 5;
/** As in go / no-go: older results say nothing of the present. */
const staleMs = 5 * 60_000;

/** `on: demand` is an operator who asks now, and waits no longer than `timeoutMs`. */
export interface ObserveEvent {
  on?: string;
  timeoutMs?: number;
}

/**
 * Looks at the other Region from this one. On its schedule it leaves the minute's verdict in the ledger and the numbers
 * that this Region's alarms about the other one rest on; asked by an operator (`{"on":"demand"}`) it only answers, so that
 * asking does not change what the history says.
 */
export async function observe(event: ObserveEvent | undefined, ports: ObservePorts): Promise<ProbeResult[]> {
  const scheduled = event?.on !== 'demand';
  const { timeoutMs } = event ?? {};
  const [results] = await Promise.all([ports.probe(timeoutMs === undefined ? {} : { timeoutMs }), ...(scheduled ? [reportCanary(ports), reportAlarm(ports)] : [])]);
  const failures = results.filter((result) => failedOf(result) > 0);
  if (failures.length > 0) {
    ports.telemetry.warn('probes failed', { otherRegion: ports.otherRegion, failures });
    ports.telemetry.count({ ProbeFailures: failures.length });
  }
  if (!scheduled) return results;
  const minute = minuteOf(ports.clock.now().toISOString(), results);
  // Calls that were not let in say nothing of the Region; a minute that has no others has no number.
  if (minute.calls) ports.telemetry.count({ OtherRegionFailedPercent: (100 * (minute.failed ?? 0)) / minute.calls });
  try {
    await ports.ledger.stampObservation(ports.otherRegion, ports.region, minute);
  } catch (error) {
    // A Region that is cut off cannot write its verdict, and its silence is told from the age of the last one.
    ports.telemetry.warn('the verdict could not be stamped', { error: describeFailure(error) });
  }
  return results;
}

/** The other Region's synthetic jobs, from this Region's replica of the ledger: it answers when that Region does not. */
async function reportCanary(ports: ObservePorts): Promise<void> {
  try {
    const failures = canaryFailures(await ports.ledger.readCanary(ports.otherRegion), ports.clock.now());
    if (failures !== undefined) ports.telemetry.count({ OtherRegionCanaryFailures: failures });
  } catch (error) {
    // No number is told: a ledger that this Region cannot read is no evidence against the other.
    ports.telemetry.warn('the canary of the other Region could not be read', { error: describeFailure(error) });
  }
}

/** Silence counts as failure; undefined before the first run ever. */
export function canaryFailures(canary: CanaryView | undefined, now: Date): number | undefined {
  const last = canary?.results.at(-1);
  if (!canary || !last) return undefined;
  if (now.getTime() - Date.parse(last.at) > staleMs) return canaryRuns;
  return canary.results.slice(-canaryRuns).filter((result) => !result.ok).length;
}

async function reportAlarm(ports: ObservePorts): Promise<void> {
  try {
    ports.telemetry.count({ OtherRegionAlarm: await ports.otherAlarm() ? 1 : 0 });
  } catch (error) {
    ports.telemetry.warn('the alarm of the other Region could not be read', { error: describeFailure(error) });
  }
}
