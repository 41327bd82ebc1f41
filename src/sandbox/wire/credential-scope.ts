import { queryValue, type Received } from './received.js';

export type SigningAlgorithm = 'AWS4-HMAC-SHA256' | 'AWS4-ECDSA-P256-SHA256';

/** What a request says about its own signature, not yet believed. */
export interface SignatureClaim {
  algorithm: SigningAlgorithm;
  accessKeyId: string;
  /** `20261121/us-east-1/s3/aws4_request`; SigV4A has no Region in it. */
  scope: string;
  scopeDate: string;
  service: string;
  /** SigV4: the Region. SigV4A: the set of Regions, usually `*`. */
  region: string;
  signedHeaders: string[];
  signature: string;
  /** `20261121T061500Z` */
  date: string;
  sessionToken?: string;
  /** Seconds; only of a presigned URL. */
  expiresSeconds?: number;
  presigned: boolean;
}

/** Undefined when the request is not signed, or its signature header cannot be read. */
export function signatureClaim(received: Received): SignatureClaim | undefined {
  return received.headers['authorization'] !== undefined ? fromHeader(received) : fromQuery(received);
}

function fromHeader(received: Received): SignatureClaim | undefined {
  const match = /^(\S+)\s+(.*)$/.exec(received.headers['authorization'] ?? '');
  const fields = Object.fromEntries((match?.[2] ?? '').split(',').map((field) => splitOnce(field.trim(), '=')));
  return makeClaim({
    algorithm: match?.[1],
    credential: fields['Credential'],
    signedHeaders: fields['SignedHeaders'],
    signature: fields['Signature'],
    date: received.headers['x-amz-date'],
    regionSet: received.headers['x-amz-region-set'],
    sessionToken: received.headers['x-amz-security-token'],
    presigned: false,
  });
}

function fromQuery(received: Received): SignatureClaim | undefined {
  const expires = queryValue(received, 'X-Amz-Expires');
  return makeClaim({
    algorithm: queryValue(received, 'X-Amz-Algorithm'),
    credential: queryValue(received, 'X-Amz-Credential'),
    signedHeaders: queryValue(received, 'X-Amz-SignedHeaders'),
    signature: queryValue(received, 'X-Amz-Signature'),
    date: queryValue(received, 'X-Amz-Date'),
    regionSet: queryValue(received, 'X-Amz-Region-Set'),
    sessionToken: queryValue(received, 'X-Amz-Security-Token'),
    expiresSeconds: expires === undefined ? undefined : Number(expires),
    presigned: true,
  });
}

interface ClaimParts {
  algorithm?: string;
  credential?: string;
  signedHeaders?: string;
  signature?: string;
  date?: string;
  regionSet?: string;
  sessionToken?: string;
  expiresSeconds?: number;
  presigned: boolean;
}

function makeClaim(parts: ClaimParts): SignatureClaim | undefined {
  const { algorithm, credential, signedHeaders, signature, date } = parts;
  if (!credential || !signedHeaders || !signature || !date) return undefined;
  if (algorithm !== 'AWS4-HMAC-SHA256' && algorithm !== 'AWS4-ECDSA-P256-SHA256') return undefined;
  const [accessKeyId = '', ...scope] = credential.split('/');
  const wantedParts = algorithm === 'AWS4-HMAC-SHA256' ? 4 : 3;
  if (scope.length !== wantedParts || scope.at(-1) !== 'aws4_request') return undefined;
  return {
    algorithm,
    accessKeyId,
    scope: scope.join('/'),
    scopeDate: scope[0] ?? '',
    service: scope.at(-2) ?? '',
    region: algorithm === 'AWS4-HMAC-SHA256' ? scope[1] ?? '' : parts.regionSet ?? '',
    signedHeaders: signedHeaders.split(';'),
    signature,
    date,
    sessionToken: parts.sessionToken,
    expiresSeconds: parts.expiresSeconds,
    presigned: parts.presigned,
  };
}

function splitOnce(text: string, separator: string): [string, string] {
  const at = text.indexOf(separator);
  return at < 0 ? [text, ''] : [text.slice(0, at), text.slice(at + separator.length)];
}
