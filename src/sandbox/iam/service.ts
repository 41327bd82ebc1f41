import { AwsError, type PolicyDocument, type Principal, type RequiredPermission, type Service } from '../service.js';
import type { IssuedCredentials, World } from '../world.js';
import type { AccessKey, Keyring } from '../wire/authenticate.js';
import { errorStyleOf } from '../wire/catalog.js';
import { refusal } from '../wire/refusals.js';
import { createAccessKeys, type StoredKey } from './access-keys.js';
import { grantsFor, type Access, type Grant } from './access.js';
import { checkedDocument, documentsOf, identityByArn, managedDocument, nameIn, namedDocumentsOf, noIdentities, requireRole, roleByArn, type Identity, type IdentityState, type Role } from './identities.js';
import { decide, decideForService, trusts, trustsService, type AccessRequest } from './policy-evaluation.js';
import { requestContext } from './policy-conditions.js';
import { iamResources } from './resources.js';

/** The part of the world that IAM needs. */
export type IamWorld = Pick<World, 'account' | 'partition' | 'clock' | 'random' | 'changed'>;

export interface LongLivedKeys {
  accessKeyId: string;
  secretAccessKey: string;
}

/**
 * Identity and Access Management, as far as a deployed pipeline feels it: users, roles, their policies and their keys,
 * and the decision over every call. It promises what the IAM User Guide says of policy evaluation inside one account;
 * it has no organisation policies, session policies or groups, and changes take effect at once (AWS needs seconds).
 */
export interface Iam extends Service {
  /** Makes a user with long-lived keys, or gives an existing one further keys. */
  createUser(name: string, policies: Record<string, PolicyDocument>): LongLivedKeys;
  /** Keys of the user `operator-admin`, who may do everything; made with the world. */
  operatorKeys(): LongLivedKeys;
  /** Temporary credentials for a role. Errors: NoSuchEntity. */
  credentialsFor(roleArn: string, origin: string, options?: SessionOptions): IssuedCredentials;
  /** Temporary credentials of a user for itself. */
  sessionOf(principal: Principal, options: SessionOptions): IssuedCredentials;
  keyring: Keyring;
  /** Errors: the service's own AccessDenied, naming principal, action and resource, for the first one not allowed. */
  authorize(service: string, principal: Principal, region: string, permissions: readonly RequiredPermission[]): void;
  /** Whether a role may do something, asked by a service that checks a role before it takes it, or acts in its name. */
  permits(roleArn: string, region: string, action: string, resource: string): boolean;
  /** The role's trust policy; undefined when there is no such role. */
  trustPolicy(roleArn: string): PolicyDocument | undefined;
  /** Whether an AWS service such as `lambda.amazonaws.com` may take the role. False when there is no such role. */
  canBeAssumedBy(roleArn: string, servicePrincipal: string): boolean;
  /** Errors: AccessDenied when the trust policy does not name the principal. */
  requireTrust(roleArn: string, principal: Principal): void;
  /** How AWS words the principal: an assumed-role session for a role, else the ARN as it is. */
  callerArn(principal: Principal): string;
  identity(arn: string): Identity | undefined;
}

export interface SessionOptions {
  durationSeconds?: number;
  sessionName?: string;
  /** Asked for at STS's global endpoint. */
  ofGlobalEndpoint?: boolean;
}

export interface IamOptions {
  /** Told of every decision, with what allowed it. It costs time, so nobody is told unless asked for. */
  onAccess?: (access: Access) => void;
}

interface IamSnapshot {
  identities: IdentityState;
  keys: StoredKey[];
}

/** What Lambda gives its functions; long enough that a warm function does not outlive it in a drill. */
const defaultSessionSeconds = 12 * 3600;
const operatorName = 'operator-admin';
const everything: PolicyDocument = { Version: '2012-10-17', Statement: { Effect: 'Allow', Action: '*', Resource: '*' } };

/** What AWS services deliver to, if its own policy lets them. Everything else they do inside of AWS, or as a role. */
const deliveries = new Set(['lambda:InvokeFunction', 'sqs:SendMessage', 'sns:Publish']);

