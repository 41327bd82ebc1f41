import type { AttributeValue } from '../items/attribute-value.js';
import { invalid, invalidParameter, orderText, typeOf } from '../items/attribute-value.js';
import type { KeyRange } from '../items/ordered-entries.js';
import { afterPrefix, successor } from '../items/text-order.js';
import type { KeyAttribute, KeySchema } from '../tables/key-schema.js';
import type { Condition, ParsedCondition } from './condition-syntax.js';
import type { Operand, Substitutions } from './syntax.js';
import { resolvePath, resolveValue } from './syntax.js';

export interface KeyCondition {
  partition: AttributeValue;
  /** How sort keys are spelled in the order that is queried: a table's own, or an index's with the item's key behind. */
  range(spelling: SortSpelling): KeyRange;
}

/** Turns the order text of a sort key into bounds of the stored keys that have it. */
export interface SortSpelling {
  /** Where the entries with exactly this sort key begin, and where the next ones do. */
  first(text: string): string;
  next(text: string): string;
  prefix(text: string): string;
}

export const tableSpelling: SortSpelling = { first: (text) => text, next: successor, prefix: (text) => text };

interface Term {
  name: string;
  operator: string;
  operands: AttributeValue[];
}

/** Reads a KeyConditionExpression for a table or an index with this key. */
export function keyConditionOf(parsed: ParsedCondition, schema: KeySchema, substitutions: Substitutions): KeyCondition {
  const terms = flatten(parsed.condition).map((condition) => termOf(condition, substitutions));
  const partitionTerm = terms.find((term) => term.name === schema.partition.name);
  if (!partitionTerm) throw invalid(`Query condition missed key schema element: ${schema.partition.name}`);
  if (partitionTerm.operator !== '=') throw invalid('Query key condition not supported');
  const others = terms.filter((term) => term !== partitionTerm);
  const [sortTerm] = others;
  if (others.length > 1 || (sortTerm && sortTerm.name !== schema.sort?.name)) {
    if (!schema.sort || others.length > 1) throw invalid('Query key condition not supported');
    throw invalid(`Query condition missed key schema element: ${schema.sort.name}`);
  }
  checkType(schema.partition, partitionTerm);
  if (schema.sort && sortTerm) checkType(schema.sort, sortTerm);
  return {
    partition: partitionTerm.operands[0] as AttributeValue,
    range: (spelling) => (sortTerm ? rangeOf(sortTerm, spelling) : {}),
  };
}

function rangeOf(term: Term, spelling: SortSpelling): KeyRange {
  const [low, high] = term.operands.map(orderText) as [string, string?];
  switch (term.operator) {
    case '=': return { from: spelling.first(low), to: spelling.next(low) };
    case '<': return { to: spelling.first(low) };
    case '<=': return { to: spelling.next(low) };
    case '>': return { from: spelling.next(low) };
    case '>=': return { from: spelling.first(low) };
    case 'BETWEEN': return { from: spelling.first(low), to: spelling.next(high ?? low) };
    default: return { from: spelling.prefix(low), to: afterPrefix(spelling.prefix(low)) };
  }
}

function flatten(condition: Condition): Condition[] {
  return condition.kind === 'and' ? [...flatten(condition.left), ...flatten(condition.right)] : [condition];
}

function termOf(condition: Condition, substitutions: Substitutions): Term {
  switch (condition.kind) {
    case 'compare': {
      if (condition.operator === '<>') throw unsupported('<>');
      return comparisonTerm(condition.operator, condition.left, condition.right, substitutions);
    }
    case 'between':
      return { name: keyName(condition.operand, substitutions), operator: 'BETWEEN', operands: [literal(condition.low, substitutions), literal(condition.high, substitutions)] };
    case 'begins_with':
      return { name: keyName(condition.operand, substitutions), operator: 'begins_with', operands: [literal(condition.prefix, substitutions)] };
    case 'in': throw unsupported('IN');
    case 'or': throw unsupported('OR');
    case 'not': throw unsupported('NOT');
    case 'and': throw unsupported('AND');
    case 'contains': throw unsupported('contains');
    case 'type': throw unsupported('attribute_type');
    case 'exists': throw unsupported(condition.expected ? 'attribute_exists' : 'attribute_not_exists');
  }
}

const mirrored: Record<string, string> = { '<': '>', '<=': '>=', '>': '<', '>=': '<=' };

function comparisonTerm(operator: string, left: Operand, right: Operand, substitutions: Substitutions): Term {
  if (left.kind === 'value' && right.kind === 'path') {
    return { name: keyName(right, substitutions), operator: mirrored[operator] ?? operator, operands: [literal(left, substitutions)] };
  }
  return { name: keyName(left, substitutions), operator, operands: [literal(right, substitutions)] };
}

function keyName(operand: Operand, substitutions: Substitutions): string {
  if (operand.kind !== 'path') throw invalid('Invalid KeyConditionExpression: Invalid condition in KeyConditionExpression: Multiple attribute names used in one condition');
  const path = resolvePath(operand.path, substitutions.names, 'KeyConditionExpression');
  if (path.length > 1) throw invalid('Invalid KeyConditionExpression: KeyConditionExpressions cannot have conditions on nested attributes');
  return path[0] as string;
}

function literal(operand: Operand, substitutions: Substitutions): AttributeValue {
  if (operand.kind !== 'value') throw invalid('Invalid KeyConditionExpression: Invalid condition in KeyConditionExpression: No key attribute specified');
  return resolveValue(operand.placeholder, substitutions.values, 'KeyConditionExpression');
}

function unsupported(operator: string): Error {
  return invalid(`Invalid operator used in KeyConditionExpression: ${operator}`);
}

function checkType(attribute: KeyAttribute, term: Term): void {
  if (term.operands.some((operand) => typeOf(operand) !== attribute.type)) {
    throw invalidParameter('Condition parameter type does not match schema type');
  }
  if (term.operator === 'begins_with' && attribute.type === 'N') {
    throw invalid('Invalid KeyConditionExpression: Incorrect operand type for operator or function; operator or function: begins_with, operand type: N');
  }
  if (term.operator === '=' && term.operands[0]?.S === '') {
    throw invalid(`One or more parameter values are not valid. The AttributeValue for a key attribute cannot contain an empty string value. Key: ${attribute.name}`);
  }
}
