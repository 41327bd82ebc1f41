import type { Settings } from './settings.js';

/** The functions of one Region. `resources` is the deployment's own and lives beside the control stack. */
export const functionNames = ['ingest', 'split', 'process-part', 'merge', 'commit', 'notify', 'fail', 'sweep', 'observe', 'canary', 'operate'] as const;
export type FunctionName = (typeof functionNames)[number];

/** Systems Manager documents of one Region, by the kind of move. */
export const runbookNames = ['failover', 'failback'] as const;
export type RunbookName = (typeof runbookNames)[number];

/** Alarms of one Region, by what they watch; the last two are composite. */
export const alarmNames = [
  'canary', 'failed-jobs', 'oldest-job', 'sweep-failures', 'dead-letters', 'replication-latency', 'replication-failures', 'throttles', 'commit-refused',
  'other-probes', 'other-canary', 'other-alarm', 'impaired', 'other-impaired',
] as const;
export type AlarmName = (typeof alarmNames)[number];

/** What an experiment on purpose can break in one Region (`fault-templates.ts`). */
export const faultNames = [
  'functions-fail', 'functions-slow', 's3-denied', 'dynamodb-denied', 's3-replication-paused', 'ledger-isolated', 'reference-replication-paused', 'region-impaired',
] as const;
export type FaultName = (typeof faultNames)[number];

/** Services that an experiment can deny to the functions of a Region. */
export const deniableServices = ['s3', 'dynamodb'] as const;
export type DeniableService = (typeof deniableServices)[number];

/** Home of the ARC configuration API and of the Multi-Region Access Point control plane. */
export const controlRegion = 'us-west-2';

const partition = 'aws';

/**
 * Every name that one Region has to know of the other. They are computed, never looked up, so that no stack waits for a
 * stack of another Region and no function asks a control plane (infra/README.md, "Names").
 */
