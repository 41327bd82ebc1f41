import { AwsError } from '../../service.js';
import type { CreatedResource, PolicyDocument, ResourceContext, ResourceHandler } from '../../service.js';
import { configureBucket } from './bucket-configuration.js';
import type { S3Context } from './context.js';
import { bucketNotEmpty, noSuchBucket } from './errors.js';
import { bucketArn } from './model.js';
import type { Bucket, BucketConfiguration, EncryptionRule, LifecycleRule } from './model.js';
import type { BucketReplication, ReplicationFilter, ReplicationRule } from './replication-rules.js';

/** CloudFormation's shapes, where they differ from the API's. */
interface BucketProperties {
  BucketName?: string;
  VersioningConfiguration?: { Status: 'Enabled' | 'Suspended' };
  PublicAccessBlockConfiguration?: Record<string, boolean>;
  BucketEncryption?: { ServerSideEncryptionConfiguration: { ServerSideEncryptionByDefault?: EncryptionRule['ApplyServerSideEncryptionByDefault']; BucketKeyEnabled?: boolean }[] };
  LifecycleConfiguration?: { Rules: TemplateLifecycleRule[] };
  NotificationConfiguration?: { EventBridgeConfiguration?: { EventBridgeEnabled?: boolean | string } } & Record<string, unknown>;
  OwnershipControls?: BucketConfiguration['ownership'];
  ReplicationConfiguration?: { Role: string; Rules: TemplateReplicationRule[] };
  CorsConfiguration?: { CorsRules: unknown[] };
  Tags?: { Key: string; Value: string }[];
}

type TemplateLifecycleRule = Pick<LifecycleRule, 'Status' | 'Prefix' | 'AbortIncompleteMultipartUpload'> & {
  Id?: string; ExpirationInDays?: number; ExpirationDate?: string; ExpiredObjectDeleteMarker?: boolean; NoncurrentVersionExpirationInDays?: number;
  NoncurrentVersionExpiration?: { NoncurrentDays: number; NewerNoncurrentVersions?: number }; TagFilters?: { Key: string; Value: string }[];
} & Record<string, unknown>;

type TemplateReplicationRule = Omit<ReplicationRule, 'ID' | 'Filter'> & {
  Id?: string; Filter?: { Prefix?: string; TagFilter?: ReplicationFilter['Tag']; And?: { Prefix?: string; TagFilters?: { Key: string; Value: string }[] } };
};

const bucketProperties = [
  'BucketName', 'VersioningConfiguration', 'PublicAccessBlockConfiguration', 'BucketEncryption', 'LifecycleConfiguration',
  'NotificationConfiguration', 'OwnershipControls', 'ReplicationConfiguration', 'CorsConfiguration', 'Tags',
] as const;

export function s3Resources(context: S3Context): Record<string, ResourceHandler> {
  return { 'AWS::S3::Bucket': bucketHandler(context), 'AWS::S3::BucketPolicy': policyHandler(context) };
}

function bucketHandler(context: S3Context): ResourceHandler {
  const { store, world } = context;
  return {
    properties: bucketProperties,
    create: async (resource, properties: BucketProperties) => {
      const name = properties.BucketName ?? `${resource.stackName}-${resource.logicalId}-${world.random.hex(12)}`.toLowerCase().slice(-63).replace(/^-+/, '');
      const bucket = store.create(name, resource.region);
      applyProperties(context, resource, bucket, properties);
      return created(context, bucket);
    },
    update: async (resource, properties: BucketProperties, previous) => {
      if (properties.BucketName !== undefined && properties.BucketName !== previous.ref) {
        throw new AwsError('ValidationError', `Renaming bucket ${previous.ref} to ${properties.BucketName} would replace it, which the sandbox does not do.`);
      }
      const bucket = store.find(previous.ref);
      if (!bucket) throw noSuchBucket(previous.ref);
      applyProperties(context, resource, bucket, properties);
      return created(context, bucket);
    },
    remove: async (_resource, previous) => {
      const bucket = store.find(previous.ref);
      if (!bucket) return;
      if (bucket.objects.size > 0) throw bucketNotEmpty(bucket.name);
      store.remove(bucket.name);
      world.changed();
    },
  };
}

function applyProperties(context: S3Context, resource: ResourceContext, bucket: Bucket, properties: BucketProperties): void {
  const set = (field: keyof BucketConfiguration, value: unknown): void => { if (value !== undefined) configureBucket(context, bucket, field, value); };
  set('versioning', properties.VersioningConfiguration?.Status);
  set('publicAccessBlock', properties.PublicAccessBlockConfiguration);
  set('encryption', properties.BucketEncryption && {
    Rules: properties.BucketEncryption.ServerSideEncryptionConfiguration.map((rule) => ({ ApplyServerSideEncryptionByDefault: rule.ServerSideEncryptionByDefault, BucketKeyEnabled: rule.BucketKeyEnabled ?? false })),
  });
  set('lifecycleRules', properties.LifecycleConfiguration?.Rules.map((rule) => lifecycleRule(rule, resource)));
  set('ownership', properties.OwnershipControls);
  set('corsRules', properties.CorsConfiguration?.CorsRules);
  set('tags', properties.Tags);
  set('eventBridge', properties.NotificationConfiguration && readNotifications(properties.NotificationConfiguration, resource));
  set('replication', properties.ReplicationConfiguration && replicationOf(properties.ReplicationConfiguration, resource));
}

