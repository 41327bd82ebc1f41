import { Match } from 'aws-cdk-lib/assertions';
import { describe, expect, it } from 'vitest';
import { resourcesOf, synthesise } from './synthesised.js';

const deployment = synthesise();
const home = deployment.templates['batchctl-storage-us-east-1']!;
const standby = deployment.templates['batchctl-storage-us-west-2']!;
const control = deployment.templates['batchctl-control']!;

interface ReplicationRule {
  ID?: string;
  Id?: string;
  Status: string;
  Destination: { Bucket: string };
}

function homeReplication(): { Role: string; Rules: ReplicationRule[] } {
  const [bucket] = Object.values(home.findResources('AWS::S3::Bucket'));
  return (bucket as { Properties: { ReplicationConfiguration: { Role: string; Rules: ReplicationRule[] } } }).Properties.ReplicationConfiguration;
}

function standbyReplication(): { Role: string; Rules: ReplicationRule[] } {
  const [resource] = Object.values(control.findResources('Custom::BucketReplication'));
  return JSON.parse((resource as { Properties: { Configuration: string } }).Properties.Configuration) as { Role: string; Rules: ReplicationRule[] };
}

describe('buckets', () => {
  const buckets = resourcesOf(deployment, 'AWS::S3::Bucket');

  it('are one a Region, named so that the other Region can name them', () => {
    expect(Object.values(buckets).map((bucket) => bucket.Properties.BucketName).sort()).toEqual(['batchctl-111122223333-us-east-1', 'batchctl-111122223333-us-west-2']);
  });

  it.each(Object.entries(buckets))('%s is versioned, private, encrypted, kept, and announces new objects', (_name, bucket) => {
    expect(bucket.DeletionPolicy).toBe('Retain');
    expect(bucket.Properties).toMatchObject({
      VersioningConfiguration: { Status: 'Enabled' },
      PublicAccessBlockConfiguration: { BlockPublicAcls: true, BlockPublicPolicy: true, IgnorePublicAcls: true, RestrictPublicBuckets: true },
      BucketEncryption: { ServerSideEncryptionConfiguration: [{ ServerSideEncryptionByDefault: { SSEAlgorithm: 'AES256' } }] },
      OwnershipControls: { Rules: [{ ObjectOwnership: 'BucketOwnerEnforced' }] },
      NotificationConfiguration: { EventBridgeConfiguration: { EventBridgeEnabled: true } },
    });
  });

  it.each([['home', home], ['standby', standby]])('the %s bucket denies anything but TLS', (_name, template) => {
    template.hasResourceProperties('AWS::S3::BucketPolicy', {
      PolicyDocument: { Statement: Match.arrayWith([Match.objectLike({ Effect: 'Deny', Action: 's3:*', Principal: { AWS: '*' }, Condition: { Bool: { 'aws:SecureTransport': 'false' } } })]) },
    });
  });

  it('only ever expire work objects, synthetic jobs and leftovers, never a current input or output', () => {
    for (const bucket of Object.values(buckets)) {
      const { Rules: rules } = bucket.Properties.LifecycleConfiguration as { Rules: { Prefix?: string; ExpirationInDays?: number }[] };
      expect(rules.filter((rule) => rule.ExpirationInDays !== undefined).map((rule) => rule.Prefix)).toEqual(['work/', 'canary/']);
    }
  });
});

describe('replication', () => {
  it('is the same both ways: timed, measured, with delete markers and replica changes', () => {
    const expected = (to: string) => ({
      Status: 'Enabled',
      Priority: 1,
      Filter: { Prefix: '' },
      DeleteMarkerReplication: { Status: 'Enabled' },
      SourceSelectionCriteria: { ReplicaModifications: { Status: 'Enabled' } },
      Destination: {
        Bucket: `arn:aws:s3:::batchctl-111122223333-${to}`,
        ReplicationTime: { Status: 'Enabled', Time: { Minutes: 15 } },
        Metrics: { Status: 'Enabled', EventThreshold: { Minutes: 15 } },
      },
    });
    expect(homeReplication().Rules).toEqual([{ Id: 'batchctl-to-us-west-2', ...expected('us-west-2') }]);
    expect(standbyReplication().Rules).toEqual([{ ID: 'batchctl-to-us-east-1', ...expected('us-east-1') }]);
  });

  it('is done by the role of the source Region, made in the same stack as its bucket', () => {
    expect(homeReplication().Role).toBe('arn:aws:iam::111122223333:role/batchctl-replication-us-east-1');
    expect(standbyReplication().Role).toBe('arn:aws:iam::111122223333:role/batchctl-replication-us-west-2');
    home.hasResourceProperties('AWS::IAM::Role', { RoleName: 'batchctl-replication-us-east-1' });
    standby.hasResourceProperties('AWS::IAM::Role', { RoleName: 'batchctl-replication-us-west-2' });
  });

  it('lets each role read its own bucket and write the other, and nothing else', () => {
    for (const [template, from, to] of [[home, 'us-east-1', 'us-west-2'], [standby, 'us-west-2', 'us-east-1']] as const) {
      const [policy] = Object.values(template.findResources('AWS::IAM::Policy')) as { Properties: { PolicyDocument: { Statement: { Action: string[]; Resource: string }[] } } }[];
      const byResource = Object.fromEntries(policy!.Properties.PolicyDocument.Statement.map((statement) => [statement.Resource, statement.Action]));
      expect(byResource).toEqual({
        [`arn:aws:s3:::batchctl-111122223333-${from}`]: ['s3:GetReplicationConfiguration', 's3:ListBucket'],
        [`arn:aws:s3:::batchctl-111122223333-${from}/*`]: ['s3:GetObjectVersionAcl', 's3:GetObjectVersionForReplication', 's3:GetObjectVersionTagging'],
        [`arn:aws:s3:::batchctl-111122223333-${to}/*`]: ['s3:ReplicateDelete', 's3:ReplicateObject', 's3:ReplicateTags'],
      });
    }
  });

  it('is put on a bucket only when its destination and its role exist', () => {
    expect(deployment.stacks.storage['us-east-1']!.dependencies).toContain(deployment.stacks.storage['us-west-2']);
    expect(deployment.stacks.control.dependencies).toContain(deployment.stacks.storage['us-east-1']);
    const [bucket] = Object.values(resourcesOf({ templates: { home } }, 'AWS::S3::Bucket'));
    const dependencies = (bucket!.DependsOn ?? []).map((id) => (home.toJSON() as { Resources: Record<string, { Type: string }> }).Resources[id]!.Type);
    expect(dependencies.sort()).toEqual(['AWS::IAM::Policy', 'AWS::IAM::Role']);
  });
});
