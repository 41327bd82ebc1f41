import { CfnOutput, Duration, Fn, RemovalPolicy } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as kms from 'aws-cdk-lib/aws-kms';
import { Construct } from 'constructs';
import { namesOf } from './names.js';
import type { Settings } from './settings.js';

/** Services that use the key on behalf of whoever calls them. */
const services = ['s3', 'dynamodb', 'sns', 'sqs'] as const;
type KeyedService = (typeof services)[number];

const keyOutput = 'KeyArn';

/**
 * The key of one Region (`-c encryption=kms`). Each Region has one of its own, and none is a multi-Region key: S3 treats those
 * as single-Region keys anyway, DynamoDB wants a key in each replica's Region, and so neither Region's data ever waits for the
 * other's KMS.
 *
 * Its policy lets nobody use it directly: only S3, DynamoDB, SNS and SQS may, for callers whom IAM allows it; CloudWatch Logs, for
 * this deployment's log groups; and the two services that put something into an encrypted topic or queue. It stays with the data.
 */
export class RegionKey extends Construct {
  readonly key: kms.Key;

  constructor(scope: Construct, id: string, settings: Settings, region: string) {
    super(scope, id);
    const names = namesOf(settings);
    this.key = new kms.Key(this, 'Key', {
      description: `Data of ${settings.app} in ${region}`,
      alias: names.keyAlias,
      enableKeyRotation: true,
      pendingWindow: Duration.days(30),
      removalPolicy: settings.keepData ? RemovalPolicy.RETAIN : RemovalPolicy.DESTROY,
      policy: new iam.PolicyDocument({ statements: keyPolicy(settings, region) }),
    });
    new CfnOutput(this, keyOutput, { value: this.key.keyArn }).overrideLogicalId(keyOutput);
  }
}

/** Undefined where AWS owns the keys. The storage stack of the Region must have been deployed before. */
export function keyArnOf(settings: Settings, region: string): string | undefined {
  return settings.encryption === 'kms' ? Fn.getStackOutput(namesOf(settings).stacks.storage(region), keyOutput, region) : undefined;
}

/** The same, for constructs that want a key; names the imported key after `id` in `scope`. */
export function keyOf(scope: Construct, id: string, settings: Settings, region: string): kms.IKey | undefined {
  const arn = keyArnOf(settings, region);
  return arn === undefined ? undefined : kms.Key.fromKeyArn(scope, id, arn);
}

/** Source: KMS developer guide, "Key policies"; DynamoDB developer guide, "Usage notes" of encryption at rest; CloudWatch Logs user guide, "Encrypt log data". */
function keyPolicy(settings: Settings, region: string): iam.PolicyStatement[] {
  const names = namesOf(settings);
  const account = new iam.AccountPrincipal(settings.account);
  const allow = (sid: string, principals: iam.IPrincipal[], actions: string[], conditions?: Record<string, Record<string, unknown>>): iam.PolicyStatement =>
    new iam.PolicyStatement({ sid, principals, actions, resources: ['*'], ...(conditions ? { conditions } : {}) });
  const ofAccount = { StringEquals: { 'aws:SourceAccount': settings.account } };
  return [
    allow('Administer', [account], [
      'kms:CreateAlias', 'kms:DeleteAlias', 'kms:UpdateAlias', 'kms:DescribeKey', 'kms:EnableKey', 'kms:DisableKey', 'kms:GetKeyPolicy', 'kms:PutKeyPolicy',
      'kms:GetKeyRotationStatus', 'kms:EnableKeyRotation', 'kms:DisableKeyRotation', 'kms:RotateKeyOnDemand', 'kms:ListKeyPolicies', 'kms:ListKeyRotations',
      'kms:ListResourceTags', 'kms:TagResource', 'kms:UntagResource', 'kms:UpdateKeyDescription', 'kms:ListGrants', 'kms:RevokeGrant',
      'kms:ScheduleKeyDeletion', 'kms:CancelKeyDeletion',
    ]),
    allow('UseThroughServices', [account], [...dynamodbWriting, 'kms:DescribeKey'], { StringEquals: { 'kms:CallerAccount': settings.account, 'kms:ViaService': services.map((service) => viaService(service, region)) } }),
    allow('GrantToTables', [account], ['kms:CreateGrant'], { Bool: { 'kms:GrantIsForAWSResource': 'true' }, StringEquals: { 'kms:ViaService': viaService('dynamodb', region) } }),
    allow('LookOfTables', [new iam.ServicePrincipal('dynamodb.amazonaws.com')], ['kms:DescribeKey', 'kms:GetKeyPolicy', 'kms:GetKeyRotationStatus', 'kms:ListGrants', 'kms:ListKeyPolicies', 'kms:ListResourceTags'], ofAccount),
    allow('EncryptLogs', [new iam.ServicePrincipal(`logs.${region}.amazonaws.com`)], ['kms:Encrypt', 'kms:Decrypt', 'kms:ReEncryptFrom', 'kms:ReEncryptTo', 'kms:GenerateDataKey', 'kms:GenerateDataKeyWithoutPlaintext', 'kms:DescribeKey'], {
      ArnLike: { 'kms:EncryptionContext:aws:logs:arn': names.logGroups.map((group) => `arn:aws:logs:${region}:${settings.account}:log-group:${group}`) },
    }),
    // Alarms into the alert topic, and events that reached no function into the dead-letter queue.
    allow('TellAndKeep', [new iam.ServicePrincipal('cloudwatch.amazonaws.com'), new iam.ServicePrincipal('events.amazonaws.com')], ['kms:Decrypt', 'kms:GenerateDataKey'], ofAccount),
  ];
}

