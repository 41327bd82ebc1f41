import type { Deployment } from '../config/schema.js';

/** An AWS FIS experiment that a deployment offers, with the commands that begin it in either Region. */
export interface FaultExperiment {
  name: string;
  summary: string;
  minutes: number;
  /** A line for a shell, by the Region that it breaks. It prints the id of the experiment. */
  start: Record<string, string>;
}

/**
 * What can be broken on purpose. The commands look the template up by its tag, because its id is FIS's own and changes when a
 * template is replaced. They are for the AWS command line and for the role of game days: this tool breaks nothing real.
 */
export function faultExperiments({ home, other, faultTemplates }: Pick<Deployment, 'home' | 'other' | 'faultTemplates'>): FaultExperiment[] {
  return (faultTemplates ?? []).map((template) => ({
    ...template,
    start: Object.fromEntries([home, other].map((region) => [
      region,
      `aws fis start-experiment --region ${region} --query experiment.id --output text --experiment-template-id "$(aws fis list-experiment-templates --region ${region} --query "experimentTemplates[?tags.Name=='${template.name}'].id" --output text)"`,
    ])),
  }));
}

/** What looks at experiments and ends them, by Region; ID is what the start printed. */
export function experimentCommands(region: string): { watch: string; stop: string } {
  return { watch: `aws fis get-experiment --region ${region} --id ID --query experiment.state`, stop: `aws fis stop-experiment --region ${region} --id ID` };
}
