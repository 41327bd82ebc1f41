import { readDeploymentDescription, readPublishedChoices, type ParameterOptions } from '../../src/aws/deployment-description.js';
import { checkDeployment } from '../../src/config/parse.js';
import type { Deployment } from '../../src/config/schema.js';

/**
 * The deployment as it describes itself in this Region, with what its operators published for moves that nobody drives
 * from a terminal (`batchctl init --publish`). Read at each invocation: what was published a minute ago counts.
 */
export async function readOwnDeployment(app: string, region: string, options: ParameterOptions = {}): Promise<Deployment> {
  const [description, choices] = await Promise.all([readDeploymentDescription({}, region, app, options), readPublishedChoices({}, region, app, options)]);
  const checked = checkDeployment({ ...JSON.parse(description) as object, ...(choices === undefined ? {} : JSON.parse(choices) as object) });
  if (checked.ok) return checked.deployment;
  throw new Error(`the description of ${app} in ${region} is not valid: ${checked.problems.map(({ path, message }) => `${path} ${message}`).join('; ')}`);
}
