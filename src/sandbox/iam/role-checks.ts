import { AwsError } from '../service.js';
import type { World } from '../world.js';
import type { Iam } from './service.js';

type Iamed = Pick<World, 'service' | 'partition' | 'account'>;
const iamOf = (world: Iamed): Iam => world.service('iam') as Iam;

interface Refusal {
  code: string;
  message: string;
}

/**
 * A service that is handed a role looks whether it may assume it, before anything is made.
 * Errors: the given one, in the service's own words.
 */
export function requireAssumable(world: Iamed, roleArn: string, service: string, { code, message }: Refusal): void {
  if (!iamOf(world).canBeAssumedBy(roleArn, service)) throw new AwsError(code, message);
}

/** The same for what the role must allow. Errors: the given one. */
export function requireAllowed(world: Iamed, roleArn: string, region: string, actions: readonly string[], resource: string, { code, message }: Refusal): void {
  for (const action of actions) if (!iamOf(world).permits(roleArn, region, action, resource)) throw new AwsError(code, `${message} (${action})`);
}

/** Whether a function's console reaches its log group: Lambda writes it as the function's role, and says nothing when it may not. */
export function mayWriteLogs(world: Iamed, roleArn: string, region: string, logGroup: string, logStream: string): boolean {
  const stream = `arn:${world.partition}:logs:${region}:${world.account}:log-group:${logGroup}:log-stream:${logStream}`;
  return ['logs:CreateLogStream', 'logs:PutLogEvents'].every((action) => iamOf(world).permits(roleArn, region, action, stream));
}

/** Source: Lambda developer guide, "Visualize Lambda function invocations using AWS X-Ray", execution role permissions. */
export const tracingOfFunctions = ['xray:PutTraceSegments', 'xray:PutTelemetryRecords'] as const;
/** Source: Step Functions developer guide, "IAM policies for X-Ray". */
export const tracingOfStateMachines = [...tracingOfFunctions, 'xray:GetSamplingRules', 'xray:GetSamplingTargets'] as const;
/**
 * Step Functions delivers its logs through vended log deliveries, which it administers as the state machine's role.
 * Source: Step Functions developer guide, "IAM policies for logging to CloudWatch Logs".
 */
export const deliveryOfLogs = [
  'logs:CreateLogDelivery', 'logs:GetLogDelivery', 'logs:UpdateLogDelivery', 'logs:DeleteLogDelivery', 'logs:ListLogDeliveries',
  'logs:PutResourcePolicy', 'logs:DescribeResourcePolicies', 'logs:DescribeLogGroups',
] as const;
