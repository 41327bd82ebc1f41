import { Duration, RemovalPolicy } from 'aws-cdk-lib';
import type * as kms from 'aws-cdk-lib/aws-kms';
import * as s3 from 'aws-cdk-lib/aws-s3';
import { Construct } from 'constructs';
import { namesOf } from './names.js';
import type { Settings } from './settings.js';

/** A redrive is possible for 14 days after an execution closed; its parts must outlive that. */
const workObjectDays = 15;
/** What synthetic jobs read and write is worth a look on the day it was made. */
const canaryObjectDays = 1;
/** Long enough to notice an overwritten input and re-drive the older version. */
const noncurrentDays = 90;

/**
 * One Region's bucket: inputs, work objects and outputs. Versioned (replication and re-drive rest on version ids), closed
 * to the public and to anything but TLS 1.2, and announcing new objects on the Region's event bus. It outlives its stack, unless
 * the deployer has given its data up; even then S3 deletes no bucket that holds anything.
 */
export class PipelineBucket extends Construct {
  readonly bucket: s3.Bucket;
  readonly resource: s3.CfnBucket;

  constructor(scope: Construct, id: string, settings: Settings, region: string, key?: kms.IKey) {
    super(scope, id);
    this.bucket = new s3.Bucket(this, 'Bucket', {
      bucketName: namesOf(settings).bucket(region),
      versioned: true,
      // A key of the bucket's own between KMS and the objects: without it each object costs calls of KMS.
      ...(key ? { encryption: s3.BucketEncryption.KMS, encryptionKey: key, bucketKeyEnabled: true } : { encryption: s3.BucketEncryption.S3_MANAGED }),
      blockPublicAccess: s3.BlockPublicAccess.BLOCK_ALL,
      objectOwnership: s3.ObjectOwnership.BUCKET_OWNER_ENFORCED,
      enforceSSL: true,
      minimumTLSVersion: 1.2,
      removalPolicy: settings.keepData ? RemovalPolicy.RETAIN : RemovalPolicy.DESTROY,
      lifecycleRules: [
        { id: 'expire-work-objects', prefix: 'work/', expiration: Duration.days(workObjectDays), noncurrentVersionExpiration: Duration.days(1) },
        { id: 'expire-canary-objects', prefix: 'canary/', expiration: Duration.days(canaryObjectDays), noncurrentVersionExpiration: Duration.days(1) },
        { id: 'abort-stale-uploads', abortIncompleteMultipartUploadAfter: Duration.days(7) },
        { id: 'expire-old-versions', noncurrentVersionExpiration: Duration.days(noncurrentDays), expiredObjectDeleteMarker: true },
      ],
    });
    this.resource = this.bucket.node.defaultChild as s3.CfnBucket;
    // The L2 switch for EventBridge would add a custom resource; the property itself needs none.
    this.resource.notificationConfiguration = { eventBridgeConfiguration: { eventBridgeEnabled: true } };
  }
}
