import { readIdentity } from '../aws/inspection/identity.js';
import { createSetupClientFactory } from '../aws/setup-clients.js';
import { withDeadline } from '../aws/deadline.js';
import type { Deployment } from '../config/schema.js';
import { callerProblem, type CallerIdentity } from '../core/caller.js';
import { describeFailure, failureKind } from '../core/failure.js';
import { ExitCode, OperatorError } from '../errors.js';
import { warn, type CommandContext } from './context.js';

const timeoutMs = 3000;

/**
 * Makes sure that whoever signs belongs to the deployment, before anything is changed. Asked of Regional STS endpoints, the
 * Region being left not among them: a move must not need it. Where none of them answers this only warns, because STS is
 * not needed for a move, and whoever may not move is refused by the ledger before anything is changed.
 *
 * @throws OperatorError `WRONG_ACCOUNT`, `WRONG_PARTITION` or `OBSERVER_ROLE` (exit 4), or what STS says of credentials that
 * it refuses
 */
export async function checkCaller(context: CommandContext, deployment: Deployment, leaving?: string): Promise<void> {
  const regions = [deployment.home, deployment.other, deployment.witness].filter((region) => region !== leaving);
  const clients = createSetupClientFactory(deployment, { maxAttempts: 1 });
  try {
    const caller = await firstOf(regions, (region) => withDeadline(context.clock, { signal: context.signal }, timeoutMs, (signal) => readIdentity(clients, region, signal)));
    refuseUnfit(caller, deployment);
  } catch (error) {
    if (!(error instanceof AggregateError)) throw error;
    context.signal.throwIfAborted();
    const refused = error.errors.find((each: unknown) => failureKind(each) === 'credentials') as Error | undefined;
    if (refused) throw refused;
    warn(context, `whose credentials these are could not be checked (${regions.map((region, index) => `STS in ${region}: ${describeFailure(error.errors[index])}`).join('; ')})`);
  } finally {
    clients.destroy();
  }
}

function firstOf<Answer>(regions: readonly string[], ask: (region: string) => Promise<Answer>): Promise<Answer> {
  return Promise.any(regions.map((region) => ask(region)));
}

function refuseUnfit(caller: CallerIdentity, deployment: Deployment): void {
  const problem = callerProblem(caller, deployment);
  if (problem) throw new OperatorError(problem.code, `${problem.message}. Nothing was touched.`, { exitCode: ExitCode.credentials, nextSteps: [problem.nextStep] });
}
