import { requireCredentials } from '../../aws/client-pool.js';
import { assess, type AssessRequest } from '../../core/assess.js';
import type { Assessment, MoveMode } from '../../core/recommendation-types.js';
import type { Snapshot } from '../../core/snapshot.js';
import { refusedByLedger } from '../../core/view.js';
import type { Deployment } from '../../config/schema.js';
import { ExitCode, OperatorError, usage } from '../../errors.js';
import { observe } from '../../workflow/observe.js';
import type { ReadPorts } from '../../workflow/ports.js';
import { observationTarget } from '../connect.js';
import type { CommandContext } from '../context.js';
import { setTheClock, signInAgain } from '../failures.js';

/**
 * One look at a deployment and what it means. Every command that shows or uses a verdict gets it here (invariant 8).
 * Credentials that AWS refuses everywhere end it with `CREDENTIALS`, and a clock that cannot be corrected with `CLOCK`: what is
 * left to see tells of this host alone.
 */
export async function look(deployment: Deployment, ports: ReadPorts, context: CommandContext, request: AssessRequest = {}): Promise<{ snapshot: Snapshot; assessment: Assessment }> {
  const seen = await lookOn(deployment, ports, context, request);
  const refusal = refusedByLedger(seen.snapshot);
  if (refusal?.failure === 'credentials') throw new OperatorError('CREDENTIALS', `AWS refuses the credentials of this host in every Region: ${refusal.reason}.`, { exitCode: ExitCode.credentials, nextSteps: [signInAgain] });
  if (refusal?.failure === 'clock') throw new OperatorError('CLOCK', `AWS refuses what this host signs in every Region: ${refusal.reason}.`, { exitCode: ExitCode.failed, nextSteps: setTheClock });
  return seen;
}

/** The same for whoever watches, and would rather be told on the screen than lose it when a session expires. */
export async function lookOn(deployment: Deployment, ports: ReadPorts, context: CommandContext, request: AssessRequest = {}): Promise<{ snapshot: Snapshot; assessment: Assessment }> {
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
