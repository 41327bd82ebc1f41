import { describePath, parseOnce, parsePath, parseValue, PlaceholderCollector } from './syntax.js';
import type { Operand, Placeholders, RawPath } from './syntax.js';
import type { ExpressionKind } from './tokens.js';
import { TokenReader } from './tokens.js';

export type Comparator = '=' | '<>' | '<' | '<=' | '>' | '>=';

export type Condition =
  | { kind: 'compare'; operator: Comparator; left: Operand; right: Operand }
  | { kind: 'between'; operand: Operand; low: Operand; high: Operand }
  | { kind: 'in'; operand: Operand; candidates: Operand[] }
  | { kind: 'exists'; path: RawPath; expected: boolean }
  | { kind: 'type'; path: RawPath; type: Operand }
  | { kind: 'begins_with'; operand: Operand; prefix: Operand }
  | { kind: 'contains'; operand: Operand; element: Operand }
  | { kind: 'and' | 'or'; left: Condition; right: Condition }
  | { kind: 'not'; condition: Condition };

export interface ParsedCondition extends Placeholders {
  expression: ExpressionKind;
  condition: Condition;
}

const comparators = new Set<string>(['=', '<>', '<', '<=', '>', '>=']);

const functionArity: Record<string, number> = {
  attribute_exists: 1, attribute_not_exists: 1, attribute_type: 2, begins_with: 2, contains: 2, size: 1,
};

export const parseCondition = parseOnce((text) => parse(text, 'ConditionExpression'));
export const parseFilter = parseOnce((text) => parse(text, 'FilterExpression'));
export const parseKeyConditionSyntax = parseOnce((text) => parse(text, 'KeyConditionExpression'));

function parse(text: string, expression: ExpressionKind): ParsedCondition {
  const reader = new TokenReader(expression, text);
  const seen = new PlaceholderCollector();
  const condition = parseOr(reader, seen);
  reader.expectEnd();
  return { expression, condition, names: seen.names, values: seen.values };
}

function parseOr(reader: TokenReader, seen: PlaceholderCollector): Condition {
  let left = parseAnd(reader, seen);
  while (reader.takeKeyword('OR')) left = { kind: 'or', left, right: parseAnd(reader, seen) };
  return left;
}

function parseAnd(reader: TokenReader, seen: PlaceholderCollector): Condition {
  let left = parseNot(reader, seen);
  while (reader.takeKeyword('AND')) left = { kind: 'and', left, right: parseNot(reader, seen) };
  return left;
}

function parseNot(reader: TokenReader, seen: PlaceholderCollector): Condition {
  if (reader.takeKeyword('NOT')) return { kind: 'not', condition: parseNot(reader, seen) };
  if (reader.isSymbol('(') && !wrapsOperand(reader)) return parseGroup(reader, seen);
  return parsePredicate(reader, seen);
}

/** `(size(a)) < :n`: parentheses around an operand are followed by what compares it. */
function wrapsOperand(reader: TokenReader): boolean {
  let depth = 0;
  for (let ahead = 0; reader.peek(ahead).kind !== 'end'; ahead += 1) {
    const { text } = reader.peek(ahead);
    if (text === '(') depth += 1;
    if (text === ')') depth -= 1;
    if (depth === 0) return comparators.has(reader.peek(ahead + 1).text) || reader.isKeyword('BETWEEN', ahead + 1) || reader.isKeyword('IN', ahead + 1);
  }
  return false;
}

function parseGroup(reader: TokenReader, seen: PlaceholderCollector): Condition {
  reader.expectSymbol('(');
  const wrapsGroup = reader.isSymbol('(');
  const inner = parseOr(reader, seen);
  const innerClosed = reader.peek(-1).text === ')';
  reader.expectSymbol(')');
  const joins = inner.kind === 'and' || inner.kind === 'or';
  if (wrapsGroup && innerClosed && !joins) throw reader.error('The expression has redundant parentheses;');
  return inner;
}

function parsePredicate(reader: TokenReader, seen: PlaceholderCollector): Condition {
  const token = reader.peek();
  const isCall = token.kind === 'word' && reader.peek(1).text === '(' && !reader.isKeyword('IN', 0);
  if (isCall && token.text !== 'size') return parseFunction(reader, seen);
  const operand = parseOperand(reader, seen);
  if (reader.takeKeyword('BETWEEN')) {
    const low = parseOperand(reader, seen);
    if (!reader.takeKeyword('AND')) throw reader.syntaxError();
    return { kind: 'between', operand, low, high: parseOperand(reader, seen) };
  }
  if (reader.takeKeyword('IN')) return { kind: 'in', operand, candidates: parseCandidates(reader, seen) };
  return parseComparison(reader, seen, operand);
}

