import type { HttpRequest } from '@smithy/core/protocols';

/** What the SDK asks of a signer. */
export interface Signer {
  sign(request: HttpRequest, options: { signingDate?: Date; signingRegion?: string; signingService?: string }): Promise<HttpRequest>;
}

export interface Identity {
  accessKeyId: string;
  sessionToken?: string;
}

/** Stands where a signature would. */
export const seal = 'f'.repeat(64);

/**
 * Signs without arithmetic: everything but the digest is as in Signature Version 4, and the build of the simulator lets the
 * sandbox take a seal for a signature. Making and checking signatures costs a sixth of a run and finds nothing here; the
 * sandbox's own tests do it. What has no single Region (SigV4A, for Multi-Region Access Points) is signed by the SDK.
 */
export function sealFor(original: (scheme?: unknown) => Promise<Signer>, identity: Identity): (scheme?: unknown) => Promise<Signer> {
  return async (scheme) => {
    const { signingRegion, signingName } = (scheme ?? {}) as { signingRegion?: string; signingName?: string };
    if (signingRegion === undefined || signingRegion === '*') return original(scheme);
    return { sign: async (request, options) => sealed(request, identity, options.signingRegion ?? signingRegion, options.signingService ?? signingName ?? '', options.signingDate ?? new Date()) };
  };
}

function sealed(request: HttpRequest, { accessKeyId, sessionToken }: Identity, region: string, service: string, at: Date): HttpRequest {
  const date = at.toISOString().replace(/[-:]|\.\d{3}/g, '');
  request.headers['x-amz-date'] = date;
  if (sessionToken !== undefined) request.headers['x-amz-security-token'] = sessionToken;
  if (service === 's3') request.headers['x-amz-content-sha256'] ??= 'UNSIGNED-PAYLOAD';
  request.headers['authorization'] = `AWS4-HMAC-SHA256 Credential=${accessKeyId}/${date.slice(0, 8)}/${region}/${service}/aws4_request, SignedHeaders=host;x-amz-date, Signature=${seal}`;
  return request;
}
