/** A CloudFormation template as `cdk synth` writes it, and the walks over it that need no values. */

export interface Template {
  Description?: string;
  Parameters?: Record<string, TemplateParameter>;
  Mappings?: Record<string, Record<string, Record<string, unknown>>>;
  Conditions?: Record<string, unknown>;
  Rules?: Record<string, TemplateRule>;
  Resources?: Record<string, TemplateResource>;
  Outputs?: Record<string, TemplateOutput>;
  Transform?: unknown;
}

export interface TemplateParameter {
  Type: string;
  Default?: unknown;
  AllowedValues?: unknown[];
  AllowedPattern?: string;
  NoEcho?: boolean;
}

export interface TemplateRule {
  RuleCondition?: unknown;
  Assertions: { Assert: unknown; AssertDescription?: string }[];
}

export interface TemplateResource {
  Type: string;
  Properties?: Record<string, unknown>;
  DependsOn?: string | string[];
  Condition?: string;
  DeletionPolicy?: string;
  UpdateReplacePolicy?: string;
  CreationPolicy?: unknown;
  UpdatePolicy?: unknown;
  Metadata?: unknown;
}

export interface TemplateOutput {
  Value: unknown;
  Description?: string;
  Condition?: string;
  Export?: { Name: unknown };
}

/** Something in the assembly, or in what a resource made of it, that stops the deployment. */
export class DeploymentError extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'DeploymentError';
  }
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** `${Name}` and `${Name.Attribute}` in a Fn::Sub text; `${!Literal}` is left out. */
export const substitution = /\$\{(!?)([^}]*)\}/g;

/**
 * Every logical name that `value` refers to through Ref, Fn::GetAtt or Fn::Sub, parameters and pseudo parameters
 * included: the caller keeps those that are resources.
 */
export function referencesIn(value: unknown, found: Set<string> = new Set()): Set<string> {
  if (Array.isArray(value)) {
    for (const item of value) referencesIn(item, found);
  } else if (isRecord(value)) {
    for (const [key, inner] of Object.entries(value)) {
      if (key === 'Ref' && typeof inner === 'string') found.add(inner);
      else if (key === 'Fn::GetAtt') found.add(attributeReference(inner).logicalId);
      else {
        if (key === 'Fn::Sub') substitutedNames(inner, found);
        referencesIn(inner, found);
      }
    }
  }
  return found;
}

function substitutedNames(argument: unknown, found: Set<string>): void {
  const text: unknown = Array.isArray(argument) ? argument[0] : argument;
  const own = new Set(Array.isArray(argument) && isRecord(argument[1]) ? Object.keys(argument[1]) : []);
  if (typeof text !== 'string') return;
  for (const [, literal, name = ''] of text.matchAll(substitution)) {
    const logicalId = name.split('.')[0] ?? name;
    if (!literal && !own.has(name)) found.add(logicalId);
  }
}

/** The argument of Fn::GetAtt in either spelling: `["Queue", "Arn"]` or `"Queue.Arn"`. */
export function attributeReference(argument: unknown): { logicalId: string; attribute: unknown } {
  if (Array.isArray(argument) && typeof argument[0] === 'string') return { logicalId: argument[0], attribute: argument[1] };
  if (typeof argument === 'string') {
    const dot = argument.indexOf('.');
    if (dot > 0) return { logicalId: argument.slice(0, dot), attribute: argument.slice(dot + 1) };
  }
  throw new DeploymentError(`Fn::GetAtt is written wrongly: ${JSON.stringify(argument)}`);
}

/**
 * The resources of a template, each after those it needs (DependsOn, Ref, Fn::GetAtt, Fn::Sub). Independent resources
 * keep the order of the template, so that the same template always deploys in the same order.
 */
export function deploymentOrder(resources: Record<string, TemplateResource>): string[] {
  const needs = new Map(Object.entries(resources).map(([logicalId, resource]) => [logicalId, needsOf(logicalId, resource, resources)]));
  const order: string[] = [];
  const done = new Set<string>();
  const visit = (logicalId: string, path: string[]): void => {
    if (done.has(logicalId)) return;
    if (path.includes(logicalId)) {
      throw new DeploymentError(`resources depend on each other in a circle: ${[...path.slice(path.indexOf(logicalId)), logicalId].join(' → ')}`);
    }
    for (const need of needs.get(logicalId) ?? []) visit(need, [...path, logicalId]);
    done.add(logicalId);
    order.push(logicalId);
  };
  for (const logicalId of needs.keys()) visit(logicalId, []);
  return order;
}

function needsOf(logicalId: string, resource: TemplateResource, resources: Record<string, TemplateResource>): string[] {
  const explicit = typeof resource.DependsOn === 'string' ? [resource.DependsOn] : resource.DependsOn ?? [];
  for (const name of explicit) {
    if (!(name in resources)) throw new DeploymentError(`${logicalId} depends on ${name}, which the template does not have`);
  }
  const implicit = [...referencesIn(resource.Properties)].filter((name) => name in resources);
  return [...new Set([...explicit, ...implicit])];
}