export function createIam(world: IamWorld, { onAccess }: IamOptions = {}): Iam {
  const keys = createAccessKeys(world.random, () => world.clock.now());
  let state = noIdentities();
  createUser(operatorName, { AdministratorAccess: everything });

  function createUser(name: string, policies: Record<string, PolicyDocument>): LongLivedKeys {
    const arn = `arn:${world.partition}:iam::${world.account}:user/${name}`;
    const user = state.users[name] ?? { name, arn, path: '/', id: `AIDA${world.random.hex(16).toUpperCase()}`, createdAt: world.clock.now(), inline: {}, attached: [] };
    for (const [policyName, document] of Object.entries(policies)) user.inline[policyName] = checkedDocument(document);
    state.users[name] = user;
    world.changed();
    const { accessKeyId, secretAccessKey } = keys.addLongLived(arn);
    return { accessKeyId, secretAccessKey };
  }

  function operatorKeys(): LongLivedKeys {
    const arn = state.users[operatorName]?.arn;
    const key = keys.snapshot().find((candidate) => candidate.principalArn === arn && candidate.expiresAt === undefined);
    if (!key) throw new Error(`${operatorName} has no key`);
    return { accessKeyId: key.accessKeyId, secretAccessKey: key.secretAccessKey };
  }

  function issue(principalArn: string, origin: string, options: SessionOptions): IssuedCredentials {
    const expiresAt = world.clock.now() + (options.durationSeconds ?? defaultSessionSeconds) * 1000;
    const key = keys.addTemporary({ principalArn, origin, expiresAt, sessionName: options.sessionName ?? 'sandbox', ...(options.ofGlobalEndpoint ? { ofGlobalEndpoint: true } : {}) });
    world.changed();
    return { accessKeyId: key.accessKeyId, secretAccessKey: key.secretAccessKey, sessionToken: key.sessionToken, expiresAt };
  }

  function callerArn(principal: Principal): string {
    const role = roleByArn(state, principal.arn);
    if (!role) return principal.arn;
    const session = keys.find(principal.accessKeyId ?? '')?.sessionName ?? 'sandbox';
    return `arn:${world.partition}:sts::${world.account}:assumed-role/${role.name}/${session}`;
  }

  function accessRequest(principal: Principal, action: string, resource: string, region: string, extra: RequiredPermission['context'] = {}): AccessRequest {
    const identity = identityByArn(state, principal.arn);
    const context = requestContext({
      'aws:PrincipalArn': principal.arn,
      'aws:PrincipalAccount': world.account,
      'aws:ResourceAccount': world.account,
      'aws:PrincipalType': principal.arn.includes(':user/') ? 'User' : 'AssumedRole',
      'aws:username': principal.arn.includes(':user/') ? nameIn(principal.arn) : undefined,
      'aws:userid': identity?.id,
      'aws:RequestedRegion': region,
      'aws:CurrentTime': new Date(world.clock.now()).toISOString(),
      'aws:EpochTime': String(Math.floor(world.clock.now() / 1000)),
      // Loopback carries no TLS, but it stands for a connection that has it.
      'aws:SecureTransport': 'true',
      ...extra,
    });
    return { action, resource, principalArn: principal.arn, account: world.account, context };
  }

  function authorize(service: string, principal: Principal, region: string, permissions: readonly RequiredPermission[]): void {
    if (principal.arn.startsWith('service:')) { authorizeService(service, principal, region, permissions); return; }
    const identity = identityByArn(state, principal.arn);
    for (const { action, resource, context, resourcePolicy } of permissions) {
      const boundary = identity?.boundary === undefined ? undefined : managedDocument(state, identity.boundary);
      const policies = { identity: identity ? documentsOf(state, identity) : [], boundary, resource: resourcePolicy };
      const request = accessRequest(principal, action, resource, region, context);
      const decision = decide(policies, request);
      tell(request, decision.allowed, () => [
        ...(identity ? grantsFor(namedDocumentsOf(state, identity), request, 'identity') : []),
        ...(resourcePolicy ? grantsFor([{ holder: resource, policy: 'resource', document: resourcePolicy }], request, 'resource') : []),
      ]);
      if (decision.allowed) continue;
      const why = decision.explicit ? `with an explicit deny in ${article(decision.kind)}` : `because no ${decision.kind} allows the ${action} action`;
      throw refusal('denied', errorStyleOf(service), `User: ${callerArn(principal)} is not authorized to perform: ${action} on resource: ${resource} ${why}`);
    }
  }

  /**
   * An AWS service needs to be admitted by the policy of what it delivers to. CloudFormation acts for whoever deploys, and
   * a topic without a policy of its own admits the services of its account.
   */
  function authorizeService(service: string, principal: Principal, region: string, permissions: readonly RequiredPermission[]): void {
    const name = principal.arn.slice('service:'.length);
    if (name === 'cloudformation.amazonaws.com') return;
    for (const { action, resource, context, resourcePolicy } of permissions) {
      if (!deliveries.has(action) || (resourcePolicy === undefined && action === 'sns:Publish')) continue;
      const request = accessRequest(principal, action, resource, region, { 'aws:SourceAccount': world.account, ...context });
      const allowed = resourcePolicy !== undefined && decideForService(resourcePolicy, request);
      tell(request, allowed, () => grantsFor([{ holder: resource, policy: 'resource', document: resourcePolicy as PolicyDocument }], request, 'service'));
      if (!allowed) throw refusal('denied', errorStyleOf(service), `${name} is not authorized to perform: ${action} on resource: ${resource} because no resource-based policy allows the ${action} action`);
    }
  }

  function tell({ principalArn, action, resource }: AccessRequest, allowed: boolean, grants: () => Grant[]): void {
    onAccess?.({ principal: principalArn, action, resource, allowed, grants: allowed ? grants() : [] });
  }

  function permits(roleArn: string, region: string, action: string, resource: string): boolean {
    const identity = identityByArn(state, roleArn);
    const request = accessRequest({ arn: roleArn, origin: region }, action, resource, region);
    const { allowed } = decide({ identity: identity ? documentsOf(state, identity) : [] }, request);
    tell(request, allowed, () => (identity ? grantsFor(namedDocumentsOf(state, identity), request, 'identity') : []));
    return allowed;
  }

  function canBeAssumedBy(roleArn: string, service: string): boolean {
    const role = roleByArn(state, roleArn);
    const allowed = role !== undefined && trustsService(role.trust, service);
    tell(accessRequest({ arn: `service:${service}`, origin: '*' }, 'sts:AssumeRole', roleArn, '*'), allowed, () => [{ holder: nameIn(roleArn), policy: 'trust', statement: 0, action: 'sts:AssumeRole', resource: '' }]);
    return allowed;
  }

  function requireTrust(roleArn: string, principal: Principal): void {
    const role = roleByArn(state, roleArn);
    const request = accessRequest(principal, 'sts:AssumeRole', roleArn, '*');
    const trusted = role !== undefined && trusts(role.trust, request);
    tell(request, trusted, () => [{ holder: nameIn(roleArn), policy: 'trust', statement: 0, action: 'sts:AssumeRole', resource: '' }]);
    if (trusted) return;
    throw refusal('denied', 'query', `User: ${callerArn(principal)} is not authorized to perform: sts:AssumeRole on resource: ${roleArn}`);
  }

  return {
    name: 'iam',
    operations: readOperations(() => state),
    permissions: (operation, input) => [{ action: `iam:${operation}`, resource: resourceOf(input) }],
    resources: iamResources(world, () => state, (arn) => keys.removeOf(arn)),
    createUser,
    operatorKeys,
    credentialsFor: (roleArn, origin, options = {}) => issue(requireRole(state, roleArn).arn, origin, options),
    sessionOf: (principal, options) => issue(principal.arn, principal.origin, options),
    keyring: (accessKeyId): AccessKey | undefined => keys.find(accessKeyId),
    authorize,
    permits,
    trustPolicy: (roleArn) => roleByArn(state, roleArn)?.trust,
    canBeAssumedBy,
    requireTrust,
    callerArn,
    identity: (arn) => identityByArn(state, arn),
    snapshot: (): IamSnapshot => structuredClone({ identities: state, keys: keys.snapshot() }),
    restore: (snapshot: IamSnapshot) => {
      state = structuredClone(snapshot.identities);
      keys.restore(structuredClone(snapshot.keys));
    },
    inspect: () => ({ users: Object.keys(state.users), roles: Object.keys(state.roles) }),
  };

  function resourceOf(input: unknown): string {
    const { RoleName, UserName } = (input ?? {}) as { RoleName?: string; UserName?: string };
    if (RoleName !== undefined) return state.roles[RoleName]?.arn ?? `arn:${world.partition}:iam::${world.account}:role/${RoleName}`;
    if (UserName !== undefined) return state.users[UserName]?.arn ?? `arn:${world.partition}:iam::${world.account}:user/${UserName}`;
    return '*';
  }
}

