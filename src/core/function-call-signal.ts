import type { Signal } from './recommendation-types.js';
import type { Snapshot } from './snapshot.js';
import { ageSeconds, otherRegion } from './view.js';

/**
 * Whether Lambda in the Region runs a function for this host: the Region's observer is asked at every look how it sees the
 * other one, and that call is a probe of its own. Nothing is said where the answer tells nothing of Lambda: not let in, a
 * function that failed, a Region that answers no other probe either. An observer that waits for a dead Region may be late
 * with its answer, so that no answer in time counts only when synthetic jobs get nowhere either.
 */
export function functionCallSignal(snapshot: Snapshot, region: string, workFails: boolean): Signal[] {
  const asked = snapshot.probes[otherRegion(snapshot, region)]?.fromOtherRegion;
  if (!asked || asked.known || !asked.failure) return [];
  const level = levelOf(asked.failure, workFails);
  if (!level) return [];
  return [{
    name: 'probe.lambda', kind: 'probe', level, value: null, unit: '', seenFrom: 'operator', ageSeconds: ageSeconds(asked.at, snapshot.observedAt),
    why: `Lambda in ${region} ran no function for this host: ${asked.reason}`,
  }];
}

function levelOf(failure: string, workFails: boolean): 'bad' | 'warn' | undefined {
  switch (failure) {
    case 'service':
    case 'unreachable':
      return 'bad';
    case 'throttled':
      return workFails ? 'bad' : 'warn';
    case 'timeout':
      return workFails ? 'bad' : undefined;
    default:
      return undefined;
  }
}
