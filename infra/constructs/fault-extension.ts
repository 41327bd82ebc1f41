import { Duration, RemovalPolicy } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import * as s3 from 'aws-cdk-lib/aws-s3';
import * as ssm from 'aws-cdk-lib/aws-ssm';
import { Construct } from 'constructs';
import { type FunctionName, namesOf } from './names.js';
import type { Settings } from './settings.js';

/** The functions that an experiment can break. Those that watch and those that move the pipeline stay whole. */
export const breakableFunctions = ['ingest', 'split', 'process-part', 'merge', 'commit', 'canary'] as const satisfies readonly FunctionName[];

/** FIS writes what is to be broken there, and the extension reads it. */
export const faultConfigurations = 'configurations';

/** The public parameter by which AWS names the newest extension of major version 1 in each Region. */
const extensionParameter = '/aws/service/fis/lambda-extension/AWS-FIS-extension-arm64/1.x.x';

interface ExtensionParts {
  layer: lambda.ILayerVersion;
  environment: Record<string, string>;
  statements: iam.PolicyStatement[];
}

/**
 * What FIS needs to break invocations: an extension inside of each function and a bucket through which it hears of
 * experiments (FIS user guide, "Use the AWS FIS aws:lambda:function actions"). Nothing of it holds business data.
 */
export class FaultExtension extends Construct {
  private readonly parts: ExtensionParts;

  constructor(scope: Construct, id: string, settings: Settings, region: string) {
    super(scope, id);
    const bucket = new s3.Bucket(this, 'Configurations', {
      bucketName: namesOf(settings).faultBucket(region),
      encryption: s3.BucketEncryption.S3_MANAGED,
      blockPublicAccess: s3.BlockPublicAccess.BLOCK_ALL,
      objectOwnership: s3.ObjectOwnership.BUCKET_OWNER_ENFORCED,
      enforceSSL: true,
      minimumTLSVersion: 1.2,
      removalPolicy: RemovalPolicy.DESTROY,
      // FIS takes them away itself; one that an aborted experiment left would keep the bucket from being deleted.
      lifecycleRules: [{ id: 'expire-configurations', expiration: Duration.days(1) }],
    });
    this.parts = {
      layer: lambda.LayerVersion.fromLayerVersionArn(this, 'Layer', ssm.StringParameter.valueForStringParameter(this, extensionParameter)),
      environment: {
        AWS_FIS_CONFIGURATION_LOCATION: `${bucket.bucketArn}/${faultConfigurations}/`,
        AWS_LAMBDA_EXEC_WRAPPER: '/opt/aws-fis/bootstrap',
        // Most of these functions run for less than the extension's first look takes: without it they would not be broken.
        AWS_FIS_POLL_MAX_WAIT_MILLISECONDS: '2000',
      },
      statements: [
        new iam.PolicyStatement({ actions: ['s3:ListBucket'], resources: [bucket.bucketArn], conditions: { StringLike: { 's3:prefix': [`${faultConfigurations}/*`] } } }),
        new iam.PolicyStatement({ actions: ['s3:GetObject'], resources: [`${bucket.bucketArn}/${faultConfigurations}/*`] }),
      ],
    };
  }

  /** Undefined for a function that no experiment breaks. */
  partsFor(name: FunctionName): ExtensionParts | undefined {
    return (breakableFunctions as readonly FunctionName[]).includes(name) ? this.parts : undefined;
  }
}
