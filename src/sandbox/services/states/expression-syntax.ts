import jsonata from 'jsonata';
import type { Json } from './json.js';

/** The JSONata text inside `{% … %}`; undefined for any other string. */
export function expressionText(text: string): string | undefined {
  const inner = /^\{%([\s\S]*)%\}$/.exec(text)?.[1];
  return inner?.trim();
}

/** Every expression in a value, with the path that leads to it. */
export function expressionsIn(value: Json, at = ''): { text: string; at: string }[] {
  if (typeof value === 'string') {
    const text = expressionText(value);
    return text === undefined ? [] : [{ text, at }];
  }
  if (Array.isArray(value)) return value.flatMap((entry, index) => expressionsIn(entry, `${at}[${index}]`));
  if (value === null || typeof value !== 'object') return [];
  return Object.entries(value).flatMap(([name, entry]) => expressionsIn(entry, `${at}/${name}`));
}

/** What is wrong with an expression's syntax, if anything. */
export function expressionProblem(text: string): string | undefined {
  try {
    jsonata(text);
    return undefined;
  } catch (problem) {
    return messageOf(problem);
  }
}

/** JSONata throws plain objects. */
export function messageOf(problem: unknown): string {
  if (problem instanceof Error) return problem.message;
  const message = (problem as { message?: unknown }).message;
  return typeof message === 'string' ? message : String(problem);
}
