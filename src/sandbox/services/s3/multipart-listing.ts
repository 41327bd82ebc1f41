import type { ListMultipartUploadsCommandInput, ListPartsCommandInput } from '@aws-sdk/client-s3';
import type { CallContext } from '../../service.js';
import { checksumMembers } from './checksums.js';
import type { S3Context } from './context.js';
import { compareKeys } from './key-index.js';
import { encoded, pageSize } from './listing.js';
import { lastModified } from './model.js';
import { requireUpload } from './multipart.js';
import { quoted } from './object-write.js';

export function listParts(context: S3Context, input: ListPartsCommandInput, call: CallContext): Record<string, unknown> {
  const { bucket, upload } = requireUpload(context, input, call);
  const marker = Number(input.PartNumberMarker ?? 0);
  const maximum = pageSize(input.MaxParts);
  const remaining = [...upload.parts.values()].filter((part) => part.number > marker).sort((left, right) => left.number - right.number);
  const page = remaining.slice(0, maximum);
  return {
    Bucket: bucket.name, Key: upload.key, UploadId: upload.uploadId,
    PartNumberMarker: String(marker), NextPartNumberMarker: String(page.at(-1)?.number ?? 0), MaxParts: maximum,
    IsTruncated: remaining.length > page.length,
    StorageClass: upload.settings.storageClass,
    Initiator: { ID: upload.initiator, DisplayName: upload.initiator },
    ...(upload.checksumAsked ? { ChecksumAlgorithm: upload.checksumAlgorithm, ChecksumType: upload.checksumType } : {}),
    Parts: page.map((part) => {
      const { ChecksumType: _type, ...checksum } = checksumMembers(part.content.checksum);
      return { PartNumber: part.number, ETag: quoted(part.content.etag), Size: part.content.size, LastModified: lastModified(part.uploadedAt), ...checksum };
    }),
  };
}

/** Uploads in progress by key, then by start. Delimiters are rare here, so the list is small enough to be filtered. */
export function listMultipartUploads(context: S3Context, input: ListMultipartUploadsCommandInput, call: CallContext): Record<string, unknown> {
  const bucket = context.store.require(input.Bucket, call.region);
  const { Prefix: prefix = '', Delimiter: delimiter = '', KeyMarker: keyMarker = '', UploadIdMarker: uploadIdMarker } = input;
  const maximum = pageSize(input.MaxUploads);
  const ordered = [...bucket.uploads.values()]
    .filter((upload) => upload.key.startsWith(prefix))
    .sort((left, right) => compareKeys(left.key, right.key) || left.initiatedAt - right.initiatedAt || compareKeys(left.uploadId, right.uploadId));
  const markerIndex = uploadIdMarker ? ordered.findIndex((upload) => upload.key === keyMarker && upload.uploadId === uploadIdMarker) : -1;
  const remaining = markerIndex >= 0 ? ordered.slice(markerIndex + 1) : ordered.filter((upload) => keyMarker === '' || compareKeys(upload.key, keyMarker) > 0);
  const prefixes = new Set<string>();
  const uploads: typeof remaining = [];
  let taken = 0;
  for (const upload of remaining) {
    const cut = delimiter === '' ? -1 : upload.key.indexOf(delimiter, prefix.length);
    const common = cut < 0 ? undefined : upload.key.slice(0, cut + delimiter.length);
    const isNew = common === undefined || !prefixes.has(common);
    if (isNew && prefixes.size + uploads.length === maximum) break;
    if (common === undefined) uploads.push(upload);
    else prefixes.add(common);
    taken += 1;
  }
  const last = remaining[taken - 1];
  const encode = encoded(input.EncodingType);
  return {
    Bucket: bucket.name, Prefix: encode(prefix), KeyMarker: encode(keyMarker), UploadIdMarker: uploadIdMarker, MaxUploads: maximum,
    ...(delimiter === '' ? {} : { Delimiter: encode(delimiter) }), EncodingType: input.EncodingType,
    IsTruncated: taken < remaining.length,
    ...(taken < remaining.length && last ? { NextKeyMarker: encode(last.key), NextUploadIdMarker: last.uploadId } : {}),
    ...(prefixes.size === 0 ? {} : { CommonPrefixes: [...prefixes].map((common) => ({ Prefix: encode(common) })) }),
    Uploads: uploads.map((upload) => ({
      Key: encode(upload.key), UploadId: upload.uploadId, Initiated: lastModified(upload.initiatedAt), StorageClass: upload.settings.storageClass,
      Initiator: { ID: upload.initiator, DisplayName: upload.initiator },
      ...(upload.checksumAsked ? { ChecksumAlgorithm: upload.checksumAlgorithm, ChecksumType: upload.checksumType } : {}),
    })),
  };
}
