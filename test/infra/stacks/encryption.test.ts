import { describe, expect, it, vi } from 'vitest';
import { readSettings } from '../../../infra/constructs/settings.js';
import { judgeBySolutionsRules, unexplainedWildcards } from '../../../infra/stacks/rules.js';
import { findings } from './findings.js';
import { resourcesOf, synthesise } from './synthesised.js';

/** Holds the whole deployment against some two hundred rules. */
vi.setConfig({ testTimeout: 120_000 });

const deployment = synthesise({ encryption: 'kms', notify: 'sns', chaos: 'true', autoFailover: 'true' });
const account = '111122223333';
const regions = [['us-east-1', 'us-west-2'], ['us-west-2', 'us-east-1']] as const;

interface Statement { Sid?: string; Effect: string; Principal?: Record<string, unknown>; Action: string | string[]; Resource: unknown; Condition?: Record<string, Record<string, unknown>> }
const listed = <T>(value: T | T[]): T[] => (Array.isArray(value) ? value : [value]);
const within = (name: string) => ({ templates: { [name]: deployment.templates[name]! } });
const of = (stack: string, type: string) => Object.values(resourcesOf(within(stack), type));
/** Where the ARN of a Region's key comes from in any stack but the one that makes it. */
const keyOf = (region: string) => ({ 'Fn::GetStackOutput': expect.objectContaining({ StackName: `batchctl-storage-${region}`, OutputName: 'KeyArn', Region: region }) as unknown });
const isKeyOf = (value: unknown, region: string): boolean => JSON.stringify(value).includes(`batchctl-storage-${region}`) && JSON.stringify(value).includes('KeyArn');

it('is asked for in so many words', () => {
  expect(() => readSettings((name) => (name === 'encryption' ? 'mine' : undefined), {})).toThrow('encryption is "mine"; it must be aws or kms.');
});

