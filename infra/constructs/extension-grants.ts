import * as iam from 'aws-cdk-lib/aws-iam';
import { namesOf } from './names.js';
import type { Settings } from './settings.js';

/**
 * What the steps of the user's own need, by the ARNs that the deployer names (`-c extensionArns=…`): calling those functions,
 * starting those documents, looking how they go on, and handing over those roles. Nothing unless something is named.
 */
export function extensionGrants(settings: Settings): iam.PolicyStatement[] {
  const names = namesOf(settings);
  const of = (pattern: RegExp): string[] => settings.extensionArns.filter((arn) => pattern.test(arn));
  const [functions, documents, roles] = [of(/:lambda:/), of(/:ssm:/), of(/:iam:/)];
  return [
    ...(functions.length === 0 ? [] : [new iam.PolicyStatement({ actions: ['lambda:InvokeFunction'], resources: functions })]),
    ...(documents.length === 0 ? [] : [
      new iam.PolicyStatement({ actions: ['ssm:StartAutomationExecution'], resources: documents }),
      new iam.PolicyStatement({ actions: ['ssm:GetAutomationExecution'], resources: [settings.home, settings.other].map((region) => names.automationExecutionArns(region)) }),
    ]),
    ...(roles.length === 0 ? [] : [new iam.PolicyStatement({ actions: ['iam:PassRole'], resources: roles, conditions: { StringEquals: { 'iam:PassedToService': 'ssm.amazonaws.com' } } })]),
  ];
}
