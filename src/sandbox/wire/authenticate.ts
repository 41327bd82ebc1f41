import { AwsError, type Principal } from '../service.js';
import type { SignatureClaim } from './credential-scope.js';
import type { ErrorStyle } from './protocol.js';
import { queryValue, type Received } from './received.js';
import { refusal } from './refusals.js';
import { sha256Hex, signatureMatches, unsignedPayload } from './signature.js';

/** An access key as IAM knows it. */
export interface AccessKey {
  secretAccessKey: string;
  /** Present for temporary credentials, which are refused without it. */
  sessionToken?: string;
  /** Milliseconds since 1970; absent for long-lived keys. */
  expiresAt?: number;
  principalArn: string;
  /** The Region that the credentials were issued into, or `operator`. */
  origin: string;
  /** The session came from STS's global endpoint, whose tokens are not taken for SigV4A. */
  ofGlobalEndpoint?: boolean;
}

export type Keyring = (accessKeyId: string) => AccessKey | undefined;

/** Source: IAM User Guide, "Signature Version 4": requests are refused when their time is 15 minutes off. */
const largestSkewMs = 15 * 60 * 1000;
const longestPresignedSeconds = 7 * 24 * 3600;

export interface AuthenticateOptions {
  keyring: Keyring;
  errorStyle: ErrorStyle;
  /** The server's time for presigned URLs and credentials, in milliseconds since 1970. */
  now: number;
  /** The time that a signed header is held against. The same as `now` unless the client's clock is not the world's. */
  signedNow: number;
  /** The collected body; undefined when it streams, and then S3's payload hash must be given. */
  body?: Uint8Array;
  /** S3 signs the path as it is sent. */
  isS3: boolean;
}

/**
 * Verifies the signature of a request and tells who made it. Errors: the refusals of `refusals.ts`, named as the
 * service's protocol names them. Source: IAM User Guide, "Troubleshoot Signature Version 4 signed requests".
 */
export function authenticate(received: Received, claim: SignatureClaim | undefined, options: AuthenticateOptions): Principal {
  const { errorStyle, now } = options;
  if (!claim) throw refusal('unsigned', errorStyle, errorStyle === 's3' ? 'Access Denied' : 'Request is missing Authentication Token');
  const key = options.keyring(claim.accessKeyId);
  if (!key) throw refusal('unknown-key', errorStyle, errorStyle === 's3' ? 'The AWS Access Key Id you provided does not exist in our records.' : 'The security token included in the request is invalid.');
  if (key.sessionToken !== undefined && claim.sessionToken !== key.sessionToken) throw refusal('bad-token', errorStyle, 'The security token included in the request is invalid.');
  if (key.expiresAt !== undefined && key.expiresAt <= now) throw refusal('expired-token', errorStyle, 'The security token included in the request is expired');
  checkEndpointOfSession(claim, key);
  checkTime(claim, options);
  const payloadHash = payloadHashOf(received, claim, options);
  const matches = claim.signedHeaders.includes('host') && signatureMatches(received, claim, { secretAccessKey: key.secretAccessKey, payloadHash, encodesPathTwice: !options.isS3 });
  if (!matches) throw refusal('bad-signature', errorStyle, 'The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method.');
  return { arn: key.principalArn, accessKeyId: claim.accessKeyId, origin: key.origin };
}

/**
 * Source: Amazon S3 User Guide, "Making requests through a Multi-Region Access Point" (sessions must come from a Regional STS
 * endpoint). It says "an error"; that it is a bare 500 is what users report (Versent/saml2aws#913, aws/aws-sdk-net#3004).
 */
function checkEndpointOfSession(claim: SignatureClaim, key: AccessKey): void {
  if (claim.algorithm !== 'AWS4-ECDSA-P256-SHA256' || !key.ofGlobalEndpoint) return;
  throw new AwsError('InternalError', 'We encountered an internal error. Please try again.', { status: 500 });
}

function checkTime(claim: SignatureClaim, { now, signedNow, errorStyle }: AuthenticateOptions): void {
  const signedAt = readAmzDate(claim.date);
  if (Number.isNaN(signedAt) || !claim.date.startsWith(claim.scopeDate)) throw refusal('bad-signature', errorStyle, `Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: '${claim.scopeDate}' != '${claim.date.slice(0, 8)}'`);
  if (!claim.presigned) {
    if (Math.abs(signedNow - signedAt) > largestSkewMs) throw refusal('skewed', errorStyle, errorStyle === 's3' ? 'The difference between the request time and the current time is too large.' : `${signedAt > signedNow ? 'Signature not yet current' : 'Signature expired'}: ${claim.date} is not within 15 minutes of the current time`);
    return;
  }
  const lifetime = claim.expiresSeconds ?? NaN;
  if (!(lifetime > 0 && lifetime <= longestPresignedSeconds)) throw refusal('expired-request', errorStyle, 'X-Amz-Expires must be between 1 and 604800 seconds');
  if (now > signedAt + lifetime * 1000) throw refusal('expired-request', errorStyle, 'Request has expired');
  if (signedAt > now + largestSkewMs) throw refusal('expired-request', errorStyle, 'Request is not yet valid');
}

function payloadHashOf(received: Received, claim: SignatureClaim, options: AuthenticateOptions): string {
  const header = received.headers['x-amz-content-sha256'];
  if (claim.presigned) {
    const given = header ?? queryValue(received, 'X-Amz-Content-Sha256');
    return given ?? (options.isS3 || !options.body ? unsignedPayload : sha256Hex(options.body));
  }
  if (options.isS3) {
    // S3 checks the hash against the bytes while they stream (body-checks.ts).
    if (header === undefined) throw refusal('bad-signature', options.errorStyle, 'Missing required header for this request: x-amz-content-sha256');
    return header;
  }
  const actual = sha256Hex(options.body ?? new Uint8Array());
  if (header !== undefined && header !== actual && header !== unsignedPayload) throw refusal('bad-signature', options.errorStyle, 'The value of x-amz-content-sha256 does not match the body.');
  return header ?? actual;
}

/** `20261121T061500Z` in milliseconds since 1970. */
function readAmzDate(date: string): number {
  const match = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/.exec(date);
  if (!match) return NaN;
  const [year, month, day, hour, minute, second] = match.slice(1).map(Number) as [number, number, number, number, number, number];
  return Date.UTC(year, month - 1, day, hour, minute, second);
}
