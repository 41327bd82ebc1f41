import { attributeReference, DeploymentError, isRecord, substitution } from './template.js';

/**
 * The intrinsic functions of CloudFormation. What an expression means is here; where its values come from is the
 * caller's `Scope`. A function that is not listed is an error, never passed through as data.
 * Source: "Intrinsic function reference" of the CloudFormation template reference.
 */
export interface Scope {
  /** The value of a parameter, pseudo parameter or resource; throws when there is none. */
  reference(name: string): unknown;
  attribute(logicalId: string, attribute: string): unknown;
  condition(name: string): boolean;
  mapping(map: string, top: string, second: string): unknown;
  exported(name: string): unknown;
  /** `Fn::GetStackOutput`: an output of any stack, by name and Region, with no export. */
  stackOutput(stackName: string, output: string, region: string | undefined): unknown;
  availabilityZones(region: string): string[];
  /** `{{resolve:ssm:…}}` and its like, whole text between the braces. */
  dynamicReference(text: string): Promise<string>;
}

/** What `AWS::NoValue` leaves behind until the property that holds it is dropped. */
export const noValue = Symbol('AWS::NoValue');

/** A copy of `value` in which every intrinsic function is replaced by its value. */
export async function resolve(value: unknown, scope: Scope): Promise<unknown> {
  const resolved = evaluate(value, scope);
  return resolveDynamicReferences(resolved === noValue ? undefined : resolved, scope);
}

/** A condition expression, or a condition of `Rules`. */
export function evaluateCondition(expression: unknown, scope: Scope): boolean {
  const value = evaluate(expression, scope);
  if (typeof value === 'boolean') return value;
  if (value === 'true' || value === 'false') return value === 'true';
  throw new DeploymentError(`a condition gives neither true nor false: ${JSON.stringify(expression)}`);
}

function evaluate(value: unknown, scope: Scope): unknown {
  if (Array.isArray(value)) return value.map((item) => evaluate(item, scope)).filter((item) => item !== noValue);
  if (!isRecord(value)) return value;
  const entries = Object.entries(value);
  const [only] = entries;
  if (entries.length === 1 && only && (only[0] === 'Ref' || only[0] === 'Condition' && typeof only[1] === 'string' || only[0].startsWith('Fn::'))) {
    const apply = functions[only[0]];
    if (!apply) throw new DeploymentError(`the sandbox does not know the intrinsic function ${only[0]}`);
    return apply(only[1], scope);
  }
  const result: Record<string, unknown> = {};
  for (const [key, inner] of entries) {
    const resolved = evaluate(inner, scope);
    if (resolved !== noValue) result[key] = resolved;
  }
  return result;
}

type Intrinsic = (argument: unknown, scope: Scope) => unknown;

