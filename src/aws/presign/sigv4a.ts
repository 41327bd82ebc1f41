import { createECDH, createHash, createHmac, createPrivateKey, type KeyObject, sign } from 'node:crypto';

export const algorithm = 'AWS4-ECDSA-P256-SHA256';

/** The order of the P-256 group, minus two: a derived candidate above it is skipped and the next one is tried. */
const largestCandidate = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc63254fn;

/**
 * The signing key of an access key pair. SigV4A signs with an elliptic-curve key that both sides derive from the secret
 * by the counter mode of NIST SP 800-108; the access key id is its context.
 * Source: AWS IAM user guide, "Asymmetric Signature Version 4 (SigV4A)".
 */
export function deriveSigningKey(accessKeyId: string, secretAccessKey: string): KeyObject {
  for (let counter = 1; counter < 255; counter += 1) {
    const fixedInput = Buffer.concat([
      Buffer.from([0, 0, 0, 1]), Buffer.from(algorithm), Buffer.from([0]),
      Buffer.from(accessKeyId), Buffer.from([counter]), Buffer.from([0, 0, 1, 0]),
    ]);
    const candidate = BigInt(`0x${createHmac('sha256', `AWS4A${secretAccessKey}`).update(fixedInput).digest('hex')}`);
    if (candidate <= largestCandidate) return privateKeyOf(candidate + 1n);
  }
  throw new Error('no signing key can be derived from these credentials');
}

function privateKeyOf(scalar: bigint): KeyObject {
  const secret = Buffer.from(scalar.toString(16).padStart(64, '0'), 'hex');
  const curve = createECDH('prime256v1');
  curve.setPrivateKey(secret);
  const point = curve.getPublicKey();
  return createPrivateKey({
    format: 'jwk',
    key: {
      kty: 'EC', crv: 'P-256',
      x: point.subarray(1, 33).toString('base64url'), y: point.subarray(33).toString('base64url'), d: secret.toString('base64url'),
    },
  });
}

/** A signature as SigV4A writes it: DER, in hexadecimal. */
export function signText(key: KeyObject, text: string): string {
  return sign('sha256', Buffer.from(text), key).toString('hex');
}

export function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

/** Percent-encodes all but the unreserved characters of RFC 3986. */
export function encodeRfc3986(text: string): string {
  return encodeURIComponent(text).replace(/[!'()*]/g, (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`);
}

/** Sorted by encoded name, in the order of code units. */
export function canonicalQuery(parameters: Record<string, string>): string {
  return Object.entries(parameters)
    .map(([name, value]) => [encodeRfc3986(name), encodeRfc3986(value)] as const)
    .sort(([left], [right]) => (left < right ? -1 : 1))
    .map(([name, value]) => `${name}=${value}`)
    .join('&');
}