const viaService = (service: KeyedService, region: string): string => `${service}.${region}.amazonaws.com`;

const decrypting = ['kms:Decrypt'];
const writing = ['kms:Decrypt', 'kms:GenerateDataKey'];
const dynamodbReading = ['kms:Decrypt', 'kms:DescribeKey'];
const dynamodbWriting = ['kms:Encrypt', 'kms:Decrypt', 'kms:ReEncryptFrom', 'kms:ReEncryptTo', 'kms:GenerateDataKey', 'kms:GenerateDataKeyWithoutPlaintext'];

/** What a caller must be allowed on the key so that a service's action works on something that the key encrypts. */
const needs: { action: RegExp; service: KeyedService; onKey: string[] }[] = [
  { action: /^s3:GetObject(Version)?$/, service: 's3', onKey: decrypting },
  { action: /^s3:PutObject$/, service: 's3', onKey: writing },
  { action: /^dynamodb:(GetItem|BatchGetItem|Query|Scan)$/, service: 'dynamodb', onKey: dynamodbReading },
  { action: /^dynamodb:(PutItem|UpdateItem|DeleteItem)$/, service: 'dynamodb', onKey: [...dynamodbWriting, 'kms:DescribeKey'] },
  { action: /^sns:Publish$/, service: 'sns', onKey: writing },
  { action: /^sqs:SendMessage$/, service: 'sqs', onKey: writing },
  { action: /^sqs:ReceiveMessage$/, service: 'sqs', onKey: decrypting },
];

/**
 * What has to go with `statements` where the keys are the account's own: for each Region whose resources they name, that
 * Region's key, through the services that they call. Nothing where AWS owns the keys.
 */
export function keyStatements(settings: Settings, statements: readonly iam.PolicyStatement[]): iam.PolicyStatement[] {
  return [settings.home, settings.other].flatMap((region) => {
    const arn = keyArnOf(settings, region);
    const actions = statements.filter((statement) => statement.resources.some((resource) => resource.includes(region))).flatMap((statement) => statement.actions);
    const needed = needs.filter(({ action }) => actions.some((each) => action.test(each)));
    if (arn === undefined || needed.length === 0) return [];
    return [new iam.PolicyStatement({
      actions: [...new Set(needed.flatMap(({ onKey }) => onKey))].sort(),
      resources: [arn],
      conditions: { StringEquals: { 'kms:ViaService': [...new Set(needed.map(({ service }) => viaService(service, region)))].sort() } },
    })];
  });
}

/**
 * What S3 needs to replicate encrypted objects (S3 user guide, "Replicating encrypted objects"). Neither stack of buckets knows the
 * other one's key when it is made, so the key is told by its alias; with bucket keys the context is the bucket, else the object.
 */
export function replicationKeyStatements(settings: Settings, from: string, to: string): iam.PolicyStatement[] {
  if (settings.encryption !== 'kms') return [];
  const names = namesOf(settings);
  const statement = (actions: string[], region: string): iam.PolicyStatement => new iam.PolicyStatement({
    actions,
    resources: [`arn:aws:kms:${region}:${settings.account}:key/*`],
    conditions: {
      StringEquals: { 'kms:ViaService': viaService('s3', region) },
      StringLike: { 'kms:EncryptionContext:aws:s3:arn': [names.bucketArn(region), `${names.bucketArn(region)}/*`] },
      'ForAnyValue:StringEquals': { 'kms:ResourceAliases': names.keyAlias },
    },
  });
  return [statement(['kms:Decrypt'], from), statement(['kms:Encrypt', 'kms:GenerateDataKey'], to)];
}
