import { GetItemCommand } from '@aws-sdk/client-dynamodb';
import { HeadBucketCommand } from '@aws-sdk/client-s3';
import { DescribeStateMachineCommand } from '@aws-sdk/client-sfn';
import { describeFailure, failureKind } from '../core/failure.js';
import { summariseProbe, type ProbeCall } from '../core/probe-sample.js';
import type { ProbedService, ProbeResult } from '../core/snapshot.js';
import type { CallOptions } from '../workflow/call-options.js';
import type { Clock, RegionProbe } from '../workflow/ports.js';
import type { ClientFactory } from './clients.js';
import { withDeadline } from './deadline.js';
import { repeatCall, type RepeatedCall } from './repeated-call.js';

export interface ProbeTargets {
  bucket: string;
  stateMachineArn: string;
  ledgerTable: string;
}

export interface RegionProbeOptions {
  region: string;
  seenFrom: string;
  targets: ProbeTargets;
  /** Must not retry: a retry would hide what a probe is there to see. */
  clients: Pick<ClientFactory, ProbedService>;
  clock: Clock;
  /** Calls to each service, all at once: one call cannot tell a gray Region from a dead or a healthy one. */
  calls: number;
}

const defaultTimeoutMs = 3000;
const services: readonly ProbedService[] = ['s3', 'states', 'dynamodb'];

const closedCodes = new Set(['ECONNRESET', 'EPIPE']);

function connectionClosed(error: unknown): boolean {
  return closedCodes.has((error as { code?: string }).code ?? '');
}

function failureOf(error: unknown): NonNullable<ProbeCall['failure']> {
  return { kind: failureKind(error), text: describeFailure(error) };
}

/**
 * Makes cheap reads in each of the three services that a job cannot do without. The DynamoDB read is eventually
 * consistent on purpose: it asks whether the Region's own DynamoDB answers, not whether the ledger has its quorum.
 */
export function createRegionProbe({ region, seenFrom, targets, clients, clock, calls }: RegionProbeOptions): RegionProbe {
  const send: Record<ProbedService, (repeated: RepeatedCall, signal: AbortSignal) => Promise<unknown>> = {
    s3: (repeated, signal) => clients.s3(region).send(repeated.on(new HeadBucketCommand({ Bucket: targets.bucket })), { abortSignal: signal }),
    states: (repeated, signal) => clients.states(region).send(repeated.on(new DescribeStateMachineCommand({ stateMachineArn: targets.stateMachineArn })), { abortSignal: signal }),
    dynamodb: (repeated, signal) => clients.dynamodb(region).send(
      repeated.on(new GetItemCommand({ TableName: targets.ledgerTable, Key: { pk: { S: 'control' }, sk: { S: 'control' } }, ConsistentRead: false })),
      { abortSignal: signal },
    ),
  };

  async function callsTo(service: ProbedService, options?: CallOptions): Promise<ProbeCall[]> {
    const startedAt = clock.now().getTime();
    // A connection that was kept and closed meanwhile (after an outage, or while a function was frozen) says nothing of
    // the Region; that the call is reset on another one too does.
    const repeated = repeatCall({ clock, times: calls, again: connectionClosed });
    let failed: unknown;
    await withDeadline(clock, options, defaultTimeoutMs, (signal) => send[service](repeated, signal)).catch((error: unknown) => { failed = error; });
    const ended = repeated.ended().map(({ milliseconds, clockAheadSeconds, error }): ProbeCall => ({
      milliseconds,
      ...(error === undefined ? {} : { failure: failureOf(error) }),
      ...(clockAheadSeconds === undefined ? {} : { clockAheadSeconds }),
    }));
    const elapsedMs = clock.now().getTime() - startedAt;
    // The others hang still, or could not even be sent.
    return [...ended, ...Array.from({ length: calls - ended.length }, (): ProbeCall => ({ milliseconds: elapsedMs, failure: failureOf(failed) }))];
  }

  return {
    region,
    probe: (options) => Promise.all(services.map(async (service): Promise<ProbeResult> => {
      const at = clock.now().toISOString();
      return summariseProbe(service, seenFrom, at, await callsTo(service, options));
    })),
  };
}
