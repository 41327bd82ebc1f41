import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { Operator } from './operator.js';

/** Changes the sandbox's deployment file, as a person would. */
export async function changeDeployment(operator: Operator, changed: (deployment: { policy?: object }) => object): Promise<void> {
  const file = path.join(operator.home, 'config/batchctl/sandbox.json');
  const deployment = JSON.parse(await readFile(file, 'utf8')) as { policy?: object };
  await writeFile(file, JSON.stringify({ ...deployment, ...changed(deployment) }));
}

/** An operator's own policy stands in the deployment file. */
export function setPolicy(operator: Operator, policy: Record<string, unknown>): Promise<void> {
  return changeDeployment(operator, (deployment) => ({ policy: { ...deployment.policy, ...policy } }));
}
