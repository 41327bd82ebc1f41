import type { Environment } from '../config/locations.js';
import type { Deployment } from '../config/schema.js';
import { isSandboxKey } from '../core/sandbox-keys.js';
import { ExitCode, OperatorError } from '../errors.js';

/**
 * A shell that was set up for the sandbox is not to speak to AWS: the operator of that shell means the sandbox. AWS would
 * refuse the keys too, in words that lead nowhere.
 *
 * @throws OperatorError `SANDBOX_KEYS`
 */
export function refuseStraySandboxKeys({ name, transport, credentials }: Pick<Deployment, 'name' | 'transport' | 'credentials'>, env: Environment): void {
  if (transport) return;
  const inFile = credentials && 'accessKeyId' in credentials ? credentials.accessKeyId : undefined;
  // A profile goes before the keys of the shell.
  const ofShell = credentials || env['AWS_PROFILE'] ? undefined : env['AWS_ACCESS_KEY_ID'];
  const key = inFile ?? ofShell;
  if (key === undefined || !isSandboxKey(key)) return;
  const where = inFile === undefined ? 'AWS_ACCESS_KEY_ID of this shell' : 'The deployment file';
  throw new OperatorError('SANDBOX_KEYS', `${where} names a key of a sandbox, and the deployment ${name} is on AWS. Nothing was asked of it.`, {
    exitCode: ExitCode.credentials,
    nextSteps: ['If you mean the sandbox: -d sandbox', inFile === undefined ? 'If you mean AWS: unset AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY AWS_SESSION_TOKEN AWS_ENDPOINT_URL, or open a new shell' : 'If you mean AWS: take "credentials" out of the deployment file'],
  });
}
