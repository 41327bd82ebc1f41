import { RemovalPolicy } from 'aws-cdk-lib';
import * as fis from 'aws-cdk-lib/aws-fis';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as logs from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import { deniedMinutes } from './denied-access.js';
import { keyOf } from './encryption.js';
import { breakableFunctions, faultConfigurations } from './fault-extension.js';
import { type AlarmName, type DeniableService, type FaultName, deniableServices, faultNames, namesOf, peerOf } from './names.js';
import type { Settings } from './settings.js';

interface Fault {
  /** What an operator reads before it is started. */
  summary: string;
  minutes: number;
  actions: ('functionsFail' | 'functionsSlow' | 's3Denied' | 'dynamodbDenied' | 's3ReplicationPaused' | 'ledgerIsolated' | 'referenceReplicationPaused')[];
}

/** Long enough for five silent minutes, the alarms, a decision, a move and its proof. */
const minutes = 30;

export const faults: Record<FaultName, Fault> = {
  'functions-fail': { summary: 'every call of the functions on the path of jobs fails before it does anything', minutes, actions: ['functionsFail'] },
  'functions-slow': { summary: 'every call of these functions begins 15 s late: nothing fails, and synthetic jobs do not end in time', minutes, actions: ['functionsSlow'] },
  's3-denied': { summary: 'the functions may not touch the Region\'s bucket', minutes: deniedMinutes, actions: ['s3Denied'] },
  'dynamodb-denied': { summary: 'the functions may not touch the Region\'s replicas of the ledger and the reference table', minutes: deniedMinutes, actions: ['dynamodbDenied'] },
  // What was on its way may still arrive for an hour (FIS actions reference), so a shorter pause might show nothing.
  's3-replication-paused': { summary: 'the Region\'s bucket stops replicating; it may take up to an hour to take effect', minutes: 120, actions: ['s3ReplicationPaused'] },
  'ledger-isolated': { summary: 'the Region\'s replica of the ledger is cut off and refuses writes and consistent reads; within five minutes', minutes, actions: ['ledgerIsolated'] },
  'reference-replication-paused': { summary: 'changes of the reference table no longer reach the other Region; within five minutes', minutes, actions: ['referenceReplicationPaused'] },
  'region-impaired': { summary: 'functions fail, the ledger\'s replica is cut off and S3 stops replicating, all at once: as near as FIS comes to a lost Region', minutes, actions: ['functionsFail', 'ledgerIsolated', 's3ReplicationPaused'] },
};

/**
 * They stop an experiment: what this Region sees of the *other* one, which would have to take over. Its own alarms are meant
 * to go off. FIS takes alarms of its own Region only; these are the parts of `other-impaired`.
 */
const stoppedBy: readonly AlarmName[] = ['other-probes', 'other-canary', 'other-alarm'];

/** By which FIS finds the bucket: its action on buckets takes no ARNs. */
export const bucketTag = { key: 'fault-target', value: (settings: Settings, region: string): string => `${settings.app}-${region}` };

/**
 * The experiments of one Region, each of which breaks that Region and no other. None starts by itself, and the role they run as
 * can do what their actions need and no more (FIS user guide, "Actions reference").
 */
export class FaultTemplates extends Construct {
  constructor(scope: Construct, id: string, settings: Settings, region: string) {
    super(scope, id);
    const names = namesOf(settings);
    const role = new FaultRole(this, 'Role', settings, region);
    const encryptionKey = keyOf(this, 'Key', settings, region);
    const log = new logs.LogGroup(this, 'Logs', {
      // The prefix keeps FIS from adding a statement a group to the account's log resource policy.
      logGroupName: `/aws/vendedlogs/fis/${settings.app}`, retention: logs.RetentionDays.ONE_YEAR, removalPolicy: RemovalPolicy.DESTROY,
      ...(encryptionKey ? { encryptionKey } : {}),
    });
    for (const name of faultNames) {
      const { summary, actions, minutes: lasts } = faults[name];
      const possible = actionsIn(settings, region, lasts);
      const targets = targetsIn(settings, region);
      const chosen = Object.fromEntries(actions.map((action) => [action, possible[action]]));
      const wanted = new Set(Object.values(chosen).flatMap((action) => Object.values(action.targets ?? {})));
      const template = new fis.CfnExperimentTemplate(this, name, {
        description: `${settings.app} in ${region}: ${summary}`,
        roleArn: role.role.roleArn,
        tags: { Name: names.faultTemplate(name), deployment: settings.app },
        stopConditions: stoppedBy.map((alarm) => ({ source: 'aws:cloudwatch:alarm', value: names.alarmArn(alarm, region) })),
        actions: chosen,
        targets: Object.fromEntries(Object.entries(targets).filter(([target]) => wanted.has(target))),
        experimentOptions: { accountTargeting: 'single-account', emptyTargetResolutionMode: 'fail' },
        logConfiguration: { cloudWatchLogsConfiguration: { LogGroupArn: log.logGroupArn }, logSchemaVersion: 2 },
      });
      template.node.addDependency(role);
    }
  }
}

type Action = fis.CfnExperimentTemplate.ExperimentTemplateActionProperty & { targets?: Record<string, string> };

