import { parseOnce, parsePath, parseValue, PlaceholderCollector } from './syntax.js';
import type { Placeholders, RawPath } from './syntax.js';
import { TokenReader } from './tokens.js';

export type UpdateOperand =
  | { kind: 'path'; path: RawPath }
  | { kind: 'value'; placeholder: string }
  | { kind: 'if_not_exists'; path: RawPath; otherwise: UpdateOperand }
  | { kind: 'list_append'; first: UpdateOperand; second: UpdateOperand }
  | { kind: 'plus' | 'minus'; left: UpdateOperand; right: UpdateOperand };

export type UpdateAction =
  | { kind: 'set'; path: RawPath; operand: UpdateOperand }
  | { kind: 'remove'; path: RawPath }
  | { kind: 'add' | 'delete'; path: RawPath; placeholder: string };

export interface ParsedUpdate extends Placeholders {
  actions: UpdateAction[];
}

type Clause = 'SET' | 'REMOVE' | 'ADD' | 'DELETE';
const clauses: readonly Clause[] = ['SET', 'REMOVE', 'ADD', 'DELETE'];

export const parseUpdate = parseOnce((text): ParsedUpdate => {
  const reader = new TokenReader('UpdateExpression', text);
  const seen = new PlaceholderCollector();
  const actions: UpdateAction[] = [];
  const used = new Set<Clause>();
  while (reader.peek().kind !== 'end') {
    const clause = clauses.find((candidate) => reader.isKeyword(candidate));
    if (!clause) throw reader.syntaxError();
    if (used.has(clause)) throw reader.error(`The "${clause}" section can only be used once in an update expression;`);
    used.add(clause);
    reader.next();
    do actions.push(parseAction(clause, reader, seen)); while (reader.takeSymbol(','));
  }
  return { actions, names: seen.names, values: seen.values };
});

function parseAction(clause: Clause, reader: TokenReader, seen: PlaceholderCollector): UpdateAction {
  const path = parsePath(reader, seen);
  if (clause === 'REMOVE') return { kind: 'remove', path };
  if (clause === 'SET') {
    reader.expectSymbol('=');
    return { kind: 'set', path, operand: parseSum(reader, seen) };
  }
  if (reader.peek().kind !== 'value') throw reader.syntaxError();
  const value = parseValue(reader, seen);
  return { kind: clause === 'ADD' ? 'add' : 'delete', path, placeholder: value.kind === 'value' ? value.placeholder : '' };
}

/** One `+` or `-` at most: DynamoDB's grammar has no chains. */
function parseSum(reader: TokenReader, seen: PlaceholderCollector): UpdateOperand {
  const left = parseOperand(reader, seen);
  if (reader.takeSymbol('+')) return { kind: 'plus', left, right: parseOperand(reader, seen) };
  if (reader.takeSymbol('-')) return { kind: 'minus', left, right: parseOperand(reader, seen) };
  return left;
}

function parseOperand(reader: TokenReader, seen: PlaceholderCollector): UpdateOperand {
  const token = reader.peek();
  if (token.kind === 'value') {
    reader.next();
    seen.values.add(token.text);
    return { kind: 'value', placeholder: token.text };
  }
  if (reader.takeSymbol('(')) {
    const inner = parseSum(reader, seen);
    reader.expectSymbol(')');
    return inner;
  }
  if (token.kind === 'word' && reader.peek(1).text === '(') return parseFunction(reader, seen);
  return { kind: 'path', path: parsePath(reader, seen) };
}

function parseFunction(reader: TokenReader, seen: PlaceholderCollector): UpdateOperand {
  const name = reader.next().text;
  if (name !== 'if_not_exists' && name !== 'list_append') {
    throw reader.error(`Invalid function name; function: ${name}`);
  }
  reader.expectSymbol('(');
  const operands = [parseOperand(reader, seen)];
  while (reader.takeSymbol(',')) operands.push(parseOperand(reader, seen));
  reader.expectSymbol(')');
  const [first, second] = operands;
  if (!first || !second || operands.length !== 2) {
    throw reader.error(`Incorrect number of operands for operator or function; operator or function: ${name}, number of operands: ${operands.length}`);
  }
  if (name === 'list_append') return { kind: 'list_append', first, second };
  if (first.kind !== 'path') {
    throw reader.error('Operator or function requires a document path; operator or function: if_not_exists');
  }
  return { kind: 'if_not_exists', path: first.path, otherwise: second };
}
