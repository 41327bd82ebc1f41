import { createHash } from 'node:crypto';
import type { CompletedPart, CompleteMultipartUploadCommandInput } from '@aws-sdk/client-s3';
import { AwsError } from '../../service.js';
import type { CallContext } from '../../service.js';
import { askedChecksum, checksumMembers, joinChecksums, memberOf } from './checksums.js';
import { conditionally, etagMatches } from './conditions.js';
import type { S3Context } from './context.js';
import { badDigest, entityTooSmall, invalidPart, invalidPartOrder, invalidRequest, noSuchUpload } from './errors.js';
import type { Bucket, ObjectContent, StoredChecksum, StoredPart, Upload, UploadedPart } from './model.js';
import { requireUpload } from './multipart.js';
import { encryptionMembers } from './object-settings.js';
import { createVersion, quoted, versionMember } from './object-write.js';

/** Every part but the last must be at least this large. */
export const minimumPartBytes = 5 * 1024 ** 2;

/**
 * Makes one object of the listed parts by laying their slices end to end: no bytes move, so completing takes the same
 * time whatever the size. Parts that are not listed are dropped.
 */
export async function completeMultipartUpload(context: S3Context, input: CompleteMultipartUploadCommandInput, call: CallContext): Promise<Record<string, unknown>> {
  const { bucket, upload } = requireUpload(context, input, call);
  const content = assemble(upload, input);
  const version = await conditionally(context.store, bucket, upload.key, input, async () => content, () => {
    if (!bucket.uploads.delete(upload.uploadId)) throw noSuchUpload(upload.uploadId);
    return createVersion(context, bucket, upload.key, content, upload.settings, 'CompleteMultipartUpload', call);
  });
  return {
    Bucket: bucket.name, Key: upload.key, ETag: quoted(version.content.etag), Location: locationOf(bucket, upload.key),
    ...versionMember(bucket, version), ...checksumMembers(content.checksum), ...encryptionMembers(upload.settings),
  };
}

function assemble(upload: Upload, input: CompleteMultipartUploadCommandInput): ObjectContent {
  const listed = input.MultipartUpload?.Parts ?? [];
  if (listed.length === 0) throw invalidRequest('You must specify at least one part');
  const parts = listed.map((part, index) => {
    if (index > 0 && (part.PartNumber ?? 0) <= (listed[index - 1]!.PartNumber ?? 0)) throw invalidPartOrder();
    return matchingPart(upload, part);
  });
  for (const part of parts.slice(0, -1)) {
    if (part.content.size < minimumPartBytes) throw entityTooSmall(part.number, part.content.size);
  }
  const size = parts.reduce((sum, part) => sum + part.content.size, 0);
  if (input.MpuObjectSize !== undefined && Number(input.MpuObjectSize) !== size) throw invalidRequest('The provided \'x-amz-mp-object-size\' header value does not match what was computed.');
  const md5 = createHash('md5');
  for (const part of parts) md5.update(Buffer.from(part.content.md5 ?? '', 'hex'));
  return {
    slices: parts.flatMap((part) => part.content.slices), size,
    etag: `${md5.digest('hex')}-${parts.length}`,
    checksum: joinedChecksum(upload, parts, input), parts: storedParts(parts),
  };
}

function matchingPart(upload: Upload, listed: CompletedPart): UploadedPart {
  const number = listed.PartNumber ?? 0;
  const part = upload.parts.get(number);
  if (!part || !etagMatches(listed.ETag ?? '', part.content.etag)) throw invalidPart(number, upload.uploadId);
  const expected = listed[memberOf(upload.checksumAlgorithm)];
  if (expected !== undefined && expected !== part.content.checksum?.value) throw invalidPart(number, upload.uploadId);
  if (expected === undefined && upload.checksumAsked && upload.checksumType === 'COMPOSITE') {
    throw invalidRequest(`The upload was created using a ${upload.checksumAlgorithm.toLowerCase()} checksum. The complete request must include the checksum for each part. It was missing for part ${number} in the request.`);
  }
  return part;
}

/** Undefined when parts came with different algorithms, which S3 allows if none was announced. */
function joinedChecksum(upload: Upload, parts: UploadedPart[], input: CompleteMultipartUploadCommandInput): StoredChecksum | undefined {
  const pieces = parts.flatMap(({ content }) => content.checksum?.algorithm === upload.checksumAlgorithm ? [{ value: content.checksum.value, length: content.size }] : []);
  if (pieces.length < parts.length) return undefined;
  const joined = joinChecksums(upload.checksumAlgorithm, upload.checksumType, pieces);
  const asked = askedChecksum(input);
  if (asked?.value === undefined) return joined;
  if (asked.algorithm !== joined.algorithm || (input.ChecksumType ?? joined.type) !== joined.type) {
    throw new AwsError('InvalidRequest', 'The checksum algorithm or type of the complete request differs from the upload\'s.');
  }
  // A composite value may come with or without its count of parts.
  if (asked.value !== joined.value && asked.value !== joined.value.replace(/-\d+$/, '')) throw badDigest(joined.algorithm);
  return joined;
}

function storedParts(parts: UploadedPart[]): StoredPart[] {
  let offset = 0;
  return parts.map((part, index) => {
    const stored = { number: index + 1, offset, size: part.content.size, checksum: part.content.checksum?.value };
    offset += part.content.size;
    return stored;
  });
}

function locationOf(bucket: Bucket, key: string): string {
  return `https://${bucket.name}.s3.${bucket.region}.amazonaws.com/${key.split('/').map(encodeURIComponent).join('/')}`;
}
