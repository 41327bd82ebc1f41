/** What `{{ … }}` may name: parameters, `step.Output`, and the system's own such as `automation:EXECUTION_ID`. */
export type Variables = (name: string) => unknown;

const whole = /^\{\{\s*([^{}]+?)\s*\}\}$/;
const anywhere = /\{\{\s*([^{}]+?)\s*\}\}/g;

/**
 * Fills in variables, however deep they stand. A text that is nothing but one variable takes that variable's own type; in
 * the middle of a text it is written as text. Errors: a plain Error for a name that has no value.
 */
export function filled(value: unknown, variables: Variables): unknown {
  if (Array.isArray(value)) return value.map((item) => filled(item, variables));
  if (value !== null && typeof value === 'object') return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, filled(item, variables)]));
  if (typeof value !== 'string') return value;
  const only = whole.exec(value);
  if (only?.[1] !== undefined) return needed(only[1], variables);
  return value.replace(anywhere, (_, name: string) => textOf(needed(name, variables)));
}

function needed(name: string, variables: Variables): unknown {
  const value = variables(name);
  if (value === undefined) throw new Error(`{{ ${name} }} has no value.`);
  return value;
}

export function textOf(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}

/** `$.member.of[0].it`: the part of JSONPath that outputs are picked with. Undefined: there is nothing. */
export function select(value: unknown, selector: string): unknown {
  const path = [...selector.matchAll(/\.([\w-]+)|\[(\d+)\]/g)].map((match) => match[1] ?? Number(match[2]));
  return path.reduce<unknown>((inner, member) => (inner !== null && typeof inner === 'object' ? (inner as Record<string | number, unknown>)[member] : undefined), value);
}

/** How outputs are shown: each is a list of texts. */
export function shown(value: unknown): string[] {
  return Array.isArray(value) ? value.map(textOf) : [textOf(value)];
}
