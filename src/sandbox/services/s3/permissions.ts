import type { PolicyDocument, RequiredPermission } from '../../service.js';
import type { World } from '../../world.js';
import { parseCopySource } from './copy-source.js';
import { keyPermissions } from '../kms/keys.js';
import { bucketArn, bucketNameOf } from './model.js';
import { listingCheck } from './object-lookup.js';
import { encryptionOf } from './object-settings.js';
import type { Store } from './store.js';
import type { ReplicationTarget } from './replication-operations.js';

/** What IAM must allow for each operation (service authorization reference, Amazon S3). */

interface AnyInput {
  Bucket?: string;
  Key?: string;
  VersionId?: string;
  Prefix?: string;
  Delimiter?: string;
  MaxKeys?: number;
  Tagging?: unknown;
  TaggingDirective?: string;
  CopySource?: string;
  IfMatch?: string;
  IfNoneMatch?: string;
  ServerSideEncryption?: string;
  Delete?: { Objects?: { Key?: string; VersionId?: string }[] };
  ReplicationConfiguration?: { Role?: string };
  /** Of replication's own operations. */
  Version?: ReplicationTarget['Version'];
}

const bucketActions: Record<string, string> = {
  HeadBucket: 's3:ListBucket', ListObjectsV2: 's3:ListBucket', ListObjects: 's3:ListBucket', ListObjectVersions: 's3:ListBucketVersions',
  [listingCheck.keys]: 's3:ListBucket', [listingCheck.versions]: 's3:ListBucketVersions', ListMultipartUploads: 's3:ListBucketMultipartUploads',
  CreateBucket: 's3:CreateBucket', DeleteBucket: 's3:DeleteBucket', GetBucketLocation: 's3:GetBucketLocation',
  GetPublicAccessBlock: 's3:GetBucketPublicAccessBlock', PutPublicAccessBlock: 's3:PutBucketPublicAccessBlock', DeletePublicAccessBlock: 's3:PutBucketPublicAccessBlock',
  GetBucketLifecycleConfiguration: 's3:GetLifecycleConfiguration', PutBucketLifecycleConfiguration: 's3:PutLifecycleConfiguration', DeleteBucketLifecycle: 's3:PutLifecycleConfiguration',
  GetBucketEncryption: 's3:GetEncryptionConfiguration', PutBucketEncryption: 's3:PutEncryptionConfiguration', DeleteBucketEncryption: 's3:PutEncryptionConfiguration',
  DeleteBucketTagging: 's3:PutBucketTagging', GetBucketCors: 's3:GetBucketCORS', PutBucketCors: 's3:PutBucketCORS', DeleteBucketCors: 's3:PutBucketCORS',
  DeleteBucketOwnershipControls: 's3:PutBucketOwnershipControls',
  GetBucketNotificationConfiguration: 's3:GetBucketNotification', PutBucketNotificationConfiguration: 's3:PutBucketNotification',
  GetBucketReplication: 's3:GetReplicationConfiguration', PutBucketReplication: 's3:PutReplicationConfiguration', DeleteBucketReplication: 's3:PutReplicationConfiguration',
  GetBucketAccelerateConfiguration: 's3:GetAccelerateConfiguration', GetObjectLockConfiguration: 's3:GetBucketObjectLockConfiguration',
};

/** Operations on one object; the second action is needed instead when a version is named. */
const objectActions: Record<string, readonly [string, string?]> = {
  PutObject: ['s3:PutObject'], CopyObject: ['s3:PutObject'],
  CreateMultipartUpload: ['s3:PutObject'], UploadPart: ['s3:PutObject'], UploadPartCopy: ['s3:PutObject'], CompleteMultipartUpload: ['s3:PutObject'],
  AbortMultipartUpload: ['s3:AbortMultipartUpload'], ListParts: ['s3:ListMultipartUploadParts'],
  GetObject: ['s3:GetObject', 's3:GetObjectVersion'], HeadObject: ['s3:GetObject', 's3:GetObjectVersion'],
  GetObjectAttributes: ['s3:GetObject', 's3:GetObjectVersion'],
  DeleteObject: ['s3:DeleteObject', 's3:DeleteObjectVersion'],
  GetObjectTagging: ['s3:GetObjectTagging', 's3:GetObjectVersionTagging'],
  PutObjectTagging: ['s3:PutObjectTagging', 's3:PutObjectVersionTagging'],
  DeleteObjectTagging: ['s3:DeleteObjectTagging', 's3:DeleteObjectVersionTagging'],
  GetObjectVersionForReplication: ['s3:GetObjectVersionForReplication'],
  ReplicateObject: ['s3:ReplicateObject'], ReplicateDelete: ['s3:ReplicateDelete'], ReplicateTags: ['s3:ReplicateTags'],
};

