import type { AttributeValue, Item } from '../items/attribute-value.js';
import { compareValues, describeValue, equalValues, invalid, isAttributeType, isOrdered, setTexts, orderText, typeOf } from '../items/attribute-value.js';
import type { Comparator, Condition, ParsedCondition } from './condition-syntax.js';
import { readPath, resolvePath, resolveValue } from './syntax.js';
import type { Operand, Substitutions } from './syntax.js';
import type { ExpressionKind } from './tokens.js';

interface Scope extends Substitutions {
  item: Item;
  expression: ExpressionKind;
}

/** Whether `item` (empty when there is none) meets the condition. Check it with `checkCondition` first. */
export function meets(parsed: ParsedCondition, item: Item, substitutions: Substitutions): boolean {
  return holds(parsed.condition, { item, expression: parsed.expression, names: substitutions.names, values: substitutions.values });
}

function holds(condition: Condition, scope: Scope): boolean {
  switch (condition.kind) {
    case 'and': return holds(condition.left, scope) && holds(condition.right, scope);
    case 'or': return holds(condition.left, scope) || holds(condition.right, scope);
    case 'not': return !holds(condition.condition, scope);
    case 'exists': return (valueAt(condition.path, scope) !== undefined) === condition.expected;
    case 'compare': return compares(condition.operator, read(condition.left, scope), read(condition.right, scope));
    case 'between': return between(read(condition.operand, scope), read(condition.low, scope), read(condition.high, scope));
    case 'in': {
      const value = read(condition.operand, scope);
      return value !== undefined && condition.candidates.some((candidate) => compares('=', value, read(candidate, scope)));
    }
    case 'type': {
      const value = valueAt(condition.path, scope);
      return value !== undefined && typeOf(value) === read(condition.type, scope)?.S;
    }
    case 'begins_with': return beginsWith(read(condition.operand, scope), read(condition.prefix, scope));
    case 'contains': return contains(read(condition.operand, scope), read(condition.element, scope));
  }
}

function read(operand: Operand, scope: Scope): AttributeValue | undefined {
  if (operand.kind === 'value') return resolveValue(operand.placeholder, scope.values, scope.expression);
  const value = valueAt(operand.path, scope);
  if (operand.kind === 'path') return value;
  const size = value && sizeOf(value);
  return size === undefined ? undefined : { N: String(size) };
}

function valueAt(path: readonly (string | number)[], scope: Scope): AttributeValue | undefined {
  return readPath(scope.item, resolvePath(path, scope.names, scope.expression));
}

/** `<>` is true of a missing attribute; every other comparison with something missing is false. */
function compares(operator: Comparator, left: AttributeValue | undefined, right: AttributeValue | undefined): boolean {
  if (left === undefined || right === undefined) return operator === '<>' && left !== right;
  if (operator === '=') return equalValues(left, right);
  if (operator === '<>') return !equalValues(left, right);
  const order = compareValues(left, right);
  if (order === undefined) return false;
  if (operator === '<') return order < 0;
  if (operator === '<=') return order <= 0;
  return operator === '>' ? order > 0 : order >= 0;
}

function between(value: AttributeValue | undefined, low: AttributeValue | undefined, high: AttributeValue | undefined): boolean {
  return compares('>=', value, low) && compares('<=', value, high);
}

function beginsWith(value: AttributeValue | undefined, prefix: AttributeValue | undefined): boolean {
  if (value === undefined || prefix === undefined || typeOf(value) !== typeOf(prefix)) return false;
  if (value.S === undefined && value.B === undefined) return false;
  return orderText(value).startsWith(orderText(prefix));
}

function contains(value: AttributeValue | undefined, element: AttributeValue | undefined): boolean {
  if (value === undefined || element === undefined) return false;
  if (value.L) return value.L.some((candidate) => equalValues(candidate, element));
  const type = typeOf(value);
  const wanted = typeOf(element);
  if (type === wanted && (type === 'S' || type === 'B')) return orderText(value).includes(orderText(element));
  if (type === `${wanted}S`) return setTexts(value).includes(setTexts({ [type]: [element[wanted]] })[0] as string);
  return false;
}

