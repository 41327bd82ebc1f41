import { NodeHttpHandler, type NodeHttpHandlerOptions } from '@smithy/node-http-handler';
import https from 'node:https';
import { proxyOfEnvironment } from './environment-proxy.js';

export type HandlerSettings = Pick<NodeHttpHandlerOptions, 'connectionTimeout' | 'requestTimeout' | 'throwOnRequestTimeout' | 'logger'>;

/** A handler for AWS itself, directly or as the environment's proxy allows. Throws PROXY_INVALID. */
export function createAwsHandler(settings: HandlerSettings): NodeHttpHandler {
  const proxy = proxyOfEnvironment();
  if (!proxy) return new NodeHttpHandler({ ...settings, httpsAgent: new https.Agent({ keepAlive: true, maxSockets: 128 }) });
  // Most hosts have none, and need not load what speaks to one.
  return new NodeHttpHandler(async () => ({ ...settings, httpsAgent: (await import('./proxy-agent.js')).createProxyAgent(proxy) }));
}
