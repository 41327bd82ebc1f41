import { readDeploymentDescription, readPublishedChoices, type ParameterOptions } from '../../src/aws/deployment-description.js';
import { checkDeployment } from '../../src/config/parse.js';
import type { Deployment } from '../../src/config/schema.js';
import type { BuildOptions } from './runtime.js';

export interface OwnDeploymentOptions extends ParameterOptions {
  /** Instead of those that Lambda gives the process (simulation, where one process is every function). */
  credentials?: NonNullable<BuildOptions['credentials']>;
}

/**
 * The deployment as it describes itself in this Region, with what its operators published for moves that nobody drives
 * from a terminal (`batchctl init --publish`). Read at each invocation: what was published a minute ago counts.
 */
export async function readOwnDeployment(app: string, region: string, { credentials, ...options }: OwnDeploymentOptions = {}): Promise<Deployment> {
  // The SDK notes on such an object where it came from.
  const own = credentials ? { credentials: { ...credentials } } : {};
  const [description, choices] = await Promise.all([readDeploymentDescription(own, region, app, options), readPublishedChoices(own, region, app, options)]);
  const checked = checkDeployment({ ...JSON.parse(description) as object, ...(choices === undefined ? {} : JSON.parse(choices) as object) });
  if (checked.ok) return { ...checked.deployment, ...own };
  throw new Error(`the description of ${app} in ${region} is not valid: ${checked.problems.map(({ path, message }) => `${path} ${message}`).join('; ')}`);
}
