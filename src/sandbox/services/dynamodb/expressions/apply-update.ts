import type { AttributeValue, Item } from '../items/attribute-value.js';
import { invalid, setTexts, typeOf } from '../items/attribute-value.js';
import { addNumbers } from '../items/decimal.js';
import { checkDisjoint, readPath, resolvePath, resolveValue } from './syntax.js';
import type { Path, RawPath, Substitutions } from './syntax.js';
import type { ParsedUpdate, UpdateAction, UpdateOperand } from './update-syntax.js';

const kind = 'UpdateExpression';

interface ResolvedAction {
  action: UpdateAction;
  path: Path;
}

/** An update whose placeholders are filled in, checked as far as is possible without the item. */
export interface Update {
  paths: Path[];
  /** Values of the type that it gives to top-level attributes, where that does not depend on the item. */
  typed: Item;
  /** Changes `item`. Throws the ValidationException for operands or paths that do not suit what the item holds. */
  apply(item: Item): void;
}

export function prepareUpdate(parsed: ParsedUpdate, substitutions: Substitutions): Update {
  for (const name of parsed.names) resolvePath([name], substitutions.names, kind);
  for (const value of parsed.values) resolveValue(value, substitutions.values, kind);
  const resolved = parsed.actions.map((action) => ({ action, path: resolvePath(action.path, substitutions.names, kind) }));
  const paths = resolved.map(({ path }) => path);
  checkDisjoint(paths, kind);
  for (const { action } of resolved) checkAction(action, substitutions);
  return { paths, typed: typedBy(resolved, substitutions), apply: (item) => applyActions(resolved, item, substitutions) };
}

function typedBy(resolved: ResolvedAction[], substitutions: Substitutions): Item {
  const typed: Item = {};
  for (const { action, path } of resolved) {
    if (action.kind !== 'set' || path.length !== 1) continue;
    const { operand } = action;
    if (operand.kind === 'value') typed[path[0] as string] = resolveValue(operand.placeholder, substitutions.values, kind);
    else if (operand.kind === 'plus' || operand.kind === 'minus') typed[path[0] as string] = { N: '0' };
    else if (operand.kind === 'list_append') typed[path[0] as string] = { L: [] };
  }
  return typed;
}

/** Every right-hand side sees the item as it was before the update. */
function applyActions(resolved: ResolvedAction[], item: Item, substitutions: Substitutions): void {
  const changes = resolved.map(({ action, path }) => ({ action, path, value: newValue(action, path, item, substitutions) }));
  for (const { action, path, value } of changes) {
    if (action.kind === 'set' || (action.kind === 'add' && value)) writePath(item, path, value as AttributeValue);
    else if (action.kind === 'delete' && value) writePath(item, path, value);
  }
  // From the last list position to the first, so that a removal does not move what another one means.
  const removals = changes.filter(({ action, value }) => action.kind === 'remove' || (action.kind === 'delete' && value === undefined));
  removals.sort((left, right) => lastIndex(right.path) - lastIndex(left.path));
  for (const { action, path } of removals) removePath(item, path, action.kind === 'remove');
}

function lastIndex(path: Path): number {
  const last = path[path.length - 1];
  return typeof last === 'number' ? last : -1;
}

function newValue(action: UpdateAction, path: Path, item: Item, substitutions: Substitutions): AttributeValue | undefined {
  if (action.kind === 'set') return evaluate(action.operand, item, substitutions);
  if (action.kind === 'remove') return undefined;
  const operand = resolveValue(action.placeholder, substitutions.values, kind);
  const current = readPath(item, path);
  return action.kind === 'add' ? added(current, operand) : subtracted(current, operand);
}

function evaluate(operand: UpdateOperand, item: Item, substitutions: Substitutions): AttributeValue {
  switch (operand.kind) {
    case 'value': return resolveValue(operand.placeholder, substitutions.values, kind);
    case 'path': return present(copyAt(operand.path, item, substitutions));
    case 'if_not_exists': return copyAt(operand.path, item, substitutions) ?? evaluate(operand.otherwise, item, substitutions);
    case 'list_append': {
      const first = evaluate(operand.first, item, substitutions);
      const second = evaluate(operand.second, item, substitutions);
      if (!first.L || !second.L) throw wrongOperand();
      return { L: [...first.L, ...second.L] };
    }
    case 'plus': case 'minus': {
      const left = evaluate(operand.left, item, substitutions);
      const right = evaluate(operand.right, item, substitutions);
      if (left.N === undefined || right.N === undefined) throw wrongOperand();
      return { N: addNumbers(left.N, right.N, operand.kind === 'minus') };
    }
  }
}

/** A copy: the same update may go on to change the place that the value was read from. */
function copyAt(path: RawPath, item: Item, substitutions: Substitutions): AttributeValue | undefined {
  const value = readPath(item, resolvePath(path, substitutions.names, kind));
  return value?.M || value?.L ? structuredClone(value) : value;
}

