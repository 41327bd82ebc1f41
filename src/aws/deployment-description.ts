import { GetParameterCommand, PutParameterCommand, type SSMClient } from '@aws-sdk/client-ssm';
import { failureKind } from '../core/failure.js';
import { ExitCode, OperatorError } from '../errors.js';
import type { ClientFactoryOptions, Reach } from './client-pool.js';
import { createSetupClientFactory } from './setup-clients.js';

export interface ParameterOptions {
  signal?: AbortSignal;
  clientOptions?: ClientFactoryOptions;
}

/**
 * The description that a deployment keeps of itself in SSM, as JSON text; both Regions hold the same. Throws
 * `NOT_DEPLOYED` when the Region has none.
 */
export async function readDeploymentDescription(reach: Reach, region: string, app: string, options: ParameterOptions = {}): Promise<string> {
  const name = `/${app}/deployment`;
  const value = await withSsm(reach, region, options, (ssm) => readParameter(ssm, name, options.signal));
  if (value !== undefined) return value;
  throw new OperatorError('NOT_DEPLOYED', `${region} has no parameter ${name}: the pipeline is not deployed there.`, {
    exitCode: ExitCode.usage,
    nextSteps: ['Deploy it (infra/README.md), or name the app with --app and the Region with --from-ssm.'],
  });
}

/**
 * What the operators chose for the moves that nobody drives from a terminal (policy and extension points), as JSON text.
 * Undefined: nothing was published, so the defaults hold.
 */
export function readPublishedChoices(reach: Reach, region: string, app: string, options: ParameterOptions = {}): Promise<string | undefined> {
  return withSsm(reach, region, options, (ssm) => readParameter(ssm, choicesParameter(app), options.signal));
}

export async function publishChoices(reach: Reach, region: string, app: string, value: string, options: ParameterOptions = {}): Promise<void> {
  await withSsm(reach, region, options, (ssm) => ssm.send(
    new PutParameterCommand({ Name: choicesParameter(app), Value: value, Type: 'String', Overwrite: true, Tier: 'Intelligent-Tiering', Description: 'What runbooks and the automatic failover of batchctl go by' }),
    options.signal ? { abortSignal: options.signal } : {},
  ));
}

/** As `infra/constructs/names.ts` spells it. */
function choicesParameter(app: string): string {
  return `/${app}/choices`;
}

async function withSsm<T>(reach: Reach, region: string, { clientOptions }: ParameterOptions, work: (ssm: SSMClient) => Promise<T>): Promise<T> {
  const clients = createSetupClientFactory(reach, clientOptions);
  try {
    return await work(clients.ssm(region));
  } finally {
    clients.destroy();
  }
}

async function readParameter(ssm: SSMClient, name: string, signal: AbortSignal | undefined): Promise<string | undefined> {
  try {
    const answer = await ssm.send(new GetParameterCommand({ Name: name }), signal ? { abortSignal: signal } : {});
    return answer.Parameter?.Value;
  } catch (error) {
    if ((error as { name?: string }).name !== 'ParameterNotFound' && failureKind(error) !== 'not-found') throw error;
    return undefined;
  }
}