function article(kind: string): string {
  return /^[aeiou]/.test(kind) ? `an ${kind}` : `a ${kind}`;
}

function readOperations(state: () => IdentityState): Service['operations'] {
  return {
    GetRole: async ({ RoleName }: { RoleName: string }) => ({ Role: describeRole(requireRole(state(), RoleName)) }),
    ListRoles: async () => ({ Roles: Object.values(state().roles).map(describeRole), IsTruncated: false }),
    GetUser: async ({ UserName }: { UserName: string }) => {
      const user = state().users[UserName];
      if (!user) throw new AwsError('NoSuchEntity', `The user with name ${UserName} cannot be found.`, { status: 404 });
      return { User: describe(user, 'User') };
    },
    ListUsers: async () => ({ Users: Object.values(state().users).map((user) => describe(user, 'User')), IsTruncated: false }),
    ListRolePolicies: async ({ RoleName }: { RoleName: string }) => ({ PolicyNames: Object.keys(requireRole(state(), RoleName).inline), IsTruncated: false }),
    GetRolePolicy: async ({ RoleName, PolicyName }: { RoleName: string; PolicyName: string }) => {
      const document = requireRole(state(), RoleName).inline[PolicyName];
      if (!document) throw new AwsError('NoSuchEntity', `The role policy with name ${PolicyName} cannot be found.`, { status: 404 });
      return { RoleName, PolicyName, PolicyDocument: encodeURIComponent(JSON.stringify(document)) };
    },
    ListAttachedRolePolicies: async ({ RoleName }: { RoleName: string }) => ({ AttachedPolicies: requireRole(state(), RoleName).attached.map((arn) => ({ PolicyArn: arn, PolicyName: nameIn(arn) })), IsTruncated: false }),
  };
}

function describe(identity: Identity, kind: 'User' | 'Role'): Record<string, unknown> {
  return { [`${kind}Name`]: identity.name, [`${kind}Id`]: identity.id, Arn: identity.arn, Path: identity.path, CreateDate: new Date(identity.createdAt) };
}

function describeRole(role: Role): Record<string, unknown> {
  return { ...describe(role, 'Role'), Description: role.description, MaxSessionDuration: role.maxSessionSeconds, AssumeRolePolicyDocument: encodeURIComponent(JSON.stringify(role.trust)) };
}
