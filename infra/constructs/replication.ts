import * as iam from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';
import { replicationKeyStatements } from './encryption.js';
import { namesOf } from './names.js';
import type { Settings } from './settings.js';

/**
 * The rule that copies a Region's whole bucket to the other one, the same in both directions. It is spelled as the S3 API
 * has it, because the standby's bucket gets it through the API (see ControlStack) and the home Region's through
 * CloudFormation, which differs in one name only (`cloudFormationReplication`).
 *
 * Everything is replicated, work objects included: finished parts are what a re-drive in the other Region keeps. Replica
 * modifications are synchronised so that metadata changes made while failed over return home. Delete markers follow; they
 * are outside of Replication Time Control (S3 guide, "Replicating delete markers").
 */
export function replicationConfiguration(settings: Settings, from: string, to: string) {
  const names = namesOf(settings);
  const withinFifteenMinutes = { Status: 'Enabled', Time: { Minutes: 15 } };
  return {
    Role: names.replicationRoleArn(from),
    Rules: [
      {
        ID: names.replicationRule(to),
        Priority: 1,
        Status: 'Enabled',
        Filter: { Prefix: '' },
        DeleteMarkerReplication: { Status: 'Enabled' },
        SourceSelectionCriteria: { ReplicaModifications: { Status: 'Enabled' }, ...(settings.encryption === 'kms' ? { SseKmsEncryptedObjects: { Status: 'Enabled' } } : {}) },
        Destination: {
          Bucket: names.bucketArn(to),
          ...(settings.encryption === 'kms' ? { EncryptionConfiguration: { ReplicaKmsKeyID: names.keyAliasArn(to) } } : {}),
          ReplicationTime: withinFifteenMinutes,
          Metrics: { Status: 'Enabled', EventThreshold: { Minutes: 15 } },
        },
      },
    ],
  };
}

/** The same configuration as `AWS::S3::Bucket` spells it: `Id` for the API's `ID`. */
export function cloudFormationReplication(settings: Settings, from: string, to: string) {
  const { Role, Rules } = replicationConfiguration(settings, from, to);
  return { Role, Rules: Rules.map(({ ID, ...rule }) => ({ Id: ID, ...rule })) };
}

/** What S3 may do on behalf of one direction, and no more (S3 guide, "Setting up permissions for live replication"). */
export class ReplicationRole extends Construct {
  readonly role: iam.Role;

  constructor(scope: Construct, id: string, settings: Settings, from: string, to: string) {
    super(scope, id);
    const names = namesOf(settings);
    this.role = new iam.Role(this, 'Role', {
      roleName: names.replicationRole(from),
      description: `Lets S3 replicate ${names.bucket(from)} to ${names.bucket(to)}`,
      // No condition on the source: S3's guide does not promise to send one here, and a role that S3 cannot assume shows
      // only as objects whose replication FAILED.
      assumedBy: new iam.ServicePrincipal('s3.amazonaws.com'),
    });
    this.role.addToPolicy(new iam.PolicyStatement({
      actions: ['s3:GetReplicationConfiguration', 's3:ListBucket'],
      resources: [names.bucketArn(from)],
    }));
    this.role.addToPolicy(new iam.PolicyStatement({
      actions: ['s3:GetObjectVersionForReplication', 's3:GetObjectVersionAcl', 's3:GetObjectVersionTagging'],
      resources: [`${names.bucketArn(from)}/*`],
    }));
    this.role.addToPolicy(new iam.PolicyStatement({
      actions: ['s3:ReplicateObject', 's3:ReplicateDelete', 's3:ReplicateTags'],
      resources: [`${names.bucketArn(to)}/*`],
    }));
    for (const statement of replicationKeyStatements(settings, from, to)) this.role.addToPolicy(statement);
  }
}
