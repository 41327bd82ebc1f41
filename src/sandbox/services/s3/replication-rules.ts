/** Which replication rules apply to a write. Shapes are the S3 API's. */

export interface BucketReplication {
  Role: string;
  Rules: ReplicationRule[];
}

export interface ReplicationRule {
  ID: string;
  Status: string;
  Priority?: number;
  /** Only in rules of the first schema, which have no Filter. */
  Prefix?: string;
  Filter?: ReplicationFilter;
  Destination: {
    Bucket: string;
    StorageClass?: string;
    ReplicationTime?: { Status: string; Time?: { Minutes?: number } };
    Metrics?: { Status: string; EventThreshold?: { Minutes?: number } };
  };
  DeleteMarkerReplication?: { Status?: string };
  SourceSelectionCriteria?: { ReplicaModifications?: { Status: string }; SseKmsEncryptedObjects?: { Status: string } };
  ExistingObjectReplication?: { Status: string };
}

export interface ReplicationFilter {
  Prefix?: string;
  Tag?: { Key: string; Value: string };
  And?: { Prefix?: string; Tags?: { Key: string; Value: string }[] };
}

interface ReplicatedObject {
  key: string;
  tags: Record<string, string>;
  /** As the object is encrypted, such as `AES256`; a delete marker is not. */
  encryption?: string;
}

/**
 * Enabled rules that match, one for each destination bucket: where several have the same destination, the one with the
 * highest priority (S3 user guide, replication configuration). What KMS encrypts is left behind unless a rule says otherwise
 * (S3 user guide, replicating encrypted objects).
 */
export function matchingRules(replication: BucketReplication | undefined, object: ReplicatedObject): ReplicationRule[] {
  const byDestination = new Map<string, ReplicationRule>();
  for (const rule of replication?.Rules ?? []) {
    if (rule.Status !== 'Enabled' || !filterMatches(rule, object) || !takesEncryption(rule, object)) continue;
    const rival = byDestination.get(rule.Destination.Bucket);
    if (rival === undefined || (rule.Priority ?? 0) > (rival.Priority ?? 0)) byDestination.set(rule.Destination.Bucket, rule);
  }
  return [...byDestination.values()];
}

function takesEncryption(rule: ReplicationRule, { encryption }: ReplicatedObject): boolean {
  return !encryption?.startsWith('aws:kms') || rule.SourceSelectionCriteria?.SseKmsEncryptedObjects?.Status === 'Enabled';
}

function filterMatches(rule: ReplicationRule, object: ReplicatedObject): boolean {
  const { Prefix: prefix, Tag: tag, And: and } = rule.Filter ?? { Prefix: rule.Prefix };
  const tags = [...(tag ? [tag] : []), ...(and?.Tags ?? [])];
  return object.key.startsWith(prefix ?? and?.Prefix ?? '') && tags.every(({ Key, Value }) => object.tags[Key] === Value);
}

/** Rules of the first schema always replicate delete markers; later ones when told, and never under a tag filter. */
export function replicatesDeleteMarkers(rule: ReplicationRule): boolean {
  return rule.Filter === undefined ? true : rule.DeleteMarkerReplication?.Status === 'Enabled';
}

export function syncsReplicaModifications(rule: ReplicationRule): boolean {
  return rule.SourceSelectionCriteria?.ReplicaModifications?.Status === 'Enabled';
}

/** RTC includes the metrics. */
export function publishesMetrics(rule: ReplicationRule): boolean {
  return rule.Destination.Metrics?.Status === 'Enabled' || rule.Destination.ReplicationTime?.Status === 'Enabled';
}
