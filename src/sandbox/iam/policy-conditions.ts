import type { PolicyStatement } from '../service.js';

/** The condition keys of a request, each with its values; keys are compared without regard to case. */
export type RequestContext = ReadonlyMap<string, readonly string[]>;

export function requestContext(values: Record<string, string | string[] | undefined>): RequestContext {
  const entries = Object.entries(values).filter((entry): entry is [string, string | string[]] => entry[1] !== undefined);
  return new Map(entries.map(([key, value]) => [key.toLowerCase(), Array.isArray(value) ? value : [value]]));
}

type Test = (actual: string, wanted: string) => boolean;

interface Operator {
  test: Test;
  /** A negated operator holds when no wanted value matches, and also when the key is missing. */
  negated: boolean;
}

const same: Test = (actual, wanted) => actual === wanted;
const sameIgnoringCase: Test = (actual, wanted) => actual.toLowerCase() === wanted.toLowerCase();
const like: Test = (actual, wanted) => matchesPattern(wanted, actual);
const numeric = (compare: (one: number, other: number) => boolean): Test => (actual, wanted) => compare(Number(actual), Number(wanted));
const timed = (compare: (one: number, other: number) => boolean): Test => (actual, wanted) => compare(instant(actual), instant(wanted));
const equal = (one: number, other: number): boolean => one === other;
const less = (one: number, other: number): boolean => one < other;
const lessOrEqual = (one: number, other: number): boolean => one <= other;
const greater = (one: number, other: number): boolean => one > other;
const greaterOrEqual = (one: number, other: number): boolean => one >= other;

const plain = (test: Test): Operator => ({ test, negated: false });
const not = (test: Test): Operator => ({ test, negated: true });

/** Source: IAM User Guide, "IAM JSON policy elements: Condition operators". IP address operators are not modelled. */
const operators: Record<string, Operator> = {
  StringEquals: plain(same), StringNotEquals: not(same),
  StringEqualsIgnoreCase: plain(sameIgnoringCase), StringNotEqualsIgnoreCase: not(sameIgnoringCase),
  StringLike: plain(like), StringNotLike: not(like),
  ArnEquals: plain(like), ArnLike: plain(like), ArnNotEquals: not(like), ArnNotLike: not(like),
  Bool: plain(sameIgnoringCase),
  NumericEquals: plain(numeric(equal)), NumericNotEquals: not(numeric(equal)), NumericLessThan: plain(numeric(less)),
  NumericLessThanEquals: plain(numeric(lessOrEqual)), NumericGreaterThan: plain(numeric(greater)), NumericGreaterThanEquals: plain(numeric(greaterOrEqual)),
  DateEquals: plain(timed(equal)), DateNotEquals: not(timed(equal)), DateLessThan: plain(timed(less)),
  DateLessThanEquals: plain(timed(lessOrEqual)), DateGreaterThan: plain(timed(greater)), DateGreaterThanEquals: plain(timed(greaterOrEqual)),
};

interface ParsedOperator {
  name: string;
  set?: 'ForAllValues' | 'ForAnyValue';
  ifExists: boolean;
}

/** True when every condition of the statement holds. Values are expanded by `expand` (policy variables) first. */
export function conditionsHold(condition: PolicyStatement['Condition'], context: RequestContext, expand: (text: string) => string | undefined): boolean {
  return Object.entries(condition ?? {}).every(([operator, tests]) => Object.entries(tests).every(([key, wanted]) => {
    const values = (Array.isArray(wanted) ? wanted : [wanted]).map(String);
    return holds(parseOperator(operator), context.get(key.toLowerCase()), values.flatMap((value) => expand(value) ?? []));
  }));
}

/** Names of operators that are not modelled; a policy that uses one is refused rather than misread. */
export function unknownOperators(condition: PolicyStatement['Condition']): string[] {
  return Object.keys(condition ?? {}).filter((name) => {
    const base = parseOperator(name).name;
    return base !== 'Null' && operators[base] === undefined;
  });
}

function parseOperator(text: string): ParsedOperator {
  const match = /^(?:(ForAllValues|ForAnyValue):)?(\w+?)(IfExists)?$/.exec(text);
  return { set: match?.[1] as ParsedOperator['set'], name: match?.[2] ?? text, ifExists: match?.[3] !== undefined };
}

function holds(parsed: ParsedOperator, actual: readonly string[] | undefined, wanted: string[]): boolean {
  const missing = actual === undefined || actual.length === 0;
  if (parsed.name === 'Null') return wanted.some((value) => (value === 'true') === missing);
  const operator = operators[parsed.name];
  if (!operator) return false;
  if (missing) return parsed.ifExists || operator.negated || parsed.set === 'ForAllValues';
  const accepts = (value: string): boolean => wanted.some((pattern) => operator.test(value, pattern)) !== operator.negated;
  // With no set operator a key has one value; a negated test must then hold for it, a plain one for any.
  if (parsed.set === 'ForAllValues' || (parsed.set === undefined && operator.negated)) return actual.every(accepts);
  return actual.some(accepts);
}

const patterns = new Map<string, RegExp>();

/** `*` and `?` as IAM has them. */
export function matchesPattern(pattern: string, text: string, ignoringCase = false): boolean {
  const key = ignoringCase ? `i${pattern}` : pattern;
  let expression = patterns.get(key);
  if (!expression) {
    const source = pattern.replace(/[.+^${}()|[\]\\]/g, '\\$&').replace(/\*/g, '[\\s\\S]*').replace(/\?/g, '[\\s\\S]');
    expression = new RegExp(`^${source}$`, ignoringCase ? 'i' : '');
    patterns.set(key, expression);
  }
  return expression.test(text);
}

function instant(text: string): number {
  return /^\d+$/.test(text) ? Number(text) * 1000 : Date.parse(text);
}
