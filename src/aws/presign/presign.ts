import type { KeyObject } from 'node:crypto';
import { algorithm, canonicalQuery, deriveSigningKey, encodeRfc3986, sha256, signText } from './sigv4a.js';

export interface SigningCredentials {
  accessKeyId: string;
  secretAccessKey: string;
  sessionToken?: string | undefined;
}

export interface PresignedGet {
  /** `arn:aws:s3::<account>:accesspoint/<alias>.mrap` */
  accessPointArn: string;
  key: string;
  /** Replicas keep version ids, so the same URL means the same bytes in whichever Region answers. */
  versionId?: string;
  expiresInSeconds: number;
  /** The name under which a browser saves it. */
  fileName?: string;
}

/**
 * A URL that lets its holder get one object through a Multi-Region Access Point, signed for every Region (`*`). It ends
 * with `expiresInSeconds` or with the credentials, whichever is first. Treat it as a secret: never log it.
 *
 * Ours, because the pinned SDK can presign SigV4A only with a native add-on.
 * Sources: Amazon S3 user guide, "Authenticating requests: using query parameters"; IAM user guide, "SigV4A".
 */
export function presignGet(request: PresignedGet, credentials: SigningCredentials, now: Date): string {
  const host = accessPointHost(request.accessPointArn);
  const path = `/${request.key.split('/').map(encodeRfc3986).join('/')}`;
  const time = `${now.toISOString().replace(/[-:]|\.\d{3}/g, '')}`;
  const scope = `${time.slice(0, 8)}/s3/aws4_request`;
  const query = canonicalQuery({
    'X-Amz-Algorithm': algorithm,
    'X-Amz-Credential': `${credentials.accessKeyId}/${scope}`,
    'X-Amz-Date': time,
    'X-Amz-Expires': String(request.expiresInSeconds),
    'X-Amz-Region-Set': '*',
    'X-Amz-SignedHeaders': 'host',
    ...(credentials.sessionToken ? { 'X-Amz-Security-Token': credentials.sessionToken } : {}),
    ...(request.versionId ? { versionId: request.versionId } : {}),
    ...(request.fileName ? { 'response-content-disposition': `attachment; filename*=UTF-8''${encodeRfc3986(request.fileName)}` } : {}),
    'x-id': 'GetObject',
  });
  const canonicalRequest = ['GET', path, query, `host:${host}\n`, 'host', 'UNSIGNED-PAYLOAD'].join('\n');
  const textToSign = [algorithm, time, scope, sha256(canonicalRequest)].join('\n');
  return `https://${host}${path}?${query}&X-Amz-Signature=${signText(signingKey(credentials), textToSign)}`;
}

/** `<alias>.mrap.accesspoint.s3-global.amazonaws.com` */
export function accessPointHost(accessPointArn: string): string {
  const alias = /^arn:aws:s3::\d{12}:accesspoint\/([a-z0-9]+\.mrap)$/.exec(accessPointArn)?.[1];
  if (!alias) throw new Error(`${accessPointArn} is not the ARN of a Multi-Region Access Point`);
  return `${alias}.accesspoint.s3-global.amazonaws.com`;
}

let derived: { accessKeyId: string; secretAccessKey: string; key: KeyObject } | undefined;

/** Deriving costs more than signing, and a function keeps its credentials for hours. */
function signingKey(credentials: SigningCredentials): KeyObject {
  if (derived?.accessKeyId !== credentials.accessKeyId || derived.secretAccessKey !== credentials.secretAccessKey) {
    derived = { accessKeyId: credentials.accessKeyId, secretAccessKey: credentials.secretAccessKey, key: deriveSigningKey(credentials.accessKeyId, credentials.secretAccessKey) };
  }
  return derived.key;
}
