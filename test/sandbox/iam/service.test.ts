import { GetItemCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { GetObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { AssumeRoleCommand, GetCallerIdentityCommand, GetSessionTokenCommand, STSClient } from '@aws-sdk/client-sts';
import { beforeEach, describe, expect, it } from 'vitest';
import type { RunningWorld } from '../../../src/sandbox/assemble-world.js';
import type { CreatedResource, ResourceContext } from '../../../src/sandbox/service.js';
import { servicePrincipal } from '../../../src/sandbox/world.js';
import { clientOf, fakeService, testWorld } from '../wire/fixture.js';

const table = 'arn:aws:dynamodb:us-east-1:111122223333:table/jobs';
const lambdaTrust = { Statement: { Effect: 'Allow', Principal: { Service: 'lambda.amazonaws.com' }, Action: 'sts:AssumeRole' } };
const reading = { Statement: [{ Effect: 'Allow', Action: 'dynamodb:GetItem', Resource: table }] };

function context(logicalId: string, stackName = 'app-regional'): ResourceContext {
  return { region: 'us-east-1', account: '111122223333', stackName, logicalId, assetPath: (key) => key, unmodelled: (property) => { throw new Error(`unmodelled ${property}`); } };
}

let world: RunningWorld;

function make(type: string, properties: object, logicalId = 'Thing'): Promise<CreatedResource> {
  const handler = world.iam.resources?.[type];
  if (!handler) throw new Error(`${type} cannot be made`);
  return handler.create(context(logicalId), properties as never);
}

function update(type: string, properties: object, previous: CreatedResource): Promise<CreatedResource> {
  return world.iam.resources?.[type]?.update?.(context('Thing'), properties as never, previous) as Promise<CreatedResource>;
}

const getItem = (roleArn: string): Promise<unknown> => world.call('dynamodb', 'GetItem', { TableName: 'jobs' }, { region: 'us-east-1', principal: { arn: roleArn, origin: 'us-east-1' } });

beforeEach(() => {
  world = testWorld([
    fakeService('dynamodb', { GetItem: async () => ({}) }, (operation) => [{ action: `dynamodb:${operation}`, resource: table }]),
    fakeService('s3', { GetObject: async () => ({ Body: Buffer.from('x') }) }, () => [{ action: 's3:GetObject', resource: 'arn:aws:s3:::b/k' }]),
  ]);
});

describe('identities out of templates', () => {
  it('a role with its own policy may do that and nothing else', async () => {
    const role = await make('AWS::IAM::Role', { AssumeRolePolicyDocument: lambdaTrust, Policies: [{ PolicyName: 'read', PolicyDocument: reading }] });
    const arn = String(role.attributes['Arn']);
    expect(role.ref).toMatch(/^app-regional-Thing-/);
    expect(arn).toBe(`arn:aws:iam::111122223333:role/${role.ref}`);
    expect(await getItem(arn)).toEqual({});
    await expect(world.call('s3', 'GetObject', {}, { region: 'us-east-1', principal: { arn, origin: 'us-east-1' } })).rejects.toMatchObject({ code: 'AccessDenied', status: 403 });
  });

  it('a policy attaches itself to roles, changes, and leaves with its change', async () => {
    const role = await make('AWS::IAM::Role', { RoleName: 'worker', AssumeRolePolicyDocument: lambdaTrust });
    const arn = String(role.attributes['Arn']);
    await expect(getItem(arn)).rejects.toMatchObject({ code: 'AccessDeniedException' });
    const attached = await make('AWS::IAM::Policy', { PolicyName: 'read', PolicyDocument: reading, Roles: ['worker'] });
    expect(await getItem(arn)).toEqual({});
    // A change of the role itself must not lose what another resource attached.
    await update('AWS::IAM::Role', { RoleName: 'worker', AssumeRolePolicyDocument: lambdaTrust, Description: 'changed' }, role);
    expect(await getItem(arn)).toEqual({});
    await update('AWS::IAM::Policy', { PolicyName: 'read', PolicyDocument: { Statement: { Effect: 'Allow', Action: 's3:*', Resource: '*' } }, Roles: ['worker'] }, attached);
    await expect(getItem(arn)).rejects.toMatchObject({ code: 'AccessDeniedException' });
  });

  it('a policy leaves other roles alone, whose own policy has the same name: CDK names them alike in every Region', async () => {
    const [east, west] = [await make('AWS::IAM::Role', { RoleName: 'east', AssumeRolePolicyDocument: lambdaTrust }), await make('AWS::IAM::Role', { RoleName: 'west', AssumeRolePolicyDocument: lambdaTrust })];
    const arnOf = (role: CreatedResource): string => String(role.attributes['Arn']);
    const inEast = await make('AWS::IAM::Policy', { PolicyName: 'read', PolicyDocument: reading, Roles: ['east'] });
    const inWest = await make('AWS::IAM::Policy', { PolicyName: 'read', PolicyDocument: reading, Roles: ['west'] });
    await update('AWS::IAM::Policy', { PolicyName: 'read', PolicyDocument: reading, Roles: ['west'] }, inWest);
    expect(await getItem(arnOf(east))).toEqual({});
    await world.iam.resources?.['AWS::IAM::Policy']?.remove?.(context('Thing'), inEast);
    await expect(getItem(arnOf(east))).rejects.toMatchObject({ code: 'AccessDeniedException' });
    expect(await getItem(arnOf(west))).toEqual({});
  });

  it('managed policies, the account\'s and AWS\'s own', async () => {
    await make('AWS::IAM::Role', { RoleName: 'worker', AssumeRolePolicyDocument: lambdaTrust, ManagedPolicyArns: ['arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole'] });
    await make('AWS::IAM::ManagedPolicy', { ManagedPolicyName: 'reading', PolicyDocument: reading, Roles: ['worker'] });
    expect(await getItem('arn:aws:iam::111122223333:role/worker')).toEqual({});
    await expect(make('AWS::IAM::Role', { RoleName: 'other', AssumeRolePolicyDocument: lambdaTrust, ManagedPolicyArns: ['arn:aws:iam::aws:policy/Invented'] })).rejects.toMatchObject({ code: 'NoSuchEntity' });
  });

  it('refuses a name that exists, a role that does not, and conditions that it would misread', async () => {
    await make('AWS::IAM::Role', { RoleName: 'worker', AssumeRolePolicyDocument: lambdaTrust });
    await expect(make('AWS::IAM::Role', { RoleName: 'worker', AssumeRolePolicyDocument: lambdaTrust })).rejects.toMatchObject({ code: 'EntityAlreadyExists' });
    await expect(make('AWS::IAM::Policy', { PolicyName: 'p', PolicyDocument: reading, Roles: ['nobody'] })).rejects.toMatchObject({ code: 'NoSuchEntity' });
    const byAddress = { Statement: [{ Effect: 'Allow', Action: '*', Resource: '*', Condition: { IpAddress: { 'aws:SourceIp': '10.0.0.0/8' } } }] };
    await expect(make('AWS::IAM::Policy', { PolicyName: 'p', PolicyDocument: byAddress, Roles: ['worker'] })).rejects.toMatchObject({ code: 'MalformedPolicyDocument' });
  });

  it('tells which services may take a role', async () => {
    const role = await make('AWS::IAM::Role', { AssumeRolePolicyDocument: lambdaTrust });
    expect(world.iam.canBeAssumedBy(String(role.attributes['Arn']), 'lambda.amazonaws.com')).toBe(true);
    expect(world.iam.canBeAssumedBy(String(role.attributes['Arn']), 'states.amazonaws.com')).toBe(false);
    expect(world.iam.canBeAssumedBy('arn:aws:iam::111122223333:role/none', 'lambda.amazonaws.com')).toBe(false);
  });
});

describe('refusals over the wire', () => {
  it('have the status 403 in REST services', async () => {
    const lambda = testWorld([fakeService('lambda', { Invoke: async () => ({}) }, () => [{ action: 'lambda:InvokeFunction', resource: 'arn:aws:lambda:us-east-1:111122223333:function:f' }])]);
    const client = new LambdaClient(clientOf(lambda, { credentials: lambda.iam.createUser('nobody', {}) }));
    await expect(client.send(new InvokeCommand({ FunctionName: 'f' }))).rejects.toMatchObject({ name: 'AccessDeniedException', $metadata: { httpStatusCode: 403 } });
  });

  it('name the principal, the action and the resource, in each protocol\'s code', async () => {
    const role = await make('AWS::IAM::Role', { RoleName: 'worker', AssumeRolePolicyDocument: lambdaTrust });
    const credentials = world.credentialsFor(String(role.attributes['Arn']), 'us-east-1');
    const get = new GetItemCommand({ TableName: 'jobs', Key: {} });
    const message = `User: arn:aws:sts::111122223333:assumed-role/worker/sandbox is not authorized to perform: dynamodb:GetItem on resource: ${table} because no identity-based policy allows the dynamodb:GetItem action`;
    await expect(new DynamoDBClient(clientOf(world, { credentials })).send(get)).rejects.toMatchObject({ name: 'AccessDeniedException', message });
    await expect(new S3Client(clientOf(world, { credentials })).send(new GetObjectCommand({ Bucket: 'b', Key: 'k' }))).rejects.toMatchObject({ name: 'AccessDenied', $metadata: { httpStatusCode: 403 } });
  });

  it('do not meet AWS services that act for themselves', async () => {
    expect(await world.call('dynamodb', 'GetItem', {}, { region: 'us-east-1', principal: servicePrincipal('events', 'us-east-1') })).toEqual({});
  });
});

describe('STS', () => {
  const assume = (settings: Parameters<typeof clientOf>[1] = {}): Promise<{ Credentials?: { AccessKeyId?: string; SecretAccessKey?: string; SessionToken?: string; Expiration?: Date } }> =>
    new STSClient(clientOf(world, settings)).send(new AssumeRoleCommand({ RoleArn: 'arn:aws:iam::111122223333:role/operator', RoleSessionName: 'ada', DurationSeconds: 900 }));

  it('gives credentials of a role that trusts the caller, under the session\'s name', async () => {
    await make('AWS::IAM::Role', { RoleName: 'operator', AssumeRolePolicyDocument: { Statement: { Effect: 'Allow', Principal: { AWS: 'arn:aws:iam::111122223333:root' }, Action: 'sts:AssumeRole' } } });
    const { Credentials } = await assume();
    expect(Credentials?.AccessKeyId).toMatch(/^ASIASANDBOX/);
    expect(Credentials?.Expiration?.getTime()).toBeGreaterThan(Date.now() + 890_000);
    const credentials = { accessKeyId: String(Credentials?.AccessKeyId), secretAccessKey: String(Credentials?.SecretAccessKey), sessionToken: String(Credentials?.SessionToken) };
    const me = await new STSClient(clientOf(world, { credentials })).send(new GetCallerIdentityCommand({}));
    expect(me.Arn).toBe('arn:aws:sts::111122223333:assumed-role/operator/ada');
  });

  it('needs a right of the caller\'s own when the role trusts only the account', async () => {
    await make('AWS::IAM::Role', { RoleName: 'operator', AssumeRolePolicyDocument: { Statement: { Effect: 'Allow', Principal: { AWS: 'arn:aws:iam::111122223333:root' }, Action: 'sts:AssumeRole' } } });
    const nobody = world.iam.createUser('nobody', {});
    await expect(assume({ credentials: nobody })).rejects.toMatchObject({ name: 'AccessDenied' });
    const trusted = world.iam.createUser('trusted', { assume: { Statement: { Effect: 'Allow', Action: 'sts:AssumeRole', Resource: '*' } } });
    expect((await assume({ credentials: trusted })).Credentials).toBeDefined();
  });

  it('refuses a role that trusts only a service, and durations out of bounds', async () => {
    await make('AWS::IAM::Role', { RoleName: 'operator', AssumeRolePolicyDocument: lambdaTrust });
    await expect(assume()).rejects.toMatchObject({ name: 'AccessDenied' });
    await expect(new STSClient(clientOf(world)).send(new GetSessionTokenCommand({ DurationSeconds: 60 }))).rejects.toMatchObject({ name: 'ValidationError' });
  });
});

describe('state', () => {
  it('survives a restart: users, roles and the keys in use', async () => {
    await make('AWS::IAM::Role', { RoleName: 'worker', AssumeRolePolicyDocument: lambdaTrust, Policies: [{ PolicyName: 'read', PolicyDocument: reading }] });
    const keys = world.iam.operatorKeys();
    const temporary = world.credentialsFor('arn:aws:iam::111122223333:role/worker', 'us-east-1');
    const saved: unknown = JSON.parse(JSON.stringify(world.snapshot()));
    const again = testWorld();
    await again.restore(saved as never);
    expect(again.iam.operatorKeys()).toEqual(keys);
    expect(again.iam.keyring(temporary.accessKeyId)?.sessionToken).toBe(temporary.sessionToken);
    expect(again.iam.canBeAssumedBy('arn:aws:iam::111122223333:role/worker', 'lambda.amazonaws.com')).toBe(true);
  });
});
