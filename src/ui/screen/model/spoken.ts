import type { RegionAssessment, Signal } from '../../../core/recommendation-types.js';
import { controlOf } from '../../../core/view.js';
import { printable } from '../../printable.js';
import { formatSeconds } from '../../quantities.js';
import { nextCommand } from './next-command.js';
import { signalKey } from './signal-history.js';
import type { WatchModel } from './watch-model.js';

/**
 * The watch in words alone: for logs, where nothing can be drawn, and for screen readers, which read symbols and boxes
 * aloud. One sentence a fact.
 */
export function spokenSummary(model: WatchModel): string {
  const { snapshot, assessment, groups } = model;
  const control = controlOf(snapshot);
  const item = control.known ? control.value : null;
  const { action, to, verdict } = assessment.recommendation;
  return printable([
    item ? `${item.activeRegion} active, epoch ${item.epoch}, phase ${item.phase}` : 'active Region unknown',
    ...snapshot.regions.map((region) => `${region} ${assessment.regions[region]?.health ?? 'unknown'}`),
    groups ? groups.map((group) => `${group.count} ${group.name}`).join(', ') : 'jobs unknown',
    `advice ${action}${to !== null && action !== 'stay' ? ` to ${to}` : ''}, verdict ${spokenVerdict(verdict)}`,
  ].join('; '));
}

/** What differs from the look before, worst news first; empty when nothing does. */
export function spokenChanges(before: WatchModel, after: WatchModel): string[] {
  const lines: string[] = [];
  const was = before.assessment.recommendation;
  const is = after.assessment.recommendation;
  if (was.verdict !== is.verdict || was.action !== is.action || was.to !== is.to) {
    const command = nextCommand(after.snapshot, is);
    lines.push(`Advice is now ${is.action}${is.to !== null && is.action !== 'stay' ? ` to ${is.to}` : ''}, verdict ${spokenVerdict(is.verdict)}: ${[...is.blockers, ...is.reasons].join('; ')}.${command ? ` Next: ${command}` : ''}`);
  }
  lines.push(...routingChanges(before, after));
  for (const region of after.snapshot.regions) lines.push(...regionChanges(before.assessment.regions[region], after.assessment.regions[region]));
  lines.push(...jobChanges(before, after));
  return lines.map(printable);
}

function spokenVerdict(verdict: string): string {
  return verdict.replaceAll('_', ' ');
}

function routingChanges(before: WatchModel, after: WatchModel): string[] {
  const [was, is] = [controlOf(before.snapshot), controlOf(after.snapshot)];
  const lines: string[] = [];
  if (was.known && !is.known) lines.push(`The ledger does not answer: ${is.reason}.`);
  if (is.known && is.value && (!was.known || was.value?.epoch !== is.value.epoch || was.value.phase !== is.value.phase || was.value.activeRegion !== is.value.activeRegion)) {
    lines.push(`${is.value.activeRegion} is active, epoch ${is.value.epoch}, phase ${is.value.phase}.`);
  }
  for (const drift of after.assessment.drift) if (!before.assessment.drift.includes(drift)) lines.push(`Drift: ${drift}.`);
  if (before.assessment.drift.length > 0 && after.assessment.drift.length === 0) lines.push('No drift any more.');
  return lines;
}

function regionChanges(before: RegionAssessment | undefined, after: RegionAssessment | undefined): string[] {
  if (!after) return [];
  const lines = before?.health === after.health ? [] : [`${after.region} is ${after.health}.`];
  const earlier = new Map<string, Signal>((before?.signals ?? []).map((signal) => [signalKey(signal), signal]));
  for (const signal of after.signals) {
    if (earlier.get(signalKey(signal))?.level !== signal.level) lines.push(`In ${after.region}, ${signalKey(signal)} is ${signal.level}: ${signal.why}.`);
  }
  return lines;
}

function jobChanges(before: WatchModel, after: WatchModel): string[] {
  if (!after.groups) return before.groups ? ['The jobs cannot be read any more.'] : [];
  const counts = (model: WatchModel): string => model.groups?.map((group) => group.count).join() ?? '';
  if (counts(before) === counts(after)) return [];
  const told = after.groups.map((group) => `${group.count} ${group.name}${group.oldestSeconds === null ? '' : `, the oldest for ${formatSeconds(group.oldestSeconds)}`}`);
  return [`Jobs: ${told.join('; ')}.`];
}
