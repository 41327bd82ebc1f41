import { Readable } from 'node:stream';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { RunningWorld } from '../../../../src/sandbox/assemble-world.js';
import { createMemoryBlobs } from '../../../../src/sandbox/blobs-memory.js';
import { createWorld } from '../../../../src/sandbox/create-world.js';
import { createInProcessRuntime } from '../../../../src/sandbox/services/lambda/in-process-runtime.js';
import { seededRandom } from '../../../../src/sandbox/random.js';
import type { CreatedResource, ResourceContext } from '../../../../src/sandbox/service.js';
import { createVirtualClock } from '../../../../src/sandbox/virtual-clock.js';

const region = 'us-east-1';
const account = '111122223333';
let world: RunningWorld;
let key: CreatedResource;

const make = async (type: string, properties: object): Promise<CreatedResource> => {
  const handler = [...world.services.values()].map((service) => service.resources?.[type]).find((each) => each !== undefined)!;
  const context: ResourceContext = { region, account, stackName: 'test', logicalId: type.replaceAll(':', ''), assetPath: () => '', unmodelled: () => undefined };
  return handler.create(context, properties as never);
};
/** A role that may do everything with S3 and DynamoDB, and on keys what `statement` says. */
const roleWith = async (name: string, statement?: object): Promise<string> => {
  const inline = [{ Effect: 'Allow', Action: ['s3:*', 'dynamodb:*'], Resource: '*' }, ...(statement ? [statement] : [])];
  const role = await make('AWS::IAM::Role', { RoleName: name, AssumeRolePolicyDocument: { Statement: [{ Effect: 'Allow', Action: 'sts:AssumeRole', Principal: { Service: 'lambda.amazonaws.com' } }] }, Policies: [{ PolicyName: 'own', PolicyDocument: { Statement: inline } }] });
  return String(role.attributes['Arn']);
};
const outcome = (arn: string, service: string, operation: string, input: object): Promise<string> => world.call(service, operation, input, { region, principal: { arn, origin: region } }).then(() => 'done', (error: Error) => `${error.name}: ${error.message}`);
const put = (arn: string) => outcome(arn, 's3', 'PutObject', { Bucket: 'data', Key: 'a', Body: Readable.from([Buffer.from('x')]), ContentLength: 1 });
const get = (arn: string) => outcome(arn, 's3', 'GetObject', { Bucket: 'data', Key: 'a' });

beforeEach(async () => {
  const clock = createVirtualClock({ startAt: Date.parse('2026-11-21T00:00:00Z') });
  world = createWorld({ clock, random: seededRandom(1), account, regions: [region], blobs: createMemoryBlobs(), latency: 'off', quotas: 'off', runtime: createInProcessRuntime({ handlers: {}, world: () => ({ clock }) }) });
  key = await make('AWS::KMS::Key', { KeyPolicy: { Statement: [{ Effect: 'Deny', Principal: '*', Action: 'kms:Decrypt', Resource: '*', Condition: { ArnLike: { 'aws:PrincipalArn': '*shut-out' } } }] } });
  await make('AWS::KMS::Alias', { AliasName: 'alias/app', TargetKeyId: key.attributes['Arn'] });
  await make('AWS::S3::Bucket', { BucketName: 'data', BucketEncryption: { ServerSideEncryptionConfiguration: [{ ServerSideEncryptionByDefault: { SSEAlgorithm: 'aws:kms', KMSMasterKeyID: key.attributes['Arn'] } }] } });
  await make('AWS::DynamoDB::GlobalTable', {
    TableName: 'ledger', BillingMode: 'PAY_PER_REQUEST', KeySchema: [{ AttributeName: 'pk', KeyType: 'HASH' }], AttributeDefinitions: [{ AttributeName: 'pk', AttributeType: 'S' }],
    SSESpecification: { SSEEnabled: true, SSEType: 'KMS' }, Replicas: [{ Region: region, SSESpecification: { KMSMasterKeyId: 'alias/app' } }],
  });
});
afterEach(() => world.stop());

describe('what a key of the account\'s own encrypts', () => {
  it('is for nobody who may not use the key', async () => {
    const nobody = await roleWith('nobody');
    expect(await put(nobody)).toMatch(/AccessDenied.*kms:GenerateDataKey/);
    expect(await outcome(nobody, 'dynamodb', 'GetItem', { TableName: 'ledger', Key: { pk: { S: 'a' } } })).toMatch(/AccessDenied.*kms:Decrypt/);
    // What is not encrypted with it is as it was.
    expect(await outcome(nobody, 's3', 'ListObjectsV2', { Bucket: 'data' })).toBe('done');
    expect(await outcome(nobody, 'dynamodb', 'DescribeTable', { TableName: 'ledger' })).toBe('done');
  });

  it('is for who may, through the service that asks', async () => {
    const through = (service: string) => ({ Effect: 'Allow', Action: ['kms:Decrypt', 'kms:GenerateDataKey'], Resource: key.attributes['Arn'], Condition: { StringEquals: { 'kms:ViaService': `${service}.${region}.amazonaws.com` } } });
    const s3 = await roleWith('s3', through('s3'));
    expect([await put(s3), await get(s3)]).toEqual(['done', 'done']);
    expect(await outcome(s3, 'dynamodb', 'GetItem', { TableName: 'ledger', Key: { pk: { S: 'a' } } })).toMatch(/AccessDenied/);
    const dynamodb = await roleWith('dynamodb', through('dynamodb'));
    expect(await outcome(dynamodb, 'dynamodb', 'GetItem', { TableName: 'ledger', Key: { pk: { S: 'a' } } })).toBe('done');
    expect(await get(dynamodb)).toMatch(/AccessDenied/);
  });

  it('may be told by alias and bucket, as replication is', async () => {
    const told = (alias: string) => ({
      Effect: 'Allow', Action: ['kms:Decrypt', 'kms:GenerateDataKey'], Resource: `arn:aws:kms:${region}:${account}:key/*`,
      Condition: { 'ForAnyValue:StringEquals': { 'kms:ResourceAliases': alias }, StringLike: { 'kms:EncryptionContext:aws:s3:arn': ['arn:aws:s3:::data', 'arn:aws:s3:::data/*'] } },
    });
    expect(await put(await roleWith('named', told('alias/app')))).toBe('done');
    expect(await put(await roleWith('misnamed', told('alias/other')))).toMatch(/AccessDenied/);
  });

  it('is denied by the key\'s policy whatever the role says', async () => {
    const allowed = { Effect: 'Allow', Action: 'kms:*', Resource: '*' };
    expect(await put(await roleWith('let-in', allowed))).toBe('done');
    expect(await get(await roleWith('shut-out', allowed))).toMatch(/AccessDenied/);
  });
});
