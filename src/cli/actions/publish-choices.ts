import { publishChoices } from '../../aws/deployment-description.js';
import { describeFailure } from '../../core/failure.js';
import { ExitCode, OperatorError } from '../../errors.js';
import type { Page } from '../../ui/output.js';
import type { CommandContext } from '../context.js';

export interface PublishedDocument {
  deployment: string;
  parameter: string;
  regions: string[];
  extensionPoints: string[];
}

/**
 * Publishes the policy and the extension points of the deployment file in both Regions, where runbooks and the automatic
 * failover read them. Each Region needs its own: the other one may be gone when it matters.
 */
export async function publishOwnChoices(context: CommandContext): Promise<ExitCode> {
  const deployment = await context.deployment();
  const { policy, extensionPoints, home, other } = deployment;
  // Names are made of the app's, which the deployment file may have renamed (infra/README.md, "Names").
  const app = deployment.ledgerTable.replace(/-ledger$/, '');
  const value = JSON.stringify({ policy, extensionPoints });
  const failures = (await Promise.all([home, other].map(async (region) => {
    try {
      await publishChoices(deployment, region, app, value, { signal: context.signal });
      return [];
    } catch (error) {
      return [`${region}: ${describeFailure(error)}`];
    }
  }))).flat();
  if (failures.length > 0) {
    throw new OperatorError('NOT_PUBLISHED', `The choices could not be published in ${failures.length === 2 ? 'either Region' : 'one Region'} (${failures.join('; ')}); what was published there before still counts.`, { nextSteps: ['Run it again when that Region answers: batchctl init --publish'] });
  }
  context.output.result({ deployment: deployment.name, parameter: `/${app}/choices`, regions: [home, other], extensionPoints: extensionPoints.map((point) => point.name) } satisfies PublishedDocument, publishedLines);
  return ExitCode.done;
}

function publishedLines(document: PublishedDocument, page: Page): string[] {
  const steps = document.extensionPoints.length === 0 ? 'no steps of your own' : `steps of your own: ${document.extensionPoints.join(', ')}`;
  return [`${page.theme.good('✔ published')}  policy and ${steps}, as ${document.parameter} in ${document.regions.join(' and ')}`];
}
