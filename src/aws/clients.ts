import { CloudWatchClient } from '@aws-sdk/client-cloudwatch';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { LambdaClient } from '@aws-sdk/client-lambda';
import { Route53RecoveryClusterClient } from '@aws-sdk/client-route53-recovery-cluster';
import { S3Client } from '@aws-sdk/client-s3';
import { S3ControlClient } from '@aws-sdk/client-s3-control';
import { SFNClient } from '@aws-sdk/client-sfn';
import { createClientPool, type ClientFactoryOptions, type ClientPool, type Reach } from './client-pool.js';

export interface ClientFactory {
  s3(region: string): S3Client;
  s3Control(region: string): S3ControlClient;
  dynamodb(region: string): DynamoDBClient;
  states(region: string): SFNClient;
  /** One attempt a call: for callers that pace their calls themselves, and must see each throttle. */
  statesOnce(region: string): SFNClient;
  cloudwatch(region: string): CloudWatchClient;
  lambda(region: string): LambdaClient;
  routingControls(region: string, endpoint: string): Route53RecoveryClusterClient;
  destroy(): void;
}

/** One client per service and Region, of the services that looking and moving need. */
export function createClientFactory(reach: Reach, options: ClientFactoryOptions = {}): ClientFactory {
  return clientsOf(createClientPool(reach, options));
}

export function clientsOf({ settings, once, destroy }: ClientPool): ClientFactory {
  return {
    s3: (region) => once(`s3 ${region}`, () => new S3Client({ ...settings, region })),
    s3Control: (region) => once(`s3-control ${region}`, () => new S3ControlClient({ ...settings, region })),
    dynamodb: (region) => once(`dynamodb ${region}`, () => new DynamoDBClient({ ...settings, region })),
    states: (region) => once(`states ${region}`, () => new SFNClient({ ...settings, region })),
    statesOnce: (region) => once(`states once ${region}`, () => new SFNClient({ ...settings, maxAttempts: 1, region })),
    cloudwatch: (region) => once(`cloudwatch ${region}`, () => new CloudWatchClient({ ...settings, region })),
    lambda: (region) => once(`lambda ${region}`, () => new LambdaClient({ ...settings, region })),
    // The signing Region must be the endpoint's own; one attempt, because the caller walks the five endpoints.
    routingControls: (region, endpoint) => once(`arc ${endpoint}`, () => new Route53RecoveryClusterClient({ ...settings, maxAttempts: 1, region, endpoint })),
    destroy,
  };
}
