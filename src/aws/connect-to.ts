import https from 'node:https';
import net from 'node:net';
import type { Duplex } from 'node:stream';
import { OperatorError, ExitCode } from '../errors.js';

export interface ConnectToRule {
  /** Regular expression over the host name. */
  host: string;
  port: number;
  /** IPv4's loopback unless told. */
  address?: '127.0.0.1' | '::1' | undefined;
}

/**
 * An agent that keeps AWS's real host names in requests and signatures, and dials a loopback port instead (curl calls
 * this connect-to). A host that no rule maps is refused, so that a sandbox deployment can never reach real AWS.
 */
export function createConnectToAgent(rules: ConnectToRule[]): https.Agent {
  const compiled = rules.map((rule) => ({ pattern: new RegExp(rule.host), port: rule.port, address: rule.address ?? '127.0.0.1' }));
  const agent = new https.Agent({ keepAlive: true, maxSockets: 128 });
  agent.createConnection = ((options: { host?: string }): Duplex => {
    const host = options.host ?? '';
    const rule = compiled.find((candidate) => candidate.pattern.test(host));
    if (!rule) {
      throw new OperatorError('HOST_NOT_MAPPED', `The deployment redirects its traffic, and ${host} is not among the hosts it maps, so it was not called.`, {
        exitCode: ExitCode.usage,
        nextSteps: ['Restart the sandbox and write its deployment file anew: batchctl sandbox start'],
      });
    }
    return net.connect(rule.port, rule.address);
  }) as typeof agent.createConnection;
  return agent;
}
