import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { AssumeRoleCommand, type Credentials } from '@aws-sdk/client-sts';
import { createSetupClientFactory } from '../../aws/setup-clients.js';
import { loadDeployment } from '../../config/load.js';
import type { Deployment } from '../../config/schema.js';
import { OperatorError, usage } from '../../errors.js';
import type { SandboxFacts } from '../../sandbox/index.js';
import type { CommandContext } from '../context.js';
import { sandboxDeployment } from './sandbox-start.js';

export type PeopleRole = 'operator' | 'observer';

/** As long as the roles allow: a rehearsal is not to end with its credentials. */
const sessionSeconds = 12 * 3600;

/**
 * Shell variables under which `batchctl` acts in the sandbox as one of the deployment's roles for people. The sandbox's own deployment file names the keys of its administrator, so a copy without them is written
 * beside its state.
 */
export async function environmentOfRole(context: CommandContext, facts: SandboxFacts, dir: string, role: string): Promise<Record<string, string>> {
  if (role !== 'operator' && role !== 'observer') throw usage('USAGE', `--role must be operator or observer, not ${JSON.stringify(role)}.`);
  const deployment = await loadDeployment({ ...(context.flags.config === undefined ? {} : { config: context.flags.config }), name: sandboxDeployment }, context.env);
  const credentials = await assume(context, { ...deployment, transport: { connectTo: facts.connectTo }, credentials: facts.credentials }, role);
  const file = path.join(dir, `${sandboxDeployment}-as-${role}.json`);
  const { credentials: _administrator, ...others } = deployment;
  await writeFile(file, `${JSON.stringify(others, null, 2)}\n`, { mode: 0o600 });
  return {
    AWS_ACCESS_KEY_ID: credentials.AccessKeyId ?? '',
    AWS_SECRET_ACCESS_KEY: credentials.SecretAccessKey ?? '',
    AWS_SESSION_TOKEN: credentials.SessionToken ?? '',
    BATCHCTL_CONFIG: file,
  };
}

/** From a Regional endpoint, as the Multi-Region Access Point demands of the sessions that it accepts. */
async function assume(context: CommandContext, deployment: Deployment, role: PeopleRole): Promise<Credentials> {
  const roleArn = deployment.roles?.[role];
  if (roleArn === undefined) throw new OperatorError('NO_ROLE', `The deployment ${deployment.name} describes no ${role} role.`, { nextSteps: ['Deploy the present templates: batchctl sandbox reset, then start it again.'] });
  const clients = createSetupClientFactory(deployment);
  try {
    const answer = await clients.sts(deployment.home).send(
      new AssumeRoleCommand({ RoleArn: roleArn, RoleSessionName: `sandbox-${role}`, DurationSeconds: sessionSeconds }), { abortSignal: context.signal });
    if (!answer.Credentials) throw new OperatorError('NO_ROLE', `The sandbox gave no credentials for ${roleArn}.`);
    return answer.Credentials;
  } finally {
    clients.destroy();
  }
}
