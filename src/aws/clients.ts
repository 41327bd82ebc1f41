import { CloudWatchClient } from '@aws-sdk/client-cloudwatch';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { LambdaClient } from '@aws-sdk/client-lambda';
import { Route53RecoveryClusterClient } from '@aws-sdk/client-route53-recovery-cluster';
import { S3Client } from '@aws-sdk/client-s3';
import { S3ControlClient } from '@aws-sdk/client-s3-control';
import { SESv2Client } from '@aws-sdk/client-sesv2';
import { SFNClient } from '@aws-sdk/client-sfn';
import { SSMClient } from '@aws-sdk/client-ssm';
import { STSClient } from '@aws-sdk/client-sts';
// Registers the SigV4A signer that Multi-Region Access Points need.
import '@aws-sdk/signature-v4a';
import { NodeHttpHandler } from '@smithy/node-http-handler';
import https from 'node:https';
import type { Deployment } from '../config/schema.js';
import { clientSettings, type ClientSettings } from './client-settings.js';
import { createConnectToAgent } from './connect-to.js';
import { credentialsOf } from './credentials.js';
import { refuseForgeries } from './genuine-answer.js';
import { silent } from './silent.js';

/** How a deployment is reached: only these parts of it matter here. */
export type Reach = Pick<Deployment, 'transport' | 'credentials'> & Partial<Pick<Deployment, 'home' | 'other'>>;

export interface ClientFactoryOptions {
  /** Answers requests in this process instead of over sockets (simulation). */
  requestHandler?: unknown;
  /** Attempts a call gets inside the SDK; steps that must go on elsewhere quickly use 1. */
  maxAttempts?: number;
  connectionTimeoutMs?: number;
  /** No answer for this long ends a request. */
  requestTimeoutMs?: number;
}

export interface ClientFactory {
  s3(region: string): S3Client;
  s3Control(region: string): S3ControlClient;
  dynamodb(region: string): DynamoDBClient;
  states(region: string): SFNClient;
  /** One attempt a call: for callers that pace their calls themselves, and must see each throttle. */
  statesOnce(region: string): SFNClient;
  cloudwatch(region: string): CloudWatchClient;
  lambda(region: string): LambdaClient;
  ses(region: string): SESv2Client;
  ssm(region: string): SSMClient;
  sts(region: string): STSClient;
  routingControls(region: string, endpoint: string): Route53RecoveryClusterClient;
  destroy(): void;
}

/** One client per service and Region, made on first use; all share one agent, so connections are reused. */
export function createClientFactory(reach: Reach, options: ClientFactoryOptions = {}): ClientFactory {
  const made = new Map<string, { destroy(): void }>();
  const base = {
    ...settingsOf(reach, options),
    maxAttempts: options.maxAttempts ?? 2,
    logger: silent,
    requestHandler: (options.requestHandler ?? createHandler(reach, options)) as never,
    credentials: credentialsOf(reach),
  };
  const once = <Client extends { destroy(): void }>(key: string, make: () => Client): Client => {
    const existing = made.get(key);
    if (existing) return existing as Client;
    const client = refuseForgeries(make() as Client & { middlewareStack: unknown }) as Client;
    made.set(key, client);
    return client;
  };
  return {
    s3: (region) => once(`s3 ${region}`, () => new S3Client({ ...base, region })),
    s3Control: (region) => once(`s3-control ${region}`, () => new S3ControlClient({ ...base, region })),
    dynamodb: (region) => once(`dynamodb ${region}`, () => new DynamoDBClient({ ...base, region })),
    states: (region) => once(`states ${region}`, () => new SFNClient({ ...base, region })),
    statesOnce: (region) => once(`states once ${region}`, () => new SFNClient({ ...base, maxAttempts: 1, region })),
    cloudwatch: (region) => once(`cloudwatch ${region}`, () => new CloudWatchClient({ ...base, region })),
    lambda: (region) => once(`lambda ${region}`, () => new LambdaClient({ ...base, region })),
    ses: (region) => once(`ses ${region}`, () => new SESv2Client({ ...base, region })),
    ssm: (region) => once(`ssm ${region}`, () => new SSMClient({ ...base, region })),
    sts: (region) => once(`sts ${region}`, () => new STSClient({ ...base, region })),
    // The signing Region must be the endpoint's own; one attempt, because the caller walks the five endpoints.
    routingControls: (region, endpoint) => once(`arc ${endpoint}`, () => new Route53RecoveryClusterClient({ ...base, maxAttempts: 1, region, endpoint })),
    destroy: () => {
      for (const client of made.values()) client.destroy();
      made.clear();
    },
  };
}

function createHandler(reach: Reach, options: ClientFactoryOptions): NodeHttpHandler {
  return new NodeHttpHandler({
    connectionTimeout: options.connectionTimeoutMs ?? 2000,
    requestTimeout: options.requestTimeoutMs ?? 10_000,
    // Without this a black-holed socket only logs a warning and waits for ever.
    throwOnRequestTimeout: true,
    logger: silent,
    httpsAgent: reach.transport ? createConnectToAgent(reach.transport.connectTo) : new https.Agent({ keepAlive: true, maxSockets: 128 }),
  });
}

function settingsOf({ transport, credentials }: Reach, { requestHandler }: ClientFactoryOptions): ClientSettings {
  return clientSettings({
    simulated: transport !== undefined || requestHandler !== undefined,
    ...(credentials && 'profile' in credentials ? { profile: credentials.profile } : {}),
  });
}

/**
 * Finds the credentials that every call will need, so that their absence is told once, before anything is asked. Throws
 * the SDK's CredentialsProviderError.
 */
export async function requireCredentials(reach: Reach): Promise<void> {
  const credentials = credentialsOf(reach);
  if (typeof credentials === 'function') await credentials();
}
