/** A valid deployment file's content, with whatever a test wants different. */
export function sampleDeployment(changes: Record<string, unknown> = {}): Record<string, unknown> {
  const region = (name: string): Record<string, unknown> => ({
    bucket: `batchctl-111122223333-${name}`,
    stateMachineArn: `arn:aws:states:${name}:111122223333:stateMachine:batchctl-job`,
    functions: { observe: 'batchctl-observe' },
  });
  return {
    schemaVersion: 1,
    name: 'sample',
    account: '111122223333',
    codeVersion: 'abc',
    home: 'us-east-1',
    other: 'us-west-2',
    witness: 'us-east-2',
    regions: { 'us-east-1': region('us-east-1'), 'us-west-2': region('us-west-2') },
    mrap: { name: 'uploads', alias: 'abc.mrap', arn: 'arn:aws:s3::111122223333:accesspoint/abc.mrap', controlRegions: ['us-east-1'] },
    ledgerTable: 'batchctl-ledger',
    referenceTable: 'batchctl-reference',
    arc: null,
    ...changes,
  };
}
