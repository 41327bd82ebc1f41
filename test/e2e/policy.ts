import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { Operator } from './operator.js';

/** An operator's own policy stands in the deployment file, where a person would change it too. */
export async function setPolicy(operator: Operator, policy: Record<string, unknown>): Promise<void> {
  const file = path.join(operator.home, 'config/batchctl/sandbox.json');
  const deployment = JSON.parse(await readFile(file, 'utf8')) as { policy?: Record<string, unknown> };
  await writeFile(file, JSON.stringify({ ...deployment, policy: { ...deployment.policy, ...policy } }));
}
