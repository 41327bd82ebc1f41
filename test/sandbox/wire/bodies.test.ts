import { createHash, createHmac } from 'node:crypto';
import { crc32 } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { checkedBody, isAwsChunked } from '../../../src/sandbox/wire/body-checks.js';
import { decodeAwsChunked } from '../../../src/sandbox/wire/aws-chunked.js';
import { createChecksum } from '../../../src/sandbox/wire/checksums.js';
import type { Received } from '../../../src/sandbox/wire/received.js';
import { signingKey } from '../../../src/sandbox/wire/signature.js';
import { textOf } from './fixture.js';

/** The text cut into pieces of one size, as a socket might deliver it. */
async function* pieces(text: string, size: number): AsyncGenerator<Uint8Array> {
  const bytes = Buffer.from(text, 'latin1');
  for (let start = 0; start < bytes.length; start += size) yield bytes.subarray(start, start + size);
}

function put(headers: Record<string, string>): Received {
  return { method: 'PUT', path: '/k', query: [], host: 'b.s3.us-east-1.amazonaws.com', headers };
}

const crcOfHello = (() => {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(crc32('hello'));
  return bytes.toString('base64');
})();

describe('checksums', () => {
  // The check values of each algorithm over the digits 1 to 9, as catalogues of CRCs give them.
  it.each([['crc32', 'cbf43926'], ['crc32c', 'e3069283'], ['crc64nvme', 'ae8b14860a799888']] as const)('%s', (algorithm, hex) => {
    const whole = createChecksum(algorithm);
    whole.update(Buffer.from('123456789'));
    expect(Buffer.from(whole.digest(), 'base64').toString('hex')).toBe(hex);
    const parts = createChecksum(algorithm);
    for (const part of ['1234', '', '56789']) parts.update(Buffer.from(part));
    expect(Buffer.from(parts.digest(), 'base64').toString('hex')).toBe(hex);
  });
});