/** UTF-16 units of a string (as dynalite has it; AWS says only "length"), bytes of a binary, elements of a set, list or map; undefined for what has no size. */
export function sizeOf(value: AttributeValue): number | undefined {
  if (value.S !== undefined) return value.S.length;
  if (value.B !== undefined) return value.B.byteLength;
  if (value.L !== undefined) return value.L.length;
  if (value.M !== undefined) return Object.keys(value.M).length;
  if (value.SS ?? value.NS ?? value.BS) return setTexts(value).length;
  return undefined;
}

/** What DynamoDB refuses before it looks at any item: undefined placeholders and operands of a type that cannot work. */
export function checkCondition(parsed: ParsedCondition, substitutions: Substitutions): void {
  for (const name of parsed.names) resolvePath([name], substitutions.names, parsed.expression);
  for (const value of parsed.values) resolveValue(value, substitutions.values, parsed.expression);
  checkOperands(parsed.condition, parsed.expression, substitutions);
}

function checkOperands(condition: Condition, expression: ExpressionKind, substitutions: Substitutions): void {
  const literal = (operand: Operand): AttributeValue | undefined =>
    operand.kind === 'value' ? substitutions.values[operand.placeholder] : undefined;
  const demand = (operator: string, operand: Operand, accepts: (value: AttributeValue) => boolean): void => {
    const value = literal(operand);
    if (value !== undefined && !accepts(value)) {
      throw invalid(`Invalid ${expression}: Incorrect operand type for operator or function; operator or function: ${operator}, operand type: ${typeOf(value)}`);
    }
  };
  const ordered = (value: AttributeValue): boolean => isOrdered(typeOf(value));
  switch (condition.kind) {
    case 'and': case 'or':
      checkOperands(condition.left, expression, substitutions);
      checkOperands(condition.right, expression, substitutions);
      return;
    case 'not': checkOperands(condition.condition, expression, substitutions); return;
    case 'compare':
      if (condition.operator === '=' || condition.operator === '<>') return;
      demand(condition.operator, condition.left, ordered);
      demand(condition.operator, condition.right, ordered);
      return;
    case 'between':
      for (const operand of [condition.operand, condition.low, condition.high]) demand('BETWEEN', operand, ordered);
      checkBounds(literal(condition.low), literal(condition.high), expression);
      return;
    case 'begins_with':
      for (const operand of [condition.operand, condition.prefix]) {
        demand('begins_with', operand, (value) => value.S !== undefined || value.B !== undefined);
      }
      return;
    case 'contains': return;
    case 'type': checkTypeName(literal(condition.type), expression); return;
    case 'in': case 'exists': return;
  }
}

function checkBounds(low: AttributeValue | undefined, high: AttributeValue | undefined, expression: ExpressionKind): void {
  if (!low || !high) return;
  const order = compareValues(low, high);
  if (order === undefined) {
    throw invalid(`Invalid ${expression}: The BETWEEN operator requires same data type for lower and upper bounds; lower bound operand: AttributeValue: ${describeValue(low)}, upper bound operand: AttributeValue: ${describeValue(high)}`);
  }
  if (order > 0) {
    throw invalid(`Invalid ${expression}: The BETWEEN operator requires upper bound to be greater than or equal to lower bound; lower bound operand: AttributeValue: ${describeValue(low)}, upper bound operand: AttributeValue: ${describeValue(high)}`);
  }
}

function checkTypeName(type: AttributeValue | undefined, expression: ExpressionKind): void {
  if (type === undefined || (type.S !== undefined && isAttributeType(type.S))) return;
  if (type.S === undefined) {
    throw invalid(`Invalid ${expression}: Incorrect operand type for operator or function; operator or function: attribute_type, operand type: ${typeOf(type)}`);
  }
  throw invalid(`Invalid ${expression}: Invalid attribute type name found; type: ${type.S}, valid types: {B,NULL,SS,BOOL,L,BS,N,NS,S,M}`);
}
