import { AwsError, type PolicyDocument } from '../service.js';
import type { NamedPolicy } from './access.js';
import { awsManagedPolicy } from './managed-policies.js';
import { unknownOperators } from './policy-conditions.js';
import { statementsOf } from './policy-evaluation.js';

export interface Identity {
  name: string;
  arn: string;
  path: string;
  /** `AROA…` or `AIDA…` */
  id: string;
  /** Milliseconds since 1970. */
  createdAt: number;
  inline: Record<string, PolicyDocument>;
  /** ARNs of managed policies, AWS's and the account's own. */
  attached: string[];
  boundary?: string;
}

export interface Role extends Identity {
  trust: PolicyDocument;
  description?: string;
  maxSessionSeconds: number;
}

export interface ManagedPolicy {
  name: string;
  arn: string;
  document: PolicyDocument;
}

/** Everything that IAM remembers about identities, as plain JSON. */
export interface IdentityState {
  users: Record<string, Identity>;
  roles: Record<string, Role>;
  policies: Record<string, ManagedPolicy>;
}

export function noIdentities(): IdentityState {
  return { users: {}, roles: {}, policies: {} };
}

export function roleByArn(state: IdentityState, arn: string): Role | undefined {
  const role = state.roles[nameIn(arn)];
  return role?.arn === arn ? role : undefined;
}

/** A role by name or ARN. Errors: NoSuchEntity. */
export function requireRole(state: IdentityState, nameOrArn: string): Role {
  const role = nameOrArn.startsWith('arn:') ? roleByArn(state, nameOrArn) : state.roles[nameOrArn];
  if (!role) throw new AwsError('NoSuchEntity', `The role with name ${nameIn(nameOrArn)} cannot be found.`, { status: 404 });
  return role;
}

export function identityByArn(state: IdentityState, arn: string): Identity | undefined {
  const user = state.users[nameIn(arn)];
  return user?.arn === arn ? user : roleByArn(state, arn);
}

/** The policies that speak for an identity: inline ones and attached ones. */
export function documentsOf(state: IdentityState, identity: Identity): PolicyDocument[] {
  return [...Object.values(identity.inline), ...identity.attached.flatMap((arn) => managedDocument(state, arn) ?? [])];
}

/** The same with their names: the inline policy's, or the last part of a managed one's ARN. */
export function namedDocumentsOf(state: IdentityState, identity: Identity): NamedPolicy[] {
  const named = [...Object.entries(identity.inline), ...identity.attached.map((arn) => [nameIn(arn), managedDocument(state, arn)] as const)];
  return named.flatMap(([policy, document]) => (document ? [{ holder: identity.name, policy, document }] : []));
}

export function managedDocument(state: IdentityState, arn: string): PolicyDocument | undefined {
  return state.policies[arn]?.document ?? awsManagedPolicy(arn);
}

/** Errors: NoSuchEntity for a policy that neither the account nor this simulator of AWS has. */
export function requireManaged(state: IdentityState, arn: string): string {
  if (!managedDocument(state, arn)) throw new AwsError('NoSuchEntity', `Policy ${arn} does not exist or is not attachable.`, { status: 404 });
  return arn;
}

/** Errors: MalformedPolicyDocument for a document that this simulator could misread. */
export function checkedDocument(document: PolicyDocument): PolicyDocument {
  if (!document?.Statement) throw new AwsError('MalformedPolicyDocument', 'Syntax errors in policy.');
  for (const statement of statementsOf(document)) {
    if (statement.Effect !== 'Allow' && statement.Effect !== 'Deny') throw new AwsError('MalformedPolicyDocument', 'A statement must have the effect Allow or Deny.');
    if (statement.Action === undefined && statement.NotAction === undefined) throw new AwsError('MalformedPolicyDocument', 'Policy statement must contain actions.');
    const unknown = unknownOperators(statement.Condition);
    if (unknown.length > 0) throw new AwsError('MalformedPolicyDocument', `The condition operator ${unknown.join(', ')} is not modelled by the sandbox.`);
  }
  return document;
}

/** The last part of an ARN's path, which is the name. */
export function nameIn(arn: string): string {
  return arn.slice(arn.lastIndexOf('/') + 1);
}
