import { createHash } from 'node:crypto';
import { AwsError } from '../service.js';
import { decodeAwsChunked, type ChunkSigning } from './aws-chunked.js';
import { checksumAlgorithms, checksumMember, createChecksum, type ChecksumAlgorithm, type RunningChecksum } from './checksums.js';
import type { Received } from './received.js';

const checksumPrefix = 'x-amz-checksum-';

/** True when the body is framed in chunks of its own, inside HTTP's framing. */
export function isAwsChunked(received: Received): boolean {
  return (received.headers['content-encoding'] ?? '').split(',').some((coding) => coding.trim() === 'aws-chunked') || (received.headers['x-amz-content-sha256'] ?? '').startsWith('STREAMING-');
}

/** The algorithm whose checksum will come as a trailer, as S3's inputs spell it (`CRC32`). */
export function announcedAlgorithm(received: Received): string | undefined {
  return trailingAlgorithms(received)[0]?.toUpperCase();
}

/** The length that the body will have once decoded, when the client told it. */
export function decodedLength(received: Received): number | undefined {
  const text = received.headers['x-amz-decoded-content-length'] ?? (isAwsChunked(received) ? undefined : received.headers['content-length']);
  return text === undefined ? undefined : Number(text);
}

export interface CheckedBodyOptions {
  signing?: ChunkSigning;
  /** Leaves Content-MD5 and checksums in headers to the service, which hashes a streamed body anyway to store it. */
  trailersOnly?: boolean;
  /** Called at the end, all checks passed, with the checksums that came as trailers, by member name. */
  onTrailingChecksums?: (checksums: Record<string, string>) => void;
}

/**
 * The bytes of an S3 request body, decoded and checked on the way: length, payload hash, Content-MD5 and every
 * `x-amz-checksum-…`, in headers and trailers. What is wrong shows at the end of the stream, before the end is told, so
 * whoever stores the bytes must have read to the end first.
 * Errors: BadDigest, XAmzContentSHA256Mismatch, IncompleteBody.
 */
export async function* checkedBody(received: Received, source: AsyncIterable<Uint8Array>, options: CheckedBodyOptions = {}): AsyncGenerator<Uint8Array> {
  const declared = options.trailersOnly ? {} : headerChecksums(received);
  const algorithms = [...Object.keys(declared) as ChecksumAlgorithm[], ...trailingAlgorithms(received)];
  const running = new Map<ChecksumAlgorithm, RunningChecksum>(algorithms.map((algorithm) => [algorithm, createChecksum(algorithm)]));
  const md5 = options.trailersOnly || received.headers['content-md5'] === undefined ? undefined : createChecksum('md5');
  const payloadHash = /^[0-9a-f]{64}$/.exec(received.headers['x-amz-content-sha256'] ?? '')?.[0];
  const sha256 = payloadHash === undefined ? undefined : createHash('sha256');

  let trailers: Record<string, string> = {};
  const plain = isAwsChunked(received) ? decodeAwsChunked(source, { decodedLength: decodedLength(received), signing: options.signing, onTrailers: (found) => { trailers = found; } }) : source;
  let length = 0;
  for await (const piece of plain) {
    length += piece.length;
    for (const checksum of running.values()) checksum.update(piece);
    md5?.update(piece);
    sha256?.update(piece);
    yield piece;
  }

  const wanted = decodedLength(received);
  if (wanted !== undefined && wanted !== length) throw new AwsError('IncompleteBody', 'You did not provide the number of bytes specified by the Content-Length HTTP header');
  if (sha256 && sha256.digest('hex') !== payloadHash) throw new AwsError('XAmzContentSHA256Mismatch', "The provided 'x-amz-content-sha256' header does not match what was computed.");
  if (md5 && md5.digest() !== received.headers['content-md5']) throw new AwsError('BadDigest', 'The Content-MD5 you specified did not match what we received.');
  const given: Partial<Record<ChecksumAlgorithm, string>> = { ...declared, ...checksumsIn(trailers) };
  for (const [algorithm, checksum] of running) {
    if (checksum.digest() !== given[algorithm]) throw new AwsError('BadDigest', `The ${algorithm.toUpperCase()} you specified did not match the calculated checksum.`);
  }
  const memberNames = Object.entries(checksumsIn(trailers)).map(([algorithm, value]): [string, string] => [checksumMember[algorithm as ChecksumAlgorithm], value]);
  options.onTrailingChecksums?.(Object.fromEntries(memberNames));
}

function trailingAlgorithms(received: Received): ChecksumAlgorithm[] {
  return (received.headers['x-amz-trailer'] ?? '').split(',').map((name) => algorithmOf(name.trim().toLowerCase())).filter((name) => name !== undefined);
}

function headerChecksums(received: Received): Partial<Record<ChecksumAlgorithm, string>> {
  // CompleteMultipartUpload carries the checksum of the whole object, not of its own body.
  const ofAnother = received.method === 'POST' && received.query.some(([name]) => name === 'uploadId');
  return ofAnother ? {} : checksumsIn(received.headers);
}

function checksumsIn(headers: Record<string, string>): Partial<Record<ChecksumAlgorithm, string>> {
  const found: Partial<Record<ChecksumAlgorithm, string>> = {};
  for (const [name, value] of Object.entries(headers)) {
    const algorithm = algorithmOf(name);
    if (algorithm) found[algorithm] = value;
  }
  return found;
}

function algorithmOf(header: string): ChecksumAlgorithm | undefined {
  if (!header.startsWith(checksumPrefix)) return undefined;
  return checksumAlgorithms.find((algorithm) => header === `${checksumPrefix}${algorithm}`);
}