export function namesOf(settings: Settings) {
  const { app, account } = settings;
  const names = {
    bucket: (region: string) => `${app}-${account}-${region}`,
    bucketArn: (region: string) => `arn:${partition}:s3:::${names.bucket(region)}`,
    replicationRule: (to: string) => `${app}-to-${to}`,
    replicationRole: (from: string) => `${app}-replication-${from}`,
    replicationRoleArn: (from: string): string => names.roleArn(names.replicationRole(from)),
    ledgerTable: `${app}-ledger`,
    referenceTable: `${app}-reference`,
    tableArn: (table: string, region: string) => `arn:${partition}:dynamodb:${region}:${account}:table/${table}`,
    function: (name: FunctionName | 'resources') => `${app}-${name}`,
    functionArn: (name: FunctionName, region: string) => `arn:${partition}:lambda:${region}:${account}:function:${app}-${name}`,
    stateMachine: `${app}-job`,
    stateMachineArn: (region: string) => `arn:${partition}:states:${region}:${account}:stateMachine:${app}-job`,
    executionArns: (region: string) => `arn:${partition}:states:${region}:${account}:execution:${app}-job:*`,
    mapExecutionArns: (region: string) => `arn:${partition}:states:${region}:${account}:execution:${app}-job/*`,
    deadLetterQueue: `${app}-dead-letters`,
    deadLetterQueueArn: (region: string) => `arn:${partition}:sqs:${region}:${account}:${app}-dead-letters`,
    deadLetterQueueUrl: (region: string) => `https://sqs.${region}.amazonaws.com/${account}/${app}-dead-letters`,
    alertTopic: `${app}-alerts`,
    alertTopicArn: (region: string) => `arn:${partition}:sns:${region}:${account}:${app}-alerts`,
    /** Only where the keys are the account's own; the same name in both Regions, for a key in each. */
    keyAlias: `alias/${app}`,
    keyAliasArn: (region: string) => `arn:${partition}:kms:${region}:${account}:alias/${app}`,
    /** As log groups are named, for the policy of the key. */
    logGroups: [`/aws/lambda/${app}-*`, `/aws/vendedlogs/states/${app}-job`, `/aws/vendedlogs/fis/${app}`],
    /** Only where results are told through SNS. */
    resultsTopic: `${app}-results`,
    resultsTopicArn: (region: string) => `arn:${partition}:sns:${region}:${account}:${app}-results`,
    alarms: alarmNames,
    /** Only where DNS has to follow the ledger by itself, without ARC. */
    inactiveAlarm: `${app}-inactive`,
    alarm: (name: AlarmName) => `${app}-${name}`,
    alarmArn: (name: AlarmName, region: string) => `arn:${partition}:cloudwatch:${region}:${account}:alarm:${app}-${name}`,
    dashboard: (region: string) => `${app}-${region}`,
    accessPoint: `${app}-uploads`,
    accessPointArn: (alias: string) => `arn:${partition}:s3::${account}:accesspoint/${alias}`,
    senderIdentityArn: (region: string) => `arn:${partition}:ses:${region}:${account}:identity/${settings.notifyFrom}`,
    deploymentParameter: `/${app}/deployment`,
    deploymentParameterArn: (region: string) => `arn:${partition}:ssm:${region}:${account}:parameter/${app}/deployment`,
    choicesParameter: `/${app}/choices`,
    choicesParameterArn: (region: string) => `arn:${partition}:ssm:${region}:${account}:parameter/${app}/choices`,
    runbook: (name: RunbookName) => `${app}-${name}`,
    /** As Systems Manager names what is started; the version is the default one. */
    runbookArn: (name: RunbookName, region: string) => `arn:${partition}:ssm:${region}:${account}:automation-definition/${app}-${name}:$DEFAULT`,
    runbookRole: (region: string) => `${app}-runbooks-${region}`,
    automationExecutionArns: (region: string) => `arn:${partition}:ssm:${region}:${account}:automation-execution/*`,
    /** Also the value of the tag `Name`, by which it is looked up: its id is made up by FIS. */
    faultTemplate: (name: FaultName) => `${app}-${name}`,
    faultBucket: (region: string) => `${app}-faults-${account}-${region}`,
    faultRole: (region: string) => `${app}-faults-${region}`,
    denyingDocument: (service: DeniableService) => `${app}-deny-${service}`,
    denyingDocumentArn: (service: DeniableService, region: string) => `arn:${partition}:ssm:${region}:${account}:document/${app}-deny-${service}`,
    denyingAutomationArn: (service: DeniableService, region: string) => `arn:${partition}:ssm:${region}:${account}:automation-definition/${app}-deny-${service}:$DEFAULT`,
    denyingRole: (region: string) => `${app}-denying-${region}`,
    denyingPolicy: (service: DeniableService, region: string) => `${app}-deny-${service}-${region}`,
    policyArn: (name: string) => `arn:${partition}:iam::${account}:policy/${name}`,
    experimentTemplateArns: (region: string) => `arn:${partition}:fis:${region}:${account}:experiment-template/*`,
    experimentArns: (region: string) => `arn:${partition}:fis:${region}:${account}:experiment/*`,
    gameDayRole: `${app}-game-day`,
    gameDayPolicy: `${app}-breaking`,
    operatorRole: `${app}-operator`,
    observerRole: `${app}-observer`,
    watchingPolicy: `${app}-watching`,
    operatingPolicy: `${app}-operating`,
    runbooksPolicy: `${app}-runbooks`,
    roleArn: (name: string) => `arn:${partition}:iam::${account}:role/${name}`,
    activeRegionRecord: `active.${settings.zoneName}`,
    stacks: {
      storage: (region: string) => `${app}-storage-${region}`,
      ledger: `${app}-ledger`,
      control: `${app}-control`,
      regional: (region: string) => `${app}-regional-${region}`,
      observability: (region: string) => `${app}-observability-${region}`,
    },
  };
  return names;
}
export type Names = ReturnType<typeof namesOf>;

/** The other Region of the pair. */
export function peerOf(settings: Settings, region: string): string {
  return region === settings.home ? settings.other : settings.home;
}
