import * as iam from 'aws-cdk-lib/aws-iam';
import { type FunctionName, type Names, namesOf, peerOf } from './names.js';
import { automationReadGrant, operateGrants } from './operate-grants.js';
import { published, publishedNames } from './published.js';
import type { Settings } from './settings.js';

/**
 * What each function may do in its Region, beyond its own logs and traces. Exact actions on exact resources: the sandbox
 * enforces these policies on every call, so what is missing fails there first.
 */
export function grantsOf(settings: Settings, region: string): Record<FunctionName, iam.PolicyStatement[]> {
  const may = grantsIn(settings, region);
  return {
    ingest: [may.ledger('GetItem', 'PutItem', 'UpdateItem'), may.readAnyVersion('input/*'), may.tellAbsentVersions(), may.startJobs(), ...may.readRoutingControl()],
    split: [may.readVersions('input/*', 'canary/*'), may.readAnyVersion('work/*'), may.write('work/*'), may.tellAbsentVersions()],
    'process-part': [may.readVersions('input/*', 'canary/*'), may.read('work/*'), may.write('work/*'), may.tellAbsent(), may.readReference()],
    merge: [may.readAnyVersion('work/*'), may.read('output/*', 'canary/*'), may.write('output/*', 'canary/*'), may.abortUploads('output/*'), may.tellAbsent()],
    commit: [may.ledger('GetItem', 'PutItem', 'UpdateItem')],
    notify: [may.ledger('GetItem', 'UpdateItem'), may.presignOutputs(), may.tellResult()],
    fail: [may.ledger('GetItem', 'UpdateItem'), may.describeJobs(), may.readJobHistory(), may.alert()],
    sweep: [
      may.ledger('GetItem', 'PutItem', 'UpdateItem'), may.queryOpenJobs(), may.readAnyVersion('input/*'), may.tellAbsentVersions(),
      may.startJobs(), may.describeJobs(), may.readJobHistory(), may.listJobs(), may.stopJobs(), ...may.readRoutingControl(), may.invoke('notify'), may.alert(),
      may.takeDeadLetters(),
    ],
    observe: [may.ledger('GetItem', 'PutItem'), ...may.probeOtherRegion()],
    canary: [may.ledger('GetItem', 'PutItem', 'UpdateItem'), may.write('canary/*'), may.startJobs()],
    operate: [...operateGrants(settings, region), automationReadGrant(settings, region)],
  };
}

function allow(actions: string[], resources: string[]): iam.PolicyStatement {
  return new iam.PolicyStatement({ actions, resources });
}

function grantsIn(settings: Settings, region: string) {
  const names: Names = namesOf(settings);
  const bucket = names.bucketArn(region);
  const peer = peerOf(settings, region);
  const ledger = names.tableArn(names.ledgerTable, region);
  const objects = (prefixes: string[]): string[] => prefixes.map((prefix) => `${bucket}/${prefix}`);
  return {
    ledger: (...operations: string[]) => allow(operations.map((operation) => `dynamodb:${operation}`), [ledger]),
    queryOpenJobs: () => allow(['dynamodb:Query'], [`${ledger}/index/open`]),
    readReference: () => allow(['dynamodb:BatchGetItem'], [names.tableArn(names.referenceTable, region)]),
    // S3 has an action for the current version and another for a named one; HEAD needs the same as GET.
    read: (...prefixes: string[]) => allow(['s3:GetObject'], objects(prefixes)),
    readVersions: (...prefixes: string[]) => allow(['s3:GetObjectVersion'], objects(prefixes)),
    readAnyVersion: (...prefixes: string[]) => allow(['s3:GetObject', 's3:GetObjectVersion'], objects(prefixes)),
    write: (...prefixes: string[]) => allow(['s3:PutObject'], objects(prefixes)),
    abortUploads: (prefix: string) => allow(['s3:AbortMultipartUpload'], objects([prefix])),
    // Without listing S3 answers 403 for what is not there, and "absent" could not be told from "forbidden". A condition
    // on the prefix would not help: HEAD has none.
    tellAbsent: () => allow(['s3:ListBucket'], [bucket]),
    tellAbsentVersions: () => allow(['s3:ListBucket', 's3:ListBucketVersions'], [bucket]),
    startJobs: () => allow(['states:StartExecution'], [names.stateMachineArn(region)]),
    describeJobs: () => allow(['states:DescribeExecution'], [names.executionArns(region)]),
    readJobHistory: () => allow(['states:GetExecutionHistory'], [names.executionArns(region)]),
    listJobs: () => allow(['states:ListExecutions'], [names.stateMachineArn(region)]),
    stopJobs: () => allow(['states:StopExecution'], [names.executionArns(region)]),
    readRoutingControl: () => (settings.arc ? [allow(['route53-recovery-cluster:GetRoutingControlState'], [published(settings, publishedNames.routingControlArn(region))])] : []),
    /** The signed URL has the rights of this role, at the access point and at whichever bucket it routes to, and names a version. */
    presignOutputs: () => {
      const accessPoint = names.accessPointArn(published(settings, publishedNames.accessPointAlias));
      return allow(['s3:GetObjectVersion'], [`${accessPoint}/object/output/*`, `${bucket}/output/*`, `${names.bucketArn(peer)}/output/*`]);
    },
    tellResult: () => (settings.notify === 'sns' ? allow(['sns:Publish'], [names.resultsTopicArn(region)]) : allow(['ses:SendEmail'], [names.senderIdentityArn(region)])),
    alert: () => allow(['sns:Publish'], [names.alertTopicArn(region)]),
    takeDeadLetters: () => allow(['sqs:ReceiveMessage', 'sqs:DeleteMessage'], [names.deadLetterQueueArn(region)]),
    invoke: (name: FunctionName) => allow(['lambda:InvokeFunction'], [names.functionArn(name, region)]),
    probeOtherRegion: () => [
      allow(['s3:ListBucket'], [names.bucketArn(peer)]),
      allow(['states:DescribeStateMachine'], [names.stateMachineArn(peer)]),
      allow(['dynamodb:GetItem'], [names.tableArn(names.ledgerTable, peer)]),
      // CloudWatch tells of composite alarms only to whoever may describe all (API reference of DescribeAlarms).
      allow(['cloudwatch:DescribeAlarms'], ['*']),
    ],
  };
}