function parseComparison(reader: TokenReader, seen: PlaceholderCollector, left: Operand): Condition {
  const operator = reader.peek();
  if (operator.kind !== 'symbol' || !comparators.has(operator.text)) throw reader.syntaxError();
  reader.next();
  const right = parseOperand(reader, seen);
  if (left.kind === 'path' && right.kind === 'path' && describePath(left.path) === describePath(right.path)) {
    throw reader.error(`The first operand must be distinct from the remaining operands for this operator or function; operator: ${operator.text}, first operand: ${describePath(left.path)}`);
  }
  return { kind: 'compare', operator: operator.text as Comparator, left, right };
}

function parseCandidates(reader: TokenReader, seen: PlaceholderCollector): Operand[] {
  reader.expectSymbol('(');
  const candidates = [parseOperand(reader, seen)];
  while (reader.takeSymbol(',')) candidates.push(parseOperand(reader, seen));
  reader.expectSymbol(')');
  if (candidates.length > 100) throw reader.error('The IN operator is provided with too many operands; maximum: 100');
  return candidates;
}

function parseOperand(reader: TokenReader, seen: PlaceholderCollector): Operand {
  const token = reader.peek();
  if (token.kind === 'value') return parseValue(reader, seen);
  if (reader.takeSymbol('(')) {
    const inner = parseOperand(reader, seen);
    reader.expectSymbol(')');
    return inner;
  }
  if (token.kind === 'word' && reader.peek(1).text === '(') {
    if (token.text !== 'size') throw misplacedFunction(reader, token.text);
    return { kind: 'size', path: pathArgument(reader, 'size', parseArguments(reader, seen)[0]) };
  }
  return { kind: 'path', path: parsePath(reader, seen) };
}

function misplacedFunction(reader: TokenReader, name: string): Error {
  if (!(name in functionArity)) return reader.error(`Invalid function name; function: ${name}`);
  return reader.error(`The function is not allowed to be used this way in an expression; function: ${name}`);
}

function parseFunction(reader: TokenReader, seen: PlaceholderCollector): Condition {
  const name = reader.peek().text;
  if (!(name in functionArity)) throw reader.error(`Invalid function name; function: ${name}`);
  const [first, second] = parseArguments(reader, seen) as [Operand, Operand];
  switch (name) {
    case 'attribute_exists': return { kind: 'exists', path: pathArgument(reader, name, first), expected: true };
    case 'attribute_not_exists': return { kind: 'exists', path: pathArgument(reader, name, first), expected: false };
    case 'attribute_type': return { kind: 'type', path: pathArgument(reader, name, first), type: second };
    case 'begins_with': return { kind: 'begins_with', operand: first, prefix: second };
    default: return { kind: 'contains', operand: first, element: second };
  }
}

function parseArguments(reader: TokenReader, seen: PlaceholderCollector): Operand[] {
  const name = reader.next().text;
  reader.expectSymbol('(');
  const operands = [parseOperand(reader, seen)];
  while (reader.takeSymbol(',')) operands.push(parseOperand(reader, seen));
  reader.expectSymbol(')');
  if (operands.length !== functionArity[name]) {
    throw reader.error(`Incorrect number of operands for operator or function; operator or function: ${name}, number of operands: ${operands.length}`);
  }
  return operands;
}

function pathArgument(reader: TokenReader, name: string, operand: Operand | undefined): RawPath {
  if (operand?.kind !== 'path') {
    throw reader.error(`Operator or function requires a document path; operator or function: ${name}`);
  }
  return operand.path;
}

/** Every document path that a condition reads. */
export function pathsIn(condition: Condition): RawPath[] {
  switch (condition.kind) {
    case 'and': case 'or': return [...pathsIn(condition.left), ...pathsIn(condition.right)];
    case 'not': return pathsIn(condition.condition);
    case 'exists': case 'type': return [condition.path];
    case 'compare': return operandPaths([condition.left, condition.right]);
    case 'between': return operandPaths([condition.operand, condition.low, condition.high]);
    case 'in': return operandPaths([condition.operand, ...condition.candidates]);
    case 'begins_with': return operandPaths([condition.operand, condition.prefix]);
    case 'contains': return operandPaths([condition.operand, condition.element]);
  }
}

function operandPaths(operands: Operand[]): RawPath[] {
  return operands.flatMap((operand) => (operand.kind === 'value' ? [] : [operand.path]));
}
