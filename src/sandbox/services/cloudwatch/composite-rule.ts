import type { AlarmState } from './alarm-definition.js';
import { invalidValue } from './statistics.js';

/**
 * Whether a composite alarm's rule holds: ALARM(x), OK(x), INSUFFICIENT_DATA(x), TRUE, FALSE, AND, OR, NOT and
 * parentheses, where x is the name or ARN of an alarm in the Region, with or without quotes. `stateOf` may throw for an
 * unknown alarm. Every alarm is looked up, also where the outcome no longer depends on it.
 */
export function ruleHolds(rule: string, stateOf: (nameOrArn: string) => AlarmState): boolean {
  const tokens = rule.match(/"[^"]*"|'[^']*'|[()]|[^\s()]+/g) ?? [];
  let position = 0;
  const syntaxError = (): Error => invalidValue(`AlarmRule is invalid near '${tokens[position] ?? 'the end'}': ${rule}`);
  const take = (token: string): boolean => {
    if (tokens[position]?.toUpperCase() !== token) return false;
    position += 1;
    return true;
  };
  const either = (): boolean => {
    let holds = both();
    while (take('OR')) holds = both() || holds;
    return holds;
  };
  const both = (): boolean => {
    let holds = single();
    while (take('AND')) holds = single() && holds;
    return holds;
  };
  const single = (): boolean => {
    if (take('NOT')) return !single();
    if (take('(')) {
      const inner = either();
      if (!take(')')) throw syntaxError();
      return inner;
    }
    if (take('TRUE')) return true;
    if (take('FALSE')) return false;
    return test();
  };
  const test = (): boolean => {
    const state = tokens[position]?.toUpperCase();
    const name = tokens[position + 2]?.replace(/^["']|["']$/g, '');
    if ((state !== 'ALARM' && state !== 'OK' && state !== 'INSUFFICIENT_DATA') || name === undefined || tokens[position + 1] !== '(' || tokens[position + 3] !== ')') throw syntaxError();
    position += 4;
    return stateOf(name) === state;
  };
  const holds = either();
  if (position < tokens.length) throw syntaxError();
  return holds;
}
