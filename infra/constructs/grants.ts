import * as iam from 'aws-cdk-lib/aws-iam';
import { type FunctionName, type Names, namesOf, peerOf } from './names.js';
import { published, publishedNames } from './published.js';
import type { Settings } from './settings.js';

/**
 * What each function may do in its Region, beyond its own logs and traces. Exact actions on exact resources: the sandbox
 * enforces these policies on every call, so what is missing fails there first.
 */
export function grantsOf(settings: Settings, region: string): Record<FunctionName, iam.PolicyStatement[]> {
  const grants = grantsIn(settings, region);
  return {
    ingest: [grants.ledger('GetItem', 'UpdateItem', 'PutItem'), grants.readVersions('input/*'), grants.listBucket(), grants.startJobs(), grants.readRoutingControl()],
    split: [grants.readVersions('input/*', 'canary/*', 'work/*'), grants.write('work/*'), grants.listBucket()],
    'process-part': [grants.readVersions('input/*', 'canary/*', 'work/*'), grants.write('work/*'), grants.listBucket(), grants.readReference()],
    merge: [grants.readVersions('work/*'), grants.readVersions('output/*'), grants.write('output/*'), grants.abortUploads('output/*'), grants.listBucket()],
    commit: [grants.ledger('GetItem', 'UpdateItem', 'PutItem')],
    notify: [grants.ledger('GetItem', 'UpdateItem'), ...grants.presignOutputs(), grants.sendMail()],
    fail: [grants.ledger('GetItem', 'UpdateItem', 'PutItem'), grants.alert()],
    sweep: [
      grants.ledger('GetItem', 'UpdateItem', 'PutItem', 'BatchGetItem'), grants.ledgerIndexes(), grants.readVersions('input/*'), grants.listBucket(),
      grants.startJobs(), grants.describeJobs(), grants.readRoutingControl(), grants.invoke('notify'),
    ],
    observe: [grants.ledger('GetItem', 'UpdateItem', 'PutItem'), ...grants.probeOtherRegion()],
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
  return {
    ledger: (...operations: string[]) => allow(operations.map((operation) => `dynamodb:${operation}`), [ledger]),
    ledgerIndexes: () => allow(['dynamodb:Query'], [`${ledger}/index/open`]),
    readReference: () => allow(['dynamodb:BatchGetItem'], [names.tableArn(names.referenceTable, region)]),
    readVersions: (...prefixes: string[]) => allow(['s3:GetObject', 's3:GetObjectVersion'], prefixes.map((prefix) => `${bucket}/${prefix}`)),
    write: (prefix: string) => allow(['s3:PutObject'], [`${bucket}/${prefix}`]),
    abortUploads: (prefix: string) => allow(['s3:AbortMultipartUpload'], [`${bucket}/${prefix}`]),
    // Without it S3 answers 403 for an object that is not there, and "absent" could not be told from "forbidden".
    listBucket: () => allow(['s3:ListBucket', 's3:ListBucketVersions'], [bucket]),
    startJobs: () => allow(['states:StartExecution'], [names.stateMachineArn(region)]),
    describeJobs: () => allow(['states:DescribeExecution'], [names.executionArns(region)]),
    readRoutingControl: () => allow(['route53-recovery-cluster:GetRoutingControlState'], [published(settings, publishedNames.routingControlArn(region))]),
    /** The signed URL has the rights of this role, at the access point and at whichever bucket it routes to. */
    presignOutputs: () => {
      const accessPoint = names.accessPointArn(published(settings, publishedNames.accessPointAlias));
      return [allow(['s3:GetObject', 's3:GetObjectVersion'], [`${accessPoint}/object/output/*`, `${bucket}/output/*`, `${names.bucketArn(peer)}/output/*`])];
    },
    sendMail: () => allow(['ses:SendEmail'], [names.senderIdentityArn(region)]),
    alert: () => allow(['sns:Publish'], [names.alertTopicArn(region)]),
    invoke: (name: FunctionName) => allow(['lambda:InvokeFunction'], [names.functionArn(name, region)]),
    probeOtherRegion: () => [
      allow(['s3:ListBucket'], [names.bucketArn(peer)]),
      allow(['states:DescribeStateMachine'], [names.stateMachineArn(peer)]),
      allow(['dynamodb:GetItem'], [names.tableArn(names.ledgerTable, peer)]),
    ],
  };
}
