import {
  AbortMultipartUploadCommand, CompleteMultipartUploadCommand, type CompletedPart, CreateMultipartUploadCommand, GetObjectCommand, HeadObjectCommand,
  PutObjectCommand, type S3Client, UploadPartCommand, UploadPartCopyCommand,
} from '@aws-sdk/client-s3';
import { failureKind } from '../../src/core/failure.js';
import type { ByteRange, ObjectLabels, ObjectStore, Upload } from './objects.js';

/** How often one read goes on after its connection broke without having got any further. */
const fruitlessReads = 4;

export function createS3Objects(client: S3Client, bucket: string): ObjectStore {
  return {
    async head(key, versionId) {
      try {
        const answer = await client.send(new HeadObjectCommand({ Bucket: bucket, Key: key, VersionId: versionId }));
        return { key, versionId: answer.VersionId ?? '', bytes: answer.ContentLength ?? 0, etag: answer.ETag ?? '', metadata: answer.Metadata ?? {} };
      } catch (error) {
        if (failureKind(error) === 'not-found') return undefined;
        const isRefused = (error as { $metadata?: { httpStatusCode?: number } }).$metadata?.httpStatusCode === 400;
        if (versionId !== undefined && isRefused && await cannotBe(client, { Bucket: bucket, Key: key, VersionId: versionId })) return undefined;
        throw error;
      }
    },
    read: (source) => readResuming(client, bucket, source),
    async write(key, body, labels) {
      const answer = await client.send(new PutObjectCommand({ Bucket: bucket, Key: key, Body: body, ContentType: labels.contentType, Metadata: labels.metadata }));
      return { versionId: answer.VersionId ?? '' };
    },
    startUpload: (key, labels) => startUpload(client, bucket, key, labels),
  };
}

/**
 * Whether a version id is one that names nothing in any bucket. A HEAD that names it is refused with 400 and no word why, and so it is
 * for an expired session; a GET says which. Taking the one for the other would call an input gone that is there, and nobody
 * would look for it again.
 *
 * @throws what the GET was refused for, when it is anything else.
 */
async function cannotBe(client: S3Client, named: { Bucket: string; Key: string; VersionId: string }): Promise<boolean> {
  try {
    const { Body } = await client.send(new GetObjectCommand({ ...named, Range: 'bytes=0-0' }));
    await Body?.transformToByteArray();
    return false;
  } catch (error) {
    if ((error as Error).name === 'InvalidArgument' || failureKind(error) === 'not-found') return true;
    throw error;
  }
}

/** One GET; when its connection breaks, the next asks for what is still missing. The SDK repeats requests, not bodies. */
async function* readResuming(client: S3Client, bucket: string, { key, versionId, start, end }: ByteRange): AsyncGenerator<Uint8Array> {
  let position = start;
  let fruitless = 0;
  while (position < end) {
    const before = position;
    try {
      const answer = await client.send(new GetObjectCommand({ Bucket: bucket, Key: key, VersionId: versionId, Range: `bytes=${position}-${end - 1}` }));
      for await (const chunk of answer.Body as unknown as AsyncIterable<Uint8Array>) {
        position += chunk.length;
        yield chunk;
      }
      if (position < end && position === before) throw new Error(`${key} ended at byte ${position} of ${end}`);
    } catch (error) {
      const kind = failureKind(error);
      if (kind === 'not-found' || kind === 'permission' || kind === 'credentials') throw error;
      fruitless = position > before ? 0 : fruitless + 1;
      if (fruitless >= fruitlessReads) throw error;
    }
  }
}

async function startUpload(client: S3Client, bucket: string, key: string, labels: ObjectLabels): Promise<Upload> {
  // The SDK sends a CRC32 with each part; announced, as uploads do it (`src/aws/upload-requests.ts`).
  const created = await client.send(new CreateMultipartUploadCommand({ Bucket: bucket, Key: key, ContentType: labels.contentType, Metadata: labels.metadata, ChecksumAlgorithm: 'CRC32' }));
  const upload = { Bucket: bucket, Key: key, UploadId: created.UploadId };
  const parts: CompletedPart[] = [];
  return {
    async writePart(number, body) {
      const answer = await client.send(new UploadPartCommand({ ...upload, PartNumber: number, Body: body }));
      parts.push({ PartNumber: number, ...tagged(answer) });
    },
    async copyPart(number, source, whole) {
      const version = source.versionId ? `?versionId=${encodeURIComponent(source.versionId)}` : '';
      const answer = await client.send(new UploadPartCopyCommand({
        ...upload,
        PartNumber: number,
        CopySource: `${bucket}/${source.key.split('/').map(encodeURIComponent).join('/')}${version}`,
        ...(whole ? {} : { CopySourceRange: `bytes=${source.start}-${source.end - 1}` }),
      }));
      parts.push({ PartNumber: number, ...tagged(answer.CopyPartResult ?? {}) });
    },
    async complete() {
      const inOrder = parts.sort((left, right) => left.PartNumber! - right.PartNumber!);
      const answer = await client.send(new CompleteMultipartUploadCommand({ ...upload, MultipartUpload: { Parts: inOrder } }));
      return { versionId: answer.VersionId ?? '' };
    },
    async abort() {
      await client.send(new AbortMultipartUploadCommand(upload));
    },
  };
}

/** Completing must repeat the checksum of each part that was uploaded with one. */
function tagged(answer: { ETag?: string; ChecksumCRC32?: string }): Omit<CompletedPart, 'PartNumber'> {
  return { ETag: answer.ETag, ...(answer.ChecksumCRC32 ? { ChecksumCRC32: answer.ChecksumCRC32 } : {}) };
}
