import type { ListObjectsCommandInput, ListObjectsV2CommandInput, ListObjectVersionsCommandInput } from '@aws-sdk/client-s3';
import type { CallContext, Operation } from '../../service.js';
import type { S3Context } from './context.js';
import { invalidArgument } from './errors.js';
import { firstBeyondPrefix, firstNotBefore } from './key-index.js';
import { lastModified } from './model.js';
import type { Bucket, ObjectVersion } from './model.js';
import { quoted } from './object-write.js';

const maximumPage = 1000;

/** Listings are strongly consistent: they show every write that was acknowledged before them. */
export function listingOperations(context: S3Context): Record<string, Operation> {
  return {
    ListObjectsV2: async (input: ListObjectsV2CommandInput, call) => listObjectsV2(context, input, call),
    ListObjects: async (input: ListObjectsCommandInput, call) => listObjects(context, input, call),
    ListObjectVersions: async (input: ListObjectVersionsCommandInput, call) => listObjectVersions(context, input, call),
  };
}

interface Walk {
  prefix: string;
  delimiter: string;
  maximum: number;
  /** Where to begin: a key, and whether that key, or everything under it as a prefix, was already told. */
  from: string;
  skip: 'nothing' | 'key' | 'prefix';
}

/** One page of something that keys have: `visit` yields what of a key is listed, in order. */
interface Page<Entry> {
  entries: Entry[];
  prefixes: string[];
  truncated: boolean;
  /** The last thing told, for the continuation. */
  last?: { prefix: string } | { entry: Entry };
}

function walk<Entry>(bucket: Bucket, options: Walk, visit: (key: string) => Entry[]): Page<Entry> {
  const { prefix, delimiter, maximum } = options;
  const keys = bucket.keys.sorted();
  const page: Page<Entry> = { entries: [], prefixes: [], truncated: false };
  if (maximum === 0) return page;
  let index = Math.max(firstNotBefore(keys, prefix), startOf(keys, options));
  while (index < keys.length) {
    const key = keys[index]!;
    if (!key.startsWith(prefix)) break;
    const entries = visit(key);
    const cut = delimiter === '' ? -1 : key.indexOf(delimiter, prefix.length);
    if (entries.length === 0) { index += 1; continue; }
    if (cut >= 0) {
      const common = key.slice(0, cut + delimiter.length);
      if (isFull(page, maximum)) return { ...page, truncated: true };
      page.prefixes.push(common);
      page.last = { prefix: common };
      // Everything under the common prefix is one line of the listing: leap over it.
      index = firstBeyondPrefix(keys, common);
      continue;
    }
    for (const entry of entries) {
      if (isFull(page, maximum)) return { ...page, truncated: true };
      page.entries.push(entry);
      page.last = { entry };
    }
    index += 1;
  }
  return page;
}

function isFull<Entry>(page: Page<Entry>, maximum: number): boolean {
  return page.entries.length + page.prefixes.length >= maximum;
}

function startOf(keys: readonly string[], { from, skip }: Walk): number {
  if (from === '') return 0;
  if (skip === 'prefix') return firstBeyondPrefix(keys, from);
  const index = firstNotBefore(keys, from);
  return skip === 'key' && keys[index] === from ? index + 1 : index;
}

function currentVersions(bucket: Bucket): (key: string) => ObjectVersion[] {
  return (key) => {
    const newest = bucket.objects.get(key)?.at(-1);
    return newest === undefined || newest.deleteMarker ? [] : [newest];
  };
}

function listObjectsV2(context: S3Context, input: ListObjectsV2CommandInput, call: CallContext): Record<string, unknown> {
  const bucket = context.store.require(input.Bucket, call.region);
  const { Prefix: prefix = '', Delimiter: delimiter = '' } = input;
  const maximum = pageSize(input.MaxKeys);
  const start = input.ContinuationToken === undefined ? { from: input.StartAfter ?? '', skip: 'key' as const } : readToken(input.ContinuationToken);
  const page = walk(bucket, { prefix, delimiter, maximum, ...start }, currentVersions(bucket));
  const encode = encoded(input.EncodingType);
  return {
    Name: bucket.name, Prefix: encode(prefix), MaxKeys: maximum, KeyCount: page.entries.length + page.prefixes.length,
    ...(delimiter === '' ? {} : { Delimiter: encode(delimiter) }), EncodingType: input.EncodingType,
    IsTruncated: page.truncated,
    ...(input.StartAfter === undefined ? {} : { StartAfter: encode(input.StartAfter) }),
    ...(input.ContinuationToken === undefined ? {} : { ContinuationToken: input.ContinuationToken }),
    ...(page.truncated && page.last ? { NextContinuationToken: writeToken(page.last) } : {}),
    ...listed(page, encode),
  };
}

function listObjects(context: S3Context, input: ListObjectsCommandInput, call: CallContext): Record<string, unknown> {
  const bucket = context.store.require(input.Bucket, call.region);
  const { Prefix: prefix = '', Delimiter: delimiter = '', Marker: marker = '' } = input;
  const maximum = pageSize(input.MaxKeys);
  const markerIsPrefix = delimiter !== '' && marker.endsWith(delimiter);
  const page = walk(bucket, { prefix, delimiter, maximum, from: marker, skip: markerIsPrefix ? 'prefix' : 'key' }, currentVersions(bucket));
  const encode = encoded(input.EncodingType);
  const next = page.last && ('prefix' in page.last ? page.last.prefix : page.last.entry.key);
  return {
    Name: bucket.name, Prefix: encode(prefix), Marker: encode(marker), MaxKeys: maximum,
    ...(delimiter === '' ? {} : { Delimiter: encode(delimiter) }), EncodingType: input.EncodingType,
    IsTruncated: page.truncated,
    ...(page.truncated && next !== undefined && delimiter !== '' ? { NextMarker: encode(next) } : {}),
    ...listed(page, encode),
  };
}

