import { createHash } from 'node:crypto';
import type { BlobSlice } from '../../blobs.js';
import type { World } from '../../world.js';
import { base64, runningChecksum, verifyChecksum } from './checksums.js';
import { entityTooLarge, badDigest } from './errors.js';
import type { ChecksumName, ObjectContent } from './model.js';
import { AwsError } from '../../service.js';

/** Largest object or part that one request may carry. */
export const maximumUploadBytes = 5 * 1024 ** 3;

export interface ExpectedBody {
  algorithm: ChecksumName;
  /** Base64; compared with what arrived. */
  checksum?: string;
  /** Base64, the Content-MD5 header. */
  contentMd5?: string;
  contentLength?: number;
  signal: AbortSignal;
}

/**
 * Streams a body into the blob store, hashing on the way: at no time is more than one chunk of it in memory.
 * Raises BadDigest, InvalidDigest, IncompleteBody or EntityTooLarge; nothing refers to the bytes then.
 */
export async function receiveBody(world: World, body: AsyncIterable<Uint8Array> | undefined, expected: ExpectedBody): Promise<ObjectContent> {
  const { contentMd5, algorithm } = expected;
  if (contentMd5 !== undefined && Buffer.from(contentMd5, 'base64').length !== 16) {
    throw new AwsError('InvalidDigest', 'The Content-MD5 you specified was invalid.');
  }
  if ((expected.contentLength ?? 0) > maximumUploadBytes) throw entityTooLarge(expected.contentLength!, maximumUploadBytes);
  const md5 = createHash('md5');
  const checksum = runningChecksum(algorithm);
  const hashed = hashing(body ?? nothing(), (chunk) => { md5.update(chunk); checksum.update(chunk); }, expected.signal);
  const slice = await world.blobs.put(hashed);
  const md5Bytes = md5.digest();
  const value = base64(checksum.digest());
  if (expected.contentLength !== undefined && expected.contentLength !== slice.length) {
    throw new AwsError('IncompleteBody', 'You did not provide the number of bytes specified by the Content-Length HTTP header');
  }
  if (contentMd5 !== undefined && contentMd5 !== base64(md5Bytes)) throw badDigest('Content-MD5');
  verifyChecksum(algorithm, expected.checksum, value);
  expected.signal.throwIfAborted();
  const hex = md5Bytes.toString('hex');
  return { slices: sliceList(slice), size: slice.length, etag: hex, md5: hex, checksum: { algorithm, type: 'FULL_OBJECT', value } };
}

/**
 * The content of bytes `start` (inclusive) to `end` (exclusive) of a stored object, without moving them. Hashes are
 * taken over from the source where it is used whole and knows them, and calculated by reading otherwise.
 */
export async function sliceContent(world: World, source: ObjectContent, start: number, end: number, algorithm: ChecksumName): Promise<ObjectContent> {
  const slices = cutSlices(source.slices, start, end);
  const size = end - start;
  const whole = size === source.size;
  const known = source.checksum?.algorithm === algorithm && source.checksum.type === 'FULL_OBJECT' ? source.checksum : undefined;
  if (whole && source.md5 !== undefined && known) return { slices, size, etag: source.md5, md5: source.md5, checksum: known };
  const md5 = createHash('md5');
  const checksum = runningChecksum(algorithm);
  for await (const chunk of world.blobs.read(slices)) { md5.update(chunk); checksum.update(chunk); }
  const hex = md5.digest('hex');
  return { slices, size, etag: hex, md5: hex, checksum: { algorithm, type: 'FULL_OBJECT', value: base64(checksum.digest()) } };
}

export function cutSlices(slices: readonly BlobSlice[], start: number, end: number): BlobSlice[] {
  const cut: BlobSlice[] = [];
  let position = 0;
  for (const slice of slices) {
    const from = Math.max(start, position);
    const to = Math.min(end, position + slice.length);
    if (to > from) cut.push({ blob: slice.blob, offset: slice.offset + (from - position), length: to - from });
    position += slice.length;
  }
  return cut;
}

function sliceList(slice: BlobSlice): BlobSlice[] {
  return slice.length === 0 ? [] : [slice];
}

async function* hashing(body: AsyncIterable<Uint8Array>, hash: (chunk: Uint8Array) => void, signal: AbortSignal): AsyncGenerator<Uint8Array> {
  let received = 0;
  for await (const chunk of body) {
    signal.throwIfAborted();
    received += chunk.length;
    if (received > maximumUploadBytes) throw entityTooLarge(received, maximumUploadBytes);
    hash(chunk);
    yield chunk;
  }
}

async function* nothing(): AsyncGenerator<Uint8Array> {
  // A request without a body stores an empty object.
}
