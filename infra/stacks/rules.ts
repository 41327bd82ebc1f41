import { type App, Stack, Validations } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as s3 from 'aws-cdk-lib/aws-s3';
import * as sqs from 'aws-cdk-lib/aws-sqs';
import { AwsSolutionsChecks } from 'cdk-nag';
import type { IConstruct } from 'constructs';

/** A wildcard in a policy that cannot be avoided: exactly these actions, on exactly such resources. */
interface UnavoidableWildcard {
  resource: RegExp;
  actions: RegExp;
  reason: string;
}

const unavoidable: readonly UnavoidableWildcard[] = [
  { resource: /^\*$/, actions: /^xray:Put(TraceSegments|TelemetryRecords)$/, reason: 'X-Ray has no resources to name.' },
  {
    resource: /^\*$/,
    actions: /^(xray:GetSampling(Rules|Targets)|logs:(CreateLogDelivery|DeleteLogDelivery|DescribeLogGroups|DescribeResourcePolicies|GetLogDelivery|ListLogDeliveries|PutResourcePolicy|UpdateLogDelivery))$/,
    reason: 'Log delivery and tracing of Step Functions have no resources to name.',
  },
  { resource: /^\*$/, actions: /^cloudwatch:DescribeAlarms$/, reason: 'CloudWatch tells of composite alarms only to whoever may describe all.' },
  { resource: /^\*$/, actions: /^(cloudwatch:GetMetricData|lambda:GetAccountSettings|ses:GetAccount)$/, reason: 'Reading metrics and quotas has no resources to name.' },
  {
    resource: /^arn:aws:s3:::[a-z0-9-]+\/(input|work|output|canary)\/\*$/, actions: /^s3:(GetObject|GetObjectVersion|PutObject|AbortMultipartUpload)$/,
    reason: 'Objects under one prefix of the pipeline\'s own bucket, whose keys nobody knows beforehand.',
  },
  {
    resource: /^arn:aws:s3::\d{12}:accesspoint\/.+\/object\/(input|output)\/\*$/, actions: /^s3:(GetObject|GetObjectVersion|PutObject|AbortMultipartUpload)$/,
    reason: 'The same objects, reached through the access point.',
  },
  {
    resource: /^arn:aws:s3:::[a-z0-9-]+\/\*$/, actions: /^s3:(GetObjectVersionForReplication|GetObjectVersionAcl|GetObjectVersionTagging|ReplicateObject|ReplicateDelete|ReplicateTags)$/,
    reason: 'Replication is of the whole bucket, and only S3 may take this role.',
  },
  {
    resource: /^arn:aws:states:[a-z0-9-]+:\d{12}:execution:[a-z0-9-]+-job(:|\/)\*$/, actions: /^states:(DescribeExecution|GetExecutionHistory|StopExecution|RedriveExecution)$/,
    reason: 'Executions of the one job state machine, which get their names when they start.',
  },
  {
    resource: /^arn:aws:ssm:[a-z0-9-]+:\d{12}:automation-execution\/\*$/, actions: /^ssm:(GetAutomationExecution|SendAutomationSignal|StopAutomationExecution)$/,
    reason: 'Automation executions get their names when they start, and carry no name of their document.',
  },
  { resource: /^\*$/, actions: /^(s3:ListAllMyBuckets|tag:GetResources|fis:List(ExperimentTemplates|Experiments))$/, reason: 'Lists have no resources to name.' },
  {
    resource: /^arn:aws:kms:[a-z0-9-]+:\d{12}:key\/\*$/, actions: /^kms:(Decrypt|Encrypt|GenerateDataKey)$/,
    reason: 'The key of the other Region\'s bucket does not exist when this role is made; conditions name its alias, S3 and the bucket.',
  },
  { resource: /^\*$/, actions: /^dynamodb:InjectError$/, reason: 'It has no resource to name; two conditions say which action, and which table.' },
  {
    resource: /^arn:aws:fis:[a-z0-9-]+:\d{12}:experiment(-template)?\/\*$/, actions: /^fis:((Get|Stop|Start)Experiment|GetExperimentTemplate)$/,
    reason: 'FIS makes up the ids of templates and experiments; a tag says which templates may be started.',
  },
  {
    resource: /^(arn:aws:s3:::[a-z0-9-]+-faults-[a-z0-9-]+|<.+\.Arn>)\/configurations\/\*$/, actions: /^s3:(GetObject|PutObject|DeleteObject)$/,
    reason: 'What FIS tells its extension in the functions, whose keys FIS makes up.',
  },
  {
    resource: /^arn:aws:dynamodb:[a-z0-9-]+:\d{12}:table\/[a-z0-9-]+-reference\/stream\/\*$/, actions: /^dynamodb:(DescribeTable|(Get|Put|Delete)ResourcePolicy)$/,
    reason: 'A stream is named after the time at which it was made.',
  },
];