function readNotifications(notifications: NonNullable<BucketProperties['NotificationConfiguration']>, resource: ResourceContext): boolean {
  const { EventBridgeConfiguration: eventBridge, ...others } = notifications;
  for (const name of Object.keys(others)) resource.unmodelled(`NotificationConfiguration.${name}`, 'only EventBridge is delivered to');
  return eventBridge !== undefined && String(eventBridge.EventBridgeEnabled ?? true) === 'true';
}

const lifecycleProperties = new Set([
  'Id', 'Status', 'Prefix', 'ExpirationInDays', 'ExpirationDate', 'ExpiredObjectDeleteMarker', 'NoncurrentVersionExpirationInDays',
  'NoncurrentVersionExpiration', 'AbortIncompleteMultipartUpload', 'TagFilters',
]);

function lifecycleRule(rule: TemplateLifecycleRule, resource: ResourceContext): LifecycleRule {
  for (const name of Object.keys(rule)) {
    if (!lifecycleProperties.has(name)) resource.unmodelled(`LifecycleConfiguration.Rules.${name}`);
  }
  const expiration = { Days: rule.ExpirationInDays, Date: rule.ExpirationDate, ExpiredObjectDeleteMarker: rule.ExpiredObjectDeleteMarker };
  const expires = Object.values(expiration).some((value) => value !== undefined);
  const noncurrent = rule.NoncurrentVersionExpiration ?? (rule.NoncurrentVersionExpirationInDays === undefined ? undefined : { NoncurrentDays: rule.NoncurrentVersionExpirationInDays });
  return {
    ID: rule.Id, Status: rule.Status,
    Filter: rule.TagFilters?.length ? { And: { Prefix: rule.Prefix ?? '', Tags: rule.TagFilters } } : { Prefix: rule.Prefix ?? '' },
    ...(expires ? { Expiration: expiration } : {}),
    ...(noncurrent ? { NoncurrentVersionExpiration: noncurrent } : {}),
    ...(rule.AbortIncompleteMultipartUpload ? { AbortIncompleteMultipartUpload: rule.AbortIncompleteMultipartUpload } : {}),
  };
}

function replicationOf(replication: NonNullable<BucketProperties['ReplicationConfiguration']>, resource: ResourceContext): BucketReplication {
  return {
    Role: replication.Role,
    Rules: replication.Rules.map(({ Id, Filter: filter, ...rule }, index) => {
      if ('EncryptionConfiguration' in rule.Destination) resource.unmodelled('ReplicationConfiguration.Rules.Destination.EncryptionConfiguration', 'replicas take the destination\'s default encryption');
      const converted: ReplicationFilter | undefined = filter && {
        ...(filter.Prefix === undefined ? {} : { Prefix: filter.Prefix }), ...(filter.TagFilter ? { Tag: filter.TagFilter } : {}),
        ...(filter.And ? { And: { Prefix: filter.And.Prefix, Tags: filter.And.TagFilters } } : {}),
      };
      return { ...rule, ID: Id ?? `${resource.logicalId}-${index + 1}`, ...(converted ? { Filter: converted } : {}) };
    }),
  };
}

function created({ world }: S3Context, bucket: Bucket): CreatedResource {
  return {
    ref: bucket.name,
    attributes: {
      Arn: bucketArn(world.partition, bucket.name),
      DomainName: `${bucket.name}.s3.amazonaws.com`,
      RegionalDomainName: `${bucket.name}.s3.${bucket.region}.amazonaws.com`,
      DualStackDomainName: `${bucket.name}.s3.dualstack.${bucket.region}.amazonaws.com`,
      WebsiteURL: `http://${bucket.name}.s3-website-${bucket.region}.amazonaws.com`,
    },
  };
}

function policyHandler(context: S3Context): ResourceHandler {
  const apply = async (resource: ResourceContext, properties: { Bucket: string; PolicyDocument: PolicyDocument }): Promise<CreatedResource> => {
    const bucket = context.store.require(properties.Bucket, resource.region);
    configureBucket(context, bucket, 'policy', properties.PolicyDocument);
    return { ref: bucket.name, attributes: {} };
  };
  const remove = async (_resource: ResourceContext, previous: CreatedResource): Promise<void> => {
    delete context.store.find(previous.ref)?.configuration.policy;
    context.world.changed();
  };
  return { properties: ['Bucket', 'PolicyDocument'], create: apply, update: apply, remove };
}
