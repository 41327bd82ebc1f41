import * as iam from 'aws-cdk-lib/aws-iam';
import { extensionGrants } from './extension-grants.js';
import { namesOf, peerOf } from './names.js';
import { published, publishedNames } from './published.js';
import type { Settings } from './settings.js';

/**
 * What the engine needs when it runs as a function in `region`, which it activates: it looks at both Regions, writes to its
 * own replica of the ledger and its own bucket only, and of the other Region it may stop executions.
 */
export function operateGrants(settings: Settings, region: string): iam.PolicyStatement[] {
  const names = namesOf(settings);
  const peer = peerOf(settings, region);
  const both = [region, peer];
  const ledger = names.tableArn(names.ledgerTable, region);
  const ledgers = both.map((each) => names.tableArn(names.ledgerTable, each));
  const buckets = both.map((each) => names.bucketArn(each));
  const accessPoint = names.accessPointArn(published(settings, publishedNames.accessPointAlias));
  const routingControls = settings.arc ? both.map((each) => published(settings, publishedNames.routingControlArn(each))) : [];
  return [
    allow(['dynamodb:GetItem', 'dynamodb:BatchGetItem', 'dynamodb:Query'], ledgers),
    allow(['dynamodb:Query'], [...ledgers.map((each) => `${each}/index/open`), `${ledger}/index/recent`]),
    // One page of an index instead of a query for each shard; never over the table.
    allow(['dynamodb:Scan'], [...ledgers.map((each) => `${each}/index/open`), `${ledger}/index/recent`]),
    allow(['dynamodb:PutItem', 'dynamodb:UpdateItem'], [ledger]),
    // Giving the operation lock back is the only thing that is ever deleted.
    allow(['dynamodb:DeleteItem'], [ledger], { 'ForAllValues:StringEquals': { 'dynamodb:LeadingKeys': ['lock'] } }),
    // Only asked for (HEAD), and always by version: whether inputs are on either side, and outputs on this one.
    allow(['s3:GetObjectVersion'], [...buckets.map((bucket) => `${bucket}/input/*`), `${names.bucketArn(region)}/output/*`]),
    allow(['s3:ListBucket', 's3:ListBucketVersions'], buckets),
    allow(['s3:PutObject'], [`${names.bucketArn(region)}/canary/*`]),
    allow(['s3:GetMultiRegionAccessPointRoutes', 's3:SubmitMultiRegionAccessPointRoutes'], [accessPoint]),
    allow(['states:ListExecutions', 'states:DescribeStateMachine'], both.map((each) => names.stateMachineArn(each))),
    allow(['states:StartExecution'], [names.stateMachineArn(region)]),
    allow(['states:StopExecution'], [names.executionArns(peer)]),
    allow(['lambda:InvokeFunction'], both.map((each) => names.functionArn('observe', each))),
    ...(routingControls.length === 0 ? [] : [allow(['route53-recovery-cluster:GetRoutingControlState', 'route53-recovery-cluster:UpdateRoutingControlStates'], routingControls)]),
    // Neither has a resource to name (service authorisation reference of CloudWatch and of Lambda).
    allow(['cloudwatch:GetMetricData', 'lambda:GetAccountSettings'], ['*']),
    allow(['ssm:GetParameter'], [names.deploymentParameterArn(region), names.choicesParameterArn(region)]),
    allow(['sns:Publish'], [names.alertTopicArn(region)]),
    ...extensionGrants(settings),
  ];
}

/** Who started the automation, for the journal: only a runbook's function asks. */
export function automationReadGrant(settings: Settings, region: string): iam.PolicyStatement {
  return allow(['ssm:GetAutomationExecution'], [namesOf(settings).automationExecutionArns(region)]);
}

function allow(actions: string[], resources: string[], conditions?: Record<string, Record<string, string[]>>): iam.PolicyStatement {
  return new iam.PolicyStatement({ actions, resources, ...(conditions ? { conditions } : {}) });
}
