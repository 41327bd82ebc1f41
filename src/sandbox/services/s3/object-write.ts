import type { CopyObjectCommandInput, PutObjectCommandInput } from '@aws-sdk/client-s3';
import type { CallContext, Operation } from '../../service.js';
import { maximumUploadBytes, receiveBody, sliceContent } from './body.js';
import { askedChecksum, checksumMembers, defaultChecksum } from './checksums.js';
import { conditionally } from './conditions.js';
import { causeOf } from './context.js';
import type { CreationReason, S3Context } from './context.js';
import { findCopySource, parseCopySource } from './copy-source.js';
import { invalidRequest } from './errors.js';
import { lastModified } from './model.js';
import type { Bucket, ObjectContent, ObjectSettings, ObjectVersion } from './model.js';
import { requireKey } from './object-lookup.js';
import { encryptionMembers, encryptionOf, parseTagging, settingsFrom } from './object-settings.js';

/** The wire layer hands bodies over as plain byte streams. */
type Streamed<Input> = Omit<Input, 'Body'> & { Body?: AsyncIterable<Uint8Array> };

export function objectWriteOperations(context: S3Context): Record<string, Operation> {
  return {
    PutObject: (input: Streamed<PutObjectCommandInput>, call) => putObject(context, input, call),
    CopyObject: (input: CopyObjectCommandInput, call) => copyObject(context, input, call),
  };
}

async function putObject(context: S3Context, input: Streamed<PutObjectCommandInput>, call: CallContext): Promise<Record<string, unknown>> {
  const { world, store } = context;
  const bucket = store.require(input.Bucket, call.region);
  const key = requireKey(input.Key);
  const settings = settingsFrom(input, bucket);
  const asked = askedChecksum(input);
  const version = await conditionally(store, bucket, key, input, () => receiveBody(world, input.Body, {
    algorithm: asked?.algorithm ?? defaultChecksum, checksum: asked?.value,
    contentMd5: input.ContentMD5, contentLength: input.ContentLength, signal: call.signal,
  }), (content) => createVersion(context, bucket, key, content, settings, 'PutObject', call));
  return { ETag: quoted(version.content.etag), ...versionMember(bucket, version), ...checksumMembers(version.content.checksum), ...encryptionMembers(settings) };
}

/**
 * Makes content the newest version of a key: the moment at which a write becomes visible. Writes to a bucket that was
 * removed meanwhile, or whose caller is gone, do not happen.
 */
export function createVersion(context: S3Context, bucket: Bucket, key: string, content: ObjectContent, settings: ObjectSettings, reason: CreationReason, call: CallContext): ObjectVersion {
  call.signal.throwIfAborted();
  context.store.require(bucket.name, bucket.region);
  const version: ObjectVersion = {
    key, ...context.store.stamp(bucket, key), deleteMarker: false,
    content: withStoredEtag(context, content, settings.encryption), settings, replica: false,
  };
  context.store.insert(bucket, version);
  context.changes.created(bucket, version, reason, causeOf(call, context.world.account));
  return version;
}

/** Under KMS the ETag is not the MD5 of the content (S3 API reference, Object). */
export function withStoredEtag(context: S3Context, content: ObjectContent, encryption: string): ObjectContent {
  if (!encryption.startsWith('aws:kms')) return content;
  const suffix = /-\d+$/.exec(content.etag)?.[0] ?? '';
  return { ...content, etag: `${context.world.random.hex(32)}${suffix}` };
}

async function copyObject(context: S3Context, input: CopyObjectCommandInput, call: CallContext): Promise<Record<string, unknown>> {
  const { world, store } = context;
  const bucket = store.require(input.Bucket, call.region);
  const key = requireKey(input.Key);
  const source = parseCopySource(input.CopySource);
  const found = await findCopySource(context, source, input, call);
  const { version: original } = found;
  if (original.content.size > maximumUploadBytes) throw invalidRequest(`The specified copy source is larger than the maximum allowable size for a copy source: ${maximumUploadBytes}`);
  refuseCopyOntoItself(input, bucket, found.bucket, key, source.versionId, original);
  const settings = copiedSettings(input, original, bucket);
  const algorithm = askedChecksum(input)?.algorithm ?? original.content.checksum?.algorithm ?? defaultChecksum;
  const version = await conditionally(store, bucket, key, input,
    () => sliceContent(world, original.content, 0, original.content.size, algorithm),
    (content) => createVersion(context, bucket, key, content, settings, 'CopyObject', call));
  const { ChecksumType, ...checksum } = checksumMembers(version.content.checksum);
  return {
    CopyObjectResult: { ETag: quoted(version.content.etag), LastModified: lastModified(version.createdAt), ...checksum, ChecksumType },
    ...versionMember(bucket, version), ...encryptionMembers(settings),
    ...(found.bucket.configuration.versioning === undefined ? {} : { CopySourceVersionId: original.versionId }),
  };
}

/** A copy keeps the source's description unless the directives say REPLACE; encryption is always the destination's. */
function copiedSettings(input: CopyObjectCommandInput, original: ObjectVersion, bucket: Bucket): ObjectSettings {
  const replaced = settingsFrom(input, bucket);
  const described = input.MetadataDirective === 'REPLACE' ? replaced : original.settings;
  return {
    ...described,
    tags: input.TaggingDirective === 'REPLACE' ? parseTagging(input.Tagging) : original.settings.tags,
    storageClass: input.StorageClass ?? 'STANDARD',
    encryptionKeyId: undefined,
    ...encryptionOf(input, bucket),
  };
}

function refuseCopyOntoItself(input: CopyObjectCommandInput, bucket: Bucket, sourceBucket: Bucket, key: string, versionId: string | undefined, original: ObjectVersion): void {
  const changesSomething = input.MetadataDirective === 'REPLACE' || input.StorageClass !== undefined || input.ServerSideEncryption !== undefined || versionId !== undefined;
  if (sourceBucket !== bucket || original.key !== key || changesSomething) return;
  throw invalidRequest('This copy request is illegal because it is trying to copy an object to itself without changing the object\'s metadata, storage class, website redirect location or encryption attributes.');
}

export function quoted(etag: string): string {
  return `"${etag}"`;
}

/** Version ids are told only by buckets that have, or had, versioning. */
export function versionMember(bucket: Bucket, version: ObjectVersion): { VersionId?: string } {
  return bucket.configuration.versioning === undefined ? {} : { VersionId: version.versionId };
}
