import { AwsError, type CreatedResource, type PolicyDocument, type ResourceContext, type ResourceHandler } from '../service.js';
import { checkedDocument, nameIn, requireManaged, requireRole, type Identity, type IdentityState, type Role } from './identities.js';
import type { IamWorld } from './service.js';

interface NamedPolicy {
  PolicyName: string;
  PolicyDocument: PolicyDocument;
}

interface RoleProperties {
  AssumeRolePolicyDocument: PolicyDocument;
  RoleName?: string;
  Path?: string;
  Description?: string;
  MaxSessionDuration?: number | string;
  Policies?: NamedPolicy[];
  ManagedPolicyArns?: string[];
  PermissionsBoundary?: string;
}

interface AttachmentProperties {
  PolicyName?: string;
  ManagedPolicyName?: string;
  PolicyDocument: PolicyDocument;
  Roles?: string[];
  Users?: string[];
  Path?: string;
  Description?: string;
}

interface UserProperties {
  UserName?: string;
  Path?: string;
  Policies?: NamedPolicy[];
  ManagedPolicyArns?: string[];
  PermissionsBoundary?: string;
}

/** Whom an inline policy was attached to, by ARN; kept with the resource, and of no template's concern. */
const attachedToAttribute = 'attachedTo';

/** How CloudFormation makes IAM's resources. Identities are global, so two stacks cannot make the same name twice. */
export function iamResources(world: IamWorld, current: () => IdentityState, dropKeysOf: (arn: string) => void): Record<string, ResourceHandler> {
  const arnOf = (kind: string, path: string, name: string): string => `arn:${world.partition}:iam::${world.account}:${kind}${path}${name}`;
  /** Names that a template leaves out are the stack's, the logical id and something random, as CloudFormation does. */
  const generatedName = (context: ResourceContext): string => `${context.stackName}-${context.logicalId}`.slice(0, 51).concat('-', world.random.hex(12));

  function makeRole(name: string, properties: RoleProperties, previous?: Role): Role {
    const path = properties.Path ?? '/';
    return {
      name,
      path,
      arn: arnOf('role', path, name),
      id: previous?.id ?? `AROA${world.random.hex(16).toUpperCase()}`,
      createdAt: previous?.createdAt ?? world.clock.now(),
      trust: checkedDocument(properties.AssumeRolePolicyDocument),
      description: properties.Description,
      maxSessionSeconds: Number(properties.MaxSessionDuration ?? 3600),
      inline: inlineOf(properties.Policies),
      attached: (properties.ManagedPolicyArns ?? []).map((arn) => requireManaged(current(), arn)),
      boundary: properties.PermissionsBoundary,
    };
  }

  const roles: ResourceHandler = {
    properties: ['AssumeRolePolicyDocument', 'RoleName', 'Path', 'Description', 'MaxSessionDuration', 'Policies', 'ManagedPolicyArns', 'PermissionsBoundary', 'Tags'],
    create: async (context, properties: RoleProperties) => {
      const name = properties.RoleName ?? generatedName(context);
      if (current().roles[name]) throw new AwsError('EntityAlreadyExists', `Role with name ${name} already exists.`, { status: 409 });
      return storeRole(makeRole(name, properties));
    },
    update: async (_context, properties: RoleProperties, previous) => {
      const old = requireRole(current(), previous.ref);
      const role = makeRole(old.name, properties, old);
      // Policies that AWS::IAM::Policy attached belong to their own resources and stay.
      role.inline = { ...old.inline, ...role.inline };
      role.attached = [...new Set([...role.attached, ...old.attached.filter((arn) => current().policies[arn])])];
      return storeRole(role);
    },
    remove: async (_context, previous) => { delete current().roles[previous.ref]; world.changed(); },
  };

  function storeRole(role: Role): CreatedResource {
    current().roles[role.name] = role;
    world.changed();
    return { ref: role.name, attributes: { Arn: role.arn, RoleId: role.id } };
  }

  const inlinePolicies: ResourceHandler = {
    properties: ['PolicyName', 'PolicyDocument', 'Roles', 'Users'],
    create: async (context, properties: AttachmentProperties) => attachInline(properties.PolicyName ?? generatedName(context), properties),
    update: async (_context, properties: AttachmentProperties, previous) => {
      detachInline(previous);
      return attachInline(properties.PolicyName ?? previous.ref, properties);
    },
    remove: async (_context, previous) => {
      detachInline(previous);
      world.changed();
    },
  };

  /** From those that this resource attached it to: inline policies of others may have the same name. */
  function detachInline({ ref, attributes }: CreatedResource): void {
    const attachedTo = (attributes[attachedToAttribute] ?? []) as string[];
    for (const identity of everyIdentity(current())) if (attachedTo.includes(identity.arn)) delete identity.inline[ref];
  }

  function attachInline(name: string, properties: AttachmentProperties): CreatedResource {
    const document = checkedDocument(properties.PolicyDocument);
    const identities = namedIdentities(current(), properties);
    for (const identity of identities) identity.inline[name] = document;
    world.changed();
    return { ref: name, attributes: { Id: name, [attachedToAttribute]: identities.map(({ arn }) => arn) } };
  }

  const managedPolicies: ResourceHandler = {
    properties: ['ManagedPolicyName', 'PolicyDocument', 'Roles', 'Users', 'Path', 'Description'],
    create: async (context, properties: AttachmentProperties) => attachManaged(properties.ManagedPolicyName ?? generatedName(context), properties),
    update: async (_context, properties: AttachmentProperties, previous) => {
      for (const identity of everyIdentity(current())) identity.attached = identity.attached.filter((arn) => arn !== previous.ref);
      return attachManaged(nameIn(previous.ref), properties);
    },
    remove: async (_context, previous) => {
      for (const identity of everyIdentity(current())) identity.attached = identity.attached.filter((arn) => arn !== previous.ref);
      delete current().policies[previous.ref];
      world.changed();
    },
  };

  function attachManaged(name: string, properties: AttachmentProperties): CreatedResource {
    const arn = arnOf('policy', properties.Path ?? '/', name);
    current().policies[arn] = { name, arn, document: checkedDocument(properties.PolicyDocument) };
    for (const identity of namedIdentities(current(), properties)) identity.attached = [...new Set([...identity.attached, arn])];
    world.changed();
    return { ref: arn, attributes: { PolicyArn: arn, Id: arn } };
  }

  const users: ResourceHandler = {
    properties: ['UserName', 'Path', 'Policies', 'ManagedPolicyArns', 'PermissionsBoundary', 'Tags'],
    create: async (context, properties: UserProperties) => {
      const name = properties.UserName ?? generatedName(context);
      if (current().users[name]) throw new AwsError('EntityAlreadyExists', `User with name ${name} already exists.`, { status: 409 });
      const path = properties.Path ?? '/';
      const arn = arnOf('user', path, name);
      dropKeysOf(arn);
      const attached = (properties.ManagedPolicyArns ?? []).map((policy) => requireManaged(current(), policy));
      current().users[name] = { name, path, arn, id: `AIDA${world.random.hex(16).toUpperCase()}`, createdAt: world.clock.now(), inline: inlineOf(properties.Policies), attached, boundary: properties.PermissionsBoundary };
      world.changed();
      return { ref: name, attributes: { Arn: arn } };
    },
    remove: async (_context, previous) => {
      const user = current().users[previous.ref];
      if (user) dropKeysOf(user.arn);
      delete current().users[previous.ref];
      world.changed();
    },
  };

  return { 'AWS::IAM::Role': roles, 'AWS::IAM::Policy': inlinePolicies, 'AWS::IAM::ManagedPolicy': managedPolicies, 'AWS::IAM::User': users };
}

function inlineOf(policies: NamedPolicy[] | undefined): Record<string, PolicyDocument> {
  return Object.fromEntries((policies ?? []).map(({ PolicyName, PolicyDocument }) => [PolicyName, checkedDocument(PolicyDocument)]));
}

function namedIdentities(state: IdentityState, { Roles = [], Users = [] }: AttachmentProperties): Identity[] {
  const users = Users.map((name) => {
    const user = state.users[name];
    if (!user) throw new AwsError('NoSuchEntity', `The user with name ${name} cannot be found.`, { status: 404 });
    return user;
  });
  return [...Roles.map((name) => requireRole(state, name)), ...users];
}

function everyIdentity(state: IdentityState): Identity[] {
  return [...Object.values(state.roles), ...Object.values(state.users)];
}
