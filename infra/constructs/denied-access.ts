import * as iam from 'aws-cdk-lib/aws-iam';
import * as ssm from 'aws-cdk-lib/aws-ssm';
import { Construct } from 'constructs';
import type { BatchFunction } from './batch-function.js';
import { type DeniableService, type FunctionName, deniableServices, namesOf } from './names.js';
import type { Settings } from './settings.js';

/** How long access stays denied. */
export const deniedMinutes = 30;

/** What moves the pipeline into this Region is no part of what breaks in it. */
const spared: readonly FunctionName[] = ['operate'];

/**
 * Takes S3 or DynamoDB away from a Region's functions for a while. FIS has no action for that (its API errors are for EC2 and
 * Kinesis only, and its network faults need subnets, which these functions do not run in), so it starts an automation: a
 * policy that denies, and that stands ready from the deployment on, is attached to each function's role, and taken off again
 * at the end, after a failure, and when the experiment is stopped.
 *
 * The automation's role may attach and detach these policies, these alone, and on these roles alone. The functions' calls to
 * the other Region, by which they watch it, stay allowed.
 */
export class DeniedAccess extends Construct {
  constructor(scope: Construct, id: string, settings: Settings, region: string, functions: Record<FunctionName, BatchFunction>) {
    super(scope, id);
    const names = namesOf(settings);
    const targets = Object.entries(functions).filter(([name]) => !spared.includes(name as FunctionName));
    const role = new iam.Role(this, 'Role', {
      roleName: names.denyingRole(region),
      description: `Lets experiments deny services to the functions of ${settings.app} in ${region}`,
      // Without the source an automation of somebody else's account could be made to act for this one (the confused deputy).
      assumedBy: new iam.ServicePrincipal('ssm.amazonaws.com', {
        conditions: { StringEquals: { 'aws:SourceAccount': settings.account }, ArnLike: { 'aws:SourceArn': names.automationExecutionArns(region) } },
      }),
    });
    role.addToPolicy(new iam.PolicyStatement({
      actions: ['iam:AttachRolePolicy', 'iam:DetachRolePolicy'],
      resources: targets.map(([, target]) => target.role.roleArn),
      conditions: { ArnEquals: { 'iam:PolicyARN': deniableServices.map((service) => names.policyArn(names.denyingPolicy(service, region))) } },
    }));
    const resources = deniedResources(settings, region);
    for (const service of deniableServices) {
      const policy = new iam.ManagedPolicy(this, `${service}-policy`, {
        managedPolicyName: names.denyingPolicy(service, region),
        description: `Attached by experiments only: denies ${service} to functions of ${settings.app} in ${region}`,
        statements: [new iam.PolicyStatement({ effect: iam.Effect.DENY, actions: [`${service}:*`], resources: resources[service] })],
      });
      const document = new ssm.CfnDocument(this, service, {
        name: names.denyingDocument(service),
        documentType: 'Automation',
        documentFormat: 'JSON',
        content: denyingDocument(names.roleArn(names.denyingRole(region)), names.policyArn(names.denyingPolicy(service, region)), `Denies ${service} to the functions of ${settings.app} in ${region} for ${deniedMinutes} minutes, then allows it again.`,
          targets.map(([name, target]) => ({ name, roleName: target.role.roleName }))),
        updateMethod: 'NewVersion',
      });
      document.node.addDependency(role, policy);
    }
  }
}

function deniedResources(settings: Settings, region: string): Record<DeniableService, string[]> {
  const names = namesOf(settings);
  const tables = [names.ledgerTable, names.referenceTable].map((table) => names.tableArn(table, region));
  return {
    s3: [names.bucketArn(region), `${names.bucketArn(region)}/*`],
    dynamodb: [...tables, ...tables.map((table) => `${table}/index/*`)],
  };
}

/** Deny, wait, allow. Whatever ends the first two early leads to the third, which tries every role whatever becomes of another. */
function denyingDocument(assumeRole: string, PolicyArn: string, description: string, targets: { name: string; roleName: string }[]): object {
  const steps = targets.map(({ name, roleName }) => ({ name: name.replaceAll('-', '_'), roleName }));
  const first = `step:allow_${steps[0]?.name}`;
  const backOut = { onFailure: first, onCancel: first };
  const call = (Api: string, RoleName: string): object => ({ Service: 'iam', Api, RoleName, PolicyArn });
  return {
    schemaVersion: '0.3',
    description,
    assumeRole,
    mainSteps: [
      ...steps.map(({ name, roleName }) => ({ name: `deny_${name}`, action: 'aws:executeAwsApi', maxAttempts: 3, ...backOut, inputs: call('AttachRolePolicy', roleName) })),
      { name: 'wait', action: 'aws:sleep', ...backOut, inputs: { Duration: `PT${deniedMinutes}M` } },
      ...steps.map(({ name, roleName }, index) => ({
        name: `allow_${name}`, action: 'aws:executeAwsApi', maxAttempts: 3, onFailure: 'Continue', isCritical: true, inputs: call('DetachRolePolicy', roleName),
        ...(index === steps.length - 1 ? { isEnd: true } : {}),
      })),
    ],
  };
}