/**
 * Lets every synth be judged by the AWS Solutions rules. What a rule finds and is meant so is acknowledged here, with the
 * reason; anything else fails `cdk synth --strict`. Call it when the app holds all its stacks.
 */
export function judgeBySolutionsRules(app: App): void {
  Validations.of(app).addPlugins(new AwsSolutionsChecks(app));
  for (const construct of app.node.findAll()) {
    acknowledgeWildcards(construct);
    if (construct instanceof s3.CfnBucket) {
      acknowledge(construct, 'AwsSolutions-S1', 'Who read what is told by CloudTrail data events, which an account turns on for all its buckets; access logs would need two more buckets that hold the keys of business data.');
    }
    if (construct instanceof sqs.CfnQueue) acknowledge(construct, 'AwsSolutions-SQS3', 'It is the dead-letter queue.');
  }
}

/** Wildcards that no entry of the list explains, as `construct path: action on resource`. */
export function unexplainedWildcards(app: App): string[] {
  return app.node.findAll().flatMap((construct) => wildcardsOf(construct).filter(({ entry }) => !entry).map(({ action, resource }) => `${construct.node.path}: ${action} on ${resource}`));
}

function acknowledgeWildcards(construct: IConstruct): void {
  const wildcards = wildcardsOf(construct);
  // One that is unexplained leaves them all unacknowledged, so that the report names this policy.
  if (wildcards.length === 0 || wildcards.some(({ entry }) => !entry)) return;
  const reasonOf = new Map(wildcards.map(({ resource, entry }) => [resource, entry!.reason]));
  for (const [resource, reason] of reasonOf) acknowledge(construct, `AwsSolutions-IAM5[Resource::${resource}]`, reason);
}

function acknowledge(construct: IConstruct, rule: string, reason: string): void {
  Validations.of(construct).acknowledge({ id: rule, reason });
}

interface Wildcard {
  action: string;
  resource: string;
  entry: UnavoidableWildcard | undefined;
}

function wildcardsOf(construct: IConstruct): Wildcard[] {
  if (!(construct instanceof iam.CfnPolicy || construct instanceof iam.CfnManagedPolicy)) return [];
  const stack = Stack.of(construct);
  const { Statement: statements } = stack.resolve(construct.policyDocument) as { Statement: { Effect: string; Action: string | string[]; Resource: unknown }[] };
  // What is denied may be as wide as it likes.
  return statements.filter((statement) => statement.Effect === 'Allow').flatMap((statement) => listed(statement.Action).flatMap((action) => listed(statement.Resource).map((resource) => ({ action, resource: textOf(resource) }))))
    .filter(({ action, resource }) => action.includes('*') || resource.includes('*'))
    .map((wildcard) => ({ ...wildcard, entry: unavoidable.find((each) => each.resource.test(wildcard.resource) && each.actions.test(wildcard.action)) }));
}

function listed<T>(value: T | T[]): T[] {
  return Array.isArray(value) ? value : [value];
}

/** A resource as the rules spell it in the name of a finding. */
function textOf(resource: unknown): string {
  if (typeof resource === 'string') return resource;
  const intrinsic = resource as { Ref?: string; 'Fn::GetAtt'?: [string, string]; 'Fn::Join'?: [string, unknown[]] };
  if (intrinsic.Ref !== undefined) return `<${intrinsic.Ref}>`;
  if (intrinsic['Fn::GetAtt']) return `<${intrinsic['Fn::GetAtt'].join('.')}>`;
  if (intrinsic['Fn::Join']) return intrinsic['Fn::Join'][1].map(textOf).join(intrinsic['Fn::Join'][0]);
  return JSON.stringify(resource);
}
