import { Duration } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';
import { keyStatements } from './encryption.js';
import { extensionGrants } from './extension-grants.js';
import { namesOf, runbookNames } from './names.js';
import type { Settings } from './settings.js';

/** What the roles of people name and only the control stack knows. */
export interface OperatedResources {
  accessPointArn: string;
  /** Empty when the deployment runs without ARC. */
  routingControlArns: string[];
}

/** As long as a session may be: a move that takes a night must not end with its credentials. */
const longestSession = Duration.hours(12);

/**
 * The two roles of people: an observer may look at everything that `status`, `assess`, `plan`, `jobs` and `output` show; an
 * operator may besides do what `failover`, `failback`, `redrive`, `submit` and `init` do, and no more. What they may lies in
 * two managed policies, so that a break-glass user or a permission set can be given exactly the same (infra/README.md).
 *
 * IAM evaluates them in each Region by itself. Only changing them needs IAM's control plane, and no operation does.
 */
export class PeopleRoles extends Construct {
  readonly operator: iam.Role;
  readonly observer: iam.Role;
  /** Whoever breaks things on purpose; only where the deployment has experiments. */
  readonly gameDay?: iam.Role;

  constructor(scope: Construct, id: string, settings: Settings, resources: OperatedResources) {
    super(scope, id);
    const names = namesOf(settings);
    const looking = watchingStatements(settings, resources);
    const moving = operatingStatements(settings, resources);
    const watching = new iam.ManagedPolicy(this, 'Watching', {
      managedPolicyName: names.watchingPolicy,
      description: `Look at the batch pipeline ${settings.app}, and change nothing`,
      statements: [...looking, ...keyStatements(settings, looking)],
    });
    const operating = new iam.ManagedPolicy(this, 'Operating', {
      managedPolicyName: names.operatingPolicy,
      description: `Move the batch pipeline ${settings.app} between its Regions; goes with ${names.watchingPolicy}`,
      statements: [...moving, ...keyStatements(settings, moving)],
    });
    const runbooks = new iam.ManagedPolicy(this, 'Runbooks', {
      managedPolicyName: names.runbooksPolicy,
      description: `Start and approve the runbooks of ${settings.app}`,
      statements: runbookStatements(settings),
    });
    const role = (roleName: string, description: string, managedPolicies: iam.ManagedPolicy[]): iam.Role => new iam.Role(this, roleName, {
      roleName, description, managedPolicies, assumedBy: new iam.AccountPrincipal(settings.account), maxSessionDuration: longestSession,
    });
    this.observer = role(names.observerRole, `Watches ${settings.app}: batchctl status, assess, plan, jobs, output`, [watching]);
    this.operator = role(names.operatorRole, `Operates ${settings.app}: batchctl failover, failback, redrive, submit`, [watching, operating, runbooks]);
    if (!settings.chaos) return;
    const breaking = new iam.ManagedPolicy(this, 'Breaking', {
      managedPolicyName: names.gameDayPolicy,
      description: `Start and stop the experiments of ${settings.app}; goes with ${names.watchingPolicy}`,
      statements: breakingStatements(settings),
    });
    this.gameDay = role(names.gameDayRole, `Runs game days of ${settings.app}: starts and stops its experiments`, [watching, breaking]);
  }
}

function allow(actions: string[], resources: string[], conditions?: Record<string, Record<string, string[]>>): iam.PolicyStatement {
  return new iam.PolicyStatement({ actions, resources, ...(conditions ? { conditions } : {}) });
}

/** What the readers of `src/aws` call. */
function watchingStatements(settings: Settings, { accessPointArn, routingControlArns }: OperatedResources): iam.PolicyStatement[] {
  const names = namesOf(settings);
  const regions = [settings.home, settings.other];
  const ledgers = regions.map((region) => names.tableArn(names.ledgerTable, region));
  const buckets = regions.map((region) => names.bucketArn(region));
  return [
    allow(['dynamodb:GetItem', 'dynamodb:BatchGetItem', 'dynamodb:Query'], ledgers),
    allow(['dynamodb:Query'], ledgers.flatMap((ledger) => [`${ledger}/index/open`, `${ledger}/index/recent`])),
    // One page of an index instead of a query for each of its partitions; never the table.
    allow(['dynamodb:Scan'], ledgers.flatMap((ledger) => [`${ledger}/index/open`, `${ledger}/index/recent`])),
    // Inputs are only asked for (HEAD), outputs are read; S3 has one action for both.
    allow(['s3:GetObject', 's3:GetObjectVersion'], [...buckets, `${accessPointArn}/object`].flatMap((place) => [`${place}/input/*`, `${place}/output/*`])),
    // HEAD of a bucket, the list of inputs, and "absent" told from "forbidden"; the listing of an access point says the same.
    allow(['s3:ListBucket', 's3:ListBucketVersions'], [...buckets, accessPointArn]),
    allow(['s3:GetMultiRegionAccessPointRoutes'], [accessPointArn]),
    allow(['states:ListExecutions', 'states:DescribeStateMachine'], regions.map((region) => names.stateMachineArn(region))),
    allow(['states:DescribeExecution'], regions.map((region) => names.executionArns(region))),
    // The second vantage: the other Region's observer looks on demand.
    allow(['lambda:InvokeFunction'], regions.map((region) => names.functionArn('observe', region))),
    // What only `doctor` looks at: whether objects still replicate, who tells results, and whether it may.
    allow(['s3:GetReplicationConfiguration'], buckets),
    ...(settings.notify === 'sns' ? [] : [allow(['lambda:GetFunctionConfiguration'], regions.map((region) => names.functionArn('notify', region)))]),
    settings.notify === 'sns' ? allow(['sns:GetTopicAttributes'], regions.map((region) => names.resultsTopicArn(region))) : allow(['ses:GetEmailIdentity'], regions.map((region) => names.senderIdentityArn(region))),
    // None has a resource to name, but for alarms, of which CloudWatch tells all or none where composite ones are among them
    // (service authorisation reference of CloudWatch, Lambda and SES; API reference of DescribeAlarms).
    allow(['cloudwatch:GetMetricData', 'cloudwatch:DescribeAlarms', 'lambda:GetAccountSettings', ...(settings.notify === 'sns' ? [] : ['ses:GetAccount'])], ['*']),
    allow(['ssm:GetParameter'], regions.map((region) => names.deploymentParameterArn(region))),
    ...(routingControlArns.length === 0 ? [] : [allow(['route53-recovery-cluster:GetRoutingControlState'], routingControlArns)]),
  ];
}

