import type { Operation } from '../../service.js';
import type { S3Context } from './context.js';
import { invalidRequest } from './errors.js';
import type { Bucket, ObjectVersion } from './model.js';
import { encryptionOf } from './object-settings.js';
import { withStoredEtag } from './object-write.js';

/**
 * What replication does to the two buckets, as operations of their own, so that the replication role's permissions are
 * checked like any other call's. They carry the names of the IAM actions; no client can send them.
 */
export interface ReplicationSource {
  Bucket: string;
  Key: string;
  VersionId: string;
}

export interface ReplicationTarget {
  Bucket: string;
  Version: ObjectVersion;
  StorageClass?: string;
}

const replicationCause = { requestId: 'REPLICATION00000', requester: 's3.amazonaws.com' };

export function replicationOperations(context: S3Context): Record<string, Operation> {
  const { store, world, changes } = context;
  const destination = (input: ReplicationTarget, region: string): Bucket => {
    const bucket = store.require(input.Bucket, region);
    if (bucket.configuration.versioning !== 'Enabled') throw invalidRequest('Destination bucket must have versioning enabled.');
    return bucket;
  };
  return {
    GetObjectVersionForReplication: async (input: ReplicationSource, call) => {
      const bucket = store.require(input.Bucket, call.region);
      return { Version: store.version(bucket, input.Key, input.VersionId) };
    },
    ReplicateObject: async (input: ReplicationTarget, call) => {
      const bucket = destination(input, call.region);
      const { Version: original } = input;
      if (store.version(bucket, original.key, original.versionId)) return {};
      const replica = replicaOf(context, bucket, input);
      store.insert(bucket, replica);
      changes.created(bucket, replica, 'PutObject', replicationCause);
      return {};
    },
    ReplicateDelete: async (input: ReplicationTarget, call) => {
      const bucket = destination(input, call.region);
      const { Version: original } = input;
      if (store.version(bucket, original.key, original.versionId)) return {};
      const marker: ObjectVersion = { ...original, replica: true, replication: undefined };
      store.insert(bucket, marker);
      changes.deleted(bucket, marker, 'marked', 'DeleteObject', replicationCause);
      return {};
    },
    ReplicateTags: async (input: ReplicationTarget, call) => {
      const bucket = destination(input, call.region);
      const replica = store.version(bucket, input.Version.key, input.Version.versionId);
      if (replica) replica.settings = { ...replica.settings, tags: input.Version.settings.tags };
      world.changed();
      return {};
    },
  };
}

/**
 * A replica keeps version id, creation time, metadata and tags. It is encrypted as the source was, except that KMS keys
 * are Regional: the destination's default applies, and with it the ETag may differ.
 */
function replicaOf(context: S3Context, bucket: Bucket, { Version: original, StorageClass: storageClass }: ReplicationTarget): ObjectVersion {
  const encryption = encryptionOf({}, bucket);
  return {
    ...original, replica: true, replication: undefined,
    content: withStoredEtag(context, original.content, encryption.encryption),
    settings: { ...original.settings, encryptionKeyId: undefined, ...encryption, storageClass: storageClass ?? original.settings.storageClass },
  };
}
