import type { AbortMultipartUploadCommandInput, CreateMultipartUploadCommandInput, UploadPartCommandInput, UploadPartCopyCommandInput } from '@aws-sdk/client-s3';
import type { CallContext, Operation } from '../../service.js';
import { receiveBody, sliceContent } from './body.js';
import { parseCopyRange } from './byte-range.js';
import { askedChecksum, checkType, checksumMembers, defaultChecksum, defaultType } from './checksums.js';
import type { S3Context } from './context.js';
import { findCopySource, parseCopySource } from './copy-source.js';
import { invalidArgument, invalidRequest, noSuchUpload } from './errors.js';
import { lastModified } from './model.js';
import type { Bucket, ObjectContent, Upload } from './model.js';
import { completeMultipartUpload } from './multipart-complete.js';
import { listMultipartUploads, listParts } from './multipart-listing.js';
import { requireKey } from './object-lookup.js';
import { encryptionMembers, settingsFrom } from './object-settings.js';
import { quoted } from './object-write.js';
import { maximumUploadBytes } from './body.js';

const maximumPartNumber = 10_000;

/** An upload id is known only to the bucket in which the upload was created, whatever route later requests take. */
export function multipartOperations(context: S3Context): Record<string, Operation> {
  return {
    CreateMultipartUpload: async (input: CreateMultipartUploadCommandInput, call) => createUpload(context, input, call),
    UploadPart: (input: Omit<UploadPartCommandInput, 'Body'> & { Body?: AsyncIterable<Uint8Array> }, call) => uploadPart(context, input, call),
    UploadPartCopy: (input: UploadPartCopyCommandInput, call) => uploadPartCopy(context, input, call),
    CompleteMultipartUpload: (input, call) => completeMultipartUpload(context, input, call),
    AbortMultipartUpload: async (input: AbortMultipartUploadCommandInput, call) => {
      const { bucket, upload } = requireUpload(context, input, call);
      bucket.uploads.delete(upload.uploadId);
      context.world.changed();
      return {};
    },
    ListParts: async (input, call) => listParts(context, input, call),
    ListMultipartUploads: async (input, call) => listMultipartUploads(context, input, call),
  };
}

function createUpload(context: S3Context, input: CreateMultipartUploadCommandInput, call: CallContext): Record<string, unknown> {
  const { world, store } = context;
  const bucket = store.require(input.Bucket, call.region);
  const key = requireKey(input.Key);
  const asked = askedChecksum(input);
  const checksumAlgorithm = asked?.algorithm ?? defaultChecksum;
  const checksumType = input.ChecksumType ?? defaultType(checksumAlgorithm);
  checkType(checksumAlgorithm, checksumType);
  const upload: Upload = {
    uploadId: `${world.random.hex(48)}.${world.random.hex(16)}`,
    key, initiatedAt: world.clock.now(), initiator: call.principal.arn,
    settings: settingsFrom(input, bucket),
    checksumAlgorithm, checksumType, checksumAsked: asked !== undefined,
    parts: new Map(),
  };
  bucket.uploads.set(upload.uploadId, upload);
  world.changed();
  return {
    Bucket: bucket.name, Key: key, UploadId: upload.uploadId,
    ...(asked ? { ChecksumAlgorithm: checksumAlgorithm, ChecksumType: checksumType } : {}),
    ...encryptionMembers(upload.settings),
  };
}

async function uploadPart(context: S3Context, input: Omit<UploadPartCommandInput, 'Body'> & { Body?: AsyncIterable<Uint8Array> }, call: CallContext): Promise<Record<string, unknown>> {
  const { bucket, upload } = requireUpload(context, input, call);
  const number = requirePartNumber(input.PartNumber);
  const asked = askedChecksum(input);
  // Told by those who met it: apache/arrow-rs #6793, apache/opendal #4533.
  const announced = upload.checksumAsked ? upload.checksumAlgorithm.toLowerCase() : 'null';
  if (asked && asked.algorithm.toLowerCase() !== announced) {
    throw invalidRequest(`Checksum Type mismatch occurred, expected checksum Type: ${announced}, actual checksum Type: ${asked.algorithm.toLowerCase()}`);
  }
  const content = await receiveBody(context.world, input.Body, {
    algorithm: asked?.algorithm ?? upload.checksumAlgorithm, checksum: asked?.value,
    contentMd5: input.ContentMD5, contentLength: input.ContentLength, signal: call.signal,
  });
  keepPart(context, bucket, upload, number, content);
  return { ETag: quoted(content.etag), ...withoutType(checksumMembers(content.checksum)), ...encryptionMembers(upload.settings) };
}

async function uploadPartCopy(context: S3Context, input: UploadPartCopyCommandInput, call: CallContext): Promise<Record<string, unknown>> {
  const { bucket, upload } = requireUpload(context, input, call);
  const number = requirePartNumber(input.PartNumber);
  const source = parseCopySource(input.CopySource);
  const found = await findCopySource(context, source, input, call);
  const { content: original } = found.version;
  const range = input.CopySourceRange === undefined ? { start: 0, end: original.size } : parseCopyRange(input.CopySourceRange, original.size);
  if (range.end - range.start > maximumUploadBytes) throw invalidRequest(`The specified copy source is larger than the maximum allowable size for a copy source: ${maximumUploadBytes}`);
  const content = await sliceContent(context.world, original, range.start, range.end, upload.checksumAlgorithm);
  call.signal.throwIfAborted();
  const uploadedAt = keepPart(context, bucket, upload, number, content);
  return {
    CopyPartResult: { ETag: quoted(content.etag), LastModified: lastModified(uploadedAt), ...withoutType(checksumMembers(content.checksum)) },
    ...(found.bucket.configuration.versioning === undefined ? {} : { CopySourceVersionId: found.version.versionId }),
    ...encryptionMembers(upload.settings),
  };
}

/** The upload may have been completed or aborted while the part was on its way. */
function keepPart(context: S3Context, bucket: Bucket, upload: Upload, number: number, content: ObjectContent): number {
  if (bucket.uploads.get(upload.uploadId) !== upload) throw noSuchUpload(upload.uploadId);
  const uploadedAt = context.world.clock.now();
  upload.parts.set(number, { number, content, uploadedAt });
  context.world.changed();
  return uploadedAt;
}

export function requireUpload(context: S3Context, input: { Bucket?: string; Key?: string; UploadId?: string }, call: CallContext): { bucket: Bucket; upload: Upload } {
  const bucket = context.store.require(input.Bucket, call.region);
  const upload = bucket.uploads.get(input.UploadId ?? '');
  if (!upload || upload.key !== input.Key) throw noSuchUpload(input.UploadId ?? '');
  return { bucket, upload };
}

function requirePartNumber(number: number | undefined): number {
  if (number === undefined || !Number.isInteger(number) || number < 1 || number > maximumPartNumber) {
    throw invalidArgument('Part number must be an integer between 1 and 10000, inclusive', { ArgumentName: 'partNumber', ArgumentValue: number });
  }
  return number;
}

function withoutType(members: ReturnType<typeof checksumMembers>): Omit<ReturnType<typeof checksumMembers>, 'ChecksumType'> {
  const { ChecksumType: _type, ...values } = members;
  return values;
}
