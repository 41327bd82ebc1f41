import { GetItemCommand } from '@aws-sdk/client-dynamodb';
import { HeadBucketCommand } from '@aws-sdk/client-s3';
import { DescribeStateMachineCommand } from '@aws-sdk/client-sfn';
import { describeFailure } from '../core/failure.js';
import type { ProbeResult } from '../core/snapshot.js';
import type { CallOptions, Clock, RegionProbe } from '../workflow/ports.js';
import type { ClientFactory } from './clients.js';
import { withDeadline } from './deadline.js';

export interface ProbeTargets {
  bucket: string;
  stateMachineArn: string;
  ledgerTable: string;
}

/**
 * Makes one cheap read in each of the three services that a job cannot do without. The DynamoDB read is eventually
 * consistent on purpose: it asks whether the Region's own DynamoDB answers, not whether the ledger has its quorum.
 */
export function createRegionProbe(region: string, seenFrom: string, targets: ProbeTargets, clients: Pick<ClientFactory, ProbeResult['service']>, clock: Clock): RegionProbe {
  const calls: Record<ProbeResult['service'], (signal: AbortSignal) => Promise<unknown>> = {
    s3: (signal) => clients.s3(region).send(new HeadBucketCommand({ Bucket: targets.bucket }), { abortSignal: signal }),
    states: (signal) => clients.states(region).send(new DescribeStateMachineCommand({ stateMachineArn: targets.stateMachineArn }), { abortSignal: signal }),
    dynamodb: (signal) => clients.dynamodb(region).send(
      new GetItemCommand({ TableName: targets.ledgerTable, Key: { pk: { S: 'control' }, sk: { S: 'control' } }, ConsistentRead: false }),
      { abortSignal: signal },
    ),
  };
  const one = async (service: ProbeResult['service'], options?: CallOptions): Promise<ProbeResult> => {
    const startedAt = clock.now();
    try {
      await withDeadline(clock, options, 3000, calls[service]);
      return { service, seenFrom, at: startedAt.toISOString(), ok: true, milliseconds: clock.now().getTime() - startedAt.getTime() };
    } catch (error) {
      return { service, seenFrom, at: startedAt.toISOString(), ok: false, milliseconds: clock.now().getTime() - startedAt.getTime(), error: describeFailure(error) };
    }
  };
  return {
    region,
    probe: (options) => Promise.all((['s3', 'states', 'dynamodb'] as const).map((service) => one(service, options))),
  };
}
