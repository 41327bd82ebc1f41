import { Stack, type StackProps, Tags } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import { RegionKey } from '../constructs/encryption.js';
import { bucketTag } from '../constructs/fault-templates.js';
import { peerOf } from '../constructs/names.js';
import { PipelineBucket } from '../constructs/pipeline-bucket.js';
import { ReplicationRole, cloudFormationReplication } from '../constructs/replication.js';
import type { Settings } from '../constructs/settings.js';

/**
 * One Region's bucket and the role of its outgoing replication. S3 accepts a replication rule only when its destination
 * exists, so the standby's bucket is made first and without a rule; the control stack adds that rule afterwards.
 */
export class StorageStack extends Stack {
  constructor(scope: Construct, id: string, settings: Settings, region: string, props: StackProps) {
    super(scope, id, props);
    const peer = peerOf(settings, region);
    const replication = new ReplicationRole(this, 'Replication', settings, region, peer);
    const key = settings.encryption === 'kms' ? new RegionKey(this, 'Encryption', settings, region).key : undefined;
    const storage = new PipelineBucket(this, 'Storage', settings, region, key);
    if (settings.chaos) Tags.of(storage.bucket).add(bucketTag.key, bucketTag.value(settings, region));
    if (region !== settings.home) return;
    storage.resource.addPropertyOverride('ReplicationConfiguration', cloudFormationReplication(settings, region, peer));
    // S3 checks that the role allows the replication when the rule is put.
    storage.resource.node.addDependency(replication);
  }
}
