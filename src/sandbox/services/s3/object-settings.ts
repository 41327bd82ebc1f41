import { AwsError } from '../../service.js';
import { invalidArgument } from './errors.js';
import type { Bucket, ObjectSettings } from './model.js';

/** The members by which PutObject, CopyObject and CreateMultipartUpload describe an object. */
export interface SettingsInput {
  ContentType?: string;
  CacheControl?: string;
  ContentDisposition?: string;
  ContentEncoding?: string;
  ContentLanguage?: string;
  Expires?: Date | string;
  WebsiteRedirectLocation?: string;
  Metadata?: Record<string, string>;
  Tagging?: string;
  StorageClass?: string;
  ServerSideEncryption?: string;
  SSEKMSKeyId?: string;
  SSECustomerAlgorithm?: string;
  ACL?: string;
}

const maximumMetadataBytes = 2048;
const maximumTags = 10;

export function settingsFrom(input: SettingsInput, bucket: Bucket): ObjectSettings {
  refuseUnmodelled(input);
  const metadata = lowerCaseNames(input.Metadata ?? {});
  const metadataBytes = Object.entries(metadata).reduce((sum, [name, value]) => sum + Buffer.byteLength(name) + Buffer.byteLength(value), 0);
  if (metadataBytes > maximumMetadataBytes) {
    throw new AwsError('MetadataTooLarge', 'Your metadata headers exceed the maximum allowed metadata size', { members: { Size: metadataBytes, MaxSizeAllowed: maximumMetadataBytes } });
  }
  const optional = {
    contentType: input.ContentType, cacheControl: input.CacheControl, contentDisposition: input.ContentDisposition,
    contentEncoding: withoutTransferCoding(input.ContentEncoding), contentLanguage: input.ContentLanguage,
    expires: input.Expires instanceof Date ? input.Expires.toUTCString() : input.Expires,
    websiteRedirectLocation: input.WebsiteRedirectLocation,
  };
  return { ...optional, metadata, tags: parseTagging(input.Tagging), storageClass: input.StorageClass ?? 'STANDARD', ...encryptionOf(input, bucket) };
}

/** `aws-chunked` describes the transfer, so S3 does not keep it. */
function withoutTransferCoding(encoding: string | undefined): string | undefined {
  const codings = (encoding ?? '').split(',').map((coding) => coding.trim()).filter((coding) => coding !== '' && coding !== 'aws-chunked');
  return codings.length === 0 ? undefined : codings.join(',');
}

/** What the request asked for, else the bucket's default. */
export function encryptionOf(input: Pick<SettingsInput, 'ServerSideEncryption' | 'SSEKMSKeyId'>, bucket: Bucket): Pick<ObjectSettings, 'encryption' | 'encryptionKeyId'> {
  const byDefault = bucket.configuration.encryption?.Rules[0]?.ApplyServerSideEncryptionByDefault;
  const encryption = input.ServerSideEncryption ?? byDefault?.SSEAlgorithm ?? 'AES256';
  const keyId = input.SSEKMSKeyId ?? (encryption.startsWith('aws:kms') ? byDefault?.KMSMasterKeyID : undefined);
  return keyId === undefined ? { encryption } : { encryption, encryptionKeyId: keyId };
}

function refuseUnmodelled(input: SettingsInput): void {
  if (input.SSECustomerAlgorithm !== undefined) throw new AwsError('NotImplemented', 'Customer-provided keys are not implemented by the sandbox.', { status: 501 });
  if (input.ACL !== undefined && input.ACL !== 'bucket-owner-full-control' && input.ACL !== 'private') {
    throw new AwsError('AccessControlListNotSupported', 'The bucket does not allow ACLs');
  }
}

/** Reads the `x-amz-tagging` header, which is a query string. */
export function parseTagging(header: string | undefined): Record<string, string> {
  return header === undefined ? {} : tagsFrom([...new URLSearchParams(header)].map(([Key, Value]) => ({ Key, Value })));
}

export function tagsFrom(tagSet: readonly { Key?: string | undefined; Value?: string | undefined }[]): Record<string, string> {
  if (tagSet.length > maximumTags) throw new AwsError('BadRequest', `Object tags cannot be greater than ${maximumTags}`);
  const tags: Record<string, string> = {};
  for (const { Key: name = '', Value: value = '' } of tagSet) {
    if (name === '' || name.length > 128 || value.length > 256) throw new AwsError('InvalidTag', 'The tag provided was not a valid tag.');
    if (Object.hasOwn(tags, name)) throw invalidArgument('Cannot provide multiple Tags with the same key', { ArgumentName: name });
    tags[name] = value;
  }
  return tags;
}

export function tagSetOf(tags: Record<string, string>): { Key: string; Value: string }[] {
  return Object.entries(tags).map(([Key, Value]) => ({ Key, Value }));
}

/** Metadata names are headers: S3 returns them in lower case. */
function lowerCaseNames(metadata: Record<string, string>): Record<string, string> {
  return Object.fromEntries(Object.entries(metadata).map(([name, value]) => [name.toLowerCase(), value]));
}

/** The settings as GetObject and HeadObject tell them. */
export function settingsMembers(settings: ObjectSettings): Record<string, unknown> {
  const tagCount = Object.keys(settings.tags).length;
  return {
    ContentType: settings.contentType ?? 'binary/octet-stream',
    CacheControl: settings.cacheControl, ContentDisposition: settings.contentDisposition,
    ContentEncoding: settings.contentEncoding, ContentLanguage: settings.contentLanguage,
    ...(settings.expires === undefined ? {} : { Expires: new Date(settings.expires), ExpiresString: settings.expires }),
    WebsiteRedirectLocation: settings.websiteRedirectLocation,
    Metadata: settings.metadata,
    ...(settings.storageClass === 'STANDARD' ? {} : { StorageClass: settings.storageClass }),
    ...(tagCount === 0 ? {} : { TagCount: tagCount }),
    ...encryptionMembers(settings),
  };
}

export function encryptionMembers(settings: Pick<ObjectSettings, 'encryption' | 'encryptionKeyId'>): Record<string, unknown> {
  return { ServerSideEncryption: settings.encryption, SSEKMSKeyId: settings.encryptionKeyId };
}
