import { createReadStream } from 'node:fs';
import { open } from 'node:fs/promises';
import {
  AbortMultipartUploadCommand, CompleteMultipartUploadCommand, CreateMultipartUploadCommand, PutObjectCommand, UploadPartCommand,
  type CompletedPart, type S3Client,
} from '@aws-sdk/client-s3';
import { OperatorError } from '../errors.js';

export interface UploadSource {
  /** Path of the file. It must not change while it is uploaded. */
  file: string;
  bytes: number;
  /** SHA-256 of the content in hex. */
  sha256: string;
}

/** What has to hold under the key at the moment in which the object becomes visible; see `WriteOn` in uploads.ts. */
export type WriteCondition = { IfMatch: string } | { IfNoneMatch: '*' } | Record<string, never>;

/** Makes the one request that creates the object, under whatever condition its caller chooses, as often as its caller likes. */
export type WriteOn = <Answer>(create: (condition: WriteCondition) => Promise<Answer>) => Promise<Answer>;

interface Upload {
  client: S3Client;
  bucket: string;
  key: string;
  source: UploadSource;
  /** Goes with the object, so that it can be told whose it is. */
  submission: string;
  signal: AbortSignal | undefined;
  onProgress(bytes: number): void;
}

/** S3's own limits: parts of at least 5 MiB, at most 10,000 of them. */
const maxParts = 10_000;
const concurrentParts = 4;

/** The whole file in one request. */
export async function putWhole({ client, bucket, key, source, submission, signal, onProgress }: Upload, writeOn: WriteOn): Promise<string> {
  const answer = await writeOn((condition) => client.send(new PutObjectCommand({
    ...condition, Bucket: bucket, Key: key, Body: createReadStream(source.file), ContentLength: source.bytes, ContentType: 'text/csv', Metadata: { sha256: source.sha256, submission },
  }), abortable(signal)));
  onProgress(source.bytes);
  return versionOf(answer.VersionId, key);
}

/** The file in parts of `partBytes` or, for a very large one, of as much as 10,000 parts need. */
export async function putInParts(upload: Upload, partBytes: number, writeOn: WriteOn): Promise<string> {
  const { client, bucket, key, source, submission, signal } = upload;
  const started = await client.send(new CreateMultipartUploadCommand({
    Bucket: bucket, Key: key, ContentType: 'text/csv', Metadata: { sha256: source.sha256, submission },
    // The SDK sends one with each part, and S3 refuses one that was not announced (met by apache/arrow-rs #6793 and apache/opendal #4533).
    ChecksumAlgorithm: 'CRC32',
  }), abortable(signal));
  const target = { Bucket: bucket, Key: key, UploadId: started.UploadId };
  try {
    const parts = await uploadParts(upload, target, Math.max(partBytes, Math.ceil(source.bytes / maxParts)));
    const answer = await writeOn((condition) => client.send(new CompleteMultipartUploadCommand({ ...condition, ...target, MultipartUpload: { Parts: parts } }), abortable(signal)));
    return versionOf(answer.VersionId, key);
  } catch (error) {
    // Best effort: a lifecycle rule removes what stays behind.
    await client.send(new AbortMultipartUploadCommand(target)).catch(() => {});
    throw error;
  }
}

async function uploadParts({ client, source, signal, onProgress }: Upload, target: { Bucket: string; Key: string; UploadId: string | undefined }, partBytes: number): Promise<CompletedPart[]> {
  const count = Math.ceil(source.bytes / partBytes);
  const parts: CompletedPart[] = new Array<CompletedPart>(count);
  const file = await open(source.file, 'r');
  let next = 0;
  let accepted = 0;
  const worker = async (): Promise<void> => {
    while (next < count) {
      const index = next;
      next += 1;
      const body = Buffer.alloc(Math.min(partBytes, source.bytes - index * partBytes));
      await readFully(file, body, index * partBytes, source.file);
      const answer = await client.send(new UploadPartCommand({ ...target, PartNumber: index + 1, Body: body }), abortable(signal));
      parts[index] = { PartNumber: index + 1, ETag: answer.ETag, ChecksumCRC32: answer.ChecksumCRC32 };
      accepted += body.length;
      onProgress(accepted);
    }
  };
  try {
    // Settled, not raced: the file must stay open until the last worker has let go of it.
    const ends = await Promise.allSettled(Array.from({ length: Math.min(concurrentParts, count) }, worker));
    const failed = ends.find((end) => end.status === 'rejected');
    if (failed) throw failed.reason;
    return parts;
  } finally {
    await file.close();
  }
}

async function readFully(file: Awaited<ReturnType<typeof open>>, into: Buffer, position: number, name: string): Promise<void> {
  let read = 0;
  while (read < into.length) {
    const { bytesRead } = await file.read(into, read, into.length - read, position + read);
    if (bytesRead === 0) throw new OperatorError('FILE_CHANGED', `${name} became shorter while it was being uploaded.`, { nextSteps: ['Submit it again when nothing writes to it any more.'] });
    read += bytesRead;
  }
}

function versionOf(versionId: string | undefined, key: string): string {
  if (versionId) return versionId;
  throw new OperatorError('BUCKET_NOT_VERSIONED', `The bucket gave ${key} no version id, so its job cannot be told from others.`, { nextSteps: ['Turn versioning on for both buckets of the deployment.'] });
}

export function abortable(signal: AbortSignal | undefined): { abortSignal?: AbortSignal } {
  return signal ? { abortSignal: signal } : {};
}
