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

/** Where a service signs by another name than its host's, and the SDK leaves it to the signer to know. */
const signingNames: Record<string, string> = { email: 'ses' };

/**
 * Signs without arithmetic: everything but the digest is as in Signature Version 4, and the build of the simulator lets the
 * sandbox take a seal for a signature. Making and checking signatures costs a sixth of a run and finds nothing here; the
 * sandbox's own tests do it. What has no single Region (SigV4A, for Multi-Region Access Points) is signed by the SDK.
 */
export function sealFor(original: (scheme?: unknown) => Promise<Signer>, identity: Identity): (scheme?: unknown) => Promise<Signer> {
  return async (scheme) => {
    const { name, signingRegion, signingName } = (scheme ?? {}) as { name?: string; signingRegion?: string; signingName?: string };
    if (name === 'sigv4a' || signingRegion === '*') return original(scheme);
    return {
      sign: async (request, options) => {
        // `dynamodb.us-east-1.…`, and each of ARC's endpoints `name.route53-recovery-cluster.us-east-1.…`.
        const [service = '', region = ''] = request.hostname.replace(/^[^.]+\.(?=route53-recovery-cluster\.)/, '').split('.');
        return sealed(request, identity, options.signingRegion ?? signingRegion ?? region, options.signingService ?? signingName ?? signingNames[service] ?? service, options.signingDate ?? new Date());
      },
    };
  };
}

/** The same for clients that never sign for several Regions: those of the functions. */
export function sealer(identity: Identity): (scheme?: unknown) => Promise<Signer> {
  return sealFor(() => Promise.reject(new Error('a function does not sign for several Regions')), identity);
}

function sealed(request: HttpRequest, { accessKeyId, sessionToken }: Identity, region: string, service: string, at: Date): HttpRequest {
  const date = at.toISOString().replace(/[-:]|\.\d{3}/g, '');
  request.headers['x-amz-date'] = date;
  if (sessionToken !== undefined) request.headers['x-amz-security-token'] = sessionToken;
  if (service === 's3') request.headers['x-amz-content-sha256'] ??= 'UNSIGNED-PAYLOAD';
  request.headers['authorization'] = `AWS4-HMAC-SHA256 Credential=${accessKeyId}/${date.slice(0, 8)}/${region}/${service}/aws4_request, SignedHeaders=host;x-amz-date, Signature=${seal}`;
  return request;
}
