import { createHash } from 'node:crypto';
import jsonata from 'jsonata';
import { seededRandom } from '../../random.js';
import type { World } from '../../world.js';
import { expressionText, messageOf } from './expression-syntax.js';
import { StateFailure } from './failures.js';
import { isObject, parseJson, type Json, type JsonObject } from './json.js';

/** What an expression can name: `$states` and the variables in scope. */
export interface Bindings {
  states: { input: Json; context: JsonObject; result?: Json; errorOutput?: Json };
  variables: JsonObject;
}

type Compiled = (bindings: Bindings) => Promise<Json> | Json;

/**
 * Evaluates values of a definition: `{% … %}` strings by JSONata, everything else as it stands. Expressions are compiled
 * once. Failing ones raise `States.QueryEvaluationError`. The functions that AWS adds to JSONata are here too
 * (source: Step Functions developer guide, "Transforming data with JSONata"); time and randomness are the world's.
 */
export interface Expressions {
  evaluate(template: Json, bindings: Bindings): Promise<Json>;
}

export function createExpressions(world: Pick<World, 'clock' | 'random'>): Expressions {
  const strings = new Map<string, Compiled>();
  const templates = new WeakMap<object, Compiled>();
  const compileString = (text: string): Compiled => {
    let compiled = strings.get(text);
    if (!compiled) {
      const source = expressionText(text);
      compiled = source === undefined ? () => text : compileExpression(source, world);
      strings.set(text, compiled);
    }
    return compiled;
  };
  const compile = (template: Json): Compiled => {
    if (typeof template === 'string') return compileString(template);
    if (typeof template !== 'object' || template === null) return () => template;
    let compiled = templates.get(template);
    if (!compiled) {
      compiled = Array.isArray(template) ? compileArray(template.map(compile)) : compileObject(Object.entries(template).map(([name, entry]) => [name, compile(entry)]));
      templates.set(template, compiled);
    }
    return compiled;
  };
  return { evaluate: async (template, bindings) => compile(template)(bindings) };
}

function compileArray(entries: Compiled[]): Compiled {
  return async (bindings) => {
    const values: Json[] = [];
    for (const entry of entries) values.push(await entry(bindings));
    return values;
  };
}

function compileObject(entries: [string, Compiled][]): Compiled {
  return async (bindings) => {
    const value: JsonObject = {};
    for (const [name, entry] of entries) value[name] = await entry(bindings);
    return value;
  };
}

const simplePath = /^\$[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*$/;

function compileExpression(source: string, world: Pick<World, 'clock' | 'random'>): Compiled {
  const steps = simplePath.test(source) ? source.slice(1).split('.') : undefined;
  let general: Compiled | undefined;
  return (bindings) => {
    // Most expressions of a definition only point at a value; walking there is a hundred times cheaper than JSONata.
    const found = steps && walk(steps, bindings);
    if (found !== undefined) return found;
    general ??= compileGeneral(source, world);
    return general(bindings);
  };
}

/** The value at a plain path; undefined when JSONata's own rules (arrays on the way, nothing there) must decide. */
function walk(steps: readonly string[], bindings: Bindings): Json | undefined {
  const [first, ...rest] = steps;
  let value: Json | undefined = first === 'states' ? (bindings.states as unknown as JsonObject) : bindings.variables[first ?? ''];
  for (const step of rest) {
    if (!isObject(value) || !Object.hasOwn(value, step)) return undefined;
    value = value[step];
  }
  return value;
}

function compileGeneral(source: string, world: Pick<World, 'clock' | 'random'>): Compiled {
  const expression = jsonata(source);
  addFunctions(expression, world);
  return async ({ states, variables }) => {
    let value: unknown;
    try {
      value = await expression.evaluate(undefined, { ...variables, states });
    } catch (problem) {
      throw new StateFailure('States.QueryEvaluationError', `The JSONata expression '${source}' failed: ${messageOf(problem)}`);
    }
    // JSONata's sequences carry marks of their own; through text the value becomes plain JSON.
    const text = JSON.stringify(value) as string | undefined;
    if (text === undefined) throw new StateFailure('States.QueryEvaluationError', `The JSONata expression '${source}' returned nothing (undefined).`);
    return JSON.parse(text) as Json;
  };
}

function addFunctions(expression: jsonata.Expression, world: Pick<World, 'clock' | 'random'>): void {
  expression.registerFunction('now', (picture?: string, zone?: string) => {
    const at = new Date(world.clock.now());
    return picture === undefined ? at.toISOString() : formatted(at.getTime(), picture, zone);
  }, '<s?s?:s>');
  expression.registerFunction('millis', () => world.clock.now(), '<:n>');
  expression.registerFunction('uuid', () => world.random.uuid(), '<:s>');
  expression.registerFunction('random', (seed?: number) => (seed === undefined ? world.random : seededRandom(seed)).next(), '<n?:n>');
  expression.registerFunction('parse', (text: string) => {
    const value = parseJson(text);
    if (value === undefined) throw new Error('$parse was given text that is not JSON');
    return value;
  }, '<s-:x>');
  expression.registerFunction('partition', (list: Json[], size: number) => {
    const slices: Json[] = [];
    for (let start = 0; start < list.length; start += size) slices.push(list.slice(start, start + size));
    return slices;
  }, '<an:a>');
  expression.registerFunction('range', (from: number, to: number, step: number) => {
    const numbers: number[] = [];
    for (let value = from; step > 0 ? value <= to : value >= to; value += step) numbers.push(value);
    return numbers;
  }, '<nnn:a>');
  expression.registerFunction('hash', (text: string, algorithm: string) => createHash(algorithm.replace('-', '').toLowerCase()).update(text).digest('hex'), '<ss:s>');
}

function formatted(at: number, picture: string, zone: string | undefined): Promise<string> {
  return jsonata('$fromMillis($at, $picture, $zone)').evaluate(undefined, { at, picture, ...(zone === undefined ? {} : { zone }) }) as Promise<string>;
}
