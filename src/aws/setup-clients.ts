import { SESv2Client } from '@aws-sdk/client-sesv2';
import { SNSClient } from '@aws-sdk/client-sns';
import { SSMClient } from '@aws-sdk/client-ssm';
import { STSClient } from '@aws-sdk/client-sts';
import { createClientPool, type ClientFactoryOptions, type Reach } from './client-pool.js';
import { clientsOf, type ClientFactory } from './clients.js';

/** Also the services that only setting up and inspecting a deployment ask. They are kept from what starts all day. */
export interface SetupClientFactory extends ClientFactory {
  ses(region: string): SESv2Client;
  sns(region: string): SNSClient;
  ssm(region: string): SSMClient;
  sts(region: string): STSClient;
}

export function createSetupClientFactory(reach: Reach, options: ClientFactoryOptions = {}): SetupClientFactory {
  const pool = createClientPool(reach, options);
  const { settings, once } = pool;
  return {
    ...clientsOf(pool),
    ses: (region) => once(`ses ${region}`, () => new SESv2Client({ ...settings, region })),
    sns: (region) => once(`sns ${region}`, () => new SNSClient({ ...settings, region })),
    ssm: (region) => once(`ssm ${region}`, () => new SSMClient({ ...settings, region })),
    sts: (region) => once(`sts ${region}`, () => new STSClient({ ...settings, region })),
  };
}
