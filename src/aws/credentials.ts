import { defaultProvider } from '@aws-sdk/credential-provider-node';
import type { Deployment } from '../config/schema.js';
import { isTransient } from '../core/failure.js';
import { createAwsHandler } from './aws-handler.js';
import { silent } from './silent.js';

export interface Credentials {
  accessKeyId: string;
  secretAccessKey: string;
  sessionToken?: string;
  expiration?: Date;
}

export type CredentialSource = () => Promise<Credentials>;

export interface CredentialPlaces {
  /** Of the shared configuration; left out: the default chain. */
  profile?: string;
  /** Whose STS is asked where a role has to be assumed, and its profile names no Region of its own. */
  regions: readonly string[];
  /** Answers those requests in this process (tests). */
  requestHandler?: unknown;
}

const found = new Map<string, CredentialSource>();

/**
 * The credentials of a deployment, for all its clients together: what a program, a sign-in or a role's session gives is
 * asked for once, and again before it expires.
 */
export function credentialsOf(reach: Pick<Deployment, 'credentials'> & Partial<Pick<Deployment, 'home' | 'other'>>): Credentials | CredentialSource {
  // A copy: the SDK notes on the object where it came from.
  if (reach.credentials && 'accessKeyId' in reach.credentials) return { ...reach.credentials } as Credentials;
  const places = { ...reach.credentials, regions: [reach.home, reach.other].filter((region) => region !== undefined) };
  const key = JSON.stringify(places);
  const source = found.get(key) ?? findCredentials(places);
  found.set(key, source);
  return source;
}

/**
 * Walks the SDK's default chain. A role that could not be assumed because its Region's STS does not answer is assumed in
 * the other Region, so that nothing depends on the Region being left. Throws the SDK's CredentialsProviderError.
 */
export function findCredentials({ profile, regions, requestHandler }: CredentialPlaces): CredentialSource {
  const handler = requestHandler ?? createAwsHandler({ connectionTimeout: 2000, requestTimeout: 5000, throwOnRequestTimeout: true, logger: silent });
  const chain = (region?: string) => defaultProvider({
    logger: silent,
    ...(profile === undefined ? {} : { profile }),
    clientConfig: { maxAttempts: 1, logger: silent, requestHandler: handler as never, ...(region === undefined ? {} : { region }) },
  });
  const [first = 'us-east-1', ...others] = regions;
  const asConfigured = chain();
  const elsewhere = [...others, first].map((region) => chain(region));
  const caller = { callerClientConfig: { region: () => Promise.resolve(first), ...(profile === undefined ? {} : { profile }) } };
  return async () => {
    let failure: unknown;
    for (const look of [asConfigured, ...elsewhere]) {
      try {
        return await look(caller as never) as Credentials;
      } catch (error) {
        failure ??= error;
        if (!isTransient(error)) break;
      }
    }
    throw failure;
  };
}
