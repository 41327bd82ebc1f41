import type { AttributeValue, Item } from '../items/attribute-value.js';
import { invalid } from '../items/attribute-value.js';
import { isReservedWord } from './reserved-words.js';
import type { ExpressionKind, TokenReader } from './tokens.js';

/** `a.#b[2]` is `['a', '#b', 2]`: placeholders are resolved when the expression is used, so that parses can be kept. */
export type RawPath = readonly (string | number)[];
export type Path = readonly (string | number)[];

export type Operand =
  | { kind: 'path'; path: RawPath }
  | { kind: 'value'; placeholder: string }
  | { kind: 'size'; path: RawPath };

/** What every parsed expression says about the placeholders that it needs. */
export interface Placeholders {
  names: ReadonlySet<string>;
  values: ReadonlySet<string>;
}

export class PlaceholderCollector implements Placeholders {
  readonly names = new Set<string>();
  readonly values = new Set<string>();
}

export function parsePath(reader: TokenReader, seen: PlaceholderCollector): RawPath {
  const path: (string | number)[] = [parsePathName(reader, seen)];
  for (;;) {
    if (reader.takeSymbol('.')) {
      path.push(parsePathName(reader, seen));
    } else if (reader.takeSymbol('[')) {
      if (reader.peek().kind !== 'number') throw reader.syntaxError();
      path.push(Number(reader.next().text));
      reader.expectSymbol(']');
    } else {
      return path;
    }
  }
}

function parsePathName(reader: TokenReader, seen: PlaceholderCollector): string {
  const token = reader.peek();
  if (token.kind === 'name') {
    seen.names.add(token.text);
  } else if (token.kind !== 'word') {
    throw reader.syntaxError();
  } else if (isReservedWord(token.text)) {
    throw reader.error(`Attribute name is a reserved keyword; reserved keyword: ${token.text}`);
  }
  reader.next();
  return token.text;
}

export function parseValue(reader: TokenReader, seen: PlaceholderCollector): Operand {
  const token = reader.next();
  seen.values.add(token.text);
  return { kind: 'value', placeholder: token.text };
}

/** The placeholders of one request, with the checks that DynamoDB makes on them. */
export interface Substitutions {
  names: Record<string, string>;
  values: Record<string, AttributeValue>;
}

export function resolvePath(path: RawPath, names: Record<string, string>, kind: ExpressionKind): Path {
  // Most paths hold no placeholder: then the parsed path serves as it is.
  if (!path.some((element) => typeof element === 'string' && element.startsWith('#'))) return path;
  return path.map((element) => {
    if (typeof element === 'number' || !element.startsWith('#')) return element;
    const name = Object.hasOwn(names, element) ? names[element] : undefined;
    if (name === undefined) {
      throw invalid(`Invalid ${kind}: An expression attribute name used in the document path is not defined; attribute name: ${element}`);
    }
    return name;
  });
}

export function resolveValue(placeholder: string, values: Record<string, AttributeValue>, kind: ExpressionKind): AttributeValue {
  const value = Object.hasOwn(values, placeholder) ? values[placeholder] : undefined;
  if (value === undefined) {
    throw invalid(`Invalid ${kind}: An expression attribute value used in expression is not defined; attribute value: ${placeholder}`);
  }
  return value;
}

export function readPath(item: Item, path: Path): AttributeValue | undefined {
  const first = path[0] as string;
  let value = Object.hasOwn(item, first) ? item[first] : undefined;
  for (let index = 1; index < path.length && value !== undefined; index += 1) {
    const element = path[index] as string | number;
    if (typeof element === 'number') value = value.L?.[element];
    else value = value.M && Object.hasOwn(value.M, element) ? value.M[element] : undefined;
  }
  return value;
}

/** `[a, b, [2]]`: how DynamoDB's messages spell a path. */
export function describePath(path: Path): string {
  return `[${path.map((element) => (typeof element === 'number' ? `[${element}]` : element)).join(', ')}]`;
}

/** Two paths of one expression must not be the same, nor lie inside each other, nor disagree about what a level is. */
export function checkDisjoint(paths: readonly Path[], kind: ExpressionKind): void {
  for (let first = 0; first < paths.length; first += 1) {
    for (let second = first + 1; second < paths.length; second += 1) {
      checkPair(paths[first] as Path, paths[second] as Path, kind);
    }
  }
}

function checkPair(one: Path, two: Path, kind: ExpressionKind): void {
  const shared = Math.min(one.length, two.length);
  for (let level = 0; level < shared; level += 1) {
    if (one[level] === two[level]) continue;
    if (typeof one[level] === typeof two[level]) return;
    throw invalid(`Invalid ${kind}: Two document paths conflict with each other; must remove or rewrite one of these paths; path one: ${describePath(one)}, path two: ${describePath(two)}`);
  }
  throw invalid(`Invalid ${kind}: Two document paths overlap with each other; must remove or rewrite one of these paths; path one: ${describePath(one)}, path two: ${describePath(two)}`);
}

/** Keeps parsed expressions by their text: clients send the same few texts again and again. */
export function parseOnce<Parsed>(parse: (text: string) => Parsed): (text: string) => Parsed {
  const known = new Map<string, Parsed>();
  return (text) => {
    let parsed = known.get(text);
    if (parsed === undefined) {
      parsed = parse(text);
      if (known.size >= 2000) known.clear();
      known.set(text, parsed);
    }
    return parsed;
  };
}
