import { defaultProvider } from '@aws-sdk/credential-provider-node';
import type { Deployment } from '../config/schema.js';
import { isTransient } from '../core/failure.js';
import { isSandboxKey, shortKeyId } from '../core/sandbox-keys.js';
import { ExitCode, OperatorError } from '../errors.js';
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
 * asked for once, and again before it expires. A deployment that redirects its traffic gets a sandbox's keys or none.
 */
export function credentialsOf(reach: Pick<Deployment, 'credentials' | 'transport'> & Partial<Pick<Deployment, 'home' | 'other'>>): Credentials | CredentialSource {
  // A copy: the SDK notes on the object where it came from.
  const named = reach.credentials && 'accessKeyId' in reach.credentials ? { ...reach.credentials } as Credentials : undefined;
  if (reach.transport) return named ? ofSandbox(named) : () => Promise.resolve().then(() => ofSandbox(namedByShell()));
  if (named) return named;
  const places = { ...reach.credentials, regions: [reach.home, reach.other].filter((region) => region !== undefined) };
  const key = JSON.stringify(places);
  const source = found.get(key) ?? findCredentials(places);
  found.set(key, source);
  return source;
}

/**
 * Whatever listens on this machine would be sent requests that real keys signed, in plain text, and could pass them on to
 * AWS. So nothing that is redirected is ever signed with them, whoever wrote the deployment file.
 */
function ofSandbox(credentials: Credentials): Credentials {
  if (isSandboxKey(credentials.accessKeyId)) return credentials;
  throw new OperatorError('NOT_SANDBOX_KEYS', `This deployment redirects its traffic to this machine, as a sandbox does, and ${shortKeyId(credentials.accessKeyId)} is no key of a sandbox. Nothing was signed with it.`, {
    exitCode: ExitCode.credentials,
    nextSteps: ['For a sandbox, take its own keys: eval "$(batchctl sandbox env --role operator)"', 'For AWS itself, name its deployment with -d, or take "transport" out of the deployment file.'],
  });
}

/** Profiles, sign-ins and the host's own roles are asked of AWS, which nothing that belongs to a sandbox may reach. */
function namedByShell({ AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey, AWS_SESSION_TOKEN: sessionToken }: Record<string, string | undefined> = process.env): Credentials {
  if (accessKeyId && secretAccessKey) return { accessKeyId, secretAccessKey, ...(sessionToken ? { sessionToken } : {}) };
  throw Object.assign(new Error('the deployment file names no keys, and for a sandbox no other place is looked in than AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY'), { name: 'CredentialsProviderError' });
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
    // What assumes roles and signs in is no more led elsewhere by an endpoint of the shell than any other client.
    clientConfig: { maxAttempts: 1, logger: silent, requestHandler: handler as never, ignoreConfiguredEndpointUrls: true, ...(region === undefined ? {} : { region }) },
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
