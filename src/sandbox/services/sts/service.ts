import { AwsError, type CallContext, type Service } from '../../service.js';
import type { IssuedCredentials, World } from '../../world.js';
import type { Iam } from '../../iam/service.js';

/**
 * The Security Token Service: who am I, and temporary credentials. It promises AWS's checks of duration, of the role's
 * trust policy and of the caller's right to assume it; tokens are opaque, but for those of the global endpoint, which are marked. Source: AWS STS API Reference.
 */
export function createSts(world: World): Service {
  const iam = (): Iam => world.service('iam') as Iam;

  async function getCallerIdentity(_input: unknown, call: CallContext): Promise<unknown> {
    const identity = iam().identity(call.principal.arn);
    const arn = iam().callerArn(call.principal);
    const session = arn.includes(':assumed-role/') ? `:${arn.slice(arn.lastIndexOf('/') + 1)}` : '';
    return { UserId: `${identity?.id ?? world.account}${session}`, Account: world.account, Arn: arn };
  }

  async function assumeRole(input: AssumeRoleInput, call: CallContext): Promise<unknown> {
    const { RoleArn, RoleSessionName, DurationSeconds = 3600 } = input;
    if (!RoleArn || !RoleSessionName) throw new AwsError('ValidationError', 'RoleArn and RoleSessionName are required.');
    if (!/^[\w+=,.@-]{2,64}$/.test(RoleSessionName)) throw new AwsError('ValidationError', `Value '${RoleSessionName}' at 'roleSessionName' failed to satisfy constraint: [\\w+=,.@-]* of 2 to 64 characters`);
    iam().requireTrust(RoleArn, call.principal);
    checkDuration(DurationSeconds, 900, 43_200);
    const credentials = iam().credentialsFor(RoleArn, call.principal.origin, { durationSeconds: DurationSeconds, sessionName: RoleSessionName, ofGlobalEndpoint: isGlobalEndpoint(call) });
    const role = iam().identity(RoleArn);
    const principal = { arn: RoleArn, origin: call.principal.origin, accessKeyId: credentials.accessKeyId };
    return { Credentials: spell(credentials), AssumedRoleUser: { AssumedRoleId: `${role?.id}:${RoleSessionName}`, Arn: iam().callerArn(principal) } };
  }

  async function getSessionToken({ DurationSeconds = 43_200 }: { DurationSeconds?: number }, call: CallContext): Promise<unknown> {
    if (!call.principal.arn.includes(':user/')) throw new AwsError('AccessDenied', 'Cannot call GetSessionToken with session credentials', { status: 403 });
    checkDuration(DurationSeconds, 900, 129_600);
    return { Credentials: spell(iam().sessionOf(call.principal, { durationSeconds: DurationSeconds, ofGlobalEndpoint: isGlobalEndpoint(call) })) };
  }

  return {
    name: 'sts',
    operations: { GetCallerIdentity: getCallerIdentity, AssumeRole: assumeRole, GetSessionToken: getSessionToken },
    permissions(operation, input) {
      // The other two need no permission: nobody can be kept from asking who they are.
      if (operation !== 'AssumeRole') return [];
      const { RoleArn = '*' } = input as AssumeRoleInput;
      return [{ action: 'sts:AssumeRole', resource: RoleArn, resourcePolicy: iam().trustPolicy(RoleArn) }];
    },
  };
}

interface AssumeRoleInput {
  RoleArn?: string;
  RoleSessionName?: string;
  DurationSeconds?: number;
}

function isGlobalEndpoint({ host }: CallContext): boolean {
  return /^sts\.amazonaws\.com(?::443)?$/.test(host ?? '');
}

function checkDuration(seconds: number, least: number, most: number): void {
  if (!(seconds >= least && seconds <= most)) throw new AwsError('ValidationError', `Value '${seconds}' at 'durationSeconds' failed to satisfy constraint: between ${least} and ${most}`);
}

function spell(credentials: IssuedCredentials): Record<string, unknown> {
  return { AccessKeyId: credentials.accessKeyId, SecretAccessKey: credentials.secretAccessKey, SessionToken: credentials.sessionToken, Expiration: new Date(credentials.expiresAt) };
}
