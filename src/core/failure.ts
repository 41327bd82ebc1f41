/** What kind of failure a call met, told from the error's name and code alone, so that every room agrees on it. */
export type FailureKind = 'credentials' | 'clock' | 'permission' | 'timeout' | 'unreachable' | 'throttled' | 'conflict' | 'not-found' | 'service' | 'other';

interface ErrorShape {
  name?: string;
  code?: string;
  Code?: string;
  message?: string;
  cause?: unknown;
  $fault?: string;
  $metadata?: { httpStatusCode?: number; clockSkewCorrected?: boolean };
}

const credentialNames = new Set([
  'CredentialsProviderError', 'ExpiredToken', 'ExpiredTokenException', 'InvalidClientTokenId', 'UnrecognizedClientException',
  'InvalidAccessKeyId', 'SignatureDoesNotMatch', 'InvalidSignatureException', 'MissingAuthenticationToken',
  'MissingAuthenticationTokenException', 'InvalidToken', 'TokenRefreshRequired', 'TokenProviderError',
]);
/** Source: the SDK's own list of what a wrong clock may be answered with (@smithy/core, retry). */
const clockNames = new Set(['RequestTimeTooSkewed', 'RequestExpired', 'RequestInTheFuture']);
const perhapsClockNames = new Set(['InvalidSignatureException', 'SignatureDoesNotMatch', 'AuthFailure']);
const permissionNames = new Set(['AccessDenied', 'AccessDeniedException', 'UnauthorizedOperation', 'NotAuthorized', 'AuthorizationError', 'Forbidden']);
const timeoutNames = new Set(['TimeoutError', 'AbortError', 'RequestTimeout', 'RequestTimeoutException', 'DeadlineExceeded']);
const unreachableCodes = new Set(['ECONNREFUSED', 'ECONNRESET', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH', 'ENETUNREACH', 'EPIPE', 'ETIMEDOUT', 'UND_ERR_SOCKET', 'EPROXY']);
const throttleNames = new Set([
  'ThrottlingException', 'Throttling', 'TooManyRequestsException', 'ProvisionedThroughputExceededException', 'SlowDown',
  'RequestLimitExceeded', 'ThrottledException', 'RequestThrottled', 'LimitExceededException',
]);
const conflictNames = new Set(['ConflictException', 'ConditionalCheckFailedException', 'ReplicatedWriteConflictException', 'PreconditionFailed', 'ConditionalRequestConflict', 'OperationAborted']);

/** Of several that were asked at once and all failed, the first speaks for them. */
function firstOf(error: unknown): unknown {
  return error instanceof AggregateError && error.errors.length > 0 ? error.errors[0] : error;
}

/**
 * The signature was right and its time was not. Once the SDK has seen AWS's time it signs with that, so that the same call
 * succeeds when it is made again.
 */
function isOfTheClock({ name = '', code = '', message = '', $metadata }: ErrorShape): boolean {
  if (clockNames.has(name) || clockNames.has(code)) return true;
  if (perhapsClockNames.has(name) && /signature (?:expired|not yet current)/i.test(message)) return true;
  // A HEAD is refused without a word.
  const wordless = $metadata?.httpStatusCode === 403 && (name === 'Forbidden' || !permissionNames.has(name));
  return $metadata?.clockSkewCorrected === true && (perhapsClockNames.has(name) || wordless);
}

export function failureKind(failure: unknown): FailureKind {
  const error = firstOf(failure);
  const shape = (error ?? {}) as ErrorShape;
  const name = shape.name ?? '';
  const code = shape.code ?? shape.Code ?? '';
  const status = shape.$metadata?.httpStatusCode;
  if (isOfTheClock(shape)) return 'clock';
  if (credentialNames.has(name) || credentialNames.has(code)) return 'credentials';
  if (permissionNames.has(name) || permissionNames.has(code) || status === 403) return 'permission';
  if (unreachableCodes.has(code) || unreachableCodes.has(name)) return 'unreachable';
  if (timeoutNames.has(name) || timeoutNames.has(code)) return 'timeout';
  if (throttleNames.has(name) || throttleNames.has(code) || status === 429) return 'throttled';
  if (conflictNames.has(name) || status === 409 || status === 412) return 'conflict';
  if (status === 404 || /NotFound|NoSuch|DoesNotExist/.test(name)) return 'not-found';
  // What answered was cut off or was no answer of AWS's at all: its protocol could not be read.
  if (name === 'SyntaxError' && (shape.$metadata !== undefined || '$response' in shape)) return 'service';
  if (shape.$fault === 'server' || (status !== undefined && status >= 500)) return 'service';
  // An SDK wraps what the socket said.
  if (shape.cause !== undefined && shape.cause !== error) return failureKind(shape.cause);
  return 'other';
}

/** True when the same call may succeed if it is made again, here or at another endpoint. */
export function isTransient(error: unknown): boolean {
  return ['timeout', 'unreachable', 'throttled', 'service', 'clock'].includes(failureKind(error));
}

/** One line that an operator understands: what kind of failure, and what the service said. */
export function describeFailure(failure: unknown): string {
  const error = firstOf(failure);
  const shape = (error ?? {}) as ErrorShape;
  const said = (shape.message ?? String(error)).split('\n')[0] ?? '';
  const name = shape.name && shape.name !== 'Error' ? shape.name : shape.code ?? '';
  switch (failureKind(error)) {
    case 'credentials': return `credentials refused (${name}: ${said})`;
    case 'clock': return `this host's clock is wrong (${said || name})`;
    case 'permission': return `access denied (${said || name})`;
    case 'timeout': return said && !/^(the )?(operation|request) (was )?aborted|timeout$/i.test(said) ? `timed out (${said})` : 'timed out';
    case 'unreachable': return shape.code === 'EPROXY' ? `unreachable (${said})` : `unreachable (${shape.code ?? (shape.cause as ErrorShape | undefined)?.code ?? name})`;
    case 'throttled': return `throttled (${name})`;
    case 'service': return `service error (${name || shape.$metadata?.httpStatusCode}${said && said !== name ? `: ${said}` : ''})`;
    case 'conflict':
    case 'not-found':
    case 'other':
      return name && !said.includes(name) ? `${name}: ${said}` : said || 'unknown failure';
  }
}