describe('aws-chunked bodies', () => {
  const framed = `3\r\nhel\r\n2\r\nlo\r\n0\r\nx-amz-checksum-crc32:${crcOfHello}\r\n\r\n`;

  it.each([1, 2, 3, 7, 1000])('decodes pieces of %i bytes', async (size) => {
    let trailers: Record<string, string> = {};
    expect(await textOf(decodeAwsChunked(pieces(framed, size), { decodedLength: 5, onTrailers: (found) => { trailers = found; } }))).toBe('hello');
    expect(trailers).toEqual({ 'x-amz-checksum-crc32': crcOfHello });
  });

  it('accepts an end with no trailers and no blank line', async () => {
    expect(await textOf(decodeAwsChunked(pieces('5\r\nhello\r\n0\r\n', 4)))).toBe('hello');
  });

  it.each([
    ['an early end', '5\r\nhel'],
    ['no end chunk', '5\r\nhello\r\n'],
    ['bytes beyond the chunk', '3\r\nhello\r\n0\r\n\r\n'],
    ['no framing at all', 'hello'],
    ['another length', '4\r\nhell\r\n0\r\n\r\n'],
  ])('refuses %s', async (_what, body) => {
    await expect(textOf(decodeAwsChunked(pieces(body, 100), { decodedLength: 5 }))).rejects.toMatchObject({ code: 'IncompleteBody' });
  });

  it('checks the trailing checksum before it tells the end', async () => {
    const headers = { 'content-encoding': 'aws-chunked', 'x-amz-content-sha256': 'STREAMING-UNSIGNED-PAYLOAD-TRAILER', 'x-amz-decoded-content-length': '5', 'x-amz-trailer': 'x-amz-checksum-crc32' };
    let told: Record<string, string> = {};
    expect(await textOf(checkedBody(put(headers), pieces(framed, 3), { onTrailingChecksums: (found) => { told = found; } }))).toBe('hello');
    expect(told).toEqual({ ChecksumCRC32: crcOfHello });
    await expect(textOf(checkedBody(put(headers), pieces(framed.replace('hel', 'HEL'), 3)))).rejects.toMatchObject({ code: 'BadDigest' });
    await expect(textOf(checkedBody(put(headers), pieces('5\r\nhello\r\n0\r\n\r\n', 3)))).rejects.toMatchObject({ code: 'BadDigest' });
  });

  it('checks the signature of each chunk where chunks are signed', async () => {
    const scope = '20261121/us-east-1/s3/aws4_request';
    const signing = { signingKey: signingKey('secret', scope), date: '20261121T061500Z', scope, seedSignature: 'seed' };
    const hash = (text: string): string => createHash('sha256').update(text).digest('hex');
    const chunkSignature = (previous: string, data: string): string => createHmac('sha256', signing.signingKey).update(['AWS4-HMAC-SHA256-PAYLOAD', signing.date, scope, previous, hash(''), hash(data)].join('\n')).digest('hex');
    const first = chunkSignature('seed', 'hello');
    const last = chunkSignature(first, '');
    const body = `5;chunk-signature=${first}\r\nhello\r\n0;chunk-signature=${last}\r\n\r\n`;
    expect(await textOf(decodeAwsChunked(pieces(body, 9), { signing }))).toBe('hello');
    await expect(textOf(decodeAwsChunked(pieces(body.replace('hello', 'jello'), 9), { signing }))).rejects.toMatchObject({ code: 'SignatureDoesNotMatch' });
    await expect(textOf(decodeAwsChunked(pieces(body.replace(last, first), 9), { signing }))).rejects.toMatchObject({ code: 'SignatureDoesNotMatch' });
  });

  it('passes gigabytes through without keeping them', async () => {
    const chunk = Buffer.alloc(1024 * 1024, 7);
    const count = 256;
    async function* source(): AsyncGenerator<Uint8Array> {
      for (let index = 0; index < count; index += 1) {
        yield Buffer.from(`${chunk.length.toString(16)}\r\n`);
        yield chunk;
        yield Buffer.from('\r\n');
      }
      yield Buffer.from('0\r\n\r\n');
    }
    let length = 0;
    let mostHeld = 0;
    for await (const piece of decodeAwsChunked(source())) {
      length += piece.length;
      mostHeld = Math.max(mostHeld, piece.buffer.byteLength);
    }
    expect(length).toBe(count * chunk.length);
    expect(mostHeld).toBeLessThanOrEqual(2 * chunk.length);
  });
});

describe('plain bodies', () => {
  it('checks payload hash, MD5, checksum and length', async () => {
    const sha256 = createHash('sha256').update('hello').digest('hex');
    const md5 = createHash('md5').update('hello').digest('base64');
    const right = put({ 'content-length': '5', 'x-amz-content-sha256': sha256, 'content-md5': md5, 'x-amz-checksum-crc32': crcOfHello });
    expect(isAwsChunked(right)).toBe(false);
    expect(await textOf(checkedBody(right, pieces('hello', 2)))).toBe('hello');
    await expect(textOf(checkedBody(right, pieces('jello', 2)))).rejects.toMatchObject({ code: 'XAmzContentSHA256Mismatch' });
    await expect(textOf(checkedBody(right, pieces('hell', 2)))).rejects.toMatchObject({ code: 'IncompleteBody' });
    await expect(textOf(checkedBody(put({ 'content-md5': md5 }), pieces('jello', 2)))).rejects.toMatchObject({ code: 'BadDigest' });
    await expect(textOf(checkedBody(put({ 'x-amz-checksum-crc32': crcOfHello }), pieces('jello', 2)))).rejects.toMatchObject({ code: 'BadDigest' });
  });

  it('takes the checksum of a whole multipart object for no checksum of its list of parts', async () => {
    const complete: Received = { ...put({ 'x-amz-checksum-crc32': crcOfHello }), method: 'POST', query: [['uploadId', 'U']] };
    expect(await textOf(checkedBody(complete, pieces('<xml/>', 2)))).toBe('<xml/>');
  });
});
