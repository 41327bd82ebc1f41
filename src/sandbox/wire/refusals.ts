import { AwsError } from '../service.js';
import type { ErrorStyle } from './protocol.js';

/** Refusals that every service makes, each under the name that the service's protocol has for it. */
export type Refusal = 'unsigned' | 'unknown-key' | 'bad-token' | 'expired-token' | 'bad-signature' | 'skewed' | 'expired-request' | 'wrong-region' | 'denied';

type Named = Record<ErrorStyle, readonly [code: string, status: number]>;

const names: Record<Refusal, Named> = {
  unsigned: { s3: ['AccessDenied', 403], json: ['MissingAuthenticationTokenException', 400], query: ['MissingAuthenticationToken', 403] },
  'unknown-key': { s3: ['InvalidAccessKeyId', 403], json: ['UnrecognizedClientException', 400], query: ['InvalidClientTokenId', 403] },
  'bad-token': { s3: ['InvalidToken', 400], json: ['UnrecognizedClientException', 400], query: ['InvalidClientTokenId', 403] },
  'expired-token': { s3: ['ExpiredToken', 400], json: ['ExpiredTokenException', 400], query: ['ExpiredToken', 403] },
  'bad-signature': { s3: ['SignatureDoesNotMatch', 403], json: ['InvalidSignatureException', 400], query: ['SignatureDoesNotMatch', 403] },
  skewed: { s3: ['RequestTimeTooSkewed', 403], json: ['InvalidSignatureException', 400], query: ['SignatureDoesNotMatch', 403] },
  'expired-request': { s3: ['AccessDenied', 403], json: ['InvalidSignatureException', 400], query: ['SignatureDoesNotMatch', 403] },
  'wrong-region': { s3: ['AuthorizationHeaderMalformed', 400], json: ['InvalidSignatureException', 400], query: ['SignatureDoesNotMatch', 403] },
  denied: { s3: ['AccessDenied', 403], json: ['AccessDeniedException', 400], query: ['AccessDenied', 403] },
};

export function refusal(kind: Refusal, style: ErrorStyle, message: string): AwsError {
  const [code, status] = names[kind][style];
  return new AwsError(code, message, { status });
}
