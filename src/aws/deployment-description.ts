import { GetParameterCommand } from '@aws-sdk/client-ssm';
import { failureKind } from '../core/failure.js';
import { ExitCode, OperatorError } from '../errors.js';
import { createClientFactory, type Reach } from './clients.js';

/**
 * The description that a deployment keeps of itself in SSM, as JSON text; both Regions hold the same. Throws
 * `NOT_DEPLOYED` when the Region has none.
 */
export async function readDeploymentDescription(reach: Reach, region: string, app: string, signal?: AbortSignal): Promise<string> {
  const clients = createClientFactory(reach);
  const name = `/${app}/deployment`;
  try {
    const answer = await clients.ssm(region).send(new GetParameterCommand({ Name: name }), signal ? { abortSignal: signal } : {});
    if (answer.Parameter?.Value) return answer.Parameter.Value;
  } catch (error) {
    if ((error as { name?: string }).name !== 'ParameterNotFound' && failureKind(error) !== 'not-found') throw error;
  } finally {
    clients.destroy();
  }
  throw new OperatorError('NOT_DEPLOYED', `${region} has no parameter ${name}: the pipeline is not deployed there.`, {
    exitCode: ExitCode.usage,
    nextSteps: ['Deploy it (infra/README.md), or name the app with --app and the Region with --from-ssm.'],
  });
}
