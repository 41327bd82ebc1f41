import { GetCallerIdentityCommand } from '@aws-sdk/client-sts';
import type { Deployment } from '../../config/schema.js';
import type { CredentialFacts, CredentialKind, IdentityFacts } from '../../core/doctor-facts.js';
import type { Clock } from '../../workflow/ports.js';
import { createSetupClientFactory, type SetupClientFactory } from '../setup-clients.js';

/** The SDK notes on resolved credentials where they came from; most telling first. */
const sources: readonly [string, CredentialKind][] = [
  ['CREDENTIALS_SSO', 'Identity Center'], ['CREDENTIALS_SSO_LEGACY', 'Identity Center'], ['CREDENTIALS_PROFILE_SSO', 'Identity Center'], ['CREDENTIALS_PROFILE_SSO_LEGACY', 'Identity Center'],
  ['CREDENTIALS_STS_ASSUME_ROLE_WEB_ID', 'web identity'], ['CREDENTIALS_PROFILE_STS_WEB_ID_TOKEN', 'web identity'], ['CREDENTIALS_ENV_VARS_STS_WEB_ID_TOKEN', 'web identity'],
  ['CREDENTIALS_STS_ASSUME_ROLE', 'assumed role'], ['CREDENTIALS_PROFILE_SOURCE_PROFILE', 'assumed role'], ['CREDENTIALS_PROFILE_NAMED_PROVIDER', 'assumed role'],
  ['CREDENTIALS_PROCESS', 'process'], ['CREDENTIALS_PROFILE_PROCESS', 'process'],
  ['CREDENTIALS_HTTP', 'container'], ['CREDENTIALS_IMDS', 'host'],
];

export async function readCredentials(clients: SetupClientFactory, deployment: Pick<Deployment, 'home'>): Promise<CredentialFacts> {
  const resolved = await clients.sts(deployment.home).config.credentials() as { sessionToken?: string; expiration?: Date; $source?: Record<string, string> };
  const noted = resolved.$source ?? {};
  const kind = sources.find(([name]) => noted[name] !== undefined)?.[1] ?? (resolved.sessionToken === undefined ? 'long-lived keys' : 'session keys');
  return { kind, expiresAt: resolved.expiration?.toISOString() ?? null };
}

/** Asks the Region's own STS endpoint: tokens of the global one do not work with Multi-Region Access Points. */
export async function readIdentity(clients: SetupClientFactory, region: string, signal: AbortSignal): Promise<IdentityFacts> {
  const { Account, Arn } = await clients.sts(region).send(new GetCallerIdentityCommand({}), { abortSignal: signal });
  return { account: Account ?? '', arn: Arn ?? '' };
}

/**
 * This host's clock less AWS's, in seconds, from the Date header of an answer (to the second). A refused signature has
 * one too, and is just what a skewed clock causes, so whatever answers counts.
 */
export async function readClockSkew(deployment: Deployment, region: string, clock: Clock, signal: AbortSignal): Promise<number> {
  const clients = createSetupClientFactory(deployment, { maxAttempts: 1 });
  let skewSeconds: number | undefined;
  const sts = clients.sts(region);
  sts.middlewareStack.add((next) => async (args) => {
    const sentAt = clock.now().getTime();
    try {
      const answered = await next(args);
      skewSeconds ??= skewOf(answered.response, sentAt, clock);
      return answered;
    } catch (error) {
      skewSeconds ??= skewOf((error as { $response?: unknown }).$response, sentAt, clock);
      throw error;
    }
  }, { step: 'deserialize', name: 'readDate', priority: 'high' });
  try {
    await sts.send(new GetCallerIdentityCommand({}), { abortSignal: signal });
  } catch (error) {
    if (skewSeconds === undefined) throw error;
  } finally {
    clients.destroy();
  }
  if (skewSeconds === undefined) throw new Error('the answer carries no time');
  return skewSeconds;
}

/** Less than the second that the header is cut to, and the way there and back, is no skew. */
function skewOf(response: unknown, sentAt: number, clock: Clock): number | undefined {
  const header = (response as { headers?: Record<string, string> } | undefined)?.headers?.['date'];
  const theirs = header === undefined ? Number.NaN : Date.parse(header);
  if (Number.isNaN(theirs)) return undefined;
  const receivedAt = clock.now().getTime();
  if (receivedAt >= theirs && sentAt < theirs + 1000) return 0;
  return (receivedAt < theirs ? receivedAt - theirs : sentAt - (theirs + 1000)) / 1000;
}
