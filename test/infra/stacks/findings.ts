import type { App } from 'aws-cdk-lib';
import { AwsSolutionsChecks } from 'cdk-nag';

/** What the AWS Solutions rules find beyond what was acknowledged. */
export function findings(app: App): string[] {
  const { violations } = new AwsSolutionsChecks().validateScope(app);
  return violations.flatMap((violation) => violation.violatingResources.map((resource) => `${violation.ruleName} ${'constructPath' in resource ? String(resource.constructPath) : ''}`));
}
