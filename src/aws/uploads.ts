import { createReadStream } from 'node:fs';
import { open } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import {
  AbortMultipartUploadCommand, CompleteMultipartUploadCommand, CreateMultipartUploadCommand, HeadObjectCommand, PutObjectCommand, UploadPartCommand,
  type CompletedPart,
} from '@aws-sdk/client-s3';
// Registers the SigV4A signer that Multi-Region Access Points need. Whoever else calls one has to do the same: it is a tenth of what a look loads.
import '@aws-sdk/signature-v4a';
import type { Deployment } from '../config/schema.js';
import { describeFailure, failureKind, isTransient } from '../core/failure.js';
import { OperatorError } from '../errors.js';
import type { ObjectFacts } from '../workflow/ports.js';
import type { ClientFactoryOptions } from './client-pool.js';
import { createClientFactory } from './clients.js';
import { factsOf } from './objects.js';

export interface UploadSource {
  /** Path of the file. It must not change while it is uploaded. */
  file: string;
  bytes: number;
  /** SHA-256 of the content in hex. */
  sha256: string;
}

export interface UploadOptions {
  signal?: AbortSignal;
  /** Called with the bytes that were accepted so far. Falls back to 0 when an upload has to begin again. */
  onProgress?(bytes: number): void;
}

/** Puts files through the Multi-Region Access Point: whichever Region its traffic dial names takes them. */
export interface Uploads {
  /** The current version under `key`, where uploads land now; undefined when there is none. */
  find(key: string, signal?: AbortSignal): Promise<ObjectFacts | undefined>;
  /** Uploads and tells the new version. Throws `UPLOAD_FAILED` when it began again too often. */
  put(key: string, source: UploadSource, options?: UploadOptions): Promise<{ versionId: string }>;
}

export interface UploadSettings {
  clientOptions?: ClientFactoryOptions;
  /** Files up to this size go up in one request. */
  singlePutMaxBytes?: number;
  partBytes?: number;
}

const mebibyte = 1024 * 1024;
/** S3's own limits: parts of at least 5 MiB, at most 10,000 of them. */
const maxParts = 10_000;
const concurrentParts = 4;
/** A flip of the traffic dials strands a multipart upload in the old Region; it has to begin again in the new one. */
const maxRestarts = 5;

export function createUploads(deployment: Pick<Deployment, 'mrap' | 'home' | 'transport' | 'credentials'>, settings: UploadSettings = {}): Uploads {
  const clients = createClientFactory(deployment, { requestTimeoutMs: 60_000, maxAttempts: 3, ...settings.clientOptions });
  // SigV4A signs for every Region; the client's own Region does not take part in routing.
  const client = clients.s3(deployment.home);
  const bucket = deployment.mrap.arn;
  const singlePutMaxBytes = settings.singlePutMaxBytes ?? 64 * mebibyte;

  async function putOnce(key: string, source: UploadSource, options: UploadOptions): Promise<{ versionId: string }> {
    const answer = await client.send(new PutObjectCommand({
      Bucket: bucket, Key: key, Body: createReadStream(source.file), ContentLength: source.bytes, ContentType: 'text/csv', Metadata: { sha256: source.sha256 },
    }), abortable(options.signal));
    options.onProgress?.(source.bytes);
    return { versionId: versionOf(answer.VersionId, key) };
  }

  async function putInParts(key: string, source: UploadSource, options: UploadOptions): Promise<{ versionId: string }> {
    const started = await client.send(new CreateMultipartUploadCommand({ Bucket: bucket, Key: key, ContentType: 'text/csv', Metadata: { sha256: source.sha256 } }), abortable(options.signal));
    const upload = { Bucket: bucket, Key: key, UploadId: started.UploadId };
    try {
      const parts = await uploadParts(upload, source, options);
      const answer = await client.send(new CompleteMultipartUploadCommand({ ...upload, MultipartUpload: { Parts: parts } }), abortable(options.signal));
      return { versionId: versionOf(answer.VersionId, key) };
    } catch (error) {
      // Best effort: a lifecycle rule removes what stays behind.
      await client.send(new AbortMultipartUploadCommand(upload)).catch(() => {});
      throw error;
    }
  }

  async function uploadParts(upload: { Bucket: string; Key: string; UploadId: string | undefined }, source: UploadSource, options: UploadOptions): Promise<CompletedPart[]> {
    const partBytes = Math.max(settings.partBytes ?? 16 * mebibyte, Math.ceil(source.bytes / maxParts));
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
        const answer = await client.send(new UploadPartCommand({ ...upload, PartNumber: index + 1, Body: body }), abortable(options.signal));
        parts[index] = { PartNumber: index + 1, ETag: answer.ETag, ChecksumCRC32: answer.ChecksumCRC32 };
        accepted += body.length;
        options.onProgress?.(accepted);
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

  /** Begins again while the access point leads to nowhere: until a flip of its dials has spread, it may lead to a lost Region. */
  async function again<Result>(attempt: () => Promise<Result>, signal: AbortSignal | undefined, tooOften: (error: unknown) => Promise<unknown>, beforeNext: () => void = () => {}): Promise<Result> {
    for (let restart = 0; ; restart += 1) {
      try {
        return await attempt();
      } catch (error) {
        signal?.throwIfAborted();
        if (!worthAnotherTry(error)) throw error;
        if (restart >= maxRestarts) throw await tooOften(error);
        beforeNext();
        await delay(250 * 2 ** restart, undefined, signal ? { signal } : {});
      }
    }
  }

  async function lookFor(key: string, signal: AbortSignal | undefined): Promise<ObjectFacts | undefined> {
    try {
      const answer = await client.send(new HeadObjectCommand({ Bucket: bucket, Key: key }), abortable(signal));
      return factsOf(key, answer);
    } catch (error) {
      if (failureKind(error) === 'not-found') return undefined;
      throw error;
    }
  }

  /** The access point says no more of a session that it does not take than that something failed. */
  async function isUntakenSession(error: unknown): Promise<boolean> {
    return failureKind(error) === 'service' && (await client.config.credentials()).sessionToken !== undefined;
  }

  return {
    find: (key, signal) => again(() => lookFor(key, signal), signal, async (error) => (await isUntakenSession(error)
      ? new OperatorError('ACCESS_POINT_FAILED', `The Multi-Region Access Point does not answer: ${describeFailure(error)}.`, { cause: error, nextSteps: [afterGlobalSession] })
      : error)),
    put(key, source, options = {}) {
      const attempt = source.bytes <= singlePutMaxBytes ? putOnce : putInParts;
      return again(() => attempt(key, source, options), options.signal, async (error) => new OperatorError('UPLOAD_FAILED', `${source.file} could not be uploaded: ${describeFailure(error)}.`, {
        cause: error,
        nextSteps: [...(await isUntakenSession(error) ? [afterGlobalSession] : []), 'See where uploads go now: batchctl status', 'Then submit it again: what is uploaded already is not run twice.'],
      }), () => options.onProgress?.(0));
    },
  };
}

const afterGlobalSession = 'If batchctl doctor says that the access point does not take this session, it came from the global STS endpoint: export AWS_STS_REGIONAL_ENDPOINTS=regional, and sign in again';

/** NoSuchUpload: the access point now leads to a bucket that never saw this upload. */
function worthAnotherTry(error: unknown): boolean {
  return (error as { name?: string }).name === 'NoSuchUpload' || isTransient(error);
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

function abortable(signal: AbortSignal | undefined): { abortSignal?: AbortSignal } {
  return signal ? { abortSignal: signal } : {};
}