function listed(page: Page<ObjectVersion>, encode: (text: string) => string): Record<string, unknown> {
  return {
    ...(page.entries.length === 0 ? {} : { Contents: page.entries.map((version) => summary(version, encode)) }),
    ...commonPrefixes(page.prefixes, encode),
  };
}

function commonPrefixes(prefixes: string[], encode: (text: string) => string): Record<string, unknown> {
  return prefixes.length === 0 ? {} : { CommonPrefixes: prefixes.map((prefix) => ({ Prefix: encode(prefix) })) };
}

function summary(version: ObjectVersion, encode: (text: string) => string): Record<string, unknown> {
  const { content, settings } = version;
  return {
    Key: encode(version.key), LastModified: lastModified(version.createdAt), ETag: quoted(content.etag), Size: content.size, StorageClass: settings.storageClass,
    ...(content.checksum ? { ChecksumAlgorithm: [content.checksum.algorithm], ChecksumType: content.checksum.type } : {}),
  };
}

function listObjectVersions(context: S3Context, input: ListObjectVersionsCommandInput, call: CallContext): Record<string, unknown> {
  const bucket = context.store.require(input.Bucket, call.region);
  const { Prefix: prefix = '', Delimiter: delimiter = '', KeyMarker: keyMarker = '', VersionIdMarker: versionIdMarker } = input;
  const maximum = pageSize(input.MaxKeys);
  if (versionIdMarker !== undefined && keyMarker === '') throw invalidArgument('A version-id marker cannot be specified without a key marker.', { ArgumentName: 'version-id-marker' });
  const markerIsPrefix = delimiter !== '' && keyMarker.endsWith(delimiter);
  const skip = versionIdMarker !== undefined ? 'nothing' : markerIsPrefix ? 'prefix' : 'key';
  const page = walk(bucket, { prefix, delimiter, maximum, from: keyMarker, skip }, (key) => {
    const newestFirst = [...(bucket.objects.get(key) ?? [])].reverse();
    if (key !== keyMarker || versionIdMarker === undefined) return newestFirst;
    return newestFirst.slice(newestFirst.findIndex((version) => version.versionId === versionIdMarker) + 1);
  });
  const encode = encoded(input.EncodingType);
  const describe = (version: ObjectVersion): Record<string, unknown> => ({
    Key: encode(version.key), VersionId: version.versionId, IsLatest: context.store.newest(bucket, version.key) === version, LastModified: lastModified(version.createdAt),
  });
  const versions = page.entries.filter((version) => !version.deleteMarker).map((version) => ({ ...summary(version, encode), ...describe(version) }));
  const markers = page.entries.filter((version) => version.deleteMarker).map(describe);
  return {
    Name: bucket.name, Prefix: encode(prefix), KeyMarker: encode(keyMarker), VersionIdMarker: versionIdMarker, MaxKeys: maximum,
    ...(delimiter === '' ? {} : { Delimiter: encode(delimiter) }), EncodingType: input.EncodingType,
    IsTruncated: page.truncated, ...nextVersion(page, encode),
    ...(versions.length === 0 ? {} : { Versions: versions }), ...(markers.length === 0 ? {} : { DeleteMarkers: markers }),
    ...commonPrefixes(page.prefixes, encode),
  };
}

function nextVersion(page: Page<ObjectVersion>, encode: (text: string) => string): Record<string, unknown> {
  if (!page.truncated || page.last === undefined) return {};
  if ('prefix' in page.last) return { NextKeyMarker: encode(page.last.prefix) };
  return { NextKeyMarker: encode(page.last.entry.key), NextVersionIdMarker: page.last.entry.versionId };
}

/** At most 1,000 a page, whatever is asked. */
export function pageSize(asked: number | undefined): number {
  if (asked === undefined) return maximumPage;
  if (!Number.isInteger(asked) || asked < 0) throw invalidArgument('Argument max-keys must be an integer between 0 and 2147483647', { ArgumentName: 'max-keys', ArgumentValue: asked });
  return Math.min(asked, maximumPage);
}

/** Keys may hold characters that XML cannot; `url` makes any listing representable. Slashes stay as they are. */
export function encoded(encodingType: string | undefined): (text: string) => string {
  if (encodingType !== 'url') return (text) => text;
  return (text) => encodeURIComponent(Buffer.from(text).toString())
    .replace(/[!'()]/g, (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`)
    .replace(/%2F/g, '/').replace(/%20/g, '+');
}

function writeToken(last: { prefix: string } | { entry: ObjectVersion }): string {
  return Buffer.from(JSON.stringify('prefix' in last ? { prefix: last.prefix } : { key: last.entry.key })).toString('base64url');
}

function readToken(token: string): Pick<Walk, 'from' | 'skip'> {
  try {
    const read = JSON.parse(Buffer.from(token, 'base64url').toString()) as { prefix?: string; key?: string };
    if (typeof read.prefix === 'string') return { from: read.prefix, skip: 'prefix' };
    if (typeof read.key === 'string') return { from: read.key, skip: 'key' };
  } catch {
    // Falls through to the refusal that any unreadable token gets.
  }
  throw invalidArgument('The continuation token provided is incorrect', { ArgumentName: 'continuation-token' });
}
