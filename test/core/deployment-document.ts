const region = (name: string, bucket: string, replicationRuleId: string) => ({
  bucket, stateMachineArn: `arn:aws:states:${name}:111122223333:stateMachine:orders-job`, functions: { observe: 'orders-observe', notify: 'orders-notify' }, alarms: ['dead-letters'], replicationRuleId,
});

/** As `batchctl init` would write it, without the operator's own choices. */
export const deploymentDocument = {
  schemaVersion: 1, name: 'orders', account: '111122223333', codeVersion: 'abc123', home: 'us-east-1', other: 'us-west-2', witness: 'us-east-2',
  partition: 'aws',
  regions: { 'us-east-1': region('us-east-1', 'orders-east', 'to-west'), 'us-west-2': region('us-west-2', 'orders-west', 'to-east') },
  mrap: { name: 'orders-uploads', alias: 'abc.mrap', arn: 'arn:aws:s3::111122223333:accesspoint/abc.mrap', controlRegions: ['us-east-1', 'us-west-2', 'eu-west-1'] },
  ledgerTable: 'orders-ledger', referenceTable: 'orders-reference', arc: null,
};
