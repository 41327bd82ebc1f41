import { NodeHttpHandler } from '@smithy/node-http-handler';
import type { Deployment } from '../config/schema.js';
import { createAwsHandler } from './aws-handler.js';
import { clientSettings } from './client-settings.js';
import { signByTheirClock } from './clock-correction.js';
import { createConnectToAgent } from './connect-to.js';
import { credentialsOf } from './credentials.js';
import { refuseForgeries } from './genuine-answer.js';
import { silent } from './silent.js';

/** How a deployment is reached: only these parts of it matter here. */
export type Reach = Pick<Deployment, 'transport' | 'credentials'> & Partial<Pick<Deployment, 'home' | 'other'>>;

export interface ClientFactoryOptions {
  /** Answers requests in this process instead of over sockets (simulation). */
  requestHandler?: unknown;
  /** Attempts a call gets inside the SDK; steps that must go on elsewhere quickly use 1. */
  maxAttempts?: number;
  connectionTimeoutMs?: number;
  /** No answer for this long ends a request. */
  requestTimeoutMs?: number;
}

export type ClientPool = ReturnType<typeof createClientPool>;

/** Makes each client once, on first use; all share one agent, so connections are reused, and one set of credentials. */
export function createClientPool(reach: Reach, options: ClientFactoryOptions = {}) {
  const { transport, credentials } = reach;
  const made = new Map<string, { destroy(): void }>();
  const settings = {
    ...clientSettings({
      simulated: transport !== undefined || options.requestHandler !== undefined,
      ...(credentials && 'profile' in credentials ? { profile: credentials.profile } : {}),
    }),
    maxAttempts: options.maxAttempts ?? 2,
    logger: silent,
    requestHandler: (options.requestHandler ?? createHandler(reach, options)) as never,
    credentials: credentialsOf(reach),
  };
  return {
    settings,
    once<Client extends { destroy(): void }>(key: string, make: () => Client): Client {
      const existing = made.get(key);
      if (existing) return existing as Client;
      const client = signByTheirClock(refuseForgeries(make() as Client & { middlewareStack: unknown })) as Client;
      made.set(key, client);
      return client;
    },
    destroy(): void {
      for (const client of made.values()) client.destroy();
      made.clear();
    },
  };
}

function createHandler(reach: Reach, options: ClientFactoryOptions): NodeHttpHandler {
  const settings = {
    connectionTimeout: options.connectionTimeoutMs ?? 2000,
    requestTimeout: options.requestTimeoutMs ?? 10_000,
    // Without this a black-holed socket only logs a warning and waits for ever.
    throwOnRequestTimeout: true,
    logger: silent,
  };
  // What goes to loopback goes through no proxy.
  if (reach.transport) return new NodeHttpHandler({ ...settings, httpsAgent: createConnectToAgent(reach.transport.connectTo) });
  return createAwsHandler(settings);
}

/**
 * Finds the credentials that every call will need, so that their absence is told once, before anything is asked. Throws
 * the SDK's CredentialsProviderError.
 */
export async function requireCredentials(reach: Reach): Promise<void> {
  const credentials = credentialsOf(reach);
  if (typeof credentials === 'function') await credentials();
}
