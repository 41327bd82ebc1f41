import type { RoutingState } from './snapshot.js';

/**
 * An ARC assertion rule over the routing controls of the pipeline's Regions. It is evaluated on the states as they would
 * be after the change; `inverted` turns its answer around. Source: ARC developer guide, safety rules.
 */
export interface SafetyRule {
  arn: string;
  name: string;
  regions: string[];
  type: 'ATLEAST' | 'AND' | 'OR';
  threshold: number;
  inverted: boolean;
}

/** The rules that would refuse these states, each with why. */
export function refusingRules(rules: readonly SafetyRule[], after: Record<string, RoutingState>): { rule: SafetyRule; why: string }[] {
  return rules.filter((rule) => !allows(rule, after)).map((rule) => ({
    rule,
    why: `the safety rule ${rule.name} (${rule.arn}) would refuse it: it demands ${demand(rule)}, and ${onIn(rule, after).length === 0 ? 'none' : onIn(rule, after).join(' and ')} would be On`,
  }));
}

function allows(rule: SafetyRule, after: Record<string, RoutingState>): boolean {
  const on = onIn(rule, after).length;
  const met = rule.type === 'ATLEAST' ? on >= rule.threshold : rule.type === 'AND' ? on === rule.regions.length : on > 0;
  return met !== rule.inverted;
}

function onIn(rule: SafetyRule, after: Record<string, RoutingState>): string[] {
  return rule.regions.filter((region) => after[region] === 'On');
}

function demand({ type, threshold, inverted, regions }: SafetyRule): string {
  const met = type === 'ATLEAST' ? `at least ${threshold} of ${regions.join(', ')} On` : type === 'AND' ? `all of ${regions.join(', ')} On` : `any of ${regions.join(', ')} On`;
  return inverted ? `not: ${met}` : met;
}
