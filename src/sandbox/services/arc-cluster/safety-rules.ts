import { AwsError } from '../../service.js';
import type { RuleConfig, SafetyRuleRecord } from '../arc-config/configuration.js';
import { controlsOf } from '../arc-config/configuration.js';
import type { RoutingState } from './control-states.js';

export interface Proposal {
  states: ReadonlyMap<string, RoutingState>;
  /** Rules that the caller overrides for this request. */
  overridden: ReadonlySet<string>;
  now: number;
  agreed(arn: string): RoutingState;
  /** When a rule last let a change through, in milliseconds; undefined if never. */
  lastChange(ruleArn: string): number | undefined;
}

/**
 * Throws the ConflictException of the first rule that the proposed states break; an operator learns of blockers one by
 * one. An assertion looks at all its controls as they would be after the request; a gate looks at its gating controls
 * as they are before it. (AWS documents no error code for this, only that the message holds the rule's ARN.)
 */
export function enforceSafetyRules(rules: readonly SafetyRuleRecord[], proposal: Proposal): void {
  for (const rule of rules) {
    if (proposal.overridden.has(rule.arn)) continue;
    if (!controlsOf(rule).some((arn) => proposal.states.has(arn))) continue;
    const changedAt = proposal.lastChange(rule.arn);
    if (changedAt !== undefined && proposal.now - changedAt < rule.waitPeriodMs) {
      throw conflict(rule, `its wait period of ${rule.waitPeriodMs} ms after the last change has not passed`);
    }
    const after = (arn: string): RoutingState => proposal.states.get(arn) ?? proposal.agreed(arn);
    const met = rule.kind === 'assertion'
      ? criteriaMet(rule.config, rule.asserted.map(after))
      : criteriaMet(rule.config, rule.gating.map((arn) => proposal.agreed(arn)));
    if (!met) throw conflict(rule, 'its criteria would not be met');
  }
}

function criteriaMet(config: RuleConfig, states: RoutingState[]): boolean {
  const on = states.filter((state) => state === 'On').length;
  const met = config.type === 'AND' ? on === states.length : config.type === 'OR' ? on > 0 : on >= config.threshold;
  return met !== config.inverted;
}

function conflict(rule: SafetyRuleRecord, why: string): AwsError {
  return new AwsError('ConflictException', `The request conflicts with the safety rule ${rule.arn} (${rule.name}): ${why}`, {
    status: 409, members: { resourceId: rule.arn, resourceType: 'safetyrule' },
  });
}