describe.each(regions)('the key of %s', (region, other) => {
  const stack = `batchctl-storage-${region}`;
  const [key] = of(stack, 'AWS::KMS::Key');
  const statements = (key!.Properties.KeyPolicy as { Statement: Statement[] }).Statement;
  const about = (sid: string): Statement => statements.find((statement) => statement.Sid === sid)!;

  it('is one of its own, rotated, named, and stays with the data', () => {
    expect(of(stack, 'AWS::KMS::Key')).toHaveLength(1);
    expect(key).toMatchObject({ DeletionPolicy: 'Retain', Properties: { EnableKeyRotation: true, PendingWindowInDays: 30 } });
    expect(key!.Properties.MultiRegion ?? false).toBe(false);
    expect(of(stack, 'AWS::KMS::Alias').map((each) => each.Properties.AliasName)).toEqual(['alias/batchctl']);
  });

  it('lets nobody use it but through services, and its administrators not at all', () => {
    expect(listed(about('Administer').Action).filter((action) => /Encrypt|Decrypt|GenerateData|CreateGrant|\*/.test(action))).toEqual([]);
    for (const statement of statements.filter((each) => listed(each.Action).some((action) => /^kms:(Encrypt|Decrypt|GenerateDataKey|CreateGrant)/.test(action)))) {
      expect(Object.keys(statement.Condition ?? {}), statement.Sid).not.toEqual([]);
    }
    expect(about('UseThroughServices').Condition).toEqual({ StringEquals: { 'kms:CallerAccount': account, 'kms:ViaService': ['s3', 'dynamodb', 'sns', 'sqs'].map((service) => `${service}.${region}.amazonaws.com`) } });
    expect(about('GrantToTables').Condition).toMatchObject({ Bool: { 'kms:GrantIsForAWSResource': 'true' } });
    expect(JSON.stringify(about('EncryptLogs'))).toContain(`arn:aws:logs:${region}:${account}:log-group:/aws/lambda/batchctl-*`);
    expect(JSON.stringify(statements)).not.toContain(other);
  });

  it('encrypts the bucket, with a bucket key between, and what comes from there is replicated under the other Region\'s key', () => {
    const [bucket] = of(stack, 'AWS::S3::Bucket');
    expect(bucket!.Properties.BucketEncryption).toMatchObject({ ServerSideEncryptionConfiguration: [{ BucketKeyEnabled: true, ServerSideEncryptionByDefault: { SSEAlgorithm: 'aws:kms', KMSMasterKeyID: { 'Fn::GetAtt': [expect.any(String), 'Arn'] } } }] });
    const rule = region === 'us-east-1'
      ? (bucket!.Properties.ReplicationConfiguration as { Rules: unknown[] }).Rules[0]
      : (JSON.parse(of('batchctl-control', 'Custom::BucketReplication')[0]!.Properties.Configuration as string) as { Rules: unknown[] }).Rules[0];
    expect(rule).toMatchObject({
      SourceSelectionCriteria: { SseKmsEncryptedObjects: { Status: 'Enabled' }, ReplicaModifications: { Status: 'Enabled' } },
      Destination: { EncryptionConfiguration: { ReplicaKmsKeyID: `arn:aws:kms:${other}:${account}:alias/batchctl` } },
    });
  });

  it('lets replication read here and write there, through S3, for these buckets, and no other key', () => {
    const [policy] = of(stack, 'AWS::IAM::Policy').map((each) => (each.Properties.PolicyDocument as { Statement: Statement[] }).Statement.filter((statement) => listed(statement.Action).some((action) => action.startsWith('kms:'))));
    expect(policy!.map(({ Action, Resource, Condition }) => ({ Action, Resource, via: Condition!['StringEquals']!['kms:ViaService'], alias: Condition!['ForAnyValue:StringEquals'], bucket: (Condition!['StringLike']!['kms:EncryptionContext:aws:s3:arn'] as string[])[0] }))).toEqual([
      { Action: 'kms:Decrypt', Resource: `arn:aws:kms:${region}:${account}:key/*`, via: `s3.${region}.amazonaws.com`, alias: { 'kms:ResourceAliases': 'alias/batchctl' }, bucket: `arn:aws:s3:::batchctl-${account}-${region}` },
      { Action: ['kms:Encrypt', 'kms:GenerateDataKey'], Resource: `arn:aws:kms:${other}:${account}:key/*`, via: `s3.${other}.amazonaws.com`, alias: { 'kms:ResourceAliases': 'alias/batchctl' }, bucket: `arn:aws:s3:::batchctl-${account}-${other}` },
    ]);
  });

  it('encrypts the replicas of both tables, queue, topics and every log of the Region', () => {
    const tables = of('batchctl-ledger', 'AWS::DynamoDB::GlobalTable');
    expect(tables).toHaveLength(2);
    for (const table of tables) {
      expect(table.Properties.SSESpecification).toEqual({ SSEEnabled: true, SSEType: 'KMS' });
      const replica = (table.Properties.Replicas as { Region: string; SSESpecification: { KMSMasterKeyId: unknown } }[]).find((each) => each.Region === region)!;
      expect(isKeyOf(replica.SSESpecification.KMSMasterKeyId, region)).toBe(true);
    }
    const regional = `batchctl-regional-${region}`;
    expect(of(regional, 'AWS::SQS::Queue').map((each) => each.Properties.KmsMasterKeyId)).toEqual([keyOf(region)]);
    expect(of(regional, 'AWS::SNS::Topic').map((each) => each.Properties.KmsMasterKeyId)).toEqual([keyOf(region), keyOf(region)]);
    const groups = [...of(regional, 'AWS::Logs::LogGroup'), ...of(`batchctl-observability-${region}`, 'AWS::Logs::LogGroup')];
    expect(groups.length).toBeGreaterThan(12);
    const known = /^\/aws\/(lambda\/batchctl-[a-z-]+|vendedlogs\/states\/batchctl-job|vendedlogs\/fis\/batchctl)$/;
    for (const group of groups) {
      expect(isKeyOf(group.Properties.KmsKeyId, region)).toBe(true);
      // The key's policy allows CloudWatch Logs exactly these.
      expect(group.Properties.LogGroupName).toMatch(known);
    }
  });
});

