import type { Ledger } from '../../src/aws/ledger/ledger.js';
import { describeFailure } from '../../src/core/failure.js';
import { failedOf, minuteOf } from '../../src/core/probe-sample.js';
import type { ProbeResult } from '../../src/core/snapshot.js';
import type { Clock } from './clock.js';
import type { Telemetry } from './telemetry.js';

export interface ObservePorts {
  region: string;
  otherRegion: string;
  /** Never throws: a failure is a result. */
  probe(): Promise<ProbeResult[]>;
  ledger: Pick<Ledger, 'stampObservation'>;
  clock: Clock;
  telemetry: Telemetry;
}

/**
 * Looks at the other Region from this one. On its schedule it leaves the minute's verdict in the ledger; asked by an
 * operator (`{"on":"demand"}`) it only answers, so that asking does not change what the history says.
 */
export async function observe(event: { on?: string } | undefined, ports: ObservePorts): Promise<ProbeResult[]> {
  const results = await ports.probe();
  const failures = results.filter((result) => failedOf(result) > 0);
  if (failures.length > 0) {
    ports.telemetry.warn('probes failed', { otherRegion: ports.otherRegion, failures });
    ports.telemetry.count({ ProbeFailures: failures.length });
  }
  if (event?.on === 'demand') return results;
  try {
    await ports.ledger.stampObservation(ports.otherRegion, ports.region, minuteOf(ports.clock.now().toISOString(), results));
  } catch (error) {
    // A Region that is cut off cannot write its verdict, and its silence is told from the age of the last one.
    ports.telemetry.warn('the verdict could not be stamped', { error: describeFailure(error) });
  }
  return results;
}
