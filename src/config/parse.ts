import * as z from 'zod';
import { deploymentSchema, type Deployment } from './schema.js';
import { closest } from './suggestions.js';

export interface ConfigProblem {
  /** Where in the document, such as `policy.replicationWarnSeconds`; empty for the document as a whole. */
  path: string;
  message: string;
}

export type ParsedDeployment = { ok: true; deployment: Deployment } | { ok: false; problems: ConfigProblem[] };

/** Checks a whole document and tells every problem at once. Values are never repeated: one of them may be a secret. */
export function parseDeployment(text: string): ParsedDeployment {
  let value: unknown;
  try {
    value = JSON.parse(text.replace(/^\ufeff/, ''));
  } catch (error) {
    return { ok: false, problems: [{ path: '', message: `is not JSON: ${jsonComplaint(text, error)}` }] };
  }
  return checkDeployment(value);
}

export function checkDeployment(value: unknown): ParsedDeployment {
  const checked = deploymentSchema.safeParse(value);
  if (checked.success) return { ok: true, deployment: checked.data };
  return { ok: false, problems: checked.error.issues.flatMap((issue) => problemsOf(issue, value)) };
}

function problemsOf(issue: z.core.$ZodIssue, document: unknown): ConfigProblem[] {
  const at = issue.path.map(String);
  switch (issue.code) {
    case 'unrecognized_keys':
      return issue.keys.map((key) => {
        const suggestion = closest(key, knownKeys(deploymentSchema, at));
        return { path: [...at, key].join('.'), message: `is not a known setting${suggestion ? `; did you mean ${suggestion}?` : ''}` };
      });
    case 'invalid_type':
      return [{ path: at.join('.'), message: valueAt(document, at) === undefined ? 'is missing' : `must be ${article(issue.expected)}` }];
    case 'invalid_value':
      return [{ path: at.join('.'), message: `must be ${issue.values.map((each) => JSON.stringify(each)).join(' or ')}` }];
    case 'invalid_union':
      return [{ path: at.join('.'), message: at.join('.') === 'credentials' ? 'must hold either profile, or accessKeyId and secretAccessKey' : 'has none of the allowed forms' }];
    case 'invalid_key':
      return [{ path: at.join('.'), message: issue.issues[0]?.message ?? 'is not an allowed name' }];
    default:
      return [{ path: at.join('.'), message: issue.message }];
  }
}

/** The settings that exist at `path`, so that a misspelt one can be matched with what was meant. */
function knownKeys(schema: unknown, path: string[]): string[] {
  const inner = unwrap(schema);
  const [head, ...rest] = path;
  if (inner instanceof z.ZodObject) {
    if (head === undefined) return Object.keys(inner.shape);
    return knownKeys(inner.shape[head], rest);
  }
  if (head === undefined) return [];
  if (inner instanceof z.ZodRecord) return knownKeys(inner.valueType, rest);
  if (inner instanceof z.ZodArray) return knownKeys(inner.element, rest);
  return [];
}

function unwrap(schema: unknown): unknown {
  let current = schema;
  while (current instanceof z.ZodOptional || current instanceof z.ZodNullable || current instanceof z.ZodDefault || current instanceof z.ZodPrefault) {
    current = current.unwrap();
  }
  return current;
}

function valueAt(document: unknown, path: string[]): unknown {
  return path.reduce<unknown>((value, key) => (value !== null && typeof value === 'object' ? (value as Record<string, unknown>)[key] : undefined), document);
}

function article(kind: string): string {
  return /^[aeiou]/.test(kind) ? `an ${kind}` : `a ${kind}`;
}

/** The engine's message, with its position turned into a line, and without the excerpt that it quotes. */
function jsonComplaint(text: string, error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  if (text.trim() === '') return 'the file is empty';
  const position = /position (\d+)/.exec(message)?.[1];
  if (position === undefined) return /end of JSON input/.test(message) ? 'it ends in the middle of a value' : 'it is malformed';
  const before = text.slice(0, Number(position));
  return `malformed at line ${before.split('\n').length}, column ${before.length - before.lastIndexOf('\n')}`;
}