/** An access point that a request came through: IAM sees it beside the bucket. */
export interface AccessPoint {
  arn: string;
  policy?: PolicyDocument;
}

export function s3Permissions(world: World, store: Store, operation: string, input: AnyInput, via?: AccessPoint): RequiredPermission[] {
  if (operation === 'ListBuckets') return [{ action: 's3:ListAllMyBuckets', resource: '*', context: requestContext(operation, input) }];
  const context = requestContext(operation, input, via && { 's3:DataAccessPointArn': via.arn, 's3:DataAccessPointAccount': world.account });
  const required: RequiredPermission[] = [...actionsOf(operation, input), ...tagsToReplicate(store, operation, input)].map(({ action, bucket, key }) => {
    const name = bucket ?? input.Bucket ?? '';
    const policy = store.find(name)?.configuration.policy;
    const arn = bucketArn(world.partition, name);
    return { action, resource: key === undefined ? arn : `${arn}/${key}`, context, ...(policy ? { resourcePolicy: policy } : {}) };
  });
  required.push(...keysOf(world, store, operation, input));
  const role = input.ReplicationConfiguration?.Role;
  return operation === 'PutBucketReplication' && role ? [...required, { action: 'iam:PassRole', resource: role, context: { 'iam:PassedToService': 's3.amazonaws.com' } }] : required;
}

/** What is written is encrypted as the bucket says; what is read is decrypted with the key that it was written under. */
const keyActions: Record<string, { actions: readonly string[]; of: 'bucket' | 'object' }> = {
  PutObject: { actions: ['kms:GenerateDataKey'], of: 'bucket' }, CopyObject: { actions: ['kms:GenerateDataKey'], of: 'bucket' },
  // Each part is decrypted when it is joined to the others (S3 user guide, multipart upload with KMS).
  CreateMultipartUpload: { actions: ['kms:GenerateDataKey'], of: 'bucket' }, UploadPart: { actions: ['kms:Decrypt'], of: 'bucket' }, CompleteMultipartUpload: { actions: ['kms:Decrypt'], of: 'bucket' },
  GetObject: { actions: ['kms:Decrypt'], of: 'object' }, GetObjectVersionForReplication: { actions: ['kms:Decrypt'], of: 'object' },
  ReplicateObject: { actions: ['kms:Encrypt'], of: 'bucket' },
};

function keysOf(world: World, store: Store, operation: string, input: AnyInput): RequiredPermission[] {
  const needed = keyActions[operation];
  const bucket = store.find(input.Bucket ?? '');
  if (!needed || !bucket) return [];
  const object = input.VersionId === undefined ? store.newest(bucket, input.Key ?? '') : store.version(bucket, input.Key ?? '', input.VersionId);
  const keyId = needed.of === 'bucket' ? encryptionOf({}, bucket).encryptionKeyId : object?.settings.encryptionKeyId;
  // With bucket keys, which is how templates here set them, the context is the bucket.
  return keyPermissions(world, { region: bucket.region, keyId, service: 's3', actions: needed.actions, context: { 'kms:EncryptionContext:aws:s3:arn': bucketArn(world.partition, bucket.name) } });
}

/** The same actions on the access point itself, which must be allowed besides those on the bucket. */
export function accessPointPermissions(world: World, operation: string, input: AnyInput, via: AccessPoint): RequiredPermission[] {
  const context = requestContext(operation, input, { 's3:DataAccessPointArn': via.arn, 's3:DataAccessPointAccount': world.account });
  // A copy's source is a bucket, not part of the access point; the routed call asks for it.
  return actionsOf(operation, input).filter(({ bucket }) => bucket === undefined).map(({ action, key }) => ({
    action, resource: key === undefined ? via.arn : `${via.arn}/object/${key}`, context, ...(via.policy ? { resourcePolicy: via.policy } : {}),
  }));
}