function actionsIn(settings: Settings, region: string, lasts: number): Record<Fault['actions'][number], Action> {
  const names = namesOf(settings);
  const duration = `PT${lasts}M`;
  const deny = (service: DeniableService): Action => ({
    actionId: 'aws:ssm:start-automation-execution',
    // Longer than the wait inside of it, so that it ends by itself, with access allowed again.
    parameters: { documentArn: names.denyingDocumentArn(service, region), maxDuration: `PT${lasts + 10}M` },
  });
  return {
    functionsFail: { actionId: 'aws:lambda:invocation-error', parameters: { duration, invocationPercentage: '100', preventExecution: 'true' }, targets: { Functions: 'functions' } },
    functionsSlow: { actionId: 'aws:lambda:invocation-add-delay', parameters: { duration, invocationPercentage: '100', startupDelayMilliseconds: '15000' }, targets: { Functions: 'functions' } },
    s3Denied: deny('s3'),
    dynamodbDenied: deny('dynamodb'),
    s3ReplicationPaused: { actionId: 'aws:s3:bucket-pause-replication', parameters: { duration, region: peerOf(settings, region) }, targets: { Buckets: 'bucket' } },
    ledgerIsolated: { actionId: 'aws:dynamodb:global-table-pause-replication', parameters: { duration }, targets: { Tables: 'ledger' } },
    referenceReplicationPaused: { actionId: 'aws:dynamodb:global-table-pause-replication', parameters: { duration }, targets: { Tables: 'reference' } },
  };
}

function targetsIn(settings: Settings, region: string): Record<string, fis.CfnExperimentTemplate.ExperimentTemplateTargetProperty> {
  const names = namesOf(settings);
  const selectionMode = 'ALL';
  return {
    functions: { resourceType: 'aws:lambda:function', resourceArns: breakableFunctions.map((name) => names.functionArn(name, region)), selectionMode },
    bucket: { resourceType: 'aws:s3:bucket', resourceTags: { [bucketTag.key]: bucketTag.value(settings, region) }, selectionMode },
    ledger: { resourceType: 'aws:dynamodb:global-table', resourceArns: [names.tableArn(names.ledgerTable, region)], selectionMode },
    reference: { resourceType: 'aws:dynamodb:global-table', resourceArns: [names.tableArn(names.referenceTable, region)], selectionMode },
  };
}

/** What the experiments of a Region may do, taken from the permissions that the actions reference names for each action. */
class FaultRole extends Construct {
  readonly role: iam.Role;

  constructor(scope: Construct, id: string, settings: Settings, region: string) {
    super(scope, id);
    const names = namesOf(settings);
    this.role = new iam.Role(this, 'Role', {
      roleName: names.faultRole(region),
      description: `Runs the experiments of ${settings.app} in ${region}`,
      assumedBy: new iam.ServicePrincipal('fis.amazonaws.com', {
        conditions: { StringEquals: { 'aws:SourceAccount': settings.account }, ArnLike: { 'aws:SourceArn': names.experimentArns(region) } },
      }),
    });
    for (const statement of statementsIn(settings, region)) this.role.addToPolicy(statement);
  }
}

function statementsIn(settings: Settings, region: string): iam.PolicyStatement[] {
  const names = namesOf(settings);
  const allow = (actions: string[], resources: string[], conditions?: Record<string, Record<string, string | string[]>>): iam.PolicyStatement =>
    new iam.PolicyStatement({ actions, resources, ...(conditions ? { conditions } : {}) });
  const tables = [names.ledgerTable, names.referenceTable].map((table) => names.tableArn(table, region));
  return [
    allow(['lambda:GetFunction'], breakableFunctions.map((name) => names.functionArn(name, region))),
    allow(['s3:PutObject', 's3:DeleteObject'], [`arn:aws:s3:::${names.faultBucket(region)}/${faultConfigurations}/*`]),
    allow(['s3:PauseReplication'], [names.bucketArn(region)], { StringEquals: { 's3:destinationRegion': peerOf(settings, region) } }),
    allow(['s3:GetReplicationConfiguration', 's3:PutReplicationConfiguration'], [names.bucketArn(region)], { BoolIfExists: { 's3:isReplicationPauseRequest': 'true' } }),
    // The reference table's stream gets a policy too; its name holds the time at which it was made.
    allow(['dynamodb:DescribeTable', 'dynamodb:GetResourcePolicy', 'dynamodb:PutResourcePolicy', 'dynamodb:DeleteResourcePolicy'], [...tables, `${names.tableArn(names.referenceTable, region)}/stream/*`]),
    // Asked for where a table is strongly consistent.
    allow(['dynamodb:InjectError'], ['*'], {
      StringEquals: { 'dynamodb:FisActionId': 'aws:dynamodb:global-table-pause-replication' },
      'ForAllValues:ArnEquals': { 'dynamodb:FisTargetArns': [names.tableArn(names.ledgerTable, region)] },
    }),
    allow(['ssm:StartAutomationExecution'], deniableServices.map((service) => names.denyingAutomationArn(service, region))),
    allow(['ssm:GetAutomationExecution', 'ssm:StopAutomationExecution'], [names.automationExecutionArns(region)]),
    allow(['iam:PassRole'], [names.roleArn(names.denyingRole(region))], { StringEquals: { 'iam:PassedToService': 'ssm.amazonaws.com' } }),
    // None of these has a resource to name.
    allow(['s3:ListAllMyBuckets', 'tag:GetResources'], ['*']),
    allow(['logs:CreateLogDelivery', 'logs:DescribeLogGroups', 'logs:DescribeResourcePolicies', 'logs:PutResourcePolicy'], ['*']),
  ];
}

/** What the deployment description says of them. */
export function describeFaults(settings: Settings): { name: string; summary: string; minutes: number }[] {
  return faultNames.map((name) => ({ name: namesOf(settings).faultTemplate(name), summary: faults[name].summary, minutes: faults[name].minutes }));
}
