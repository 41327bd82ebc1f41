import type { BlobSlice } from '../../blobs.js';
import type { PolicyDocument } from '../../service.js';
import type { KeyIndex } from './key-index.js';
import type { BucketReplication } from './replication-rules.js';

/** Version id of an object that was written while its bucket had no versioning, as S3 spells it. */
export const nullVersionId = 'null';

export type ChecksumName = 'CRC32' | 'CRC32C' | 'CRC64NVME' | 'SHA1' | 'SHA256';
export type ChecksumType = 'FULL_OBJECT' | 'COMPOSITE';

export interface StoredChecksum {
  algorithm: ChecksumName;
  type: ChecksumType;
  /** Base64; a composite one ends in `-` and the number of parts. */
  value: string;
}

/** A part of a completed multipart upload, kept so that `PartNumber` reads and GetObjectAttributes can tell it. */
export interface StoredPart {
  number: number;
  offset: number;
  size: number;
  checksum?: string;
}

export interface ObjectContent {
  slices: BlobSlice[];
  size: number;
  /** Without quotes. */
  etag: string;
  /** Hexadecimal; known for what arrived in one piece, whatever the encryption made of the ETag. */
  md5?: string;
  checksum?: StoredChecksum;
  parts?: StoredPart[];
}

/** What the writer said about an object, and what a replica keeps of it. */
export interface ObjectSettings {
  contentType?: string;
  cacheControl?: string;
  contentDisposition?: string;
  contentEncoding?: string;
  contentLanguage?: string;
  /** As the header had it. */
  expires?: string;
  websiteRedirectLocation?: string;
  metadata: Record<string, string>;
  tags: Record<string, string>;
  storageClass: string;
  encryption: string;
  encryptionKeyId?: string;
}

export type ReplicationStatus = 'PENDING' | 'COMPLETED' | 'FAILED';

export interface ObjectVersion {
  key: string;
  versionId: string;
  /** Milliseconds since 1970. A replica keeps its source's. */
  createdAt: number;
  /** Orders versions of one instant; counted over both Regions, so that replicas fall into the same order. */
  sequence: number;
  deleteMarker: boolean;
  content: ObjectContent;
  settings: ObjectSettings;
  /** Made by replication, and so not replicated again. */
  replica: boolean;
  /** Status by destination bucket, when a replication rule applied at the time of writing. */
  replication?: Record<string, ReplicationStatus>;
}

export interface UploadedPart {
  number: number;
  content: ObjectContent;
  uploadedAt: number;
}

export interface Upload {
  uploadId: string;
  key: string;
  initiatedAt: number;
  initiator: string;
  settings: ObjectSettings;
  checksumAlgorithm: ChecksumName;
  checksumType: ChecksumType;
  /** Whether the client asked for the algorithm; S3 adds its own without telling it in part listings. */
  checksumAsked: boolean;
  parts: Map<number, UploadedPart>;
}

/** Bucket settings in the shapes of the S3 API. Absent means not set. */
export interface BucketConfiguration {
  versioning?: 'Enabled' | 'Suspended';
  policy?: PolicyDocument;
  publicAccessBlock?: Record<string, boolean>;
  lifecycleRules?: LifecycleRule[];
  encryption?: { Rules: EncryptionRule[] };
  tags?: { Key: string; Value: string }[];
  corsRules?: unknown[];
  ownership?: { Rules: { ObjectOwnership: string }[] };
  eventBridge?: boolean;
  replication?: BucketReplication;
}

export interface EncryptionRule {
  ApplyServerSideEncryptionByDefault?: { SSEAlgorithm: string; KMSMasterKeyID?: string };
  BucketKeyEnabled?: boolean;
}

export interface LifecycleRule {
  ID?: string;
  Status: string;
  Prefix?: string;
  Filter?: { Prefix?: string; Tag?: { Key: string; Value: string }; And?: { Prefix?: string; Tags?: { Key: string; Value: string }[] } };
  Expiration?: { Days?: number; Date?: string | Date; ExpiredObjectDeleteMarker?: boolean };
  NoncurrentVersionExpiration?: { NoncurrentDays?: number; NewerNoncurrentVersions?: number };
  AbortIncompleteMultipartUpload?: { DaysAfterInitiation?: number };
}

export interface Bucket {
  name: string;
  region: string;
  createdAt: number;
  configuration: BucketConfiguration;
  /** Versions by key, newest last. A key is present as long as it has any version. */
  objects: Map<string, ObjectVersion[]>;
  keys: KeyIndex;
  uploads: Map<string, Upload>;
  /** Conditional writes under way, by key: a delete that overtakes one makes it fail with 409. */
  conditionalWrites: Map<string, Set<{ overtaken: boolean }>>;
}

export function bucketArn(partition: string, name: string): string {
  return `arn:${partition}:s3:::${name}`;
}

export function bucketNameOf(arn: string): string {
  return arn.slice(arn.lastIndexOf(':') + 1);
}

/** S3 tells modification times in whole seconds, also where the format has room for more. */
export function lastModified(milliseconds: number): Date {
  return new Date(Math.floor(milliseconds / 1000) * 1000);
}

export const emptyContent: ObjectContent = { slices: [], size: 0, etag: '' };

export function plainSettings(): ObjectSettings {
  return { metadata: {}, tags: {}, storageClass: 'STANDARD', encryption: 'AES256' };
}
