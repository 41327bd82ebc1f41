/** What a Task's Resource ARN means. */
export type Resource =
  | { kind: 'lambda-invoke' }
  | { kind: 'lambda-direct'; functionArn: string }
  | { kind: 'optimised'; service: string; operation: string; resourceType: string; resource: string }
  | { kind: 'sdk'; service: string; operation: string; resourceType: string; resource: string; errorPrefix: string };

/** Optimised integrations, and the sandbox services that stand behind them. */
const optimised: Record<string, string> = { dynamodb: 'dynamodb', sns: 'sns', sqs: 'sqs', states: 'states', events: 'events' };

/** AWS SDK integrations: name in the ARN → the sandbox's service and the prefix of its error names. */
const sdkServices: Record<string, { service: string; errorPrefix: string }> = {
  s3: { service: 's3', errorPrefix: 'S3' },
  dynamodb: { service: 'dynamodb', errorPrefix: 'DynamoDb' },
  sfn: { service: 'states', errorPrefix: 'Sfn' },
  lambda: { service: 'lambda', errorPrefix: 'Lambda' },
  sqs: { service: 'sqs', errorPrefix: 'Sqs' },
  sns: { service: 'sns', errorPrefix: 'Sns' },
  sesv2: { service: 'ses', errorPrefix: 'SesV2' },
  ssm: { service: 'ssm', errorPrefix: 'Ssm' },
  cloudwatch: { service: 'monitoring', errorPrefix: 'CloudWatch' },
  eventbridge: { service: 'events', errorPrefix: 'EventBridge' },
  scheduler: { service: 'scheduler', errorPrefix: 'Scheduler' },
  sts: { service: 'sts', errorPrefix: 'Sts' },
};

/** Why the sandbox cannot run a Task with this Resource; undefined when it can. */
export function supportedResource(arn: string): string | undefined {
  if (/\.(sync|sync:2|waitForTaskToken)$/.test(arn)) return `${arn}: only request-response integrations are run`;
  return parseResource(arn) ? undefined : `${arn} is not an integration that the sandbox runs`;
}

export function parseResource(arn: string): Resource | undefined {
  if (/^arn:[a-z-]+:lambda:[a-z0-9-]+:\d{12}:function:/.test(arn)) return { kind: 'lambda-direct', functionArn: arn };
  const [, name, second, third] = /^arn:[a-z-]+:states:::([a-z0-9-]+):([A-Za-z0-9]+)(?::([A-Za-z0-9]+))?$/.exec(arn) ?? [];
  if (name === undefined || second === undefined) return undefined;
  if (name === 'lambda' && second === 'invoke' && third === undefined) return { kind: 'lambda-invoke' };
  if (name === 'aws-sdk' && third !== undefined) {
    const target = sdkServices[second];
    return target && { kind: 'sdk', ...target, operation: capitalised(third), resourceType: `aws-sdk:${second}`, resource: third };
  }
  const service = optimised[name];
  if (service === undefined || third !== undefined) return undefined;
  return { kind: 'optimised', service, operation: capitalised(second), resourceType: name, resource: second };
}

function capitalised(name: string): string {
  return name.charAt(0).toUpperCase() + name.slice(1);
}
