import { refusingRules } from './safety-rules.js';
import type { Snapshot } from './snapshot.js';

/** ARC must be able to follow, and its rules must let it. */
export function routingBlockers(snapshot: Snapshot, { from, to }: { from: string; to: string }): string[] {
  const { arc, safetyRules } = snapshot.routing;
  if (arc === null) return [];
  if (!arc.known || arc.value.answering === 0) return [`no ARC endpoint answers${arc.known ? '' : `: ${arc.reason}`}`];
  return refusingRules(safetyRules, { ...arc.value.states, [to]: 'On', [from]: 'Off' }).map(({ why }) => `the flip of ARC's routing controls: ${why}`);
}

export function routingWarnings(snapshot: Snapshot): string[] {
  const warnings: string[] = [];
  const { arc, mrap, mrapControl } = snapshot.routing;
  if (arc?.known && arc.value.answering > 0 && arc.value.answering < 3) warnings.push(`only ${arc.value.answering} of ${Object.keys(arc.value.endpoints).length} ARC endpoints answer`);
  if (arc?.known && arc.value.disagree) warnings.push('the ARC endpoints disagree, as they may for up to 15 s after a change');
  if (!mrap.known) warnings.push(`the traffic dials cannot be read (${mrap.reason}); they will be retried in the background`);
  else if (mrapControl.answering < 2) warnings.push(`only ${mrapControl.answering} of the ${mrapControl.asked} control Regions of the access point answers (${Object.entries(mrapControl.silent).map(([region, why]) => `${region}: ${why}`).join('; ')})`);
  return warnings;
}