const functions: Record<string, Intrinsic> = {
  Ref: (name, scope) => (name === 'AWS::NoValue' ? noValue : scope.reference(text(name, 'Ref'))),
  // Only a condition expression has this shape; an IAM statement's Condition is an object, never a text.
  Condition: (name, scope) => scope.condition(text(name, 'Condition')),
  'Fn::GetAtt': (argument, scope) => {
    const { logicalId, attribute } = attributeReference(argument);
    return scope.attribute(logicalId, text(evaluate(attribute, scope), 'Fn::GetAtt'));
  },
  'Fn::Join': (argument, scope) => {
    const [separator, items] = list(argument, 'Fn::Join', scope);
    return list(items, 'Fn::Join', scope).map((item) => scalarText(item, 'Fn::Join')).join(text(separator, 'Fn::Join'));
  },
  'Fn::Split': (argument, scope) => {
    const [separator, source] = list(argument, 'Fn::Split', scope);
    return text(source, 'Fn::Split').split(text(separator, 'Fn::Split'));
  },
  'Fn::Select': (argument, scope) => {
    const [index, items] = list(argument, 'Fn::Select', scope);
    const chosen = list(items, 'Fn::Select', scope)[Number(index)];
    if (chosen === undefined) throw new DeploymentError(`Fn::Select has no item ${String(index)}`);
    return chosen;
  },
  'Fn::Sub': substitute,
  'Fn::Base64': (argument, scope) => Buffer.from(text(evaluate(argument, scope), 'Fn::Base64')).toString('base64'),
  'Fn::FindInMap': (argument, scope) => {
    const [map, top, second] = list(argument, 'Fn::FindInMap', scope);
    return evaluate(scope.mapping(text(map, 'Fn::FindInMap'), text(top, 'Fn::FindInMap'), text(second, 'Fn::FindInMap')), scope);
  },
  'Fn::GetAZs': (argument, scope) => {
    const region = text(evaluate(argument, scope), 'Fn::GetAZs');
    return scope.availabilityZones(region === '' ? String(scope.reference('AWS::Region')) : region);
  },
  'Fn::ImportValue': (argument, scope) => scope.exported(text(evaluate(argument, scope), 'Fn::ImportValue')),
  'Fn::GetStackOutput': (argument, scope) => {
    const from = evaluate(argument, scope);
    if (!isRecord(from)) throw new DeploymentError('Fn::GetStackOutput needs StackName and OutputName');
    const region = from['Region'] === undefined ? undefined : text(from['Region'], 'Fn::GetStackOutput');
    return scope.stackOutput(text(from['StackName'], 'Fn::GetStackOutput'), text(from['OutputName'], 'Fn::GetStackOutput'), region);
  },
  'Fn::If': (argument, scope) => {
    if (!Array.isArray(argument) || argument.length !== 3) throw new DeploymentError('Fn::If needs a condition and two values');
    // The branch that is not taken is not evaluated: it may refer to a resource that its condition leaves out.
    return evaluate(scope.condition(text(argument[0], 'Fn::If')) ? argument[1] : argument[2], scope);
  },
  'Fn::Equals': (argument, scope) => {
    const [left, right] = list(argument, 'Fn::Equals', scope);
    return JSON.stringify(left) === JSON.stringify(right);
  },
  'Fn::Not': (argument, scope) => !conditions(argument, 'Fn::Not', scope)[0],
  'Fn::And': (argument, scope) => conditions(argument, 'Fn::And', scope).every(Boolean),
  'Fn::Or': (argument, scope) => conditions(argument, 'Fn::Or', scope).some(Boolean),
  'Fn::Contains': (argument, scope) => {
    const [items, item] = list(argument, 'Fn::Contains', scope);
    return list(items, 'Fn::Contains', scope).includes(item);
  },
  'Fn::Length': (argument, scope) => list(evaluate(argument, scope), 'Fn::Length', scope).length,
  'Fn::ToJsonString': (argument, scope) => JSON.stringify(evaluate(argument, scope)),
};

function substitute(argument: unknown, scope: Scope): string {
  const template = text(Array.isArray(argument) ? argument[0] : argument, 'Fn::Sub');
  const own = Array.isArray(argument) && isRecord(argument[1]) ? argument[1] : {};
  return template.replace(substitution, (_whole, literal: string, name: string) => {
    if (literal) return `\${${name}}`;
    if (name in own) return scalarText(evaluate(own[name], scope), 'Fn::Sub');
    const dot = name.indexOf('.');
    const value = dot < 0 ? scope.reference(name) : scope.attribute(name.slice(0, dot), name.slice(dot + 1));
    return scalarText(value, 'Fn::Sub');
  });
}

function conditions(argument: unknown, name: string, scope: Scope): boolean[] {
  if (!Array.isArray(argument) || argument.length === 0) throw new DeploymentError(`${name} needs a list of conditions`);
  return argument.map((item) => evaluateCondition(item, scope));
}

function list(argument: unknown, name: string, scope: Scope): unknown[] {
  const value = evaluate(argument, scope);
  if (!Array.isArray(value)) throw new DeploymentError(`${name} needs a list, not ${JSON.stringify(value)}`);
  return value;
}

function text(value: unknown, name: string): string {
  if (typeof value !== 'string') throw new DeploymentError(`${name} needs text, not ${JSON.stringify(value)}`);
  return value;
}

function scalarText(value: unknown, name: string): string {
  if (typeof value === 'string') return value;
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  // A list parameter or attribute inside a text becomes comma-separated, as CloudFormation does it.
  if (Array.isArray(value) && value.every((item) => typeof item === 'string')) return value.join(',');
  throw new DeploymentError(`${name} cannot put ${JSON.stringify(value)} into a text`);
}

const dynamicReference = /\{\{resolve:([^{}]+)\}\}/g;

async function resolveDynamicReferences(value: unknown, scope: Scope): Promise<unknown> {
  if (typeof value === 'string') {
    let result = value;
    for (const [whole, reference = ''] of value.matchAll(dynamicReference)) {
      const found = await scope.dynamicReference(reference);
      result = result.replace(whole, () => found);
    }
    return result;
  }
  if (Array.isArray(value)) return Promise.all(value.map((item) => resolveDynamicReferences(item, scope)));
  if (!isRecord(value)) return value;
  const result: Record<string, unknown> = {};
  for (const [key, inner] of Object.entries(value)) result[key] = await resolveDynamicReferences(inner, scope);
  return result;
}
