import { GetRoutingControlStateCommand, Route53RecoveryClusterClient } from '@aws-sdk/client-route53-recovery-cluster';
import type { Clock } from './clock.js';
import { required } from './environment.js';
import type { Runtime } from './runtime.js';

/** True while this Region's routing control says Off. `since`: when the control item last changed. */
export type RoutingVeto = (since?: string) => Promise<boolean>;

/** A little more than the 15 s within which ARC's endpoints come to agree, and longer than any answer is kept. */
const settlingMs = 20_000;

export interface RoutingVetoOptions {
  /** One function an endpoint; each answers whether the control is On. */
  endpoints: readonly ((signal: AbortSignal) => Promise<boolean>)[];
  clock: Clock;
  cacheMs?: number;
  timeoutMs?: number;
}

/**
 * The human-visible switch may stop this Region's ingest, but never start it, and a cluster that cannot be read stops
 * nothing: the ledger is the authority. All endpoints are asked at once, because any may be under maintenance, and most of
 * the answers count, because they may disagree for up to 15 s after a change (ARC developer guide).
 */
export function createRoutingVeto({ endpoints, clock, cacheMs = 5000, timeoutMs = 1500 }: RoutingVetoOptions): RoutingVeto {
  let cached: { off: boolean; at: number } | undefined;
  return async (since) => {
    if (endpoints.length === 0) return false;
    const now = clock.now().getTime();
    // The move that made this Region active set ARC a moment later, and the endpoints may take their time to show it.
    if (since !== undefined && now - Date.parse(since) < settlingMs) return false;
    if (cached && now - cached.at < cacheMs) return cached.off;
    cached = { off: await mostSayOff(endpoints, clock, timeoutMs), at: now };
    return cached.off;
  };
}

async function mostSayOff(endpoints: RoutingVetoOptions['endpoints'], clock: Clock, timeoutMs: number): Promise<boolean> {
  const majority = Math.floor(endpoints.length / 2) + 1;
  const tally = { on: 0, off: 0, silent: 0 };
  const done = new AbortController();
  return new Promise<boolean>((resolve) => {
    const settle = (): void => {
      if (done.signal.aborted) return;
      done.abort();
      resolve(tally.off > tally.on);
    };
    for (const ask of endpoints) {
      ask(done.signal).then(
        (on) => { tally[on ? 'on' : 'off'] += 1; },
        () => { tally.silent += 1; },
      ).finally(() => {
        if (tally.on >= majority || tally.off >= majority || tally.on + tally.off + tally.silent === endpoints.length) settle();
      });
    }
    clock.sleep(timeoutMs, done.signal).then(settle, () => {});
  });
}

/** From ARC_ENDPOINTS and ROUTING_CONTROL_ARN; without them the deployment runs without ARC and nothing vetoes. */
export function routingVetoFrom(runtime: Runtime): RoutingVeto {
  const controlArn = runtime.environment.ROUTING_CONTROL_ARN ?? '';
  const endpoints = controlArn === '' ? [] : JSON.parse(required(runtime.environment, 'ARC_ENDPOINTS')) as { region: string; endpoint: string }[];
  return createRoutingVeto({
    clock: runtime.clock,
    endpoints: endpoints.map(({ region, endpoint }) => {
      // The Region of the signature must be the endpoint's own, and a silent endpoint must not be waited for.
      const client = new Route53RecoveryClusterClient({ ...runtime.client({ region, maxAttempts: 1, requestTimeoutMs: 1500, connectionTimeoutMs: 1000 }), endpoint });
      return async (abortSignal) => {
        const answer = await client.send(new GetRoutingControlStateCommand({ RoutingControlArn: controlArn }), { abortSignal });
        return answer.RoutingControlState === 'On';
      };
    }),
  });
}
