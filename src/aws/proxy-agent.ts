import https from 'node:https';
import type { Duplex } from 'node:stream';
import { HttpsProxyAgent } from 'hpagent';
import { getProxyForUrl } from 'proxy-from-env';

interface Target {
  host?: string;
  port?: number | string;
}
type Connected = (error: Error | null, socket?: Duplex) => void;

/**
 * Dials through the proxy with CONNECT, so that TLS and signatures stay between this host and AWS; hosts that `NO_PROXY`
 * names are dialled directly. A proxy that does not connect is named in the failure, which is of the kind `unreachable`.
 */
export function createProxyAgent(proxy: URL): https.Agent {
  const agent = new https.Agent({ keepAlive: true, maxSockets: 128 });
  const direct = agent.createConnection.bind(agent) as unknown as (target: Target, connected: Connected) => Duplex;
  const through = new HttpsProxyAgent({ keepAlive: true, proxy }) as unknown as { createConnection(target: Target, connected: Connected): void };
  agent.createConnection = ((target: Target, connected: Connected): Duplex | undefined => {
    const authority = `${target.host}:${target.port ?? 443}`;
    if (isDialledDirectly(authority)) return direct(target, connected);
    through.createConnection(target, (error, socket) => connected(error ? refusal(proxy, authority, error) : null, socket));
    return undefined;
  }) as typeof agent.createConnection;
  return agent;
}

/** Whether `NO_PROXY` names the host. */
export function isDialledDirectly(authority: string): boolean {
  return getProxyForUrl(`https://${authority}`) === '';
}

function refusal(proxy: URL, authority: string, error: Error): Error {
  const status = /^Bad response: (\d+)$/.exec(error.message)?.[1];
  const why = status === undefined ? (error as { code?: string }).code ?? error.message : `it answered ${status}${status === '407' ? ', so it wants a user and a password' : ''}`;
  return Object.assign(new Error(`the proxy ${proxy.host} did not connect to ${authority}: ${why}`, { cause: error }), { code: 'EPROXY' });
}