function present(value: AttributeValue | undefined): AttributeValue {
  if (value === undefined) throw invalid('The provided expression refers to an attribute that does not exist in the item');
  return value;
}

function wrongOperand(): Error {
  return invalid('An operand in the update expression has an incorrect data type');
}

function added(current: AttributeValue | undefined, operand: AttributeValue): AttributeValue {
  if (operand.N !== undefined) {
    if (current === undefined) return operand;
    if (current.N === undefined) throw wrongOperand();
    return { N: addNumbers(current.N, operand.N) };
  }
  if (current === undefined) return operand;
  const type = typeOf(operand);
  if (type !== typeOf(current)) throw wrongOperand();
  const known = new Set(setTexts(current));
  return filterSet(operand, (text) => !known.has(text), current);
}

/** Undefined when nothing is left: an empty set cannot be stored. */
function subtracted(current: AttributeValue | undefined, operand: AttributeValue): AttributeValue | undefined {
  if (current === undefined) return undefined;
  if (typeOf(operand) !== typeOf(current)) throw wrongOperand();
  const dropped = new Set(setTexts(operand));
  const rest = filterSet(current, (text) => !dropped.has(text));
  return setTexts(rest).length > 0 ? rest : undefined;
}

function filterSet(value: AttributeValue, keep: (text: string) => boolean, before: AttributeValue = {}): AttributeValue {
  const texts = setTexts(value);
  const kept = <Element>(elements: Element[]): Element[] => elements.filter((_, index) => keep(texts[index] as string));
  if (value.SS) return { SS: [...(before.SS ?? []), ...kept(value.SS)] };
  if (value.NS) return { NS: [...(before.NS ?? []), ...kept(value.NS)] };
  return { BS: [...(before.BS ?? []), ...kept(value.BS ?? [])] };
}

function checkAction(action: UpdateAction, substitutions: Substitutions): void {
  if (action.kind === 'set') {
    checkOperand(action.operand, substitutions);
    return;
  }
  if (action.kind === 'remove') return;
  const type = typeOf(resolveValue(action.placeholder, substitutions.values, kind));
  const isSet = type === 'SS' || type === 'NS' || type === 'BS';
  if (isSet || (action.kind === 'add' && type === 'N')) return;
  const operator = action.kind.toUpperCase();
  throw invalid(`Invalid ${kind}: Incorrect operand type for operator or function; operator: ${operator}, operand type: ${typeName(type)}, typeSet: ${action.kind === 'add' ? 'ALLOWED_FOR_ADD_OPERAND' : 'ALLOWED_FOR_DELETE_OPERAND'}`);
}

function checkOperand(operand: UpdateOperand, substitutions: Substitutions): void {
  const demand = (operator: string, part: UpdateOperand, wanted: 'N' | 'L'): void => {
    checkOperand(part, substitutions);
    if (part.kind !== 'value') return;
    const value = resolveValue(part.placeholder, substitutions.values, kind);
    if (value[wanted] === undefined) {
      throw invalid(`Invalid ${kind}: Incorrect operand type for operator or function; operator or function: ${operator}, operand type: ${typeOf(value)}`);
    }
  };
  if (operand.kind === 'plus' || operand.kind === 'minus') {
    const operator = operand.kind === 'plus' ? '+' : '-';
    demand(operator, operand.left, 'N');
    demand(operator, operand.right, 'N');
  } else if (operand.kind === 'list_append') {
    demand('list_append', operand.first, 'L');
    demand('list_append', operand.second, 'L');
  } else if (operand.kind === 'if_not_exists') {
    checkOperand(operand.otherwise, substitutions);
  }
}

function typeName(type: string): string {
  const names: Record<string, string> = { S: 'STRING', N: 'NUMBER', B: 'BINARY', L: 'LIST', M: 'MAP', BOOL: 'BOOLEAN', NULL: 'NULL' };
  return names[type] ?? type;
}

function writePath(item: Item, path: Path, value: AttributeValue): void {
  const last = path[path.length - 1] as string | number;
  if (path.length === 1) {
    item[last] = value;
    return;
  }
  const parent = readPath(item, path.slice(0, -1));
  if (typeof last === 'number' && parent?.L) {
    // A position past the end appends: DynamoDB leaves no holes.
    parent.L[Math.min(last, parent.L.length)] = value;
  } else if (typeof last === 'string' && parent?.M) {
    parent.M[last] = value;
  } else {
    throw invalidPath();
  }
}

function removePath(item: Item, path: Path, parentMustExist: boolean): void {
  const last = path[path.length - 1] as string | number;
  if (path.length === 1) {
    delete item[last];
    return;
  }
  const parent = readPath(item, path.slice(0, -1));
  if (typeof last === 'number' && parent?.L) parent.L.splice(last, 1);
  else if (typeof last === 'string' && parent?.M) delete parent.M[last];
  else if (parentMustExist) throw invalidPath();
}

function invalidPath(): Error {
  return invalid('The document path provided in the update expression is invalid for update');
}
