import type { GetObjectAttributesCommandInput, GetObjectCommandInput, HeadObjectCommandInput } from '@aws-sdk/client-s3';
import { AwsError } from '../../service.js';
import type { CallContext, Operation } from '../../service.js';
import { askedForRange } from './byte-range.js';
import type { ByteRange } from './byte-range.js';
import { checksumMembers, memberOf } from './checksums.js';
import { checkReadConditions } from './conditions.js';
import type { S3Context } from './context.js';
import { notFound } from './errors.js';
import { lastModified } from './model.js';
import type { Bucket, ObjectVersion } from './model.js';
import { readableVersion, requireKey } from './object-lookup.js';
import { settingsMembers } from './object-settings.js';
import { quoted, versionMember } from './object-write.js';

export function objectReadOperations(context: S3Context): Record<string, Operation> {
  return {
    GetObject: (input: GetObjectCommandInput, call) => getObject(context, input, call),
    HeadObject: (input: HeadObjectCommandInput, call) => headObject(context, input, call),
    GetObjectAttributes: (input: GetObjectAttributesCommandInput, call) => getObjectAttributes(context, input, call),
  };
}

async function getObject(context: S3Context, input: GetObjectCommandInput, call: CallContext): Promise<Record<string, unknown>> {
  const { bucket, version, range } = await findForRead(context, input, call);
  const { content } = version;
  const start = range?.start ?? 0;
  const end = range?.end ?? content.size;
  return { ...describe(bucket, version, range, input), Body: context.world.blobs.read(content.slices, start, end) };
}

async function headObject(context: S3Context, input: HeadObjectCommandInput, call: CallContext): Promise<Record<string, unknown>> {
  try {
    const { bucket, version, range } = await findForRead(context, input, call);
    return describe(bucket, version, range, input);
  } catch (error) {
    if (error instanceof AwsError && error.status === 404) throw new AwsError(notFound().code, notFound().message, { status: 404, members: error.members });
    throw error;
  }
}

async function findForRead(context: S3Context, input: GetObjectCommandInput, call: CallContext): Promise<{ bucket: Bucket; version: ObjectVersion; range: ByteRange | undefined }> {
  const bucket = context.store.require(input.Bucket, call.region);
  const version = await readableVersion(context, bucket, requireKey(input.Key), input.VersionId, call.principal);
  checkReadConditions(version, input);
  return { bucket, version, range: askedForRange(version.content, input) };
}

type DescribeInput = Pick<GetObjectCommandInput, 'ChecksumMode' | 'ResponseCacheControl' | 'ResponseContentDisposition' | 'ResponseContentEncoding' | 'ResponseContentLanguage' | 'ResponseContentType' | 'PartNumber'>;

function describe(bucket: Bucket, version: ObjectVersion, range: ByteRange | undefined, input: DescribeInput): Record<string, unknown> {
  const { content } = version;
  return {
    ...settingsMembers(version.settings),
    ...overrides(input),
    AcceptRanges: 'bytes',
    ContentLength: range === undefined ? content.size : range.end - range.start,
    ...(range === undefined ? {} : { ContentRange: `bytes ${range.start}-${range.end - 1}/${content.size}` }),
    ...(input.PartNumber !== undefined && content.parts ? { PartsCount: content.parts.length } : {}),
    ETag: quoted(content.etag),
    LastModified: lastModified(version.createdAt),
    ...versionMember(bucket, version),
    ...replicationMember(version),
    // A stored checksum covers the whole object, so S3 does not send it with a piece.
    ...(input.ChecksumMode === 'ENABLED' && range === undefined ? checksumMembers(content.checksum) : {}),
  };
}

/** Several destinations: FAILED outweighs PENDING, which outweighs COMPLETED (S3 user guide, replication status). */
function replicationMember(version: ObjectVersion): { ReplicationStatus?: string } {
  if (version.replica) return { ReplicationStatus: 'REPLICA' };
  const statuses = Object.values(version.replication ?? {});
  if (statuses.length === 0) return {};
  if (statuses.includes('FAILED')) return { ReplicationStatus: 'FAILED' };
  return { ReplicationStatus: statuses.includes('PENDING') ? 'PENDING' : 'COMPLETED' };
}

function overrides(input: DescribeInput): Record<string, string> {
  const asked = {
    CacheControl: input.ResponseCacheControl, ContentDisposition: input.ResponseContentDisposition,
    ContentEncoding: input.ResponseContentEncoding, ContentLanguage: input.ResponseContentLanguage, ContentType: input.ResponseContentType,
  };
  return Object.fromEntries(Object.entries(asked).filter((entry): entry is [string, string] => entry[1] !== undefined));
}

async function getObjectAttributes(context: S3Context, input: GetObjectAttributesCommandInput, call: CallContext): Promise<Record<string, unknown>> {
  const bucket = context.store.require(input.Bucket, call.region);
  const version = await readableVersion(context, bucket, requireKey(input.Key), input.VersionId, call.principal);
  const { content, settings } = version;
  const wanted = new Set<string>(input.ObjectAttributes ?? []);
  return {
    LastModified: lastModified(version.createdAt),
    ...versionMember(bucket, version),
    ...(wanted.has('ETag') ? { ETag: content.etag } : {}),
    ...(wanted.has('Checksum') ? { Checksum: checksumMembers(content.checksum) } : {}),
    ...(wanted.has('ObjectSize') ? { ObjectSize: content.size } : {}),
    ...(wanted.has('StorageClass') ? { StorageClass: settings.storageClass } : {}),
    ...(wanted.has('ObjectParts') && content.parts ? { ObjectParts: attributedParts(version, input) } : {}),
  };
}

function attributedParts(version: ObjectVersion, input: GetObjectAttributesCommandInput): Record<string, unknown> {
  const parts = version.content.parts ?? [];
  const marker = Number(input.PartNumberMarker ?? 0);
  const maximum = input.MaxParts ?? 1000;
  const page = parts.filter((part) => part.number > marker).slice(0, maximum);
  const last = page.at(-1);
  const algorithm = version.content.checksum?.algorithm;
  return {
    TotalPartsCount: parts.length, PartNumberMarker: String(marker), MaxParts: maximum,
    IsTruncated: last !== undefined && last.number < (parts.at(-1)?.number ?? 0),
    NextPartNumberMarker: String(last?.number ?? 0),
    Parts: page.map((part) => ({ PartNumber: part.number, Size: part.size, ...(algorithm && part.checksum ? { [memberOf(algorithm)]: part.checksum } : {}) })),
  };
}