describe('who may use the keys', () => {
  const policiesOf = (stack: string, role: RegExp): Statement[] => Object.entries(resourcesOf(within(stack), 'AWS::IAM::Policy')).filter(([id]) => role.test(id)).flatMap(([, each]) => (each.Properties.PolicyDocument as { Statement: Statement[] }).Statement);
  const onKeys = (statements: Statement[]): Statement[] => statements.filter((statement) => listed(statement.Action).some((action) => action.startsWith('kms:')));

  it.each(regions)('a function of %s that touches nothing there has none, the others this Region\'s, exactly for what they do', (region, other) => {
    const stack = `batchctl-regional-${region}`;
    const [split] = onKeys(policiesOf(stack, /splitRole/i));
    expect(split).toMatchObject({ Action: ['kms:Decrypt', 'kms:GenerateDataKey'], Condition: { StringEquals: { 'kms:ViaService': [`s3.${region}.amazonaws.com`] } } });
    expect(isKeyOf(split!.Resource, region)).toBe(true);
    const [commit] = onKeys(policiesOf(stack, /commitRole/i));
    expect(commit!.Condition).toEqual({ StringEquals: { 'kms:ViaService': [`dynamodb.${region}.amazonaws.com`] } });
    // The observer probes the other Region's ledger, and writes only its own.
    const observe = onKeys(policiesOf(stack, /observeRole/i));
    expect(observe.find((statement) => isKeyOf(statement.Resource, other))!.Action).toEqual(['kms:Decrypt', 'kms:DescribeKey']);
    // A signed link has the rights of notify, at whichever bucket it is routed to.
    expect(onKeys(policiesOf(stack, /notifyRole/i)).map((statement) => statement.Condition!['StringEquals']!['kms:ViaService'])).toEqual(
      ['us-east-1', 'us-west-2'].map((each) => (each === region ? ['dynamodb', 's3', 'sns'].map((service) => `${service}.${each}.amazonaws.com`) : [`s3.${each}.amazonaws.com`])),
    );
    const [ingest] = onKeys(policiesOf(stack, /ingestRole/i)).filter((statement) => JSON.stringify(statement.Condition).includes('sqs.'));
    expect(ingest!.Action).toEqual(['kms:Decrypt', 'kms:GenerateDataKey']);
    const sweep = onKeys(policiesOf(stack, /sweepRole/i)).find((statement) => isKeyOf(statement.Resource, region));
    expect(sweep!.Condition!['StringEquals']!['kms:ViaService']).toContain(`sqs.${region}.amazonaws.com`);
  });

  it('observers read through services, operators write besides, and all of it fits', () => {
    const policy = (name: string): Statement[] => (of('batchctl-control', 'AWS::IAM::ManagedPolicy').find((each) => each.Properties.ManagedPolicyName === name)!.Properties.PolicyDocument as { Statement: Statement[] }).Statement;
    for (const statement of onKeys(policy('batchctl-watching'))) {
      expect(statement.Action).toEqual(['kms:Decrypt', 'kms:DescribeKey']);
      expect(statement.Condition!['StringEquals']!['kms:ViaService']).toHaveLength(2);
    }
    expect(onKeys(policy('batchctl-operating'))).toHaveLength(2);
    for (const name of ['batchctl-watching', 'batchctl-operating']) expect(JSON.stringify(policy(name)).length, name).toBeLessThan(6000);
  });

  it('nobody may use any key without a service', () => {
    for (const [name, template] of Object.entries(deployment.templates)) {
      const documents = ['AWS::IAM::Policy', 'AWS::IAM::ManagedPolicy'].flatMap((type) => Object.values(resourcesOf({ templates: { [name]: template } }, type)));
      for (const document of documents) for (const statement of onKeys((document.Properties.PolicyDocument as { Statement: Statement[] }).Statement)) expect(statement.Condition!['StringEquals']!['kms:ViaService']).toBeDefined();
    }
  });
});

it('the tables wait for both keys', () => {
  const ledger = deployment.app.node.findChild('batchctl-ledger') as unknown as { dependencies: { stackName: string }[] };
  expect(ledger.dependencies.map((each) => each.stackName)).toContain('batchctl-storage-us-east-1');
});

describe('with every choice that is off by default, and the data given up', () => {
  const everything = synthesise({ encryption: 'kms', notify: 'sns', chaos: 'true', autoFailover: 'true', keepData: 'false', alertsTo: 'on-call@example.com' });

  it('the keys go with the data', () => {
    for (const key of Object.values(resourcesOf(everything, 'AWS::KMS::Key'))) expect(key.DeletionPolicy).toBe('Delete');
  });

  it('the AWS Solutions rules find nothing that is not acknowledged with a reason', () => {
    judgeBySolutionsRules(everything.app);
    expect(findings(everything.app)).toEqual([]);
    expect(unexplainedWildcards(everything.app)).toEqual([]);
  });
});
