import { controlOf } from './view.js';
import type { Snapshot } from './snapshot.js';

/**
 * Where ARC and the traffic dials disagree with the ledger, in words. The ledger is the authority; the other two follow
 * it, so every sentence says what they ought to be. What cannot be seen is not drift: signals report it as unknown.
 */
export function findDrift(snapshot: Snapshot): string[] {
  const control = controlOf(snapshot);
  if (!control.known || !control.value) return [];
  const { activeRegion, phase, drainingTo } = control.value;
  const drift: string[] = [];
  const arc = snapshot.routing.arc;
  if (arc?.known && !arc.value.disagree) {
    for (const region of snapshot.regions) {
      const state = arc.value.states[region];
      const wanted = region === activeRegion && phase !== 'fenced' ? 'On' : 'Off';
      if (state && state !== wanted) drift.push(`ARC routing control of ${region} is ${state}; the ledger's active Region is ${activeRegion} (${phase}), so it should be ${wanted}`);
    }
  }
  const dials = snapshot.routing.mrap;
  if (dials.known) {
    // A draining pipeline sends new uploads ahead to where it is going.
    const uploadsTo = phase === 'draining' && drainingTo ? drainingTo : activeRegion;
    for (const region of snapshot.regions) {
      const dial = dials.value[region];
      const wanted = region === uploadsTo ? 100 : 0;
      if (dial !== undefined && dial !== wanted) drift.push(`traffic dial of ${region} is ${dial}; new uploads should go to ${uploadsTo}, so it should be ${wanted}`);
    }
  }
  return drift;
}
