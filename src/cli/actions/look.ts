import { requireCredentials } from '../../aws/client-pool.js';
import { assess, type AssessRequest } from '../../core/assess.js';
import type { Assessment, MoveMode } from '../../core/recommendation-types.js';
import type { Snapshot } from '../../core/snapshot.js';
import type { Deployment } from '../../config/schema.js';
import { usage } from '../../errors.js';
import { observe } from '../../workflow/observe.js';
import type { ReadPorts } from '../../workflow/ports.js';
import { observationTarget } from '../connect.js';
import type { CommandContext } from '../context.js';

/** One look at a deployment and what it means. Every command that shows or uses a verdict gets it here (invariant 8). */
export async function look(deployment: Deployment, ports: ReadPorts, context: CommandContext, request: AssessRequest = {}): Promise<{ snapshot: Snapshot; assessment: Assessment }> {
  // Without them every probe fails on this host, and a table of what cannot be seen would hide why.
  await requireCredentials(deployment);
  const snapshot = await observe(ports, observationTarget(deployment), { probeTimeoutMs: deployment.policy.probeTimeoutSeconds * 1000, signal: context.signal });
  context.signal.throwIfAborted();
  return { snapshot, assessment: assess(snapshot, deployment.policy, request) };
}

export function parseMode(text: string): MoveMode | 'auto' {
  if (text === 'auto' || text === 'graceful' || text === 'ungraceful') return text;
  throw usage('USAGE', `--mode must be auto, graceful or ungraceful, not ${JSON.stringify(text)}.`);
}