interface ActionOnTarget {
  action: string;
  key?: string;
  /** When it is not the request's own bucket. */
  bucket?: string;
}

function actionsOf(operation: string, input: AnyInput): ActionOnTarget[] {
  if (operation === 'DeleteObjects') {
    return (input.Delete?.Objects ?? []).map((object) => ({ action: object.VersionId === undefined ? 's3:DeleteObject' : 's3:DeleteObjectVersion', key: object.Key ?? '' }));
  }
  const actions = objectActions[operation];
  if (actions === undefined) return [{ action: bucketActions[operation] ?? `s3:${operation}` }];
  const key = input.Key ?? input.Version?.key ?? '';
  const [plain, versioned = plain] = actions;
  const required: ActionOnTarget[] = [{ action: input.VersionId === undefined ? plain : versioned, key }];
  const setsTags = input.TaggingDirective === 'REPLACE' || (input.Tagging !== undefined && /^(PutObject|CreateMultipartUpload)$/.test(operation));
  if (setsTags) required.push({ action: 's3:PutObjectTagging', key });
  if (input.CopySource !== undefined) required.push(...copySourceActions(input.CopySource));
  return [...required, ...replicationActions(operation, input, key)];
}

/** What replication needs beside its main actions (S3 user guide, permissions for live replication). */
function replicationActions(operation: string, input: Partial<ReplicationTarget>, key: string): ActionOnTarget[] {
  if (operation === 'GetObjectVersionForReplication') {
    return [{ action: 's3:GetObjectVersionAcl', key }, { action: 's3:GetReplicationConfiguration' }, { action: 's3:ListBucket' }];
  }
  const carriesTags = Object.keys(input.Version?.settings.tags ?? {}).length > 0;
  return operation === 'ReplicateObject' && carriesTags ? [{ action: 's3:ReplicateTags', key }] : [];
}

/**
 * Tags are read by an action of their own. S3 would replicate an object without them when it is not allowed; here it fails,
 * as it does without ReplicateTags, so that somebody notices.
 */
function tagsToReplicate(store: Store, operation: string, { Bucket: name = '', Key: key = '', VersionId: versionId = '' }: AnyInput): ActionOnTarget[] {
  if (operation !== 'GetObjectVersionForReplication') return [];
  const bucket = store.find(name);
  const tags = bucket && store.version(bucket, key, versionId)?.settings.tags;
  return Object.keys(tags ?? {}).length > 0 ? [{ action: 's3:GetObjectVersionTagging', key }] : [];
}

/** A source that cannot be read as one is left to the operation, which refuses it. */
function copySourceActions(header: string): ActionOnTarget[] {
  try {
    const source = parseCopySource(header);
    return [{ action: source.versionId === undefined ? 's3:GetObject' : 's3:GetObjectVersion', bucket: bucketNameOf(source.bucket), key: source.key }];
  } catch {
    return [];
  }
}

/**
 * Condition keys. Every client believes that it speaks TLS: the loopback socket stands for it, so `aws:SecureTransport`
 * is true and the version is the newest.
 */
function requestContext(operation: string, input: AnyInput, more: Record<string, string> = {}): Record<string, string> {
  const isListing = operation.startsWith('ListObject');
  const found: Record<string, string | undefined> = {
    'aws:SecureTransport': 'true',
    's3:TlsVersion': '1.3',
    's3:prefix': isListing ? input.Prefix ?? '' : undefined,
    's3:delimiter': isListing ? input.Delimiter : undefined,
    's3:max-keys': isListing && input.MaxKeys !== undefined ? String(input.MaxKeys) : undefined,
    's3:VersionId': input.VersionId,
    's3:if-match': input.IfMatch,
    's3:if-none-match': input.IfNoneMatch,
    's3:x-amz-server-side-encryption': input.ServerSideEncryption,
    ...more,
  };
  return Object.fromEntries(Object.entries(found).filter((entry): entry is [string, string] => entry[1] !== undefined));
}
