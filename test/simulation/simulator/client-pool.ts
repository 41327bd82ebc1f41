import { StandardRetryStrategy } from '@smithy/core/retry';
import { sealFor, type Identity, type Signer } from './seal.js';

/** What of a client can be exchanged between two uses: who answers it, and what it learned from the answers. */
interface PooledClient {
  config: {
    requestHandler: unknown;
    systemClockOffset: number;
    maxAttempts: () => Promise<number>;
    retryStrategy: () => Promise<unknown>;
    credentials: () => Promise<Identity>;
    signer: (scheme?: unknown) => Promise<Signer>;
  };
}

interface FactoryOptions {
  requestHandler?: unknown;
  maxAttempts?: number;
}

interface Pooled {
  key: string;
  client: PooledClient;
  renew: (requestHandler: unknown) => void;
}

const free = new Map<string, Pooled[]>();
const handedOut: Pooled[] = [];

/**
 * Making an SDK client costs as much as several calls with it, and each simulated command makes dozens. So a client that
 * served in an earlier run serves again, with nothing left of what it knew. Within a run every client has one owner.
 */
export function pooledClient<Client>(reach: { credentials?: unknown }, { requestHandler, maxAttempts }: FactoryOptions, name: string, make: () => Client): Client {
  const key = `${name} ${maxAttempts ?? ''} ${JSON.stringify(reach.credentials ?? null)}`;
  const pooled = free.get(key)?.pop() ?? pool(key, make() as unknown as PooledClient, reach.credentials as Identity);
  pooled.renew(requestHandler);
  handedOut.push(pooled);
  return pooled.client as unknown as Client;
}

/** At the end of a run: its world has stopped, and nobody who holds a client will ever move again. */
export function takeClientsBack(): void {
  for (const pooled of handedOut.splice(0)) {
    const others = free.get(pooled.key);
    if (others) others.push(pooled);
    else free.set(pooled.key, [pooled]);
  }
}

/**
 * Nothing of a client may come into being with its first call: a call that takes more turns than the next one would be
 * overtaken by others in one run and not in another, and a seed would not play the same way twice.
 */
function pool(key: string, client: PooledClient, identity: Identity): Pooled {
  const { config } = client;
  // The marks keep the SDK from remembering what it was given, which would differ between a first call and the others.
  config.credentials = Object.assign(async () => identity, { memoized: true, configBound: true, attributed: true });
  config.signer = sealFor(config.signer, identity);
  return {
    key,
    client,
    renew: (requestHandler) => {
      const strategy = new StandardRetryStrategy(config.maxAttempts);
      config.requestHandler = requestHandler;
      config.systemClockOffset = 0;
      config.retryStrategy = async () => strategy;
    },
  };
}