/** What the writers of `src/aws` call besides. Nothing here deletes an object, changes a function or touches IAM. */
function operatingStatements(settings: Settings, { accessPointArn, routingControlArns }: OperatedResources): iam.PolicyStatement[] {
  const names = namesOf(settings);
  const regions = [settings.home, settings.other];
  const ledgers = regions.map((region) => names.tableArn(names.ledgerTable, region));
  const buckets = regions.map((region) => names.bucketArn(region));
  const inputs = [`${accessPointArn}/object/input/*`, ...buckets.map((bucket) => `${bucket}/input/*`)];
  return [
    allow(['dynamodb:PutItem', 'dynamodb:UpdateItem'], ledgers),
    // Giving the operation lock back is the only thing that is ever deleted.
    allow(['dynamodb:DeleteItem'], ledgers, { 'ForAllValues:StringEquals': { 'dynamodb:LeadingKeys': ['lock'] } }),
    allow(['s3:PutObject', 's3:AbortMultipartUpload'], inputs),
    allow(['s3:PutObject'], buckets.map((bucket) => `${bucket}/canary/*`)),
    allow(['s3:SubmitMultiRegionAccessPointRoutes'], [accessPointArn]),
    allow(['states:StartExecution'], regions.map((region) => names.stateMachineArn(region))),
    allow(['states:StopExecution', 'states:RedriveExecution'], regions.map((region) => names.executionArns(region))),
    ...(routingControlArns.length === 0 ? [] : [allow(['route53-recovery-cluster:UpdateRoutingControlStates'], routingControlArns)]),
  ];
}

/** Starting a runbook hands its role to Systems Manager; what the role may is the stacks' to say. */
function runbookStatements(settings: Settings): iam.PolicyStatement[] {
  const names = namesOf(settings);
  const regions = [settings.home, settings.other];
  return [
    allow(['ssm:StartAutomationExecution'], regions.flatMap((region) => runbookNames.map((name) => names.runbookArn(name, region)))),
    allow(['ssm:GetAutomationExecution', 'ssm:SendAutomationSignal', 'ssm:StopAutomationExecution'], regions.map((region) => names.automationExecutionArns(region))),
    allow(['iam:PassRole'], regions.map((region) => names.roleArn(names.runbookRole(region))), { StringEquals: { 'iam:PassedToService': ['ssm.amazonaws.com'] } }),
    allow(['ssm:PutParameter'], regions.map((region) => names.choicesParameterArn(region))),
    ...extensionGrants(settings),
    // Whoever moves the pipeline may end what breaks it. Beginning it is for the role of game days, which moves nothing.
    ...(settings.chaos ? endingExperiments(settings) : []),
  ];
}

/** The id of a template is made up when it is deployed, so a tag says which are this deployment's. */
function breakingStatements(settings: Settings): iam.PolicyStatement[] {
  const names = namesOf(settings);
  const regions = [settings.home, settings.other];
  return [
    ...endingExperiments(settings),
    allow(['fis:StartExperiment'], regions.map((region) => names.experimentTemplateArns(region)), { StringEquals: { 'aws:ResourceTag/deployment': [settings.app] } }),
    allow(['fis:StartExperiment'], regions.map((region) => names.experimentArns(region))),
    allow(['fis:GetExperimentTemplate'], regions.map((region) => names.experimentTemplateArns(region))),
    allow(['fis:ListExperimentTemplates'], ['*']),
    // FIS makes its own role when an account's first experiment is started.
    allow(['iam:CreateServiceLinkedRole'], [names.roleArn('aws-service-role/fis.amazonaws.com/AWSServiceRoleForFIS')], { StringEquals: { 'iam:AWSServiceName': ['fis.amazonaws.com'] } }),
  ];
}

function endingExperiments(settings: Settings): iam.PolicyStatement[] {
  const experiments = [settings.home, settings.other].map((region) => namesOf(settings).experimentArns(region));
  return [allow(['fis:GetExperiment', 'fis:StopExperiment'], experiments), allow(['fis:ListExperiments'], ['*'])];
}
