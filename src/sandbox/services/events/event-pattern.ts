import { AwsError } from '../../service.js';

/**
 * EventBridge's event patterns: every field that a pattern names must match one of its alternatives. An array in the
 * event matches when one of its elements does. Source: EventBridge user guide, "Event patterns" and "Content filtering".
 */
export type EventPattern = { [field: string]: EventPattern | unknown[] };

type Matcher = (value: unknown) => boolean;

/** Throws InvalidEventPatternException for what the sandbox does not understand: matching nothing would mislead. */
export function compilePattern(pattern: EventPattern): Matcher {
  const { $or: alternatives, ...fields } = pattern;
  const rules = Object.entries(fields).map(([field, rule]) => [field, Array.isArray(rule) ? compileAlternatives(rule) : compilePattern(rule)] as const);
  const any = Array.isArray(alternatives) ? alternatives.map((alternative) => compilePattern(alternative as EventPattern)) : undefined;
  return (value) => {
    // An object inside an array matches when one of the objects does.
    if (Array.isArray(value)) return value.some((entry) => matchesFields(entry, rules, any));
    return matchesFields(value, rules, any);
  };
}

function matchesFields(value: unknown, rules: (readonly [string, Matcher])[], any: Matcher[] | undefined): boolean {
  const object = typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
  return rules.every(([field, rule]) => rule(object[field])) && (any === undefined || any.some((alternative) => alternative(object)));
}

function compileAlternatives(alternatives: unknown[]): Matcher {
  const matchers = alternatives.map(compileAlternative);
  return (value) => (Array.isArray(value) && value.length > 0 ? value : [value]).some((entry) => matchers.some((matches) => matches(entry)));
}

function compileAlternative(alternative: unknown): Matcher {
  if (typeof alternative !== 'object' || alternative === null) return (value) => value === alternative;
  const [[name, operand] = ['', undefined], ...more] = Object.entries(alternative);
  if (more.length > 0) throw unsupported(alternative);
  const text = (test: (value: string) => boolean): Matcher => (value) => typeof value === 'string' && test(value);
  switch (name) {
    case 'prefix': return affix(operand, (value, part) => value.startsWith(part));
    case 'suffix': return affix(operand, (value, part) => value.endsWith(part));
    case 'equals-ignore-case': return text((value) => value.toLowerCase() === String(operand).toLowerCase());
    case 'wildcard': return text(compileWildcard(String(operand)));
    case 'exists': return (value) => (value !== undefined) === operand;
    case 'anything-but': return anythingBut(operand);
    case 'numeric': return numeric(operand);
    default: throw unsupported(alternative);
  }
}

function affix(operand: unknown, test: (value: string, part: string) => boolean): Matcher {
  const ignoring = typeof operand === 'object' && operand !== null ? (operand as Record<string, unknown>)['equals-ignore-case'] : undefined;
  if (ignoring === undefined) return (value) => typeof value === 'string' && test(value, String(operand));
  return (value) => typeof value === 'string' && test(value.toLowerCase(), String(ignoring).toLowerCase());
}

/** A value, a list of values, or one of prefix, suffix, wildcard and equals-ignore-case. A field must be there. */
function anythingBut(operand: unknown): Matcher {
  const refused = typeof operand === 'object' && operand !== null && !Array.isArray(operand)
    ? Object.entries(operand).flatMap(([name, values]) => [values].flat().map((value: unknown) => compileAlternative({ [name]: value })))
    : [operand].flat().map(compileAlternative);
  return (value) => value !== undefined && !refused.some((matches) => matches(value));
}

/** `[">", 0, "<=", 5]`. */
function numeric(operand: unknown): Matcher {
  if (!Array.isArray(operand) || operand.length === 0 || operand.length % 2 !== 0) throw unsupported({ numeric: operand });
  const tests: ((value: number) => boolean)[] = [];
  for (let at = 0; at < operand.length; at += 2) {
    const bound = Number(operand[at + 1]);
    switch (operand[at]) {
      case '<': tests.push((value) => value < bound); break;
      case '<=': tests.push((value) => value <= bound); break;
      case '>': tests.push((value) => value > bound); break;
      case '>=': tests.push((value) => value >= bound); break;
      case '=': tests.push((value) => value === bound); break;
      default: throw unsupported({ numeric: operand });
    }
  }
  return (value) => typeof value === 'number' && tests.every((test) => test(value));
}

function compileWildcard(pattern: string): (value: string) => boolean {
  const source = pattern.split('*').map((piece) => piece.replaceAll(/[.+?^${}()|[\]\\]/g, '\\$&')).join('.*');
  const expression = new RegExp(`^${source}$`, 's');
  return (value) => expression.test(value);
}

function unsupported(alternative: unknown): AwsError {
  return new AwsError('InvalidEventPatternException', `Event pattern is not valid. Reason: ${JSON.stringify(alternative)} is not understood`);
}
