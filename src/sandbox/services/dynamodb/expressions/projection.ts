import type { AttributeValue, Item } from '../items/attribute-value.js';
import { checkDisjoint, parseOnce, parsePath, PlaceholderCollector, resolvePath } from './syntax.js';
import type { Path, Placeholders, RawPath } from './syntax.js';
import { TokenReader } from './tokens.js';

export interface ParsedProjection extends Placeholders {
  paths: RawPath[];
}

export const parseProjection = parseOnce((text): ParsedProjection => {
  const reader = new TokenReader('ProjectionExpression', text);
  const seen = new PlaceholderCollector();
  const paths = [parsePath(reader, seen)];
  while (reader.takeSymbol(',')) paths.push(parsePath(reader, seen));
  reader.expectEnd();
  return { paths, names: seen.names, values: seen.values };
});

/** A function that keeps of an item what the projection names. */
export function projector(parsed: ParsedProjection, names: Record<string, string>): (item: Item) => Item {
  const paths = parsed.paths.map((path) => resolvePath(path, names, 'ProjectionExpression'));
  checkDisjoint(paths, 'ProjectionExpression');
  return pathsOf(paths);
}

/** Keeps of an item what lies at `paths`; lists keep the chosen elements only, in their order. */
export function pathsOf(paths: readonly Path[]): (item: Item) => Item {
  const tree = new Map<string | number, ProjectionNode>();
  for (const path of paths) plant(tree, path);
  return (item) => chosenMembers(item, tree);
}

/** `all`: the whole value; otherwise only what lies under the children. */
type ProjectionNode = 'all' | Map<string | number, ProjectionNode>;

function plant(tree: Map<string | number, ProjectionNode>, path: Path): void {
  let level = tree;
  for (const [index, element] of path.entries()) {
    if (index === path.length - 1) {
      level.set(element, 'all');
      return;
    }
    let next = level.get(element);
    if (next === 'all') return;
    if (!next) level.set(element, (next = new Map()));
    level = next;
  }
}

function chosenMembers(item: Item, nodes: Map<string | number, ProjectionNode>): Item {
  const chosen: Item = {};
  for (const [name, node] of nodes) {
    if (typeof name !== 'string' || !Object.hasOwn(item, name)) continue;
    const value = chosenValue(item[name] as AttributeValue, node);
    if (value) chosen[name] = value;
  }
  return chosen;
}

function chosenValue(value: AttributeValue, node: ProjectionNode): AttributeValue | undefined {
  if (node === 'all') return value;
  if (value.M) {
    const members = chosenMembers(value.M, node);
    return Object.keys(members).length > 0 ? { M: members } : undefined;
  }
  if (!value.L) return undefined;
  const elements: AttributeValue[] = [];
  for (const index of [...node.keys()].filter((key): key is number => typeof key === 'number').sort((left, right) => left - right)) {
    const element = value.L[index];
    const chosen = element && chosenValue(element, node.get(index) as ProjectionNode);
    if (chosen) elements.push(chosen);
  }
  return elements.length > 0 ? { L: elements } : undefined;
}
