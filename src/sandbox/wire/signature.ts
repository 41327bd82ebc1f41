import { createECDH, createHash, createHmac, createPublicKey, timingSafeEqual, verify, type KeyObject } from 'node:crypto';
import type { SignatureClaim } from './credential-scope.js';
import type { Received } from './received.js';

export const unsignedPayload = 'UNSIGNED-PAYLOAD';

export interface VerifyOptions {
  secretAccessKey: string;
  /** The payload hash that goes into the canonical request. */
  payloadHash: string;
  /** All services but S3 encode the path a second time before signing. */
  encodesPathTwice: boolean;
}

/** True when the signature is the one of this very request under this very secret. */
export function signatureMatches(received: Received, claim: SignatureClaim, options: VerifyOptions): boolean {
  const text = [claim.algorithm, claim.date, claim.scope, sha256Hex(canonicalRequest(received, claim, options))].join('\n');
  if (claim.algorithm === 'AWS4-HMAC-SHA256') {
    const wanted = createHmac('sha256', signingKey(options.secretAccessKey, claim.scope)).update(text).digest();
    const given = Buffer.from(claim.signature, 'hex');
    return given.length === wanted.length && timingSafeEqual(given, wanted);
  }
  return verify('sha256', Buffer.from(text), verifyingKey(claim.accessKeyId, options.secretAccessKey), Buffer.from(claim.signature, 'hex'));
}

const signingKeys = new Map<string, Buffer>();
const mostKeptKeys = 1_000;

/** The key of one day, Region and service. Source: IAM User Guide, "Create a signed AWS API request". */
export function signingKey(secretAccessKey: string, scope: string): Buffer {
  const name = `${secretAccessKey}/${scope}`;
  const kept = signingKeys.get(name);
  if (kept) return kept;
  let key = Buffer.from(`AWS4${secretAccessKey}`);
  for (const part of scope.split('/')) key = createHmac('sha256', key).update(part).digest();
  if (signingKeys.size >= mostKeptKeys) signingKeys.clear();
  signingKeys.set(name, key);
  return key;
}

function canonicalRequest(received: Received, claim: SignatureClaim, options: VerifyOptions): string {
  const headers = claim.signedHeaders.map((name) => `${name}:${(received.headers[name] ?? '').trim().replace(/\s+/g, ' ')}\n`).join('');
  return [received.method, canonicalPath(received.path, options.encodesPathTwice), canonicalQuery(received), headers, claim.signedHeaders.join(';'), options.payloadHash].join('\n');
}

function canonicalPath(path: string, encodesTwice: boolean): string {
  return encodesTwice ? path.split('/').map(encodeUri).join('/') : path;
}

function canonicalQuery(received: Received): string {
  const pairs = received.query.filter(([name]) => name !== 'X-Amz-Signature').map(([name, value]): [string, string] => [encodeUri(name), encodeUri(value)]);
  pairs.sort(([oneName, oneValue], [otherName, otherValue]) => compare(oneName, otherName) || compare(oneValue, otherValue));
  return pairs.map(([name, value]) => `${name}=${value}`).join('&');
}

function encodeUri(text: string): string {
  return encodeURIComponent(text).replace(/[!'()*]/g, (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`);
}

function compare(one: string, other: string): number {
  return one < other ? -1 : one > other ? 1 : 0;
}

export function sha256Hex(data: string | Uint8Array): string {
  return createHash('sha256').update(data).digest('hex');
}

/** The order of the P-256 group, less two: candidates above it are passed over. */
const largestCandidate = BigInt('0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc63254f');
const verifyingKeys = new Map<string, KeyObject>();

/**
 * SigV4A signs with a P-256 key that is derived from the secret (NIST SP 800-108, counter mode), so that its public half
 * can be known in every Region. The server derives the same pair and verifies. Source: the published SigV4A signers.
 */
function verifyingKey(accessKeyId: string, secretAccessKey: string): KeyObject {
  const name = `${accessKeyId}/${secretAccessKey}`;
  const kept = verifyingKeys.get(name);
  if (kept) return kept;
  for (let counter = 1; counter < 255; counter += 1) {
    const input = Buffer.concat([Buffer.from([0, 0, 0, 1]), Buffer.from('AWS4-ECDSA-P256-SHA256\0'), Buffer.from(accessKeyId), Buffer.from([counter, 0, 0, 1, 0])]);
    const candidate = BigInt(`0x${createHmac('sha256', `AWS4A${secretAccessKey}`).update(input).digest('hex')}`);
    if (candidate > largestCandidate) continue;
    const key = publicKeyOf(candidate + 1n);
    if (verifyingKeys.size >= mostKeptKeys) verifyingKeys.clear();
    verifyingKeys.set(name, key);
    return key;
  }
  throw new Error('no key can be derived from this secret');
}

function publicKeyOf(privateScalar: bigint): KeyObject {
  const curve = createECDH('prime256v1');
  curve.setPrivateKey(Buffer.from(privateScalar.toString(16).padStart(64, '0'), 'hex'));
  const point = curve.getPublicKey();
  const [x, y] = [point.subarray(1, 33), point.subarray(33)].map((half) => half.toString('base64url'));
  return createPublicKey({ key: { kty: 'EC', crv: 'P-256', x, y }, format: 'jwk' });
}
