import type { GuardVerdict } from '../../core/guard.js';
import type { Page } from '../output.js';
import { printable } from '../printable.js';
import { formatSeconds, formatUtc } from '../quantities.js';

/** One change of the guard's mind, as `-o ndjson` prints it with type `guard`. */
export type GuardDecision = GuardVerdict & { at: string; to: string; auto: boolean };

export interface GuardResult {
  deployment: string;
  to: string;
  because: 'stopped' | 'arrived' | 'moved';
  looks: number;
  last: GuardVerdict | null;
  /** Where every decision was written down. */
  journal: string;
}

export function guardLines(decision: GuardDecision): string[] {
  return [`${formatUtc(decision.at)}  guard: ${printable(words(decision))}`];
}

export function guardResultLines(result: GuardResult, page: Page): string[] {
  const why = result.because === 'arrived' ? `${result.to} is active: there is nothing left to guard` : 'stopped by the operator';
  return [`${page.theme.strong('The guard has ended')}: ${why}, after ${result.looks} looks.`, page.theme.faint(`  its decisions: ${printable(result.journal)}`)];
}

function words(decision: GuardDecision): string {
  switch (decision.kind) {
    case 'watching': return `no move is called for. ${decision.why}`;
    case 'unknown': return `nothing is done on what is unknown. ${decision.why}`;
    case 'needs-person': return `a person has to decide. ${decision.why}`;
    case 'holding': return `GO to ${decision.to}, held for ${formatSeconds(decision.heldSeconds)} of ${formatSeconds(decision.holdSeconds)}. ${decision.why}`;
    case 'move': return decision.auto
      ? `GO to ${decision.to} has held for ${formatSeconds(decision.heldSeconds)}: moving now. ${decision.why}`
      : `GO to ${decision.to} has held for ${formatSeconds(decision.heldSeconds)}. Without --auto the guard only says so: batchctl failover --to ${decision.to}. ${decision.why}`;
    case 'arrived': return decision.why;
  }
}
