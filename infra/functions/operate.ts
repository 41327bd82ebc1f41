import { GetAutomationExecutionCommand, SSMClient } from '@aws-sdk/client-ssm';
import { createReadPorts, createWritePorts } from '../../src/aws/ports.js';
import { describeFailure } from '../../src/core/failure.js';
import { newOperationId } from '../../src/workflow/operation-id.js';
import { alertFrom } from '../pipeline/alerts.js';
import { type Environment, required } from '../pipeline/environment.js';
import { operate, type OperateAnswer, type OperateEvent } from '../pipeline/operate.js';
import { readOwnDeployment } from '../pipeline/own-deployment.js';
import { type BuildOptions, createRuntime, type InvocationContext, onFirstCall, type Runtime } from '../pipeline/runtime.js';
import { toldAsFailure } from '../pipeline/told-failure.js';

/** Used when nothing tells how long the invocation may take. */
const defaultRemainingMs = 240_000;

/**
 * The engine of the command line as a function, in the Region that it activates. It has no disk: the ledger's copy of the
 * journal is its only one.
 */
export function build(environment: Environment, options: BuildOptions = {}): (event: OperateEvent, context?: InvocationContext) => Promise<OperateAnswer> {
  const runtime = createRuntime(environment, 'operate', options);
  const { clock, random, region } = runtime;
  const clientOptions = options.requestHandler === undefined ? {} : { requestHandler: options.requestHandler };
  const own = { clientOptions, ...(options.credentials ? { credentials: options.credentials } : {}) };
  const ssm = new SSMClient(runtime.client({ requestTimeoutMs: 3000 }));
  const alert = alertFrom(runtime);
  return async (event, context) => {
    const startedAt = clock.now().getTime();
    const [deployment, operator] = await Promise.all([
      readOwnDeployment(required(environment, 'DEPLOYMENT'), region, own),
      automationName(ssm, runtime, event.automation),
    ]);
    const ports = { clock, random, clientOptions };
    return toldAsFailure(operate(event, {
      deployment, region, operator, alert, newOperationId,
      telemetry: runtime.telemetry,
      read: createReadPorts(deployment, ports),
      write: createWritePorts(deployment, { ...ports, journal: null }),
      remainingMs: () => context?.getRemainingTimeInMillis?.() ?? defaultRemainingMs - (clock.now().getTime() - startedAt),
    }));
  };
}

/** The same at every invocation of one execution, as it also names the owner of the lock. */
async function automationName(ssm: SSMClient, { region, telemetry }: Runtime, automation: string | undefined): Promise<string> {
  if (!automation) return `operate function in ${region}`;
  try {
    const { AutomationExecution: execution } = await ssm.send(new GetAutomationExecutionCommand({ AutomationExecutionId: automation }));
    return `automation ${automation} in ${region}, started by ${execution?.ExecutedBy ?? 'somebody unknown'}`;
  } catch (error) {
    telemetry.warn('who started the automation is not known', { automation, error: describeFailure(error) });
    return `automation ${automation} in ${region}`;
  }
}

export const handler = onFirstCall(() => build(process.env));
